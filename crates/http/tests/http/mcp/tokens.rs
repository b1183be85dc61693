//! Access tokens at the MCP endpoints: which are taken, which scope a tool needs, which project a call is in, and when they end.

use outrider_domain::time::HOUR;
use serde_json::{Value, json};

use super::client::Client;
use crate::browser::{Browser, add_person, query_of};
use crate::fixture::{Server, Setup, add_project};
use crate::oauth_client::{App, public_client, text};

const ANN: &str = "ann@first.example";

/// A server with a person, and tokens of theirs for an application with these scopes.
async fn with_tokens(scopes: &[&str]) -> (Server, App, Value) {
    let server = Server::set_up(Setup::default()).await;
    add_person(&server, server.project, ANN, "owner").await;
    let app = App::register(&server, "", &public_client()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let tokens = app.tokens(&mut ann, scopes).await;
    (server, app, tokens)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_calls_what_was_granted_and_is_told_which_scope_more_would_need() {
    let (server, _, tokens) = with_tokens(&["outrider.read"]).await;
    let token = text(&tokens, "access_token");
    let client = Client::at(&server, "/mcp", &token).initialized().await;
    assert_eq!(client.done("list_leads", json!({})).await["items"], json!([]));
    assert!(!client.tools().await.contains(&"create_lead".to_owned()), "what it can't use is not shown");
    let call = json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": { "name": "create_lead", "arguments": { "name": "Ada" } } });
    let answer = client.post(&call, &[]).await;
    let body = answer.assert_status(403).json();
    assert_eq!((&body["id"], &body["error"]["data"]["code"]), (&json!(9), &json!("insufficient_scope")), "{body}");
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains("outrider.write"), "{challenge}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_of_one_endpoint_and_ends() {
    let (server, app, tokens) = with_tokens(&["outrider.read"]).await;
    let token = text(&tokens, "access_token");
    let refused = async |path: &str, token: &str| {
        let answer = Client::at(&server, path, token).initialize().await;
        let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
        answer.status == 401 && challenge.contains("error=\"invalid_token\"")
    };
    assert!(!refused("/mcp", &token).await);
    let listed = Client::at(&server, "/mcp", &token).initialized().await;
    // The same token at the REST API, which takes keys alone.
    let bearer = format!("Bearer {token}");
    server.send("GET", "/api/v1/leads", &[("Authorization", &bearer)], b"").await.assert_status(401);
    assert!(refused("/mcp", &format!("{token}x")).await);
    assert!(refused("/mcp", &text(&tokens, "refresh_token")).await, "a refresh token is no access token");
    app.post(&server, "revoke", &[("token", &text(&tokens, "refresh_token"))]).await.assert_status(200);
    assert!(refused("/mcp", &token).await, "the grant has ended");
    let gone = listed.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }), &[]).await;
    assert_eq!(gone.status, 401, "and its sessions with it");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_token_is_refused_and_the_next_one_goes_on_in_the_same_session() {
    let (server, app, tokens) = with_tokens(&["outrider.read"]).await;
    let client = Client::at(&server, "/mcp", &text(&tokens, "access_token")).initialized().await;
    server.clock.advance(HOUR / 4);
    let next = app.refresh(&server, &text(&tokens, "refresh_token"), &[]).await.assert_status(200).json();
    let same = client.stolen_by(&text(&next, "access_token"));
    assert_eq!(same.done("list_leads", json!({})).await["items"], json!([]), "a session is of the grant");
    server.clock.advance(2 * HOUR);
    let answer = same.post(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }), &[]).await;
    assert_eq!(answer.status, 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_reaches_its_persons_projects_and_no_others() {
    let (server, _, tokens) = with_tokens(&["outrider.read", "outrider.write"]).await;
    let other = add_project(server.pipeline.store(), server.pipeline.core(), "stranger").await;
    let client = Client::at(&server, "/mcp", &text(&tokens, "access_token")).initialized().await;
    let own = client.done("list_leads", json!({ "project_id": server.project.to_string() })).await;
    assert_eq!(own["items"], json!([]));
    for tool in ["list_leads", "get_stats", "list_actions", "list_agents"] {
        let result = client.call(tool, json!({ "project_id": other.to_string() })).await;
        assert_eq!(result["structuredContent"]["error"]["code"], "resource_not_found", "{tool}: {result}");
    }
    let result = client.call("create_lead", json!({ "name": "Ada", "project_id": other.to_string() })).await;
    assert_eq!(result["structuredContent"]["error"]["code"], "resource_not_found", "{result}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_let_into_one_project_sees_and_makes_no_other() {
    let server = Server::set_up(Setup::default()).await;
    add_person(&server, server.project, ANN, "owner").await;
    server.call("POST", "/api/v1/projects", Some(json!({ "name": "Beside" }))).await.assert_status(201);
    let app = App::register(&server, "", &public_client()).await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let project = server.project.to_string();
    for (chosen, seen) in [(Some(project.as_str()), 1), (None, 2)] {
        let mut fields = vec![("decision", "allow"), ("scope", "outrider.read"), ("scope", "outrider.write")];
        fields.extend(chosen.map(|project| ("project_id", project)));
        let request = app.request(&server, &[("scope", "outrider.read outrider.write")]);
        let answer = app.ask(&mut ann, &request, &fields).await;
        let code = query_of(answer.header("location").expect("a place"))["code"].clone();
        let tokens = app.exchange(&server, &code, &[]).await.json();
        let client = Client::at(&server, "/mcp?toolsets=projects", &text(&tokens, "access_token")).initialized().await;
        let listed = client.done("list_projects", json!({})).await;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(seen), "{listed}");
        let made = client.call("create_project", json!({ "name": "Beyond" })).await;
        let refused = made["structuredContent"]["error"]["code"] == "insufficient_scope";
        assert_eq!(refused, chosen.is_some(), "{made}");
    }
    server.stop().await;
}
