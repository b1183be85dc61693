//! Opening an account: from nothing to a key, without anybody's help.

use outrider_domain::time::HOUR;
use serde_json::{Value, json};

use super::{BASE, Cora, assert_refused};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_begins_with_a_key_that_builds_and_does_not_send() {
    let cora = Cora::start().await;
    let visitor = cora.rig.anonymous(BASE);
    let body = json!({ "email": "agent@example.com", "password": "correct horse", "company_name": "Acme", "name": "Jane", "source": "optional" });
    let answer = visitor.post("/signup", body).await.expect(201).json();
    assert_shape(&answer, &json!({ "data": { "api_key": "text", "plans": "list", "checkout_endpoint": "text" } }));
    assert_eq!(answer["data"]["checkout_endpoint"], "/v1/billing/checkout");
    let plans: Vec<&str> =
        answer["data"]["plans"].as_array().expect("plans").iter().filter_map(|plan| plan["id"].as_str()).collect();
    assert_eq!(plans, ["starter", "growth", "pro"]);
    let key = answer["data"]["api_key"].as_str().expect("a key");
    assert!(key.starts_with("cora_live_"));

    let client = cora.rig.client(BASE, key);
    let made = async |path: &str, body: Value| client.post(path, body).await.expect(201).json()["data"]["id"].clone();
    let lead = made("/leads", json!({ "name": "Bob", "email": "bob@example.com" })).await;
    let agent = made("/agents", json!({ "type": "outbound" })).await;
    assert_eq!(client.get("/projects").await.expect(200).json()["data"].as_array().map(Vec::len), Some(1));
    let sending = client.post("/outreach/email", json!({ "lead_id": lead, "agent_id": agent })).await;
    assert_refused(&sending, 402, "payment_required", None);
    assert_eq!(cora.data("/leads").await, json!([]), "nobody else sees it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_address_is_needed_and_each_opens_one_account() {
    let cora = Cora::start().await;
    let visitor = cora.rig.anonymous(BASE).header("Idempotency-Key", "everybody's");
    let first = visitor.post("/signup", json!({ "email": "one@example.com" })).await.expect(201).json();
    let other = visitor.post("/signup", json!({ "email": "two@example.com", "utm": "x" })).await.expect(201).json();
    assert_ne!(first["data"]["api_key"], other["data"]["api_key"]);
    let again = visitor.post("/signup", json!({ "email": "One@Example.com" })).await;
    assert_refused(&again, 409, "validation_error", Some("email"));
    assert!(!again.text().contains("cora_live_"));
    cora.rig.advance(2 * HOUR);
    for (body, field) in [
        (json!({}), "email"),
        (json!({ "email": "nobody" }), "email"),
        (json!({ "email": "x@example.com", "password": "short" }), "password"),
    ] {
        assert_eq!(visitor.post("/signup", body).await.json()["error"]["param"], field);
    }
    cora.rig.advance(2 * HOUR);
    for number in 0..5 {
        visitor.post("/signup", json!({ "email": format!("n{number}@example.com") })).await.expect(201);
    }
    let refused = visitor.post("/signup", json!({ "email": "n6@example.com" })).await;
    assert_refused(&refused, 429, "rate_limit_exceeded", None);
    assert!(refused.json()["error"]["retry_after"].is_i64());
}
