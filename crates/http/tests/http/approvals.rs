//! The page of approvals: what a person sees, deciding one and many, changing before approving, and who may not.

use serde_json::{Value, json};

use crate::browser::{Browser, add_person, hidden};
use crate::fixture::Server;

const ANN: &str = "ann@first.example";

/// Mails that wait, one to each of so many leads.
pub(crate) async fn waiting(server: &Server, count: usize) -> Vec<Value> {
    server.call("POST", "/api/v1/identities", Some(json!({ "email": "sales@sender.test" }))).await.assert_status(201);
    let mut actions = Vec::new();
    for number in 0..count {
        let lead = json!({ "name": format!("Jo{number} <b>Doe</b>"), "email": format!("jo{number}@acme.example") });
        let lead = server.call("POST", "/api/v1/leads", Some(lead)).await.data();
        let mail = json!({ "lead_id": lead["id"], "subject": format!("Hello {number}"), "text": "Is this \"it\"? <i>Yes</i>." });
        let key = format!("mail-{number}");
        let made = server.call_with("POST", "/api/v1/emails", &[("Idempotency-Key", key.as_str())], Some(mail)).await;
        actions.push(made.assert_status(202).data());
    }
    actions
}

async fn state(server: &Server, action: &Value) -> Value {
    server.call("GET", &format!("/api/v1/actions/{}", action["id"].as_str().expect("an id")), None).await.data()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sees_what_waits_and_decides_each() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "admin").await;
    let actions = waiting(&server, 3).await;
    let mut ann = Browser::new(&server);
    assert_eq!(ann.get("/approvals").await.header("location"), Some("/sign-in?next=%2Fapprovals"));
    ann.sign_in(ANN).await;
    let page = ann.get("/approvals").await;
    let html = page.assert_status(200).text();
    assert!(html.contains("Jo2 &lt;b&gt;Doe") && !html.contains("<b>Doe") && !html.contains("<i>Yes"), "{html}");
    assert_eq!(hidden(&page, "action_id"), actions[2]["id"].as_str().expect("an id"), "newest first");

    let text = state(&server, &actions[2]).await["message"]["text"].as_str().expect("a text").replace('\n', "\r\n");
    let same = [
        ("action_id", actions[2]["id"].as_str().expect("an id")),
        ("digest", actions[2]["digest"].as_str().expect("a digest")),
        ("subject", "Hello 2"),
        ("text", text.as_str()),
        ("decision", "approve"),
    ];
    let done = ann.submit(&page, "/approvals", &same).await;
    assert!(done.assert_status(200).text().contains("Approved."));
    assert_eq!(state(&server, &actions[2]).await["state"], "scheduled");
    ann.submit(&page, "/approvals", &same).await.assert_status(409);

    let changed = [
        ("action_id", actions[1]["id"].as_str().expect("an id")),
        ("digest", actions[1]["digest"].as_str().expect("a digest")),
        ("subject", "Hello again"),
        ("text", "Shorter."),
        ("decision", "approve"),
    ];
    assert!(ann.submit(&page, "/approvals", &changed).await.text().contains("Changed and approved."));
    let edited = state(&server, &actions[1]).await;
    assert_eq!((&edited["state"], &edited["message"]["subject"]), (&json!("scheduled"), &json!("Hello again")));

    let mut rejected = changed;
    rejected[0].1 = actions[0]["id"].as_str().expect("an id");
    rejected[1].1 = "stale";
    let kept = ann.submit(&page, "/approvals", &rejected).await;
    assert!(kept.assert_status(409).text().contains("value=\"Hello again\""), "what was typed stays: {}", kept.text());
    rejected[4].1 = "reject";
    ann.submit(&page, "/approvals", &rejected).await.assert_status(409);
    rejected[1].1 = actions[0]["digest"].as_str().expect("a digest");
    assert!(ann.submit(&page, "/approvals", &rejected).await.text().contains("Rejected."));
    assert!(ann.get("/approvals").await.text().contains("Nothing waits for you."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_decided_together_and_what_failed_is_told() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    let actions = waiting(&server, 3).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/approvals").await;
    let chosen = |action: &Value, digest: &str| format!("{}:{digest}", action["id"].as_str().expect("an id"));
    let good = actions[..2].iter().map(|action| chosen(action, action["digest"].as_str().expect("a digest")));
    let mut values: Vec<String> = good.collect();
    values.push(chosen(&actions[2], "stale"));
    let mut fields: Vec<(&str, &str)> = values.iter().map(|value| ("chosen", value.as_str())).collect();
    fields.push(("decision", "approve"));
    let told = ann.submit(&page, "/approvals", &fields).await;
    assert!(told.assert_status(200).text().contains("2 approved. 1 not:"), "{}", told.text());
    ann.submit(&page, "/approvals", &[("decision", "approve")]).await.assert_status(400);
    assert_eq!(state(&server, &actions[2]).await["state"], "pending_approval");
    let left = ann.get("/approvals").await;
    let shown = hidden(&left, "shown");
    let told = ann.submit(&left, "/approvals", &[("shown", &shown), ("decision", "approve_all")]).await;
    assert!(told.text().contains("1 approved.") && told.text().contains("Nothing waits for you."), "{}", told.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_reads_looks_and_decides_nothing() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "viewer").await;
    let actions = waiting(&server, 1).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/approvals").await;
    assert!(page.text().contains("Hello 0") && !page.text().contains("Approve"), "{}", page.text());
    let fields = [
        ("action_id", actions[0]["id"].as_str().expect("an id")),
        ("digest", actions[0]["digest"].as_str().expect("a digest")),
        ("subject", "Hello 0"),
        ("text", "Other"),
        ("decision", "approve"),
    ];
    ann.submit(&page, "/approvals", &fields).await.assert_status(403);
    let mut forged = fields.to_vec();
    forged.push(("form_token", "x"));
    ann.post("/approvals", &forged).await.assert_status(409);
    assert_eq!(state(&server, &actions[0]).await["state"], "pending_approval");
}
