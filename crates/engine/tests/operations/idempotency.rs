//! Idempotency keys: the same answer again, never a second deed.

use outrider_domain::time::DAY;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_repeated_key_gives_the_first_answer_and_does_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let input = json!({ "name": "Jane", "email": "jane@acme.com" });
    let first = app.call(&owner, "create_lead", input.clone()).idempotency_key("k").send().await.unwrap();
    app.clock.advance(1_000);
    let second = app.call(&owner, "create_lead", input).idempotency_key("k").send().await.unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.body, second.body);
    assert_eq!(app.call(&owner, "list_leads", json!({})).ok().await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_body_or_operation_under_the_same_key_is_refused() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&owner, "create_company", json!({ "name": "Acme" })).idempotency_key("k").ok().await;
    app.call(&owner, "create_company", json!({ "name": "Else" }))
        .idempotency_key("k")
        .refused("idempotency_key_reused", "Idempotency-Key")
        .await;
    app.call(&owner, "create_lead", json!({ "name": "Acme" }))
        .idempotency_key("k")
        .refused("idempotency_key_reused", "Idempotency-Key")
        .await;
    let other = app.owner().await;
    app.call(&other, "create_company", json!({ "name": "Else" })).idempotency_key("k").ok().await;
}

#[tokio::test]
async fn a_key_survives_a_restart_and_ends_after_a_day() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let input = json!({ "name": "Acme" });
    let first = app.call(&owner, "create_company", input.clone()).idempotency_key("k").ok().await;
    let app = app.restart().await;
    let second = app.call(&owner, "create_company", input.clone()).idempotency_key("k").send().await.unwrap();
    assert!(second.replayed);
    assert_eq!(second.body, first);
    app.clock.advance(DAY);
    let third = app.call(&owner, "create_company", input).idempotency_key("k").send().await.unwrap();
    assert!(!third.replayed);
    assert_ne!(third.body["id"], first["id"]);
}

#[tokio::test]
async fn a_failed_call_leaves_its_key_free() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&owner, "create_company", json!({ "name": " " }))
        .idempotency_key("k")
        .refused("validation_error", "name")
        .await;
    app.call(&owner, "create_company", json!({ "name": "Acme" })).idempotency_key("k").ok().await;
}

#[tokio::test]
async fn two_at_once_with_one_key_make_one() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let call = || app.call(&owner, "create_company", json!({ "name": "Acme" })).idempotency_key("k").send();
    let (left, right) = tokio::join!(call(), call());
    let ends: Vec<Result<bool, &str>> =
        [left, right].into_iter().map(|end| end.map(|reply| reply.replayed).map_err(|error| error.code.name)).collect();
    assert!(ends.contains(&Ok(false)), "{ends:?}");
    assert!(ends.contains(&Ok(true)) || ends.contains(&Err("idempotency_conflict")), "{ends:?}");
    assert_eq!(app.call(&owner, "list_companies", json!({})).ok().await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_of_the_wrong_length_is_refused() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for key in ["", &"k".repeat(256)] {
        app.call(&owner, "create_company", json!({ "name": "Acme" }))
            .idempotency_key(key)
            .refused("validation_error", "Idempotency-Key")
            .await;
    }
}
