//! Sessions: whose they are, how they end, how their tools change.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{Client, request};
use super::fixture_tools;
use crate::fixture::{Server, Setup};

#[tokio::test]
async fn a_session_answers_only_to_the_key_that_opened_it() {
    let server = Server::start().await;
    let client = Client::native(&server).initialized().await;
    let (_, other) = server.make_key(json!({ "name": "other" })).await;
    let thief = client.stolen_by(&other);
    let list = request(1, "tools/list", json!({}));
    let answer = thief.post(&list, &[]).await;
    assert_eq!(answer.assert_status(404).json()["id"], 1);
    assert_eq!(thief.send("DELETE", b"", &[]).await.status, 404);
    assert_eq!(thief.send("GET", b"", &[]).await.status, 404);
    client.post(&list, &[]).await.assert_status(200);
    assert_eq!(client.send("DELETE", b"", &[]).await.status, 204);
    client.post(&list, &[]).await.assert_status(404);
    assert_eq!(client.send("DELETE", b"", &[]).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn an_idle_session_ends_and_each_is_its_own() {
    let server = Server::start().await;
    let first = Client::native(&server).initialized().await;
    server.clock.advance(20 * 60_000);
    let second = Client::native(&server).initialized().await;
    assert_ne!(first.session(), second.session());
    first.done("enable_toolset", json!({ "name": "audit" })).await;
    assert!(first.tools().await.contains(&"list_audit".to_owned()));
    assert!(!second.tools().await.contains(&"list_audit".to_owned()), "toolsets belong to a session");
    server.clock.advance(29 * 60_000);
    first.tools().await;
    server.clock.advance(2 * 60_000);
    first.tools().await;
    second.post(&request(1, "tools/list", json!({})), &[]).await.assert_status(404);
    server.stop().await;
}

#[tokio::test]
async fn toolsets_come_by_address_by_header_and_by_asking() {
    let server = Server::start().await;
    let default = Client::native(&server).initialized().await;
    assert!(!default.tools().await.contains(&"list_audit".to_owned()));
    let refused = default.call("list_audit", json!({})).await;
    assert_eq!(refused["isError"], true);
    assert_eq!(refused["structuredContent"]["error"]["code"], "toolset_not_enabled", "{refused}");
    let by_address = Client::at(&server, "/mcp?toolsets=audit", &server.key).initialized().await;
    assert_eq!(by_address.tools().await, ["list_audit", "verify_audit", "list_toolsets", "enable_toolset"]);
    by_address.done("list_audit", json!({})).await;
    let listing = request(1, "tools/list", json!({}));
    let by_header = default.post(&listing, &[("X-Outrider-Toolsets", "default, audit")]).await;
    assert!(by_header.text().contains("\"list_audit\"") && by_header.text().contains("\"list_leads\""));
    let sets = default.done("list_toolsets", json!({})).await;
    assert!(sets["toolsets"].as_array().expect("sets").iter().any(|set| set["name"] == "audit"), "{sets}");
    let unknown = default.call("enable_toolset", json!({ "name": "secrets" })).await;
    assert_eq!(unknown["structuredContent"]["error"]["code"], "unknown_toolset");
    let bad = Client::at(&server, "/mcp?toolsets=secrets", &server.key);
    let answer = bad.initialize().await;
    assert!(answer.assert_status(400).text().contains("audit"), "{}", answer.text());
    let all = Client::at(&server, "/mcp?toolsets=all", &server.key).initialized().await;
    assert!(all.tools().await.len() > 60);
    server.stop().await;
}

#[tokio::test]
async fn a_listening_session_hears_that_its_tools_changed() {
    let server = Server::start().await;
    let client = Client::native(&server).initialized().await;
    let mut stream = TcpStream::connect(&server.address).await.expect("a connection");
    let head = format!(
        "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\nMcp-Session-Id: {}\r\n\r\n",
        server.key,
        client.session()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut heard = String::new();
    let mut buffer = [0; 4096];
    let listening = async {
        loop {
            let count = stream.read(&mut buffer).await.expect("readable");
            heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
            if heard.contains(": alive") && !heard.contains("list_changed") {
                client.done("enable_toolset", json!({ "name": "audit" })).await;
            }
            if count == 0 || heard.contains("notifications/tools/list_changed") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listening).await.expect("in time");
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("text/event-stream"), "{heard}");
    assert!(heard.contains("\"method\":\"notifications/tools/list_changed\""), "{heard}");
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn a_cancelled_call_is_answered_by_nothing_and_leaves_the_session_usable() {
    let setup = Setup { endpoints: vec![fixture_tools::surface()], ..Setup::default() };
    let server = Server::set_up(setup).await;
    let client = Client::at(&server, "/fixture/mcp", &server.key).initialized().await;
    let slow = request(11, "tools/call", json!({ "name": "test_waiting", "arguments": {} }));
    let cancel = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 11 } });
    let cancelling = async {
        fixture_tools::waiting().await;
        client.post(&cancel, &[]).await
    };
    let (answer, accepted) = tokio::join!(client.post(&slow, &[]), cancelling);
    accepted.assert_status(202);
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    client.tools().await;
    server.stop().await;
}
