//! Calls when things go wrong: closed hours, unknown zones, busy lines, reports that come late, twice, in the wrong order or never,
//! a process that dies in the middle of a call.

use std::collections::BTreeMap;

use outrider_domain::telephony::{CallEvent, CallReport, Line};
use outrider_engine::calls::report::Taken;
use outrider_engine::core::Settings;
use outrider_engine::simulate::exchange::Faults;
use outrider_voice::Heard;
use serde_json::{Value, json};

use crate::calls::{MINUTE, Scene};
use crate::support::TestApp;
use crate::world::id_of;

const HOUR: i64 = 60 * MINUTE;

impl Scene {
    async fn held_by(&self, call: &str) -> String {
        self.call(call).await["hold_gate"].as_str().unwrap_or("nothing").to_owned()
    }

    async fn why(&self, call: &str) -> Value {
        let action = self.call(call).await["action_id"].clone();
        self.app.call(&self.owner, "why_action", json!({ "action_id": action })).ok().await
    }

    async fn states(&self) -> BTreeMap<String, i64> {
        let mut states = BTreeMap::new();
        let mut cursor = Value::Null;
        loop {
            let page = self.app.call(&self.owner, "list_calls", json!({ "limit": 100, "cursor": cursor })).ok().await;
            for call in page["items"].as_array().unwrap() {
                *states.entry(call["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
            }
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                return states;
            }
        }
    }

    async fn change_lead(&self, lead: &str, change: Value) {
        let mut input = json!({ "lead_id": lead });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        self.app.call(&self.owner, "update_lead", input).ok().await;
    }
}

#[tokio::test]
async fn a_call_in_quiet_hours_waits_for_the_morning_there() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550201", "agreeable").await;
    // It is 16:00 UTC: five in the morning in Auckland, where the rule of the number's country holds as well.
    scene.change_lead(&lead, json!({ "time_zone": "Pacific/Auckland", "country": "NZ" })).await;
    let call = scene.place(&lead).await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.held_by(&call).await, "calling_hours");
    let why = scene.why(&call).await;
    let gate = why["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "calling_hours").unwrap();
    assert!(gate["because"].as_str().unwrap().contains("47 CFR 64.1200(c)(1)"), "{gate}");
    assert_eq!(
        gate["opens_at"], "2026-11-02T20:00:00.000Z",
        "nine in the morning, by Canada's rule for a number that begins with +1"
    );
    scene.app.live(4 * HOUR - 2 * MINUTE).await;
    assert!(scene.app.exchange.rang().is_empty());
    scene.app.live(2 * MINUTE).await;
    assert_eq!(scene.app.exchange.rang().len(), 1);
}

#[tokio::test]
async fn a_call_goes_when_every_zone_the_person_may_be_in_is_open() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550202", "agreeable").await;
    scene.change_lead(&lead, json!({ "time_zone": null })).await;
    let call = scene.place(&lead).await;
    scene.app.live(HOUR).await;
    // At five in the afternoon in London it is eight in Chicago and four hours less in Honolulu.
    assert_eq!(scene.held_by(&call).await, "calling_hours");
    let why = scene.why(&call).await;
    let gate = why["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "calling_hours").unwrap();
    assert!(gate["because"].as_str().unwrap().contains("store time_zone with the lead"), "{gate}");
    assert_eq!(gate["opens_at"], "2026-11-02T18:00:00.000Z", "eight in the morning in Honolulu");
    scene.change_lead(&lead, json!({ "time_zone": "America/Chicago" })).await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.app.exchange.rang().len(), 1, "a stored zone gives the rest of the day");
    let german = scene.lead("+493012345678", "agreeable").await;
    scene.change_lead(&german, json!({ "time_zone": null, "country": "Germany" })).await;
    scene.place(&german).await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.app.exchange.rang().len(), 2, "a country with one zone tells");
    let nowhere = scene.lead("+12125550209", "agreeable").await;
    scene.change_lead(&nowhere, json!({ "time_zone": null, "country": "Atlantis" })).await;
    let held = scene.place(&nowhere).await;
    scene.app.live(3 * HOUR).await;
    let held = scene.call(&held).await;
    assert_eq!(
        (held["status"].as_str(), held["hold_gate"].as_str()),
        (Some("queued"), Some("calling_hours")),
        "{held}"
    );
    assert!(held["hold_reason"].as_str().unwrap().contains("it is not known where the person is"), "{held}");
    scene.change_lead(&nowhere, json!({ "country": null })).await;
    scene.app.live(MINUTE).await;
    assert_eq!(
        scene.app.exchange.rang().len(),
        3,
        "the number is enough where it is open everywhere: it is after 20:00 UTC"
    );
}

#[tokio::test]
async fn a_number_is_called_only_so_often() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550203", "no_answer").await;
    for expected in [1, 2, 2] {
        scene.place(&lead).await;
        scene.app.live(10 * MINUTE).await;
        assert_eq!(scene.app.exchange.rang().len(), expected);
    }
    scene.app.live(24 * HOUR).await;
    assert_eq!(scene.app.exchange.rang().len(), 3, "the third goes when the first is a day old");
    assert_eq!(scene.states().await, BTreeMap::from([("no_answer".to_owned(), 3)]));
}

#[tokio::test]
async fn a_number_never_has_more_calls_than_lines_and_none_is_forgotten() {
    let scene = Scene::new().await;
    scene
        .app
        .call(&scene.owner, "update_identity", json!({ "identity_id": scene.number, "concurrency": 2 }))
        .ok()
        .await;
    let mut leads = Vec::new();
    for index in 0..12 {
        let lead = scene.lead(&format!("+1212555{:04}", 3000 + index), "agreeable").await;
        scene.place(&lead).await;
        leads.push(lead);
    }
    scene.app.live(MINUTE).await;
    assert_eq!(scene.app.exchange.rang().len(), 2);
    // Who waits for a line and is stopped must not take the line with them.
    scene.change_lead(&leads[2], json!({ "outreach_disabled": true })).await;
    scene.app.live(4 * HOUR).await;
    let rang = scene.app.exchange.rang();
    assert_eq!(rang.len(), 11);
    for one in &rang {
        let during = rang.iter().filter(|other| other.at < one.ended_at.unwrap() && other.ended_at.unwrap() > one.at);
        assert!(during.filter(|other| other.at <= one.at).count() <= 2, "{one:?}");
    }
    assert_eq!(scene.states().await, BTreeMap::from([("canceled".to_owned(), 1), ("completed".to_owned(), 11)]));
}

#[tokio::test]
async fn a_call_whose_number_is_gone_waits_for_another() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550204", "agreeable").await;
    let call = scene.place(&lead).await;
    scene.app.call(&scene.owner, "delete_phone_number", json!({ "phone_number_id": scene.number })).ok().await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.held_by(&call).await, "identity");
    let number = scene.app.call(&scene.owner, "import_phone_number", json!({ "number": "+14155550199" })).ok().await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.held_by(&call).await, "identity", "a number nobody has is nobody's");
    let assign = json!({ "phone_number_id": number["id"], "agent_id": scene.agent, "role": "outbound" });
    scene.app.call(&scene.owner, "assign_phone_number", assign).ok().await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.call(&call).await["agent_phone"], "+14155550199");
    assert_eq!(scene.app.exchange.rang().len(), 1);
}

#[tokio::test]
async fn reports_may_come_late_twice_and_in_any_order() {
    let faults = Faults { late: 300, doubled: 400, overtaken: 400, ..Faults::default() };
    let scene = Scene::of(TestApp::with_faults(faults).await).await;
    let personas = outrider_voice::Persona::ALL;
    for index in 0..36 {
        let lead = scene.lead(&format!("+1212555{:04}", 4000 + index), personas[index % personas.len()].as_str()).await;
        scene.place(&lead).await;
    }
    scene.app.live(5 * HOUR).await;
    let rang = scene.app.exchange.rang();
    assert_eq!(rang.len(), 36, "each once");
    let calls = scene.app.call(&scene.owner, "list_calls", json!({ "limit": 100 })).ok().await;
    for call in calls["items"].as_array().unwrap() {
        let there = rang.iter().find(|rang| rang.reference.call.to_string() == call["id"].as_str().unwrap()).unwrap();
        let expected = if there.answered_at.is_some() { "completed" } else { "no_answer" };
        assert_eq!(call["status"], expected, "{call}");
    }
}

#[tokio::test]
async fn a_call_nothing_is_heard_of_is_unknown_and_never_dialled_again() {
    let scene = Scene::of(TestApp::with_faults(Faults { dead: 1_000, ..Faults::default() }).await).await;
    let lead = scene.lead("+12125550205", "agreeable").await;
    let call = scene.place(&lead).await;
    scene.app.live(5 * MINUTE).await;
    assert_eq!(scene.call(&call).await["status"], "unknown");
    let action = scene.action(&call).await;
    assert_eq!((action["state"].as_str(), action["reason"].as_str()), (Some("unknown"), Some("no_reports")));
    scene.app.live(48 * HOUR).await;
    assert_eq!(scene.app.exchange.rang().len(), 1);
    let resolve = |ending: &str| json!({ "action_id": action["id"], "ending": ending });
    scene.app.call(&scene.owner, "resolve_action", resolve("send_again")).ok().await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.app.exchange.rang().len(), 2, "only a person's word dials again");
    scene.app.live(5 * MINUTE).await;
    scene.app.call(&scene.owner, "resolve_action", resolve("failed")).ok().await;
    assert_eq!(scene.call(&call).await["status"], "failed");
}

#[tokio::test]
async fn a_carrier_that_took_the_call_and_lost_the_line_to_us_is_believed_when_it_reports() {
    let scene = Scene::of(TestApp::with_faults(Faults { lost_answers: 1_000, ..Faults::default() }).await).await;
    let lead = scene.lead("+12125550206", "agreeable").await;
    let call = scene.place(&lead).await;
    scene.app.worker.run_due().await.unwrap();
    assert_eq!(scene.call(&call).await["status"], "unknown");
    scene.app.live(HOUR).await;
    let ended = scene.call(&call).await;
    assert_eq!(
        (ended["status"].as_str(), scene.action(&call).await["state"].as_str()),
        (Some("completed"), Some("delivered"))
    );
    assert_eq!(scene.app.exchange.rang().len(), 1);
}

#[tokio::test]
async fn conversations_without_any_report_end_by_what_was_said() {
    let scene = Scene::of(TestApp::with_faults(Faults { unreported: 1_000, ..Faults::default() }).await).await;
    let talked = scene.place(&scene.lead("+12125550207", "opts_out").await).await;
    let silent = scene.place(&scene.lead("+12125550208", "no_answer").await).await;
    scene.app.live(2 * HOUR).await;
    let call = scene.call(&talked).await;
    assert_eq!((call["status"].as_str(), call["ending"].as_str()), (Some("completed"), Some("opted_out")), "{call}");
    assert_eq!(scene.call(&silent).await["status"], "unknown");
}

#[tokio::test]
async fn a_process_that_dies_in_a_call_goes_on_where_it_was() {
    let mut scene = Scene::new().await;
    let lead = scene.lead("+12125550209", "agreeable").await;
    let call = scene.place(&lead).await;
    for _ in 0..12 {
        scene.app.live(7_000).await;
        scene.app = scene.app.restart().await;
    }
    scene.app.live(HOUR).await;
    let ended = scene.call(&call).await;
    assert_eq!((ended["status"].as_str(), ended["ending"].as_str()), (Some("completed"), Some("completed")), "{ended}");
    assert_eq!(scene.app.exchange.rang().len(), 1);
    let undisturbed = Scene::new().await;
    let lead = undisturbed.lead("+12125550209", "agreeable").await;
    let other = undisturbed.place(&lead).await;
    undisturbed.app.live(2 * HOUR).await;
    let speakers = |call: &Value| {
        call["transcript"].as_array().unwrap().iter().map(|line| line["speaker"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(speakers(&ended).first(), speakers(&undisturbed.call(&other).await).first());
}

#[tokio::test]
async fn a_process_that_dies_between_asking_and_hearing_leaves_one_unknown_call() {
    let scene = Scene::of(TestApp::with_faults(Faults { dead: 1_000, ..Faults::default() }).await).await;
    let lead = scene.lead("+12125550210", "agreeable").await;
    let call = scene.place(&lead).await;
    let died = scene.app.worker.run_due_until(outrider_engine::worker::Crash::AfterHandOver).await.unwrap();
    assert!(died);
    assert_eq!(scene.call(&call).await["status"], "dialing");
    let mut scene = scene;
    scene.app = scene.app.restart().await;
    scene.app.live(HOUR).await;
    let action = scene.action(&call).await;
    assert_eq!((action["state"].as_str(), action["reason"].as_str()), (Some("unknown"), Some("lease_lost")));
    assert_eq!(scene.app.exchange.rang().len(), 1);
}

#[tokio::test]
async fn strangers_reports_and_old_turns_change_nothing() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550211", "agreeable").await;
    let call = scene.place(&lead).await;
    scene.app.worker.run_due().await.unwrap();
    let line = Line { carrier: "sandbox".to_owned(), carrier_id: format!("sandbox-{call}-1"), reference: None };
    let now = scene.app.clock.now_millis();
    let report = |line: &Line, sequence, event| CallReport { line: line.clone(), sequence, at: now, event };
    let strange = Line { carrier_id: "sandbox-nobody".to_owned(), ..line.clone() };
    let board = &scene.app.switchboard;
    assert_eq!(board.report(report(&strange, 0, CallEvent::Completed)).await.unwrap(), Taken::Stranger);
    assert_eq!(board.hear(strange, 1, Heard::connected()).await.unwrap_err().code.name, "resource_not_found");
    assert_eq!(board.report(report(&line, 7, CallEvent::Answered)).await.unwrap(), Taken::Moved);
    assert_eq!(board.report(report(&line, 7, CallEvent::Answered)).await.unwrap(), Taken::Again);
    assert_eq!(board.report(report(&line, 8, CallEvent::Ringing)).await.unwrap(), Taken::Kept);
    let first = board.hear(line.clone(), 1, Heard::connected()).await.unwrap();
    assert_eq!(board.hear(line.clone(), 1, Heard::connected()).await.unwrap(), first, "a turn heard twice is one turn");
    assert_eq!(board.hear(line.clone(), 3, Heard::text("yes")).await.unwrap_err().code.name, "wrong_state");
    assert_eq!(scene.call(&call).await["transcript"].as_array().unwrap().len(), 1);
    assert_eq!(board.report(report(&line, 9, CallEvent::NoAnswer)).await.unwrap(), Taken::Moved);
    assert_eq!(scene.call(&call).await["status"], "completed", "what was answered was not unanswered");
    assert_eq!(board.report(report(&line, 10, CallEvent::Completed)).await.unwrap(), Taken::Kept);
    let after = board.hear(line.clone(), 2, Heard::text("hello?")).await.unwrap();
    assert_eq!((after.say.as_str(), after.hang_up), ("", true), "the line is dead");
    assert_eq!(board.hear(line.clone(), 3, Heard::text("hello?")).await.unwrap_err().code.name, "wrong_state");
    let sound = CallEvent::Recording { content_type: "audio/mpeg".to_owned(), bytes: vec![1, 2, 3] };
    assert_eq!(board.report(report(&line, 11, sound)).await.unwrap(), Taken::Moved);
    let recording = scene.app.call(&scene.owner, "get_call_recording", json!({ "call_id": call })).ok().await;
    assert_eq!((recording["data"].as_str(), recording["content_type"].as_str()), (Some("AQID"), Some("audio/mpeg")));
}

#[tokio::test]
async fn the_kill_switch_ends_calls_that_are_spoken() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550212", "curious").await;
    let call = scene.place(&lead).await;
    let waiting = scene.place(&scene.lead("+12125550213", "agreeable").await).await;
    scene.app.live(30_000).await;
    scene.app.call(&scene.owner, "engage_kill_switch", json!({ "reason": "stop" })).ok().await;
    let lines = scene.call(&call).await["transcript"].as_array().unwrap().len();
    scene.app.live(20 * MINUTE).await;
    let ended = scene.call(&call).await;
    assert_eq!((ended["status"].as_str(), ended["ending"].as_str()), (Some("completed"), Some("stopped")), "{ended}");
    assert_eq!(ended["transcript"].as_array().unwrap().len(), lines, "not a word more");
    let late = scene.place(&scene.lead("+12125550214", "agreeable").await).await;
    scene.app.live(MINUTE).await;
    assert_eq!(scene.held_by(&late).await, "kill_switch");
    assert_ne!(scene.call(&waiting).await["status"], "in_progress");
}

#[tokio::test]
async fn credits_are_set_aside_at_the_queue_and_spent_by_the_minutes_begun() {
    let settings = Settings { call_minute_price: 3, ..Settings::default() };
    let scene = Scene::of(TestApp::with(settings).await).await;
    let lead = scene.lead("+12125550215", "agreeable").await;
    let estimate = json!({ "lead_id": lead, "agent_id": scene.agent, "estimated_minutes": 4 });
    scene.refused(estimate.clone(), "insufficient_credits", "lead_id").await;
    scene.app.call(&scene.app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let credits = || async { scene.app.call(&scene.owner, "get_credits", json!({})).ok().await };
    let call = id_of(&scene.place_with(estimate).await);
    let held = credits().await;
    assert_eq!((held["credits_remaining"].as_i64(), held["held"].as_i64()), (Some(88), Some(12)), "{held}");
    scene.app.live(HOUR).await;
    let minutes = scene.call(&call).await["billable_minutes"].as_i64().unwrap();
    assert!(minutes >= 1);
    let after = credits().await;
    assert_eq!(
        (after["credits_remaining"].as_i64(), after["held"].as_i64()),
        (Some(100 - 3 * minutes), Some(0)),
        "{after}"
    );
    let unanswered = scene.place(&scene.lead("+12125550216", "no_answer").await).await;
    scene.app.live(HOUR).await;
    assert_eq!(scene.call(&unanswered).await["billable_minutes"], 0);
    assert_eq!(credits().await, after, "nobody picked up, nothing was spent");
}

#[tokio::test]
async fn a_do_not_call_list_stops_calls_and_not_mail() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550217", "agreeable").await;
    scene.app.call(&scene.owner, "update_agent", json!({ "agent_id": scene.agent, "autonomy": "ask" })).ok().await;
    let call = scene.place(&lead).await;
    let numbers =
        json!({ "numbers": ["+1 212 555 0217", "+12125550217", "12125550218", "+12125550219"], "list": "Test list" });
    let preview = scene.app.call(&scene.owner, "import_do_not_call", numbers.clone()).dry_run().ok().await;
    let done = scene.app.call(&scene.owner, "import_do_not_call", numbers.clone()).ok().await;
    assert_eq!(preview["result"], done);
    assert_eq!(
        (done["added"].as_i64(), done["known"].as_i64(), done["leads_stopped"].as_i64()),
        (Some(2), Some(1), Some(1)),
        "{done}"
    );
    assert_eq!(done["refused"][0]["index"], 2);
    assert_eq!(scene.call(&call).await["status"], "canceled");
    let again = scene.app.call(&scene.owner, "import_do_not_call", numbers).ok().await;
    assert_eq!((again["added"].as_i64(), again["known"].as_i64()), (Some(0), Some(3)));
    scene.refused(json!({ "lead_id": lead, "agent_id": scene.agent }), "lead_stopped", "lead_id").await;
    scene.app.call(&scene.owner, "create_identity", json!({ "email": "sales@us.test" })).ok().await;
    let mail = json!({ "lead_id": lead, "subject": "Hello", "text": "A word." });
    scene.app.call(&scene.owner, "send_email", mail).idempotency_key("mail").ok().await;
}

#[tokio::test]
async fn a_preview_counts_who_would_be_called_and_who_would_not() {
    let scene = Scene::new().await;
    let open = scene.lead("+12125550220", "agreeable").await;
    let asleep = scene.lead("+12125550221", "agreeable").await;
    scene.change_lead(&asleep, json!({ "time_zone": "Pacific/Auckland", "country": "NZ" })).await;
    let stopped = scene.lead("+12125550222", "agreeable").await;
    scene.change_lead(&stopped, json!({ "outreach_disabled": true })).await;
    let mute = id_of(&scene.app.call(&scene.owner, "create_lead", json!({ "name": "No Phone" })).ok().await);
    let preview = |whom: Value| {
        let mut input = json!({ "agent_id": scene.agent });
        input.as_object_mut().unwrap().extend(whom.as_object().unwrap().clone());
        scene.app.call(&scene.owner, "preview_calls", input)
    };
    let named = preview(json!({ "lead_ids": [open, asleep, stopped, mute, "lead_7zzzzzzzzzzzz"] })).ok().await;
    let reasons = |groups: &Value| {
        groups
            .as_array()
            .unwrap()
            .iter()
            .map(|group| (group["reason"].as_str().unwrap().to_owned(), group["count"].as_i64().unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!((named["total"].as_i64(), named["now"].as_i64()), (Some(5), Some(1)), "{named}");
    assert_eq!(reasons(&named["waiting"]), BTreeMap::from([("calling_hours".to_owned(), 1)]));
    let skipped = [("lead_no_phone", 1), ("lead_stopped", 1), ("not_found", 1)];
    assert_eq!(reasons(&named["skipped"]), skipped.map(|(reason, count)| (reason.to_owned(), count)).into());
    let filtered = preview(json!({ "filter": {} })).ok().await;
    assert_eq!((filtered["total"].as_i64(), filtered["now"].as_i64()), (Some(4), Some(1)));
    preview(json!({})).refused("validation_error", "lead_ids").await;
    assert_eq!(scene.states().await, BTreeMap::new(), "nothing was proposed");
}

#[tokio::test]
async fn a_call_that_is_spoken_is_ended_by_who_cancels_it() {
    let scene = Scene::new().await;
    let lead = scene.lead("+12125550230", "curious").await;
    let call = scene.place(&lead).await;
    for _ in 0..2_000 {
        scene.app.live(500).await;
        let seen = scene.call(&call).await;
        if seen["status"] == "in_progress" && seen["transcript"].as_array().unwrap().len() >= 2 {
            break;
        }
    }
    let before = scene.call(&call).await;
    assert_eq!(before["status"], "in_progress", "{before}");
    let cancel = json!({ "call_id": call, "reason": "wrong person" });
    let stopped = scene.app.call(&scene.owner, "cancel_call", cancel.clone()).ok().await;
    assert_eq!((&stopped["ending"], &stopped["reason"]), (&json!("stopped"), &json!("wrong person")));
    scene.app.live(5 * MINUTE).await;
    let ended = scene.call(&call).await;
    assert_eq!((&ended["status"], &ended["ending"]), (&json!("completed"), &json!("stopped")), "{ended}");
    let ours =
        |call: &Value| call["transcript"].as_array().unwrap().iter().filter(|line| line["speaker"] == "agent").count();
    assert!(ours(&ended) <= ours(&before), "nothing more is said: {before} {ended}");
    assert_eq!(scene.action(&call).await["state"], "delivered");
    assert_eq!(scene.app.call(&scene.owner, "cancel_call", cancel).fails().await.0, "wrong_state");
}

#[tokio::test]
async fn who_wants_a_person_is_handed_over_to_the_number_that_takes_over() {
    let scene = Scene::new().await;
    let takes_over = json!({ "agent_id": scene.agent, "calling": { "transfer_to": "+14155550177" } });
    scene.app.call(&scene.owner, "update_agent", takes_over).ok().await;
    let lead = scene.lead("+12125550231", "agreeable").await;
    let call = scene.place(&lead).await;
    scene.app.worker.run_due().await.unwrap();
    let line = Line { carrier: "sandbox".to_owned(), carrier_id: format!("sandbox-{call}-1"), reference: None };
    let board = &scene.app.switchboard;
    let first = board.hear(line.clone(), 1, Heard::connected()).await.unwrap();
    assert_eq!((first.hang_up, &first.transfer_to), (false, &None));
    let wish = Heard::text("Can I talk to a real person, please?");
    let over = board.hear(line.clone(), 2, wish.clone()).await.unwrap();
    let number = over.transfer_to.as_ref().map(ToString::to_string);
    assert_eq!((over.hang_up, number.as_deref()), (true, Some("+14155550177")), "{over:?}");
    assert_eq!(board.hear(line, 2, wish).await.unwrap(), over, "a turn heard twice is one hand-over");
    assert_eq!(scene.call(&call).await["ending"], "transferred");
    let timeline = scene.app.call(&scene.owner, "get_lead_timeline", json!({ "lead_id": lead })).ok().await;
    let told: Vec<&Value> =
        timeline["items"].as_array().unwrap().iter().filter(|event| event["type"] == "call.transferred").collect();
    assert_eq!((told.len(), &told[0]["data"]["to"]), (1, &json!("+14155550177")), "{timeline}");
}
