//! Ways round an approval, an opt-out or a preview that were tried once and must stay closed.

use outrider_domain::mail::{DeliveryStatus, InboundMail};
use outrider_engine::context::Context;
use outrider_engine::error::Error;
use outrider_engine::inbound::{Taken, take};
use outrider_engine::opt_out;
use outrider_engine::principal::Principal;
use outrider_store::identities;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::id_of;

async fn sender(app: &TestApp, owner: &Caller) -> String {
    id_of(&app.call(owner, "create_identity", json!({ "email": "sales@sender.test", "gap": "0" })).ok().await)
}

async fn lead(app: &TestApp, owner: &Caller, email: &str) -> String {
    id_of(&app.call(owner, "create_lead", json!({ "name": "Ada Lovelace", "email": email })).ok().await)
}

async fn proposed(app: &TestApp, owner: &Caller, lead: &str, text: &str) -> Value {
    app.call(owner, "send_email", json!({ "lead_id": lead, "subject": "Hi", "text": text }))
        .idempotency_key(text)
        .ok()
        .await
}

async fn approved(app: &TestApp, _: &Caller, action: &Value) {
    // Another key than the one that proposed it.
    let approver = app.owner().await;
    app.call(&approver, "approve_action", json!({ "action_id": action["id"], "digest": action["digest"] })).ok().await;
}

async fn state(app: &TestApp, owner: &Caller, action: &Value) -> String {
    let found = app.call(owner, "get_action", json!({ "action_id": action["id"] })).ok().await;
    found["state"].as_str().unwrap_or("").to_owned()
}

/// Takes a mail in for the one sender.
async fn receive(app: &TestApp, mail: InboundMail) -> Taken {
    let (core, project) = (std::sync::Arc::clone(app.pipeline.core()), app.main);
    app.store()
        .write(move |tx| {
            let identity =
                identities::find(tx, project, "sales@sender.test")?.ok_or_else(|| Error::not_found("identity"))?;
            let principal = Principal::engine(project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            let taken = take(&mut cx, &identity, &mail)?;
            cx.finish()?;
            Ok::<_, Error>(taken)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_sequence_cannot_approve_itself() {
    let app = TestApp::new().await;
    let wildcard = app.key(&["*"]).await;
    let definition = json!({ "approval": "alone", "steps": [{ "key": "one", "subject": "s", "text": "t" }] });
    let refused =
        app.call(&wildcard, "create_sequence", json!({ "name": "intro", "definition": definition })).fails().await.0;
    assert_eq!(refused, "insufficient_scope");
    let asking = json!({ "steps": [{ "key": "one", "subject": "s", "text": "t" }] });
    let made = app.call(&wildcard, "create_sequence", json!({ "name": "intro", "definition": asking })).ok().await;
    let change = json!({ "sequence_id": made["id"], "definition": definition });
    assert_eq!(app.call(&wildcard, "update_sequence", change).fails().await.0, "insufficient_scope");
}

#[tokio::test]
async fn an_approval_does_not_cover_another_sender() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let sender = sender(&app, &owner).await;
    let ada = lead(&app, &owner, "ada@acme.example").await;
    let action = proposed(&app, &owner, &ada, "one").await;
    app.call(&owner, "engage_kill_switch", json!({ "reason": "wait" })).ok().await;
    approved(&app, &owner, &action).await;
    app.call(&owner, "update_identity", json!({ "identity_id": sender, "email": "imposter@other.example" })).ok().await;
    app.call(&owner, "release_kill_switch", json!({})).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails(), Vec::new(), "nobody approved a mail from this address");
    assert_eq!(state(&app, &owner, &action).await, "pending_approval");
}

#[tokio::test]
async fn an_unsubscribe_suppresses_the_address_that_was_written_to() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    sender(&app, &owner).await;
    let ada = lead(&app, &owner, "old@acme.example").await;
    let action = proposed(&app, &owner, &ada, "one").await;
    approved(&app, &owner, &action).await;
    app.run_jobs().await;
    app.call(&owner, "update_lead", json!({ "lead_id": ada, "email": "new@acme.example" })).ok().await;
    let url = app.mailer.mails()[0].unsubscribe_url.clone().unwrap();
    let token = url.rsplit('/').next().unwrap();
    assert!(opt_out::by_link(&app.pipeline, token).await.unwrap().is_some());
    let again = lead(&app, &owner, "old@acme.example").await;
    let input = json!({ "lead_id": again, "subject": "Hi", "text": "two" });
    assert_eq!(app.call(&owner, "send_email", input).idempotency_key("two").fails().await.0, "lead_stopped");
}

#[tokio::test]
async fn a_report_that_names_no_mail_of_ours_proves_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    sender(&app, &owner).await;
    lead(&app, &owner, "ada@acme.example").await;
    let status = DeliveryStatus {
        action: "failed".to_owned(),
        status: "5.1.1".to_owned(),
        recipient: Some("ada@acme.example".to_owned()),
        diagnostic: None,
    };
    let forged = InboundMail {
        message_id: Some("forged@evil.example".to_owned()),
        from: Some("mailer-daemon@evil.example".to_owned()),
        delivery_status: Some(status),
        ..InboundMail::default()
    };
    assert_eq!(receive(&app, forged).await, Taken::Stranger);
    assert_eq!(app.call(&owner, "list_suppressions", json!({})).ok().await["items"], json!([]));
}

#[tokio::test]
async fn a_request_for_silence_is_asked_anew_after_a_refusal() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    sender(&app, &owner).await;
    lead(&app, &owner, "ada@acme.example").await;
    let request = |id: &str| InboundMail {
        message_id: Some(format!("{id}@acme.example")),
        from: Some("ada@acme.example".to_owned()),
        subject: "Re: Hi".to_owned(),
        text: "Please remove me from your list.".to_owned(),
        ..InboundMail::default()
    };
    receive(&app, request("first")).await;
    receive(&app, request("second")).await;
    let waiting = app.call(&owner, "list_actions", json!({ "state": "pending_approval" })).ok().await;
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(1), "one question at a time");
    app.call(&owner, "reject_action", json!({ "action_id": waiting["items"][0]["id"] })).ok().await;
    receive(&app, request("third")).await;
    let waiting = app.call(&owner, "list_actions", json!({ "state": "pending_approval" })).ok().await;
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(1), "asked anew");
}

#[tokio::test]
async fn a_preview_of_one_text_does_not_commit_another() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    sender(&app, &owner).await;
    let ada = lead(&app, &owner, "ada@acme.example").await;
    let input = |text: &str| json!({ "lead_id": ada, "subject": "Hi", "text": text });
    let preview = app.call(&owner, "send_email", input("kind")).dry_run().ok().await;
    let digest = preview["digest"].as_str().unwrap();
    let refused =
        app.call(&owner, "send_email", input("unkind")).idempotency_key("a").plan_digest(digest).fails().await.0;
    assert_eq!(refused, "plan_changed");
    app.call(&owner, "send_email", input("kind")).idempotency_key("b").plan_digest(digest).ok().await;
}

#[tokio::test]
async fn a_replay_does_not_show_a_secret() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let first = app
        .call(&owner, "create_key", json!({ "name": "k", "scopes": ["leads:read"] }))
        .idempotency_key("k")
        .ok()
        .await;
    assert!(first["secret"].is_string());
    let second = app
        .call(&owner, "create_key", json!({ "name": "k", "scopes": ["leads:read"] }))
        .idempotency_key("k")
        .ok()
        .await;
    assert_eq!((&second["id"], &second["secret"]), (&first["id"], &Value::Null));
}

#[tokio::test]
async fn a_mail_held_for_its_text_goes_on_once_the_text_is_complete() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "update_project", json!({ "project_id": app.main.to_string(), "autonomy": "alone" }))
        .ok()
        .await;
    sender(&app, &owner).await;
    let ada = lead(&app, &owner, "ada@acme.example").await;
    let definition = json!({
        "window": { "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" },
        "steps": [{ "key": "one", "subject": "For a {{ role }}", "text": "t" }]
    });
    let made = app.call(&owner, "create_sequence", json!({ "name": "intro", "definition": definition })).ok().await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": made["id"], "lead_ids": [ada] })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails(), Vec::new(), "an unresolved placeholder never sends");
    app.call(&owner, "update_lead", json!({ "lead_id": ada, "role": "Countess" })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails()[0].subject, "For a Countess");
}
