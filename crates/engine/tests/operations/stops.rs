//! What stops outreach, in the transaction that says so: disabling, suppressing, booking, removing, the kill switch.

use outrider_engine::context::Context;
use outrider_engine::opt_out;
use outrider_engine::principal::Principal;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::{self, Ids};

/// A filled project whose one mail waits for a person.
async fn waiting() -> (TestApp, Caller, Ids) {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    assert_eq!(state(&app, &owner, &ids).await, ("pending_approval".to_owned(), "active".to_owned()));
    (app, owner, ids)
}

/// States of the action and the enrollment.
async fn state(app: &TestApp, owner: &Caller, ids: &Ids) -> (String, String) {
    let action = app.call(owner, "get_action", json!({ "action_id": ids["action_id"] })).ok().await;
    let enrollment = app.call(owner, "get_enrollment", json!({ "enrollment_id": ids["enrollment_id"] })).ok().await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&action["state"]), text(&enrollment["state"]))
}

fn stopped() -> (String, String) {
    ("refused".to_owned(), "stopped".to_owned())
}

#[tokio::test]
async fn disabling_outreach_stops_what_is_open() {
    let (app, owner, ids) = waiting().await;
    app.call(&owner, "update_lead", json!({ "lead_id": ids["lead_id"], "outreach_disabled": true })).ok().await;
    assert_eq!(state(&app, &owner, &ids).await, stopped());
    app.call(&owner, "update_lead", json!({ "lead_id": ids["lead_id"], "outreach_disabled": false })).ok().await;
    app.run_jobs().await;
    assert_eq!(state(&app, &owner, &ids).await, stopped(), "what was stopped stays so");
    assert!(app.mailer.mails().is_empty());
}

#[tokio::test]
async fn a_preview_of_disabling_stops_nothing() {
    let (app, owner, ids) = waiting().await;
    let preview = app
        .call(&owner, "update_lead", json!({ "lead_id": ids["lead_id"], "outreach_disabled": true }))
        .dry_run()
        .ok()
        .await;
    assert_eq!(preview["plan"][0]["update_lead"]["stops_outreach"], true);
    assert_eq!(state(&app, &owner, &ids).await.0, "pending_approval");
}

#[tokio::test]
async fn a_suppressed_address_stops_its_lead() {
    let (app, owner, ids) = waiting().await;
    let made = app
        .call(
            &owner,
            "create_suppression",
            json!({ "kind": "email", "value": "JANE@acme.com", "reason": "do_not_call" }),
        )
        .ok()
        .await;
    assert_eq!((&made["value"], &made["reason"]), (&json!("jane@acme.com"), &json!("do_not_call")));
    assert_eq!(state(&app, &owner, &ids).await, stopped());
    let again = app.call(&owner, "create_suppression", json!({ "kind": "email", "value": "jane@acme.com" })).ok().await;
    assert_eq!(again, made, "the first record stays");
    app.call(&owner, "delete_suppression", json!({ "suppression_id": made["id"] })).ok().await;
    assert_eq!(state(&app, &owner, &ids).await, stopped(), "what was refused stays refused");
}

#[tokio::test]
async fn a_suppressed_number_stops_every_lead_that_has_it() {
    let (app, owner, ids) = waiting().await;
    app.call(&owner, "update_lead", json!({ "lead_id": ids["lead_id"], "phone": "+14155550123" })).ok().await;
    app.call(&owner, "create_suppression", json!({ "kind": "phone", "value": "+1 415 555 0123" })).ok().await;
    assert_eq!(state(&app, &owner, &ids).await, stopped());
}

#[tokio::test]
async fn a_suppressed_domain_holds_at_the_gate() {
    let (app, owner, ids) = waiting().await;
    app.call(&owner, "create_suppression", json!({ "kind": "domain", "value": "ACME.com" })).ok().await;
    let action = app.call(&owner, "get_action", json!({ "action_id": ids["action_id"] })).ok().await;
    let approve = json!({ "action_id": ids["action_id"], "digest": action["digest"] });
    // Refused at once or when it is due: either way nothing leaves.
    let _ = app.call(&owner, "approve_action", approve).send().await;
    for _ in 0..5 {
        app.run_jobs().await;
        app.clock.advance(60_000);
    }
    assert_eq!(state(&app, &owner, &ids).await.0, "refused");
    assert!(app.mailer.mails().is_empty());
}

#[tokio::test]
async fn a_suppressed_domain_covers_those_below_it() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&owner, "create_identity", json!({ "email": "sales@sender.test" })).ok().await;
    let mut leads = Vec::new();
    for (email, stops) in [("a@acme.example", true), ("b@mail.acme.example", true), ("c@notacme.example", false)] {
        let made = app.call(&owner, "create_lead", json!({ "name": "Ann", "email": email })).ok().await;
        let mail = json!({ "lead_id": made["id"], "subject": "Hi", "text": "there" });
        let action = app.call(&owner, "send_email", mail).idempotency_key(email).ok().await;
        leads.push((made["id"].clone(), action["id"].clone(), stops));
    }
    let input = json!({ "kind": "domain", "value": "acme.example" });
    app.call(&owner, "create_suppression", input).ok().await;
    for (lead, action, stops) in leads {
        let action = app.call(&owner, "get_action", json!({ "action_id": action })).ok().await;
        assert_eq!(action["state"] == "refused", stops, "{action}");
        let later = json!({ "lead_id": lead, "subject": "Hi", "text": "again" });
        let refused = app.call(&owner, "send_email", later).idempotency_key(&lead.to_string()).send().await.is_err();
        assert_eq!(refused, stops, "what is asked for later");
    }
}

#[tokio::test]
async fn lifting_an_opt_out_lets_the_lead_be_contacted_once_nothing_else_stops_it() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let input = json!({ "name": "Ann", "email": "ann@acme.example", "phone": "+14155550123" });
    let lead = app.call(&owner, "create_lead", input).ok().await["id"].clone();
    let (core, project) = (std::sync::Arc::clone(app.pipeline.core()), app.main);
    let id = lead.as_str().unwrap().parse().unwrap();
    app.store()
        .write(move |tx| {
            let principal = Principal::engine(project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            opt_out::record(&mut cx, id, "opt_out", "she said so")?;
            cx.finish().map(drop)
        })
        .await
        .unwrap();
    let disabled = async || {
        let found = app.call(&owner, "get_lead", json!({ "lead_id": lead })).ok().await;
        found["outreach_disabled"] == true
    };
    assert!(disabled().await);
    let all = app.call(&owner, "list_suppressions", json!({})).ok().await;
    let ids: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids.len(), 2, "address and number");
    let lift = |id: &Value| app.call(&owner, "delete_suppression", json!({ "suppression_id": id }));
    lift(ids[0]).ok().await;
    assert!(disabled().await, "the other still stands");
    let preview = lift(ids[1]).dry_run().ok().await;
    assert_eq!(preview["plan"][0]["lift_suppression"]["enables"], lead);
    assert!(disabled().await, "a preview changes nothing");
    lift(ids[1]).ok().await;
    assert!(!disabled().await);
}

#[tokio::test]
async fn lifting_another_suppression_leaves_a_lead_that_a_person_disabled() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let input = json!({ "name": "Ann", "email": "ann@acme.example" });
    let lead = app.call(&owner, "create_lead", input).ok().await["id"].clone();
    app.call(&owner, "update_lead", json!({ "lead_id": lead, "outreach_disabled": true })).ok().await;
    let manual = json!({ "kind": "email", "value": "ann@acme.example", "lead_id": lead });
    let made = app.call(&owner, "create_suppression", manual).ok().await;
    app.call(&owner, "delete_suppression", json!({ "suppression_id": made["id"] })).ok().await;
    let found = app.call(&owner, "get_lead", json!({ "lead_id": lead })).ok().await;
    assert_eq!(found["outreach_disabled"], true);
}

#[tokio::test]
async fn malformed_suppressions_are_refused() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for (input, field) in [
        (json!({ "kind": "email", "value": "nobody" }), "value"),
        (json!({ "kind": "phone", "value": "0123" }), "value"),
        (json!({ "kind": "domain", "value": "localhost" }), "value"),
        (json!({ "kind": "fax", "value": "1" }), "kind"),
        (json!({ "kind": "email", "value": "a@b.test", "reason": "whim" }), "reason"),
    ] {
        app.call(&owner, "create_suppression", input).refused("validation_error", field).await;
    }
}

#[tokio::test]
async fn a_booked_meeting_stops_the_sequence() {
    let (app, owner, ids) = waiting().await;
    app.call(&owner, "update_lead", json!({ "lead_id": ids["lead_id"], "meeting_booked": true })).ok().await;
    assert_eq!(state(&app, &owner, &ids).await.1, "stopped");
    assert_eq!(app.call(&owner, "get_stats", json!({})).ok().await["meetings_booked"], 1);
}

#[tokio::test]
async fn a_deleted_lead_takes_its_open_mail_along() {
    let (app, owner, ids) = waiting().await;
    app.call(&owner, "delete_lead", json!({ "lead_id": ids["lead_id"] })).ok().await;
    assert_eq!(state(&app, &owner, &ids).await, stopped());
    app.call(&owner, "get_lead", json!({ "lead_id": ids["lead_id"] })).refused("resource_not_found", "lead_id").await;
}

async fn approve(app: &TestApp, owner: &Caller, ids: &Ids) {
    let action = app.call(owner, "get_action", json!({ "action_id": ids["action_id"] })).ok().await;
    app.call(owner, "approve_action", json!({ "action_id": ids["action_id"], "digest": action["digest"] })).ok().await;
}

#[tokio::test]
async fn the_kill_switch_holds_and_its_release_lets_go() {
    let (app, owner, ids) = waiting().await;
    let writer = app.key(&["*"]).await;
    let engaged = app.call(&writer, "engage_kill_switch", json!({ "reason": "wrong list" })).ok().await;
    assert_eq!((&engaged["engaged"], &engaged["switches"][0]["reason"]), (&json!(true), &json!("wrong list")));
    approve(&app, &owner, &ids).await;
    app.run_jobs().await;
    app.clock.advance(3_600_000);
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty());
    assert_eq!(app.call(&owner, "get_stats", json!({})).ok().await["held"], json!({ "kill_switch": 1 }));
    assert_eq!(
        app.call(&writer, "release_kill_switch", json!({})).fails().await.0,
        "insufficient_scope",
        "a person lets it go on"
    );
    app.call(&owner, "release_kill_switch", json!({})).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
}

#[tokio::test]
async fn a_switch_for_all_stops_every_project() {
    let (app, owner, ids) = waiting().await;
    let elsewhere = Caller::Operator(app.other);
    app.call(&elsewhere, "engage_kill_switch", json!({ "reason": "all stop", "everywhere": true })).ok().await;
    approve(&app, &owner, &ids).await;
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty());
    assert_eq!(app.call(&owner, "get_kill_switch", json!({})).ok().await["switches"][0]["everywhere"], true);
    app.call(&owner, "release_kill_switch", json!({})).ok().await;
    assert_eq!(
        app.call(&owner, "get_kill_switch", json!({})).ok().await["engaged"],
        true,
        "a project can't release it"
    );
    app.call(&elsewhere, "release_kill_switch", json!({ "everywhere": true })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
}

/// Holds the mail by `close`, then lets it go by `open`.
async fn held_until(close: (&'static str, Value), gate: &str, open: (&'static str, Value)) {
    let (app, owner, ids) = waiting().await;
    let fill = |input: Value| {
        let mut input = input;
        for (field, value) in input.as_object_mut().unwrap() {
            if value == "ID" {
                *value = json!(ids[field.as_str()]);
            }
        }
        input
    };
    app.call(&app.operator(), close.0, fill(close.1)).ok().await;
    approve(&app, &owner, &ids).await;
    app.run_jobs().await;
    app.clock.advance(3_600_000);
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty(), "{gate} is open");
    assert_eq!(app.call(&owner, "get_stats", json!({})).ok().await["held"], json!({ gate: 1 }));
    app.call(&app.operator(), open.0, fill(open.1)).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1, "{gate} did not let go");
}

#[tokio::test]
async fn activating_the_agent_lets_go() {
    let set = |active: bool| ("update_agent", json!({ "agent_id": "ID", "active": active }));
    held_until(set(false), "agent", set(true)).await;
}

#[tokio::test]
async fn activating_the_identity_lets_go() {
    let set = |active: bool| ("update_identity", json!({ "identity_id": "ID", "active": active }));
    held_until(set(false), "identity", set(true)).await;
}

#[tokio::test]
async fn a_plan_lets_go() {
    let set = |plan: &str| ("set_plan", json!({ "plan": plan }));
    held_until(set("none"), "subscription", set("pro")).await;
}
