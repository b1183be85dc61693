//! The flow: a call queued through Artic goes its whole way, and is the same call everywhere it is seen.

use outrider_domain::time::MINUTE;
use serde_json::{Value, json};

use super::{Artic, assert_refused, dental, id_of};
use crate::rig::{Rig, Setup};

const FINAL: [&str; 4] = ["completed", "failed", "no_answer", "canceled"];

/// A lead in India that the sandbox answers for in a way known before.
async fn lead(artic: &Artic, phone: &str, persona: &str) -> String {
    let made = json!({
        "name": "Anita Rao", "phone": phone, "country": "IN", "custom_fields": { "sandbox_persona": persona },
    });
    artic.rig.native("create_lead", made).await["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_its_whole_way_and_is_the_same_everywhere() {
    let artic = Artic::over(Rig::with(Setup { call_minute_price: 2, ..Setup::default() }).await).await;
    artic.rig.native("grant_credits", json!({ "amount": 1_000 })).await;
    let lead = lead(&artic, "+919876543210", "agreeable").await;
    let agent = artic.agent().await;
    let body = json!({
        "agentId": agent, "phone": "+919876543210", "estimatedMinutes": 3, "variables": { "openingHours": "from nine to six" },
    });
    let queued = artic.made("/calls", body).await;
    let path = format!("/calls/{}", id_of(&queued));
    let mut seen = vec!["queued".to_owned()];
    let mut ended = Value::Null;
    for _ in 0..2_000 {
        artic.rig.live(2_000).await;
        let call = artic.get(&path).await;
        let status = call["status"].as_str().expect("a status").to_owned();
        if seen.last() != Some(&status) {
            seen.push(status.clone());
        }
        if FINAL.contains(&status.as_str()) {
            ended = call;
            break;
        }
    }
    assert_eq!(seen, ["queued", "dialing", "in_progress", "completed"], "{ended}");
    assert_eq!((ended["sandbox"].as_bool(), ended["outcome"].as_str()), (Some(true), Some("connected")), "{ended}");
    let seconds = ended["durationSeconds"].as_i64().expect("a duration");
    let minutes = ((seconds + 59) / 60).max(1);
    assert_eq!(ended["billableMinutes"], minutes);
    assert_eq!(ended["variables"]["openingHours"], "from nine to six");
    assert_eq!(ended["outputVariables"]["wants_visit"], true, "{ended}");
    assert!(ended["summary"].as_str().is_some_and(|text| text.starts_with("[sandbox]")), "{ended}");
    let said: Vec<&str> =
        ended["transcript"].as_array().expect("a transcript").iter().filter_map(|line| line["text"].as_str()).collect();
    assert!(
        said.len() > 3 && said.iter().any(|line| line.contains("automated assistant of Smile Dental in Chennai")),
        "{said:?}"
    );
    assert_eq!(artic.get("/calls").await[0]["status"], "completed");

    let native = artic.rig.native("list_calls", json!({})).await["items"][0].clone();
    assert_eq!((native["status"].as_str(), native["lead_id"].as_str()), (Some("completed"), Some(lead.as_str())));
    assert_eq!(native["billable_minutes"], minutes);
    let credits = artic.rig.native("get_credits", json!({})).await;
    assert_eq!(credits["credits_remaining"], 1_000 - 2 * minutes, "{credits}");
    let cora = artic.rig.client("/cora/api/v1", &artic.rig.key("cora", &["*"]).await);
    let activity = cora.get(&format!("/activity?lead_id={lead}&limit=100")).await.expect(200).json();
    let kinds: Vec<&str> = activity["data"]
        .as_array()
        .expect("a feed")
        .iter()
        .rev()
        .filter_map(|entry| entry["event_type"].as_str())
        .collect();
    for kind in ["lead.created", "call.queued", "call.started", "call.answered", "call.completed"] {
        assert_eq!(kinds.iter().filter(|each| **each == kind).count(), 1, "{kind} in {kinds:?}");
    }
    let detail = cora.get(&format!("/agents/{}", native["agent_id"].as_str().expect("an agent"))).await.json();
    assert_eq!(
        (detail["data"]["total_calls"].as_i64(), detail["data"]["name"].as_str()),
        (Some(1), Some("Dental Appointment Agent"))
    );
    let stats = cora.get("/stats").await.json();
    assert_eq!(stats["data"]["total_calls"], 1, "{stats}");
    let timeline = artic.rig.native("get_lead_timeline", json!({ "lead_id": lead })).await;
    assert!(
        timeline["items"].as_array().is_some_and(|items| items.iter().any(|item| item["type"] == "call.completed")),
        "{timeline}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_on_the_phone_holds_for_the_next_call() {
    let artic = Artic::start().await;
    lead(&artic, "+919876543210", "opts_out").await;
    let agent = artic.agent().await;
    let body = json!({ "agentId": agent, "phone": "+919876543210" });
    let call = id_of(&artic.made("/calls", body.clone()).await);
    artic.rig.live(30 * MINUTE).await;
    assert_eq!(artic.get(&format!("/calls/{call}")).await["status"], "completed");
    assert_refused(&artic.client.post("/calls", body).await, 422, "unprocessable", &[]);
    let cora = artic.rig.client("/cora/api/v1", &artic.rig.key("cora", &["*"]).await);
    assert_eq!(cora.get("/leads").await.json()["data"][0]["outreach_disabled"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_home_is_no_answer_and_costs_nothing() {
    let artic = Artic::start().await;
    lead(&artic, "+919876543210", "no_answer").await;
    let agent = artic.agent().await;
    let body = json!({ "agentId": agent, "phone": "+919876543210", "estimatedMinutes": 3 });
    let call = id_of(&artic.made("/calls", body).await);
    artic.rig.live(30 * MINUTE).await;
    let ended = artic.get(&format!("/calls/{call}")).await;
    assert_eq!((ended["status"].as_str(), ended["billableMinutes"].as_i64()), (Some("no_answer"), Some(0)), "{ended}");
    assert!(ended["transcript"].is_null(), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_taken_back_is_canceled_and_one_without_credits_is_refused() {
    let artic = Artic::over(Rig::with(Setup { call_minute_price: 2, ..Setup::default() }).await).await;
    let agent = id_of(&artic.made("/agents", dental()).await);
    let body = json!({ "agentId": agent, "phone": "+919876543210", "estimatedMinutes": 3 });
    let short = artic.client.post("/calls", body.clone()).await;
    assert_refused(&short, 402, "payment_required", &[]);
    let told = short.json()["message"].as_str().expect("words").to_owned();
    assert!(told.contains("it costs") && told.contains("purse holds"), "{told}");
    artic.rig.native("grant_credits", json!({ "amount": 10 })).await;
    let call = id_of(&artic.made("/calls", body).await);
    let native = artic.rig.native("list_calls", json!({})).await["items"][0]["id"].clone();
    artic.rig.native("cancel_call", json!({ "call_id": native, "reason": "the patient came in" })).await;
    let ended = artic.get(&format!("/calls/{call}")).await;
    assert_eq!((ended["status"].as_str(), ended["billableMinutes"].as_i64()), (Some("canceled"), Some(0)), "{ended}");
    assert!(ended["reason"].as_str().is_some_and(|reason| reason.contains("the patient came in")), "{ended}");
    assert_eq!(artic.rig.native("get_credits", json!({})).await["credits_remaining"], 10);
}
