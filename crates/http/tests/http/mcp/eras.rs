//! The two ways clients speak: with a session, and with everything in each request.

use serde_json::json;

use super::client::{Client, names, request};
use crate::fixture::Server;

#[tokio::test]
async fn a_client_with_a_session_lists_calls_and_reads() {
    let server = Server::start().await;
    let client = Client::native(&server).initialized().await;
    assert!(client.tools().await.contains(&"list_leads".to_owned()));
    let made = client.done("create_lead", json!({ "name": "Ada", "email": "ada@example.test" })).await;
    let found = client.done("list_leads", json!({ "query": "ada@" })).await;
    assert_eq!(found["items"][0]["id"], made["id"], "{found}");
    let documents = client.ask("resources/list", json!({})).await;
    assert_eq!(documents["result"]["resources"][1]["uri"], "outrider://errors", "{documents}");
    let table = client.ask("resources/read", json!({ "uri": "outrider://errors" })).await;
    assert!(table["result"]["contents"][0]["text"].as_str().expect("text").contains("lead_stopped"));
    let api = client.ask("resources/read", json!({ "uri": "outrider://openapi.json" })).await;
    assert!(api["result"]["contents"][0]["text"].as_str().expect("text").contains("\"openapi\":\"3.1.0\""));
    assert_eq!(client.ask("ping", json!({})).await["result"], json!({}));
    server.stop().await;
}

#[tokio::test]
async fn a_client_without_a_session_finds_out_what_there_is_and_calls() {
    let server = Server::start().await;
    let client = Client::native(&server);
    let discovered = client.ask_stateless("server/discover", json!({})).await;
    let result = &discovered.assert_status(200).json()["result"];
    assert!(result["supportedVersions"].to_string().contains("2026-07-28"), "{result}");
    assert!(result["instructions"].as_str().expect("instructions").contains("approval"), "{result}");
    assert_eq!(discovered.header("mcp-session-id"), None);
    let listed = client.ask_stateless("tools/list", json!({})).await.assert_status(200).json();
    assert!(names(&listed).contains(&"list_leads".to_owned()));
    let called = client.ask_stateless("tools/call", json!({ "name": "list_leads", "arguments": {} })).await;
    assert_eq!(called.assert_status(200).json()["result"]["structuredContent"]["items"], json!([]));
    let toolset =
        client.ask_stateless("tools/call", json!({ "name": "enable_toolset", "arguments": { "name": "audit" } })).await;
    let text = toolset.json()["result"]["content"][0]["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("?toolsets=default,audit"), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn a_stateless_request_must_say_the_same_in_its_headers_and_its_body() {
    let server = Server::start().await;
    let client = Client::native(&server);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = request(3, "tools/list", json!({ "_meta": meta }));
    for headers in [
        &[("Mcp-Protocol-Version", "2025-11-25"), ("Mcp-Method", "tools/list")][..],
        &[("Mcp-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call")],
        &[("Mcp-Protocol-Version", "2026-07-28")],
        &[],
    ] {
        let answer = client.post(&message, headers).await;
        let body = answer.assert_status(400).json();
        assert_eq!((&body["id"], &body["error"]["code"]), (&json!(3), &json!(-32020)), "{headers:?} {body}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_revision_is_answered_with_those_there_are() {
    let server = Server::start().await;
    let client = Client::native(&server);
    let params =
        json!({ "protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let answer = client.post(&request(1, "initialize", params), &[]).await.json();
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2099-01-01",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let headers = [("Mcp-Protocol-Version", "2099-01-01"), ("Mcp-Method", "tools/list")];
    let answer = client.post(&request(1, "tools/list", json!({ "_meta": meta })), &headers).await;
    let body = answer.assert_status(400).json();
    assert_eq!(body["error"]["code"], -32022, "{body}");
    assert!(body["error"]["data"]["supported"].to_string().contains("2026-07-28"), "{body}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_probes_before_it_begins_is_answered_so_that_it_can_fall_back() {
    let server = Server::start().await;
    let client = Client::native(&server);
    for (message, status, code) in [
        (request(1, "no/such/method", json!({})), 200, -32601),
        (request(2, "server/discover", json!({})), 400, -32602),
        (request(3, "tools/list", json!({})), 400, -32600),
    ] {
        let answer = client.post(&message, &[]).await;
        let body = answer.assert_status(status).json();
        assert_eq!((&body["id"], &body["error"]["code"]), (&message["id"], &json!(code)), "{body}");
    }
    assert_eq!(client.post(&request(4, "ping", json!({})), &[]).await.assert_status(200).json()["result"], json!({}));
    server.stop().await;
}
