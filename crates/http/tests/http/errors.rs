//! Every code reachable over HTTP, in the one form, with nothing that belongs to the log.

use outrider_engine::error::code::ALL;
use serde_json::json;

use crate::fixture::{Server, Setup};
use crate::operations::OPERATIONS;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code_has_its_status_and_form() {
    let server = Server::set_up(Setup { operations: OPERATIONS, ..Setup::default() }).await;
    let table = server.send("GET", "/api/v1/errors", &[], b"").await.data();
    let rows = table.as_array().expect("rows");
    for code in ALL {
        let answer = server.call("POST", &format!("/api/v1/fail/{}", code.name), None).await;
        let row = rows.iter().find(|row| row["code"] == code.name).expect("a row");
        let status = u16::try_from(row["status"].as_u64().expect("a status")).expect("a status");
        answer.assert_refused(status, code.name, Some("code"));
        assert_eq!(answer.json()["error"]["type"], row["type"]);
        assert!(!answer.text().contains("secret of the log"));
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{}", code.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_an_internal_error_and_the_server_lives() {
    let server = Server::set_up(Setup { operations: OPERATIONS, ..Setup::default() }).await;
    for _ in 0..3 {
        let answer = server.call_with("POST", "/api/v1/panic", &[("X-Request-Id", "doomed")], Some(json!({}))).await;
        answer.assert_refused(500, "internal_error", None);
        assert_eq!(answer.header("x-request-id"), Some("doomed"));
        assert!(!answer.text().contains("secret of the log"));
    }
    server.call("POST", "/api/v1/leads", Some(json!({ "name": "Ada" }))).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_outside_of_operations_is_caught_too() {
    let mut server = Server::start().await;
    let routes = outrider_http::routes(&server.state).route("/boom", axum::routing::get(boom));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    server.address = listener.local_addr().expect("an address").to_string();
    let router = outrider_http::surrounded(routes, &server.state);
    let serving =
        tokio::spawn(outrider_http::serve_router(listener, server.state.clone(), router, std::future::pending()));
    server.send("GET", "/boom", &[], b"").await.assert_refused(500, "internal_error", None);
    server.send("GET", "/healthz", &[], b"").await.assert_status(200);
    serving.abort();
}

async fn boom() -> &'static str {
    panic!("a handler of this test panics")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_checked_before_anything_else() {
    let server = Server::start().await;
    let path = "/api/v1/leads";
    let send = async |value: &str| server.send("GET", path, &[("Authorization", value)], b"").await;
    server.send("GET", path, &[], b"").await.assert_refused(401, "missing_api_key", None);
    send("Bearer").await.assert_refused(401, "missing_api_key", None);
    send("Bearer or_live_unknown").await.assert_refused(401, "invalid_api_key", None);
    send("Bearer cora_live_000000000000000000000000").await.assert_refused(401, "invalid_api_key", None);
    send("Basic dXNlcjpwYXNz").await.assert_refused(401, "invalid_api_key", None);
    send(&format!("bearer {}", server.key)).await.assert_status(200);
    let twice = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")];
    server.send("GET", path, &twice, b"").await.assert_refused(401, "invalid_api_key", None);

    // A wrong key is told of before a wrong body.
    let headers = [("Authorization", "Bearer or_live_unknown"), ("Content-Type", "application/json")];
    server.send("POST", path, &headers, b"{").await.assert_refused(401, "invalid_api_key", None);

    let (id, secret) = server.make_key(json!({ "scopes": ["leads:read"], "expires_at": "2026-11-01T00:00:00Z" })).await;
    send(&format!("Bearer {secret}")).await.assert_status(200);
    let authorization = format!("Bearer {secret}");
    let wrong = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
    server.send("POST", path, &wrong, br#"{"name":"x"}"#).await.assert_refused(403, "read_only_key", None);
    server.send("GET", "/api/v1/keys", &wrong, b"").await.assert_refused(403, "insufficient_scope", None);
    server.clock.advance(365 * 24 * 3_600_000);
    send(&authorization).await.assert_refused(401, "expired_api_key", None);
    server.call("DELETE", &format!("/api/v1/keys/{id}"), None).await.assert_status(200);
    send(&authorization).await.assert_refused(401, "revoked_api_key", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_and_a_missing_thing_name_their_field() {
    let server = Server::start().await;
    let lead = json!({ "name": "Ada", "email": "ada@example.com" });
    server.call("POST", "/api/v1/leads", Some(lead.clone())).await.assert_status(201);
    server.call("POST", "/api/v1/leads", Some(lead)).await.assert_refused(409, "already_exists", Some("email"));
    server.call("GET", "/api/v1/leads/lead_0000000000000", None).await.assert_refused(
        404,
        "resource_not_found",
        Some("lead_id"),
    );
}
