//! The rate limit, as headers and as refusals.

use outrider_http::Limits;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_trusted_proxy_callers_without_a_key_are_told_apart_by_their_own_address() {
    let standing = async |trusted: &[&str], address: &str, server: &mut Option<Server>| {
        if server.is_none() {
            let trusted_proxies = trusted.iter().map(|text| text.parse().expect("a network")).collect();
            let limits = Limits { trusted_proxies, ..Limits::default() };
            *server = Some(Server::set_up(Setup { requests_per_minute: 9, limits, ..Setup::default() }).await);
        }
        let server = server.as_ref().expect("a server");
        let answer = server.send("GET", "/api/v1/leads", &[("X-Forwarded-For", address)], b"").await;
        answer.assert_status(401);
        answer.header("x-ratelimit-remaining").expect("a standing").to_owned()
    };
    let mut behind = None;
    for (address, left) in [("198.51.100.7", "8"), ("198.51.100.7", "7"), ("203.0.113.9", "8"), ("2001:db8::1", "8")] {
        assert_eq!(standing(&["127.0.0.0/8"], address, &mut behind).await, left, "{address}");
    }
    assert_eq!(
        standing(&[], "203.0.113.9, 198.51.100.7", &mut behind).await,
        "6",
        "what the client wrote stands first"
    );
    let mut open = None;
    for (address, left) in [("198.51.100.7", "8"), ("203.0.113.9", "7")] {
        assert_eq!(standing(&["10.0.0.0/8"], address, &mut open).await, left, "nobody is believed: {address}");
    }
}
