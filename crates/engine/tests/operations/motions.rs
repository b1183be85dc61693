//! Sequences on their way: what ends together, what a person pauses, steps that come and go, what can go out.

use outrider_domain::mail::Delivery;
use outrider_domain::time::{DAY, HOUR, MINUTE};
use outrider_engine::worker::Crash;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::id_of;

/// All day, every day.
fn any_time() -> Value {
    json!({ "from": "00:00", "to": "24:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] })
}

fn steps(keys: &[&str]) -> Value {
    let steps: Vec<Value> =
        keys.iter().map(|key| json!({ "key": key, "after": "1d", "subject": key, "text": key })).collect();
    json!({ "approval": "alone", "window": any_time(), "steps": steps })
}

async fn app_with_sender(sender: Value) -> (TestApp, Caller) {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let mut input =
        json!({ "email": "sales@sender.test", "gap": "0", "ramp": { "start": 1000, "step": 0, "cap": 1000 } });
    for (name, value) in sender.as_object().unwrap() {
        input[name] = value.clone();
    }
    app.call(&owner, "create_identity", input).ok().await;
    (app, owner)
}

async fn leads(app: &TestApp, owner: &Caller, count: usize) -> Vec<String> {
    let mut made = Vec::new();
    for number in 0..count {
        let input = json!({ "name": "Ann", "email": format!("ann{number}@acme.example") });
        made.push(id_of(&app.call(owner, "create_lead", input).ok().await));
    }
    made
}

async fn begin(app: &TestApp, owner: &Caller, name: &str, definition: Value, leads: &[String]) -> String {
    let made = app.call(owner, "create_sequence", json!({ "name": name, "definition": definition })).ok().await;
    app.call(owner, "enroll_leads", json!({ "sequence_id": made["id"], "lead_ids": leads })).ok().await;
    id_of(&made)
}

async fn enrollments(app: &TestApp, owner: &Caller) -> Vec<Value> {
    let page = app.call(owner, "list_enrollments", json!({ "limit": 100 })).ok().await;
    page["items"].as_array().unwrap().clone()
}

/// Lets a day pass, and runs what comes due.
async fn next_day(app: &TestApp) {
    app.clock.advance(DAY);
    app.run_jobs().await;
}

/// Subjects of what left, in order.
fn subjects(app: &TestApp) -> Vec<String> {
    app.mailer.mails().into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_batch_of_mails_leaves_in_one_round_and_each_once() {
    let (app, owner) = app_with_sender(json!({})).await;
    let leads = leads(&app, &owner, 40).await;
    begin(&app, &owner, "intro", steps(&["one", "two"]), &leads).await;
    app.clock.advance(DAY);
    let round = app.worker.claim(usize::MAX).await.unwrap();
    assert_eq!((round.claimed, round.hand_overs.len()), (40, 40), "what is due at once is not claimed a second time");
    // That worker died with all of them in hand: nobody knows whether they left, so they do not leave again.
    for _ in 0..3 {
        next_day(&app).await;
    }
    assert!(app.mailer.mails().is_empty());
    assert!(enrollments(&app, &owner).await.iter().all(|row| row["reason"] == "unknown_outcome"));
}

#[tokio::test]
async fn an_address_that_bounces_ends_every_way_of_its_lead_also_in_the_same_batch() {
    let (app, owner) = app_with_sender(json!({})).await;
    let leads = leads(&app, &owner, 3).await;
    let refused = Delivery::Refused {
        code: Some(550),
        enhanced: Some("5.1.1".to_owned()),
        response: "no such user".to_owned(),
        bad_address: true,
    };
    app.mailer.answer("ann1@acme.example", refused);
    for name in ["first", "second"] {
        begin(&app, &owner, name, steps(&["one", "two"]), &leads).await;
    }
    next_day(&app).await;
    for row in enrollments(&app, &owner).await {
        let expected = if row["lead_id"] == leads[1].as_str() { "stopped" } else { "active" };
        assert_eq!(row["state"], expected, "{row}");
    }
    app.mailer.answer("ann1@acme.example", Delivery::Accepted { response: "250 ok".to_owned() });
    let before = app.mailer.mails().len();
    next_day(&app).await;
    assert_eq!(app.mailer.mails().len() - before, 4, "two leads go on in two sequences");
}

#[tokio::test]
async fn a_persons_pause_outlives_an_unknown_end() {
    let (app, owner) = app_with_sender(json!({})).await;
    let leads = leads(&app, &owner, 1).await;
    begin(&app, &owner, "intro", steps(&["one", "two"]), &leads).await;
    app.clock.advance(DAY);
    assert!(app.worker.run_due_until(Crash::AfterHandOver).await.unwrap());
    let enrollment = enrollments(&app, &owner).await.remove(0);
    let named = json!({ "enrollment_id": enrollment["id"] });
    app.call(&owner, "pause_enrollment", named.clone()).ok().await;
    app.clock.advance(HOUR);
    app.run_jobs().await;
    let action = app.call(&owner, "get_action", json!({ "action_id": enrollment["action_id"] })).ok().await;
    assert_eq!(action["state"], "unknown");
    let paused = enrollments(&app, &owner).await.remove(0);
    assert_eq!((&paused["state"], &paused["reason"]), (&json!("paused"), &json!("paused_by_person")));
    assert_eq!(app.call(&owner, "resume_enrollment", named.clone()).fails().await.0, "wrong_state", "its mail's end");
    let ending = json!({ "action_id": action["id"], "ending": "delivered" });
    app.call(&owner, "resolve_action", ending).ok().await;
    next_day(&app).await;
    let still = enrollments(&app, &owner).await.remove(0);
    assert_eq!(
        (&still["state"], &still["step"]),
        (&json!("paused"), &json!("two")),
        "what a person paused, a person resumes"
    );
    app.call(&owner, "resume_enrollment", named).ok().await;
    next_day(&app).await;
    assert_eq!(subjects(&app).last().map(String::as_str), Some("two"));
}

#[tokio::test]
async fn removing_a_step_skips_no_other() {
    let (app, owner) = app_with_sender(json!({})).await;
    let leads = leads(&app, &owner, 1).await;
    let sequence = begin(&app, &owner, "intro", steps(&["one", "two", "three"]), &leads).await;
    next_day(&app).await;
    assert_eq!(enrollments(&app, &owner).await[0]["step"], "two");
    let change = |keys: &'static [&'static str]| {
        app.call(&owner, "update_sequence", json!({ "sequence_id": sequence, "definition": steps(keys) }))
    };
    change(&["two", "three"]).ok().await;
    next_day(&app).await;
    assert_eq!(subjects(&app), ["one", "two"], "a step before it is gone");
    change(&["two", "four"]).ok().await;
    next_day(&app).await;
    assert_eq!(subjects(&app), ["one", "two", "four"], "the step it stood at is gone");
    let done = enrollments(&app, &owner).await.remove(0);
    assert_eq!((&done["state"], &done["step"]), (&json!("finished"), &Value::Null));
}

#[tokio::test]
async fn steps_put_before_the_present_one_are_not_sent_afterwards() {
    let (app, owner) = app_with_sender(json!({})).await;
    let leads = leads(&app, &owner, 1).await;
    let sequence = begin(&app, &owner, "intro", steps(&["one", "two", "three"]), &leads).await;
    next_day(&app).await;
    let definition = steps(&["zero", "one", "three"]);
    app.call(&owner, "update_sequence", json!({ "sequence_id": sequence, "definition": definition })).ok().await;
    for _ in 0..3 {
        next_day(&app).await;
    }
    assert_eq!(subjects(&app), ["one", "three"]);
}

#[tokio::test]
async fn a_ramp_rises_with_days_of_sending_and_not_with_the_calendar() {
    let (app, owner) = app_with_sender(json!({ "ramp": { "start": 2, "step": 3, "cap": 100 } })).await;
    for _ in 0..30 {
        next_day(&app).await;
    }
    let leads = leads(&app, &owner, 20).await;
    begin(&app, &owner, "intro", steps(&["one"]), &leads).await;
    let mut sent = Vec::new();
    for _ in 0..4 {
        let before = app.mailer.mails().len();
        next_day(&app).await;
        sent.push(app.mailer.mails().len() - before);
    }
    assert_eq!(sent, [2, 5, 8, 5], "an idle month has proven nothing");
    next_day(&app).await;
    let listed = app.call(&owner, "list_identities", json!({})).ok().await;
    assert_eq!(listed["items"][0]["today"]["cap"], 14, "after four days of sending");
}

#[tokio::test]
async fn capacity_counts_pauses_and_leaves_out_what_waits_for_a_person() {
    let (app, owner) = app_with_sender(json!({ "gap": "30m" })).await;
    let leads = leads(&app, &owner, 100).await;
    let mut definition = steps(&["one"]);
    definition["steps"][0]["after"] = json!("0");
    begin(&app, &owner, "alone", definition.clone(), &leads).await;
    definition["approval"] = json!("ask");
    begin(&app, &owner, "asking", definition, &leads[..3]).await;
    let capacity = app.call(&owner, "get_capacity", json!({})).ok().await;
    // It is 10:00, and the day ends in 14 hours.
    let day = &capacity["identities"][0];
    assert_eq!((&day["by_pacing"], &day["remaining"], &day["cap"]), (&json!(28), &json!(28), &json!(1000)));
    assert_eq!(capacity["remaining_today"], 28);
    let sequence =
        |name: &str| capacity["sequences"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    let alone = sequence("alone");
    assert_eq!((&alone["mails_left"], &alone["bound_by"]), (&json!(100), &json!("pacing")));
    let finishes: outrider_domain::time::Millis = serde_json::from_value(alone["finishes_at"].clone()).unwrap();
    // 28 today, 48 tomorrow, and 24 on the day after.
    let expected = crate::support::START.plus(14 * HOUR + DAY + 23 * 30 * MINUTE);
    assert_eq!(finishes, expected);
    assert_eq!(
        (&sequence("asking")["finishes_at"], &sequence("asking")["bound_by"]),
        (&Value::Null, &json!("approvals"))
    );
    app.run_jobs().await;
    let capacity = app.call(&owner, "get_capacity", json!({})).ok().await;
    assert_eq!(capacity["awaiting_approval"], 3);
}

#[tokio::test]
async fn a_forecast_rests_on_holidays_and_says_what_it_assumes() {
    let (app, owner) = app_with_sender(json!({})).await;
    let leads = leads(&app, &owner, 2).await;
    for lead in &leads {
        app.call(&owner, "update_lead", json!({ "lead_id": lead, "country": "DE" })).ok().await;
    }
    let mut definition = steps(&["one"]);
    // Monday, 2 November, and 52 days: Christmas Eve, a Thursday, which is no holiday in Germany by law.
    definition["steps"][0]["after"] = json!("52d");
    definition["steps"][0]["branches"] = json!([{ "on": ["sent"], "then": "finish" }]);
    definition["window"] =
        json!({ "from": "09:00", "to": "17:00", "days": ["mon", "tue", "wed", "thu", "fri", "sat"] });
    begin(&app, &owner, "rests", definition.clone(), &leads).await;
    definition["on_holidays"] = json!(true);
    begin(&app, &owner, "works", definition, &leads).await;
    let forecasts = async || {
        let capacity = app.call(&owner, "get_capacity", json!({})).ok().await;
        let rows = capacity["sequences"].as_array().unwrap().clone();
        let of = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap().clone();
        (of("rests"), of("works"))
    };
    let day = |row: &Value| row["finishes_at"].as_str().unwrap()[..10].to_owned();
    let (rests, works) = forecasts().await;
    assert_eq!((day(&rests), day(&works)), ("2026-12-24".to_owned(), "2026-12-24".to_owned()));
    let own = json!({ "days": [{ "day": "12-24", "name": "Christmas Eve" }] });
    app.call(&owner, "set_own_holidays", own).ok().await;
    let (rests, works) = forecasts().await;
    // The 25th and 26th are Germany's holidays, and the 27th is a Sunday.
    assert_eq!((day(&rests), day(&works)), ("2026-12-28".to_owned(), "2026-12-24".to_owned()));
    let assumes = rests["assumes"].to_string();
    assert!(
        assumes.contains("those of DE, where 2 of 2 leads live") && assumes.contains("no branch is taken"),
        "{assumes}"
    );
    assert!(!works["assumes"].to_string().contains("holidays"), "{works}");
}

#[tokio::test]
async fn a_forecast_rests_on_the_holidays_of_a_region_as_the_sequence_does() {
    let (app, owner) = app_with_sender(json!({ "gap": "0s" })).await;
    let leads = leads(&app, &owner, 3).await;
    for (lead, region) in leads.iter().zip(["DE-BY", "by", "BE"]) {
        let place = json!({ "lead_id": lead, "country": "Germany", "custom_fields": { "region": region } });
        app.call(&owner, "update_lead", place).ok().await;
    }
    let mut definition = steps(&["one"]);
    // Monday, 2 November, and 65 days: Epiphany, a holiday in Bavaria and none in Berlin.
    definition["steps"][0]["after"] = json!("65d");
    begin(&app, &owner, "bavarian", definition, &leads).await;
    let capacity = app.call(&owner, "get_capacity", json!({})).ok().await;
    let forecast = &capacity["sequences"][0];
    assert_eq!(&forecast["finishes_at"].as_str().unwrap()[..10], "2027-01-07", "{forecast}");
    assert!(forecast["assumes"].to_string().contains("those of DE-BY, where 2 of 3 leads live"), "{forecast}");
    app.clock.advance(65 * outrider_domain::time::DAY);
    app.run_jobs().await;
    let to: Vec<String> = app.mailer.mails().iter().map(|mail| mail.to.to_string()).collect();
    assert_eq!(to.len(), 1, "Berlin works, and Bavaria rests: {to:?}");
    app.clock.advance(outrider_domain::time::DAY);
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 3);
}

#[tokio::test]
async fn keys_take_only_scopes_that_there_are() {
    let app = TestApp::new().await;
    let operator = app.operator();
    for known in ["leads:read", "leads:*", "*:read", "*", "actions:approve"] {
        app.call(&operator, "create_key", json!({ "scopes": [known] })).ok().await;
    }
    for unknown in ["lead:read", "leads:raed", "leads", "leads:", ":read", "*:fly", "ghosts:*", "leads:read ", ""] {
        app.call(&operator, "create_key", json!({ "scopes": [unknown] })).refused("validation_error", "scopes").await;
    }
}
