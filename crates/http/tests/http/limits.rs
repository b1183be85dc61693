//! The rate limit, as headers and as refusals.

use serde_json::json;

use crate::fixture::{Server, Setup};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_over_the_limit_are_refused_until_the_minute_ends() {
    let server = Server::set_up(Setup { requests_per_minute: 3, ..Setup::default() }).await;
    for left in ["2", "1", "0"] {
        let answer = server.call("GET", "/api/v1/leads", None).await;
        answer.assert_status(200);
        assert_eq!(
            (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")),
            (Some("3"), Some(left))
        );
    }
    for (method, path) in [("GET", "/api/v1/leads"), ("GET", "/api/v1/events/stream")] {
        let answer = server.call(method, path, None).await;
        answer.assert_refused(429, "rate_limit_exceeded", None);
        let wait = answer.json()["error"]["retry_after"].as_i64().expect("seconds");
        assert_eq!(answer.header("retry-after"), Some(wait.to_string().as_str()));
        assert!((1..=60).contains(&wait));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    }
    let (_, other) = server.make_key(json!({})).await;
    let authorization = format!("Bearer {other}");
    server.send("GET", "/api/v1/leads", &[("Authorization", &authorization)], b"").await.assert_status(200);
    server.clock.advance(60_000);
    server.call("GET", "/api/v1/leads", None).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_fail_early_count_too() {
    let server = Server::set_up(Setup { requests_per_minute: 2, ..Setup::default() }).await;
    server.call("GET", "/api/v1/leads?nonsense=1", None).await.assert_refused(
        400,
        "validation_error",
        Some("nonsense"),
    );
    server.call("POST", "/api/v1/leads", Some(json!([]))).await.assert_refused(400, "validation_error", None);
    server.call("GET", "/api/v1/leads", None).await.assert_refused(429, "rate_limit_exceeded", None);
    for _ in 0..2 {
        server.send("GET", "/api/v1/errors", &[], b"").await.assert_status(200);
    }
    server.send("GET", "/api/v1/errors", &[], b"").await.assert_refused(429, "rate_limit_exceeded", None);
    server.send("GET", "/healthz", &[], b"").await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_counted_once_with_every_other_way_to_the_pipeline() {
    let server = Server::set_up(Setup { requests_per_minute: 4, ..Setup::default() }).await;
    assert_eq!(server.call("GET", "/api/v1/leads", None).await.header("x-ratelimit-remaining"), Some("3"));
    assert_eq!(server.count().await.remaining, 2);
    assert_eq!(server.call("GET", "/api/v1/leads?cursor=", None).await.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(server.count().await.remaining, 0);
    server.call("GET", "/api/v1/leads", None).await.assert_refused(429, "rate_limit_exceeded", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_cursor_asks_for_the_first_page() {
    let server = Server::start().await;
    let plain = server.call("GET", "/api/v1/leads", None).await;
    let empty = server.call("GET", "/api/v1/leads?cursor=", None).await;
    assert_eq!((empty.assert_status(200).json(), plain.status), (plain.json(), 200));
}
