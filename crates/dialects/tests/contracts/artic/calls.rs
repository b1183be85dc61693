//! The chapter on calls: queueing, who is called, what it costs, what is refused.

use outrider_domain::time::MINUTE;
use serde_json::{Value, json};

use super::{Artic, NOBODYS, assert_refused, dental, id_of};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_queued_for_a_number_nobody_knew() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    let made = artic.made("/calls", json!({ "agentId": agent, "phone": "+919876543210", "estimatedMinutes": 3 })).await;
    assert_shape(
        &made,
        &json!({
            "id": "text", "agentId": "text", "phone": "text", "status": "text",
            "billableMinutes": 3, "createdAt": "time",
        }),
    );
    for (field, value) in [("agentId", agent.as_str()), ("phone", "+919876543210"), ("status", "queued")] {
        assert_eq!(made[field], value);
    }
    let id = id_of(&made);
    assert_eq!(artic.get("/calls").await, json!([made]));
    assert_eq!(artic.get(&format!("/calls/{id}")).await, made);
    let leads = artic.rig.native("list_leads", json!({})).await;
    let lead = &leads["items"][0];
    assert_eq!((lead["phone"].as_str(), lead["country"].as_str()), (Some("+919876543210"), Some("India")));
    assert_eq!(lead["first_name"], Value::Null, "nobody is addressed by a number");
    artic.made("/calls", json!({ "agentId": agent, "phone": "+919876543210" })).await;
    let leads = artic.rig.native("list_leads", json!({})).await;
    assert_eq!(leads["items"].as_array().map(Vec::len), Some(1), "the same number is the same lead");
    let all = artic.get("/calls").await;
    assert_eq!((all.as_array().map(Vec::len), all[1]["id"].as_str()), (Some(2), Some(id.as_str())), "newest first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn estimated_minutes_are_0_to_600_and_paid_as_begun() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    for (place, (estimated, billable)) in
        [(json!(0), 0), (json!(0.2), 1), (json!(2.0), 2), (json!(2.5), 3), (json!(600), 600), (Value::Null, 0)]
            .into_iter()
            .enumerate()
    {
        let body = json!({ "agentId": agent, "phone": format!("+91987654321{place}"), "estimatedMinutes": estimated });
        assert_eq!(artic.made("/calls", body).await["billableMinutes"], billable, "{estimated}");
    }
    for bad in [json!(-1), json!(600.5), json!(601), json!("3"), json!([3]), json!({}), json!(true), json!(1e300)] {
        let body = json!({ "agentId": agent, "phone": "+919876543210", "estimatedMinutes": bad });
        assert_refused(&artic.client.post("/calls", body).await, 400, "validation_error", &["estimatedMinutes"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_at_fault_is_named_at_once() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    for (body, fields) in [
        (json!({}), &["agentId", "phone"][..]),
        (json!({ "agentId": 5, "phone": "919876543210" }), &["agentId", "phone"]),
        (json!({ "agentId": agent, "phone": "+1" }), &["phone"]),
        (json!({ "agentId": agent, "phone": "+12345678901234567" }), &["phone"]),
        (json!({ "agentId": agent, "phone": "098765 43210" }), &["phone"]),
        (json!({ "agentId": agent, "phone": "+91 98765-43210" }), &["phone"]),
        (
            json!({ "agentId": "x", "phone": 5, "variables": { "a": 1, "b": "x", "timeZone": "Mars" }, "estimatedMinutes": 601 }),
            &["estimatedMinutes", "phone", "variables.a", "variables.timeZone"],
        ),
        (json!({ "agentId": agent, "phone": "+919876543210", "variables": ["x"] }), &["variables"]),
        (
            json!({ "agentId": agent, "phone": "+919876543210", "variables": { "long": "x".repeat(2_001) } }),
            &["variables.long"],
        ),
    ] {
        assert_refused(&artic.client.post("/calls", body).await, 400, "validation_error", fields);
    }
    for id in ["x", "665f1c2a9b3e4a0012ab34c", "agt_0000000000000"] {
        let answer = artic.client.post("/calls", json!({ "agentId": id, "phone": "+919876543210" })).await;
        assert_refused(&answer, 400, "bad_request", &[]);
    }
    let answer = artic.client.post("/calls", json!({ "agentId": NOBODYS, "phone": "+919876543210" })).await;
    assert_refused(&answer, 404, "not_found", &[]);
    assert_eq!(artic.get("/calls").await, json!([]));
    let leads = artic.rig.native("list_leads", json!({})).await;
    assert_eq!(leads["items"], json!([]), "a refused call leaves no lead behind");
    assert_eq!(artic.rig.native("list_phone_numbers", json!({})).await["items"], json!([]), "and no number");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opted_out_is_not_called() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    artic
        .rig
        .native("create_suppression", json!({ "kind": "phone", "value": "+919876543210", "reason": "do_not_call" }))
        .await;
    let answer = artic.client.post("/calls", json!({ "agentId": agent, "phone": "+919876543210" })).await;
    assert_refused(&answer, 422, "unprocessable", &[]);
    assert_eq!(artic.get("/calls").await, json!([]));
    let id = artic.rig.native("list_agents", json!({})).await["items"][0]["id"].clone();
    artic.rig.native("update_agent", json!({ "agent_id": id, "active": false })).await;
    let answer = artic.client.post("/calls", json!({ "agentId": agent, "phone": "+919876543211" })).await;
    assert_refused(&answer, 422, "unprocessable", &[]);
    assert_eq!(artic.get(&format!("/agents/{agent}")).await["status"], "inactive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_call_on_a_fresh_project_goes_by_the_one_clock_of_its_country() {
    let artic = Artic::start().await;
    let agent = id_of(&artic.made("/agents", dental()).await);
    // It is half past three in the afternoon in India.
    let body = json!({ "agentId": agent, "phone": "+919876543210", "estimatedMinutes": 3 });
    let call = id_of(&artic.made("/calls", body).await);
    artic.rig.live(30 * MINUTE).await;
    let seen = artic.get(&format!("/calls/{call}")).await;
    assert!(["completed", "no_answer"].contains(&seen["status"].as_str().unwrap_or_default()), "{seen}");
    assert_eq!(seen["sandbox"], true);
    let leads = artic.rig.native("list_leads", json!({})).await;
    assert_eq!(
        (&leads["items"][0]["time_zone"], &leads["items"][0]["country"]),
        (&Value::Null, &Value::Null),
        "a number is no address: nothing is stored from it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_and_says_why_until_it_is_known_where_the_person_lives() {
    let artic = Artic::start().await;
    let agent = id_of(&artic.made("/agents", dental()).await);
    let body = json!({ "agentId": agent, "phone": "+919876543210", "variables": { "country": "Atlantis" } });
    let call = id_of(&artic.made("/calls", body).await);
    artic.rig.live(MINUTE).await;
    let seen = artic.get(&format!("/calls/{call}")).await;
    assert_eq!(seen["status"], "queued");
    assert!(
        seen["reason"].as_str().is_some_and(|reason| reason.contains("it is not known where the person is")),
        "{seen}"
    );
    assert_eq!(artic.get("/calls").await[0]["reason"], seen["reason"], "the list says so too");
    let body = json!({ "agentId": agent, "phone": "+919876543211", "variables": { "timeZone": "Asia/Kolkata", "name": "Anita Rao" } });
    let told = artic.made("/calls", body).await;
    assert_eq!(told["variables"]["timeZone"], "Asia/Kolkata");
    artic.rig.live(30 * MINUTE).await;
    let seen = artic.get(&format!("/calls/{}", id_of(&told))).await;
    assert!(["completed", "no_answer"].contains(&seen["status"].as_str().unwrap_or_default()), "{seen}");
    assert_eq!(seen["sandbox"], true);
    let leads = artic.rig.native("list_leads", json!({})).await;
    assert_eq!(
        (leads["items"][0]["first_name"].as_str(), leads["items"][0]["time_zone"].as_str()),
        (Some("Anita"), Some("Asia/Kolkata"))
    );
    let list = artic.rig.native("list_leads", json!({ "query": "+919876543210" })).await;
    artic.rig.native("update_lead", json!({ "lead_id": list["items"][0]["id"], "country": "IN" })).await;
    artic.rig.live(30 * MINUTE).await;
    let seen = artic.get(&format!("/calls/{call}")).await;
    assert_ne!(seen["status"], "queued", "the call that waited goes too: {seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_gets_a_number_and_a_real_one_before_the_sandboxs() {
    let artic = Artic::start().await;
    let free = json!({ "number": "+14155550100" });
    artic.rig.native("import_phone_number", free).await;
    let (first, second) = (artic.agent().await, artic.agent().await);
    for (agent, phone) in [(&first, "+919876543210"), (&first, "+919876543211"), (&second, "+919876543212")] {
        artic.made("/calls", json!({ "agentId": agent, "phone": phone })).await;
    }
    let numbers = artic.rig.native("list_phone_numbers", json!({})).await["items"].clone();
    let numbers: Vec<(&str, bool)> = numbers
        .as_array()
        .expect("numbers")
        .iter()
        .map(|number| (number["number"].as_str().expect("a number"), number["outbound_agent_id"].is_string()))
        .collect();
    assert_eq!(numbers.len(), 2, "{numbers:?}");
    assert!(numbers[0].0.starts_with("+120255501") && numbers[1] == ("+14155550100", true), "{numbers:?}");

    let carrier = json!({ "number": "+14155550101", "carrier": "twilio", "active": false });
    artic.rig.native("import_phone_number", carrier).await;
    let third = artic.agent().await;
    let answer = artic.client.post("/calls", json!({ "agentId": third, "phone": "+919876543213" })).await;
    assert_refused(&answer, 422, "unprocessable", &[]);
    assert_eq!(artic.rig.native("list_leads", json!({})).await["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_key_queues_one_call() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    let once = artic.client.header("Idempotency-Key", "once");
    let body = json!({ "agentId": agent, "phone": "+919876543210" });
    let first = once.post("/calls", body.clone()).await.expect(201).json();
    let again = once.post("/calls", body.clone()).await;
    assert_eq!((again.expect(201).json(), again.header("idempotency-replayed")), (first, Some("true")));
    assert_eq!(artic.get("/calls").await.as_array().map(Vec::len), Some(1));
    let other = once.post("/calls", json!({ "agentId": agent, "phone": "+919876543211" })).await;
    assert_refused(&other, 409, "conflict", &[]);
}
