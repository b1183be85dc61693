//! What is turned away before it reaches the protocol, and how.

use serde_json::{Value, json};

use super::client::{Client, request};
use crate::fixture::{Server, Setup};

fn rpc_error(body: &Value) -> i64 {
    assert_eq!(body["jsonrpc"], "2.0", "{body}");
    assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    body["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error in {body}"))
}

#[tokio::test]
async fn who_has_no_valid_key_is_told_where_to_get_a_token() {
    let server = Server::start().await;
    let (_, foreign) = server.make_key(json!({ "name": "cora", "dialect": "cora" })).await;
    let metadata = format!("resource_metadata=\"http://{}/.well-known/oauth-protected-resource/mcp\"", server.address);
    for (key, code, invalid) in [
        ("", "missing_api_key", false),
        ("or_live_0000", "invalid_api_key", true),
        ("anything", "invalid_token", true),
        (foreign.as_str(), "invalid_api_key", true),
    ] {
        for method in ["POST", "GET", "DELETE"] {
            let client = Client::at(&server, "/mcp", key);
            let authorization = if key.is_empty() { String::new() } else { format!("Bearer {key}") };
            let headers = [("Authorization", authorization.as_str())];
            let answer = client.send(method, request(1, "ping", json!({})).to_string().as_bytes(), &headers).await;
            let body = answer.assert_status(401).json();
            rpc_error(&body);
            assert_eq!(body["error"]["data"]["code"], code, "{body}");
            assert!(body["error"]["data"]["next"].is_string(), "{body}");
            let challenge = answer.header("www-authenticate").expect("a challenge");
            assert!(challenge.starts_with("Bearer ") && challenge.contains(&metadata), "{challenge}");
            assert_eq!(challenge.contains("error=\"invalid_token\""), invalid, "{challenge}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn strange_hosts_and_pages_are_refused_even_with_a_key() {
    let server = Server::start().await;
    let client = Client::native(&server);
    let ping = request(1, "ping", json!({})).to_string();
    for (headers, status) in [
        (&[("Host", "evil.example")][..], 403),
        (&[("Host", "localhost:9"), ("Origin", "https://evil.example")], 403),
        (&[("Origin", "null")], 403),
        (&[("Host", "127.0.0.1:7700"), ("Origin", "http://localhost:6274")], 200),
        (&[("Host", "[::1]")], 200),
    ] {
        for path in ["POST", "OPTIONS"] {
            let answer = client.send(path, ping.as_bytes(), headers).await;
            let expected = if path == "OPTIONS" && status == 200 { 204 } else { status };
            assert_eq!(answer.status, expected, "{path} {headers:?} {}", String::from_utf8_lossy(&answer.body));
            let opened = answer.header("access-control-allow-origin");
            let origin = headers.iter().find(|(name, _)| *name == "Origin").map(|(_, value)| *value);
            assert_eq!(opened, origin.filter(|_| status == 200), "{headers:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_single_message_is_a_json_rpc_error() {
    let server = Server::start().await;
    let client = Client::native(&server).initialized().await;
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let batch = json!([request(1, "ping", json!({}))]).to_string();
    for (body, status, code) in [
        ("", 400, -32700),
        ("{", 400, -32700),
        ("\u{feff}{}", 400, -32700),
        (deep.as_str(), 400, -32700),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}", 400, -32700),
        (batch.as_str(), 400, -32600),
        ("[]", 400, -32600),
        ("7", 400, -32600),
        ("{}", 400, -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", 400, -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", 400, -32600),
    ] {
        let answer = client.send("POST", body.as_bytes(), &[]).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!((answer.status, rpc_error(&answer.json())), (status, code), "{shown} {}", answer.text());
    }
    let answer = client.send("POST", batch.as_bytes(), &[]).await;
    assert!(answer.text().contains("Batches"), "{}", answer.text());
    server.stop().await;
}

#[tokio::test]
async fn sizes_types_and_methods_are_bounded() {
    let server = Server::start().await;
    let client = Client::native(&server).initialized().await;
    let ping = request(1, "ping", json!({})).to_string();
    let large = request(1, "ping", json!({ "x": "x".repeat(5 * 1024 * 1024) })).to_string();
    let answer = client.send("POST", large.as_bytes(), &[]).await;
    assert_eq!((answer.status, rpc_error(&answer.json())), (413, -32600));
    let answer = client.send("POST", ping.as_bytes(), &[("Content-Type", "text/plain")]).await;
    assert_eq!((answer.status, rpc_error(&answer.json())), (415, -32600));
    let answer = client.send("POST", ping.as_bytes(), &[("Accept", "application/json")]).await;
    assert_eq!((answer.status, rpc_error(&answer.json())), (406, -32600), "{}", answer.text());
    for method in ["PUT", "PATCH", "HEAD"] {
        assert_eq!(client.send(method, b"", &[]).await.status, 405, "{method}");
    }
    server.stop().await;
}

#[tokio::test]
async fn faults_of_the_protocol_are_errors_of_the_protocol() {
    let server = Server::start().await;
    let client = Client::native(&server).initialized().await;
    for (method, params, code) in [
        ("no/such", json!({}), -32601),
        ("prompts/list", json!({}), -32601),
        ("tools/call", json!({}), -32602),
        ("tools/call", json!({ "name": "no_such_tool", "arguments": {} }), -32602),
        ("tools/call", json!({ "name": "list_leads", "arguments": [] }), -32602),
        ("tools/list", json!({ "cursor": "x" }), -32602),
        ("resources/read", json!({ "uri": "outrider://nothing" }), -32002),
    ] {
        let body = client.ask(method, params.clone()).await;
        assert_eq!(rpc_error(&body), code, "{method} {params} {body}");
    }
    server.stop().await;
}

#[tokio::test]
async fn every_request_counts_against_the_keys_limit() {
    let server = Server::set_up(Setup { requests_per_minute: 3, ..Setup::default() }).await;
    let client = Client::native(&server);
    for left in [2, 1, 0] {
        let answer = client.initialize().await;
        assert_eq!(answer.assert_status(200).header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    let answer = client.initialize().await;
    assert_eq!(answer.assert_status(429).json()["error"]["data"]["code"], "rate_limit_exceeded");
    assert!(answer.header("retry-after").is_some());
    server.stop().await;
}
