//! Idempotency keys over HTTP.

use serde_json::json;

use crate::fixture::{Server, Setup};
use crate::operations::OPERATIONS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_key_gives_the_first_answer_again() {
    let server = Server::set_up(Setup { operations: OPERATIONS, ..Setup::default() }).await;
    let send = async |key: &str, body| {
        server.call_with("POST", "/api/v1/things", &[("Idempotency-Key", key)], Some(body)).await
    };
    let first = send("k1", json!({ "name": "a" })).await;
    first.assert_status(202);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = send("k1", json!({ "name": "a" })).await;
    assert_eq!(again.assert_status(202).data(), first.data());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    send("k1", json!({ "name": "b" })).await.assert_refused(409, "idempotency_key_reused", Some("Idempotency-Key"));
    server.clock.advance(25 * 3_600_000);
    assert_ne!(
        send("k1", json!({ "name": "a" })).await.assert_status(202).data(),
        first.data(),
        "forgotten after a day"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_key_is_needed_only_a_preview_does_without() {
    let server = Server::set_up(Setup { operations: OPERATIONS, ..Setup::default() }).await;
    let body = json!({ "name": "a" });
    server.call("POST", "/api/v1/things", Some(body.clone())).await.assert_refused(
        400,
        "missing_idempotency_key",
        Some("Idempotency-Key"),
    );
    server.call("POST", "/api/v1/things?dry_run=true", Some(body.clone())).await.assert_status(200);
    let long = "k".repeat(256);
    for keys in [
        &[("Idempotency-Key", "")][..],
        &[("Idempotency-Key", &long)],
        &[("Idempotency-Key", "a"), ("Idempotency-Key", "b")],
        &[("Idempotency-Key", "ä")],
        &[("Idempotency-Key", "a\tb")],
    ] {
        server.call_with("POST", "/api/v1/things", keys, Some(body.clone())).await.assert_refused(
            400,
            "validation_error",
            Some("Idempotency-Key"),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_acts_and_the_others_wait_or_hear_its_answer() {
    let server = std::sync::Arc::new(Server::set_up(Setup { operations: OPERATIONS, ..Setup::default() }).await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let server = std::sync::Arc::clone(&server);
            tokio::spawn(async move {
                server.call_with("POST", "/api/v1/sleep", &[("Idempotency-Key", "same")], None).await
            })
        })
        .collect();
    let mut numbers = std::collections::HashSet::new();
    let (mut fresh, mut refused) = (0, 0);
    for task in tasks {
        let answer = task.await.expect("no panic");
        if answer.status == 409 {
            answer.assert_refused(409, "idempotency_conflict", None);
            refused += 1;
            continue;
        }
        fresh += usize::from(answer.header("idempotency-replayed").is_none());
        numbers.insert(answer.assert_status(200).data()["number"].to_string());
    }
    assert_eq!((fresh, numbers.len()), (1, 1));
    assert!(refused > 0, "while one sleeps, others must have been refused");
    let later = server.call_with("POST", "/api/v1/sleep", &[("Idempotency-Key", "same")], None).await;
    assert!(numbers.contains(&later.assert_status(200).data()["number"].to_string()));
}
