//! What every endpoint has in common: scopes, keys, strangers, the envelope, the limit, the document.

use serde_json::{Value, json};

use super::{BASE, Pathbound, assert_refused};
use crate::client::Client;

/// Every endpoint with ids filled in: method, path, body, scope.
async fn endpoints(here: &Pathbound) -> Vec<(&'static str, String, Value, &'static str)> {
    let agent = here.agent().await;
    let run = here.run(&agent, &[here.contact(1).await]).await;
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let (run, contact) = (text(&run["id"]), text(&run["contacts"][0]["contact_id"]));
    let action = format!("/agents/runs/{run}/contacts/{contact}/actions/0");
    vec![
        ("GET", "/agents".to_owned(), Value::Null, "agents:read"),
        ("GET", format!("/agents/{agent}"), Value::Null, "agents:read"),
        ("GET", format!("/agents/{agent}/runs"), Value::Null, "agents:read"),
        ("GET", format!("/agents/runs/{run}"), Value::Null, "agents:read"),
        ("POST", "/agents".to_owned(), json!({ "name": "A" }), "agents:write"),
        ("PATCH", format!("/agents/{agent}"), json!({ "name": "B" }), "agents:write"),
        ("POST", format!("/agents/{agent}/trigger"), json!({}), "agents:trigger"),
        ("POST", format!("{action}/approve"), json!({}), "agents:approve"),
        ("POST", format!("{action}/reject"), json!({}), "agents:approve"),
        ("DELETE", format!("/agents/{agent}"), Value::Null, "agents:write"),
    ]
}

async fn send(client: &Client, method: &str, path: &str, body: &Value) -> crate::client::Answer {
    client.send(method, path, (!body.is_null()).then(|| body.clone())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_needs_its_own_scope_and_no_wildcard_approves() {
    let here = Pathbound::start().await;
    let clients = [
        ("agents:read", here.read.clone()),
        ("agents:write", here.write.clone()),
        ("agents:trigger", here.trigger.clone()),
        ("agents:approve", here.approve.clone()),
    ];
    let all = endpoints(&here).await;
    for (method, path, body, scope) in &all {
        for (_, client) in clients.iter().filter(|(own, _)| own != scope) {
            let answer = send(client, method, path, body).await;
            assert_refused(&answer, 403, None);
            assert!(answer.text().contains(scope) || answer.text().contains("only read"), "{}", answer.text());
        }
    }
    let everything = here.rig.client(BASE, &here.rig.key("pathbound", &["*"]).await);
    for (method, path, body, scope) in &all {
        let answer = send(&everything, method, path, body).await;
        assert_eq!(answer.status == 403, *scope == "agents:approve", "{method} {path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_of_pathbound_nobody_gets_in() {
    let here = Pathbound::start().await;
    let native = here.rig.key("native", &["*"]).await;
    for client in [
        here.rig.anonymous(BASE),
        here.rig.client(BASE, "pb_live_nothing"),
        here.rig.client(BASE, "nonsense"),
        here.rig.client(BASE, &native),
    ] {
        for (method, path, body, _) in endpoints(&Pathbound::start().await).await {
            assert_refused(&send(&client, method, &path, &body).await, 401, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_projects_things_are_not_there() {
    let here = Pathbound::start().await;
    let all = endpoints(&here).await;
    let scopes = ["agents:read", "agents:write", "agents:trigger", "agents:approve"];
    for project in [here.rig.other, here.rig.side] {
        let stranger = here.rig.client(BASE, &here.rig.key_in(project, "pathbound", &scopes).await);
        for (method, path, body, _) in all.iter().filter(|(_, path, _, _)| path != "/agents") {
            let answer = send(&stranger, method, path, body).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        }
        assert_eq!(stranger.get("/agents").await.expect(200).json()["total"], 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_100_requests_in_15_minutes() {
    let here = Pathbound::start().await;
    for number in 1..=100 {
        let answer = here.read.get("/agents").await;
        answer.expect(200);
        assert_eq!(answer.header("x-ratelimit-remaining"), Some((100 - number).to_string().as_str()));
    }
    let over = here.read.get("/agents").await;
    assert_refused(&over, 429, None);
    assert!(
        over.header("retry-after")
            .and_then(|text| text.parse::<i64>().ok())
            .is_some_and(|seconds| (1..=900).contains(&seconds))
    );
    here.write.post("/agents", json!({ "name": "A" })).await.expect(201);
    here.rig.advance(15 * 60 * 1_000);
    here.read.get("/agents").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_gets_the_same_envelope() {
    let here = Pathbound::start().await;
    assert_refused(&here.read.get("/nothing").await, 404, None);
    assert_refused(&here.read.send("PUT", "/agents", Some(json!({}))).await, 405, None);
    assert_refused(&here.write.send_text("POST", "/agents", Some("{")).await, 400, None);
    assert_refused(&here.write.send_text("POST", "/agents", Some("[]")).await, 400, None);
    assert_refused(&here.write.send_text("POST", "/agents", Some(&"[".repeat(10_000))).await, 400, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_a_document_of_its_own() {
    let here = Pathbound::start().await;
    let document = here.rig.anonymous(BASE).get("/openapi.json").await.expect(200).json();
    let paths: Vec<&String> = document["paths"].as_object().expect("paths").keys().collect();
    assert!(paths.iter().any(|path| path.ends_with("/v1/agents/{id}/trigger")), "{paths:?}");
    assert_eq!(document["openapi"].as_str().map(|text| &text[..3]), Some("3.1"));
}
