//! Mails that an agent writes: from its brain, below what the caller gives, on the same road as all others.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::id_of;

async fn filled() -> (TestApp, Caller, Value, Value) {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&owner, "create_identity", json!({ "email": "sales@sender.test", "name": "Sam" })).ok().await;
    let brain = json!({ "name": "Ada", "type": "outbound", "elevator_pitch": "We count boxes for {{ company }}." });
    let agent = id_of(&app.call(&owner, "create_agent", brain).ok().await);
    let jane = json!({ "name": "Jane Doe", "email": "jane@acme.com", "company": "Acme" });
    let lead = id_of(&app.call(&owner, "create_lead", jane).ok().await);
    (app, owner, json!(lead), json!(agent))
}

#[tokio::test]
async fn what_is_not_given_the_agent_writes_and_a_person_approves() {
    let (app, owner, lead, agent) = filled().await;
    let input = json!({ "lead_id": lead, "agent_id": agent });
    let preview = app.call(&owner, "send_email", input.clone()).dry_run().ok().await;
    let digest = preview["digest"].as_str().unwrap();
    let action = app.call(&owner, "send_email", input).idempotency_key("one").plan_digest(digest).ok().await;
    assert_eq!((&action["state"], &action["problems"]), (&json!("pending_approval"), &json!([])));
    assert_eq!(action["message"]["subject"], "We count boxes for Acme");
    let text = action["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("Hello Jane,\n\nWe count boxes for Acme.\n\nWould you be open"), "{text}");
    assert!(text.contains("Kind regards\nSam\n"), "{text}");
}

#[tokio::test]
async fn what_is_given_stands_over_what_is_written() {
    let (app, owner, lead, agent) = filled().await;
    app.call(&owner, "create_template", json!({ "name": "intro", "subject": "Stored", "text": "Stored text" }))
        .ok()
        .await;
    for (given, subject, text) in [
        (json!({ "subject": "Mine" }), "Mine", "Hello Jane,"),
        (json!({ "text": "Short." }), "We count boxes for Acme", "Short."),
        (json!({ "html": "<p>Short.</p>" }), "We count boxes for Acme", "\n\n-- \n"),
        (json!({ "subject": "Mine", "text": "Short." }), "Mine", "Short."),
        (json!({ "template": "intro" }), "Stored", "Stored text"),
        (json!({ "template": "intro", "text": "Short." }), "Stored", "Short."),
    ] {
        let mut input = json!({ "lead_id": lead, "agent_id": agent });
        input.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        let key = given.to_string();
        let action = app.call(&owner, "send_email", input).idempotency_key(&key).ok().await;
        assert_eq!(action["message"]["subject"], subject, "{given}");
        let written = action["message"]["text"].as_str().unwrap();
        assert!(written.starts_with(text), "{given}: {written}");
    }
}

#[tokio::test]
async fn without_an_agent_there_is_nobody_to_write() {
    let (app, owner, lead, _) = filled().await;
    for given in [json!({ "lead_id": lead }), json!({ "lead_id": lead, "subject": "Hello" })] {
        app.call(&owner, "send_email", given).idempotency_key("k").refused("validation_error", "text").await;
    }
}

#[tokio::test]
async fn filters_by_what_is_another_projects_find_nothing_to_filter_by() {
    let (app, owner, lead, agent) = filled().await;
    let stranger = app.key_of(app.other, &["*"]).await;
    app.call(&stranger, "list_leads", json!({ "agent_id": agent })).refused("resource_not_found", "agent_id").await;
    app.call(&stranger, "list_activity", json!({ "agent_id": agent })).refused("resource_not_found", "agent_id").await;
    app.call(&stranger, "list_activity", json!({ "lead_id": lead })).refused("resource_not_found", "lead_id").await;
    let told = app.call(&owner, "list_activity", json!({ "agent_id": agent })).ok().await;
    let entry = &told["items"][0];
    assert_eq!((&entry["agent_name"], &entry["agent_type"]), (&json!("Ada"), &json!("outbound")));
}
