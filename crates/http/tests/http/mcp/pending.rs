//! An act that waits for a person, as a model meets it: told so, told how to look again, and answered by what the person decided.

use serde_json::json;

use super::client::Client;
use crate::fixture::Server;

#[tokio::test]
async fn what_waits_for_a_person_says_how_to_look_again_until_they_decide() {
    let server = Server::start().await;
    server.call("POST", "/api/v1/identities", Some(json!({ "email": "sales@sender.test" }))).await.assert_status(201);
    let lead = json!({ "name": "Jo Doe", "email": "jo@acme.example" });
    let lead = server.call("POST", "/api/v1/leads", Some(lead)).await.data();
    let model = Client::at(&server, "/mcp?toolsets=all", &server.key).initialized().await;
    let mail = json!({ "lead_id": lead["id"], "subject": "Hello", "text": "A word.", "idempotency_key": "one" });
    let proposed = model.call("send_email", mail.clone()).await;
    let id = proposed["structuredContent"]["id"].clone();
    let words = proposed["content"].to_string();
    assert!(words.contains("a person must approve it") && words.contains("get_action"), "{proposed}");
    assert!(words.contains(id.as_str().expect("an id")), "{proposed}");
    let again = model.call("send_email", mail).await;
    assert_eq!(again["structuredContent"]["id"], id, "the same call twice is one proposal");
    let seen = model.done("get_action", json!({ "action_id": id })).await;
    assert_eq!(seen["state"], "pending_approval");

    // Who approves has another key: the model's own has no such tool.
    let known = json!({ "action_id": id, "digest": seen["digest"] });
    assert!(!model.tools().await.contains(&"approve_action".to_owned()));
    let (_, key) = server.make_key(json!({ "name": "approver", "scopes": ["*:read", "actions:approve"] })).await;
    let approver = Client::at(&server, "/mcp?toolsets=all", &key).initialized().await;
    approver.done("approve_action", known).await;
    assert_eq!(model.done("get_action", json!({ "action_id": id })).await["state"], "scheduled");
    approver.done("reject_action", json!({ "action_id": id, "reason": "changed my mind" })).await;
    assert_eq!(model.done("get_action", json!({ "action_id": id })).await["state"], "refused", "it had not left yet");
    let late = json!({ "action_id": id, "digest": seen["digest"], "idempotency_key": "late" });
    let late = approver.call("approve_action", late).await;
    assert_eq!(late["isError"], true, "{late}");
    server.stop().await;
}
