//! Calls: placing one, its history, its sound and its words.

use outrider_domain::telephony::{CallEvent, CallReport, Line, Reference, SANDBOX};
use outrider_domain::time::{HOUR, MINUTE};
use outrider_engine::calls::report::Taken;
use serde_json::{Value, json};

use super::{BASE, Cora, assert_refused};
use crate::shape::assert_shape;

/// What a carrier says a recording is, in these tests.
pub(crate) const SOUND: &[u8] = b"ID3 a voice";

fn call_shape() -> Value {
    json!({
        "id": "text", "lead_id": "text", "agent_id": "text?", "direction": "text", "lead_phone": "text", "agent_phone": "text?",
        "outcome": "text?", "duration_seconds": "integer?", "summary": "text?", "transcript_url": "text?", "recording_url": "text?",
        "started_at": "time?", "finished_at": "time?",
    })
}

/// Lets the carrier bring a recording of a call.
pub(crate) async fn record(cora: &Cora, call: &str) {
    let reference = Reference { project: cora.rig.main, call: call.parse().expect("an id") };
    let line =
        Line { carrier: SANDBOX.to_owned(), carrier_id: format!("{SANDBOX}-{call}-1"), reference: Some(reference) };
    let event = CallEvent::Recording { content_type: "audio/mpeg".to_owned(), bytes: SOUND.to_vec() };
    let report = CallReport { line, sequence: 900, at: cora.rig.now(), event };
    let taken = cora.rig.switchboard.report(report).await.expect("a report that is heard");
    assert_ne!(taken, Taken::Stranger, "{call} is not on this line");
}

/// A server at eleven in the morning in New York, and an agent with a number.
async fn morning() -> (Cora, String) {
    let cora = Cora::start().await;
    cora.rig.advance(6 * HOUR);
    let (agent, _) = cora.caller().await;
    (cora, agent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_dialled_within_a_minute_and_told_afterwards() {
    let (cora, agent) = morning().await;
    let lead = cora.callee("+12125550101", "agreeable").await;
    let body = json!({ "lead_id": lead, "agent_id": agent, "call_reason": "your sales team", "first_message_override": "Hello, is this Jane?" });
    let answer = cora.call(body).await.expect(202).json();
    assert_shape(&answer, &json!({ "data": { "call_id": "text", "task_id": "text", "status": "text" } }));
    assert_eq!(answer["data"]["status"], "queued");
    let queued = cora.data(&format!("/leads/{lead}/calls")).await;
    assert_shape(&queued, &json!([call_shape()]));
    for unknown in ["outcome", "duration_seconds", "transcript_url", "recording_url", "started_at", "finished_at"] {
        assert_eq!(queued[0][unknown], Value::Null, "{unknown}");
    }
    cora.rig.live(MINUTE).await;
    assert!(cora.data(&format!("/leads/{lead}/calls")).await[0]["started_at"].is_string());

    cora.rig.live(20 * MINUTE).await;
    let listed = cora.client.get(&format!("/leads/{lead}/calls")).await.expect(200).json();
    assert_shape(&listed, &json!({ "data": [call_shape()], "has_more": false, "next_cursor": null }));
    let call = &listed["data"][0];
    for (field, expected) in [
        ("id", answer["data"]["call_id"].clone()),
        ("lead_id", json!(lead)),
        ("agent_id", json!(agent)),
        ("direction", json!("outbound")),
        ("lead_phone", json!("+12125550101")),
        ("agent_phone", json!("+14155550100")),
        ("outcome", json!("connected")),
    ] {
        assert_eq!(call[field], expected, "{field}");
    }
    assert!(call["duration_seconds"].as_i64().is_some_and(|seconds| seconds > 5), "{call}");
    assert!(call["summary"].as_str().is_some_and(|words| words.starts_with("[sandbox] ")), "{call}");

    let detail = cora.data(&format!("/leads/{lead}")).await;
    assert_eq!((&detail["calls"], &detail["total_calls"]), (&listed["data"], &json!(1)));
    assert_eq!(cora.data(&format!("/agents/{agent}")).await["total_calls"], 1);
    assert_eq!(cora.data("/stats?time_range=7d").await["total_calls"], 1);
    let told = cora.data(&format!("/activity?lead_id={lead}&event_type=call.completed")).await;
    assert_eq!(told.as_array().map(Vec::len), Some(1), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_are_three() {
    let (cora, agent) = morning().await;
    for (number, persona, outcome) in
        [(1, "curious", "connected"), (2, "voicemail", "voicemail"), (3, "no_answer", "no_answer")]
    {
        let lead = cora.callee(&format!("+1212555010{number}"), persona).await;
        cora.call(json!({ "lead_id": lead, "agent_id": agent })).await.expect(202);
        cora.rig.live(30 * MINUTE).await;
        assert_eq!(cora.data(&format!("/leads/{lead}/calls")).await[0]["outcome"], outcome, "{persona}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_on_the_phone_holds_everywhere() {
    let (cora, agent) = morning().await;
    let lead = cora.callee("+12125550102", "opts_out").await;
    cora.call(json!({ "lead_id": lead, "agent_id": agent })).await.expect(202);
    cora.rig.live(30 * MINUTE).await;
    assert_refused(
        &cora.call(json!({ "lead_id": lead, "agent_id": agent })).await,
        422,
        "lead_stopped",
        Some("lead_id"),
    );
    assert_eq!(cora.data(&format!("/leads/{lead}")).await["outreach_disabled"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_needs_an_idempotency_key_and_is_placed_once() {
    let (cora, agent) = morning().await;
    let body = json!({ "lead_id": cora.callee("+12125550101", "agreeable").await, "agent_id": agent });
    let without = cora.client.post("/outreach/call", body.clone()).await;
    assert_refused(&without, 400, "missing_idempotency_key", Some("Idempotency-Key"));
    let once = cora.client.header("Idempotency-Key", "once");
    let first = once.post("/outreach/call", body.clone()).await.expect(202).json();
    let again = once.post("/outreach/call", body).await;
    assert_eq!((again.expect(202).json(), again.header("idempotency-replayed")), (first, Some("true")));
    assert_eq!(cora.rig.native("list_calls", json!({})).await["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_may_not_be_placed_is_refused_with_its_reason() {
    let (cora, agent) = morning().await;
    let lead = cora.callee("+12125550101", "agreeable").await;
    let mute = cora.made("/leads", json!({ "name": "Mute" })).await;
    let stopped = cora.callee("+12125550102", "agreeable").await;
    cora.client.patch(&format!("/leads/{stopped}"), json!({ "outreach_disabled": true })).await.expect(200);
    let listed = cora.callee("+12125550103", "agreeable").await;
    cora.rig.native("create_suppression", json!({ "kind": "phone", "value": "+12125550103" })).await;
    let bare = cora.agent().await;
    let asleep = cora.agent().await;
    cora.rig.native("update_agent", json!({ "agent_id": asleep, "active": false })).await;
    for (body, status, code, field) in [
        (json!({ "lead_id": lead, "agent_id": bare }), 422, "no_phone_number", "agent_id"),
        (json!({ "lead_id": mute, "agent_id": agent }), 422, "lead_no_phone", "lead_id"),
        (json!({ "lead_id": stopped, "agent_id": agent }), 422, "lead_stopped", "lead_id"),
        (json!({ "lead_id": listed, "agent_id": agent }), 422, "lead_stopped", "lead_id"),
        (json!({ "lead_id": lead, "agent_id": asleep }), 422, "agent_inactive", "agent_id"),
        (json!({ "lead_id": "unheard-of", "agent_id": agent }), 404, "resource_not_found", "lead_id"),
        (json!({ "lead_id": lead, "agent_id": "unheard-of" }), 404, "resource_not_found", "agent_id"),
        (json!({ "agent_id": agent }), 400, "validation_error", "lead_id"),
        (json!({ "lead_id": lead }), 400, "validation_error", "agent_id"),
        (
            json!({ "lead_id": lead, "agent_id": agent, "call_reason": "x".repeat(1001) }),
            400,
            "validation_error",
            "call_reason",
        ),
    ] {
        assert_refused(&cora.call(body).await, status, code, Some(field));
    }
    cora.rig.native("set_plan", json!({ "plan": "none" })).await;
    assert_refused(&cora.call(json!({ "lead_id": lead, "agent_id": agent })).await, 402, "payment_required", None);
    cora.rig.live(5 * MINUTE).await;
    assert_eq!(cora.rig.native("list_calls", json!({})).await["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_until_it_is_known_where_the_lead_is() {
    let (cora, agent) = morning().await;
    let lead = cora.made("/leads", json!({ "name": "Somewhere", "phone": "+12125550101" })).await;
    cora.call(json!({ "lead_id": lead, "agent_id": agent })).await.expect(202);
    cora.rig.live(10 * MINUTE).await;
    let path = format!("/leads/{lead}/calls");
    assert_eq!(cora.data(&path).await[0]["started_at"], Value::Null);
    cora.client
        .patch(&format!("/leads/{lead}"), json!({ "time_zone": "America/New_York", "country": "US" }))
        .await
        .expect(200);
    cora.rig.live(MINUTE).await;
    assert!(cora.data(&path).await[0]["started_at"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_of_the_agents_own_asks_a_person_about_calls_too() {
    let (cora, agent) = morning().await;
    cora.rig.native("update_agent", json!({ "agent_id": agent, "autonomy": "ask" })).await;
    let lead = cora.callee("+12125550101", "agreeable").await;
    let answer = cora.call(json!({ "lead_id": lead, "agent_id": agent })).await.expect(202).json();
    assert_eq!(answer["data"]["status"], "pending_approval");
    let arguments = json!({ "lead_id": lead, "agent_id": agent });
    let told = cora.tool(json!({ "name": "trigger_call", "arguments": arguments })).await["structuredContent"].clone();
    assert!(told["next"].as_str().is_some_and(|next| next.contains("a person must approve it")), "{told}");
    cora.rig.live(5 * MINUTE).await;
    assert_eq!(cora.data(&format!("/leads/{lead}/calls")).await[0]["started_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_and_words_are_where_the_call_says() {
    let (cora, agent) = morning().await;
    let lead = cora.callee("+12125550101", "agreeable").await;
    let call = cora.call(json!({ "lead_id": lead, "agent_id": agent })).await.expect(202).json();
    let call = call["data"]["call_id"].as_str().expect("an id").to_owned();
    cora.rig.live(20 * MINUTE).await;
    let audio = format!("/calls/{call}/audio");
    assert_refused(&cora.client.get(&audio).await, 404, "recording_unavailable", Some("call_id"));
    assert_refused(&cora.client.get("/calls/unheard-of/audio").await, 404, "resource_not_found", Some("call_id"));

    record(&cora, &call).await;
    let shown = cora.data(&format!("/leads/{lead}/calls")).await[0].clone();
    let below = |field: &str| {
        let url = shown[field].as_str().unwrap_or_else(|| panic!("no {field} in {shown}"));
        url.strip_prefix(&format!("{}{BASE}", cora.rig.url)).expect("a path of this API").to_owned()
    };
    assert_eq!(below("recording_url"), audio);
    let sound = cora.client.get(&audio).await;
    assert_eq!(sound.expect(200).header("content-type"), Some("audio/mpeg"));
    assert_eq!(sound.body, SOUND);
    assert_refused(&cora.rig.anonymous(BASE).get(&audio).await, 401, "missing_api_key", None);

    let params = json!({ "name": "get_call_audio", "arguments": { "call_id": call } });
    let answer = cora.tool(params).await;
    assert_eq!(answer["structuredContent"]["transcript_url"], shown["transcript_url"], "{answer}");
    let sound = &answer["content"][1];
    assert_eq!((&sound["type"], &sound["mimeType"]), (&json!("audio"), &json!("audio/mpeg")), "{answer}");
    assert!(sound["data"].as_str().is_some_and(|data| !data.is_empty()), "{answer}");
    assert!(
        answer["content"][0]["text"].as_str().is_some_and(|text| text.contains("transcript_url: http")),
        "{answer}"
    );

    let words = cora.client.get(&below("transcript_url")).await.expect(200).json();
    assert_shape(&words, &json!({ "data": { "call_id": "text", "text": "text" } }));
    let lines: Vec<&str> = words["data"]["text"].as_str().expect("text").lines().collect();
    assert!(lines.len() > 2 && lines[0].starts_with("Agent: "), "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("Agent: ") || line.starts_with("Lead: ")), "{lines:?}");

    for (tool, arguments, place) in [
        ("get_call_transcript", json!({ "call_id": call }), "/text"),
        ("list_lead_calls", json!({ "lead_id": lead }), "/items/0/summary"),
        ("get_lead", json!({ "lead_id": lead }), "/calls/0/summary"),
    ] {
        let answer = cora.tool(json!({ "name": tool, "arguments": arguments })).await;
        let marked = answer["_meta"]["io.outrider/untrusted"].as_array().cloned().unwrap_or_default();
        assert!(marked.contains(&json!(place)), "{tool}: {answer}");
        assert!(answer["structuredContent"].pointer(place).is_some_and(Value::is_string), "{tool}: {answer}");
        let warned = answer["content"][0]["text"].as_str().unwrap_or_default();
        assert!(warned.starts_with("Written by people or systems outside") && warned.contains(place), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_a_lead_are_listed_by_page() {
    let (cora, agent) = morning().await;
    let lead = cora.callee("+12125550101", "agreeable").await;
    for _ in 0..3 {
        cora.call(json!({ "lead_id": lead, "agent_id": agent })).await.expect(202);
    }
    let path = format!("/leads/{lead}/calls");
    let first = cora.client.get(&format!("{path}?limit=2")).await.expect(200).json();
    assert_eq!((first["data"].as_array().map(Vec::len), &first["has_more"]), (Some(2), &json!(true)));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = cora.client.get(&format!("{path}?limit=2&cursor={cursor}")).await.expect(200).json();
    assert_eq!((second["data"].as_array().map(Vec::len), &second["has_more"]), (Some(1), &json!(false)));
    assert_refused(&cora.client.get(&format!("{path}?limit=0")).await, 400, "validation_error", Some("limit"));
    assert_refused(&cora.client.get(&format!("{path}?cursor=x")).await, 400, "validation_error", Some("cursor"));
    assert_refused(&cora.client.get("/leads/unheard-of/calls").await, 404, "resource_not_found", Some("lead_id"));
}
