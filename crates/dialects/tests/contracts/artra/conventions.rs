//! What every endpoint has in common: tokens, scopes, roles, strangers, the envelope, the limit.

use serde_json::{Value, json};

use super::{Artra, BASE, SCOPES, assert_refused, seller};
use crate::client::{Answer, Client};

/// Every endpoint with ids filled in: method, path, body, scope.
async fn endpoints(here: &Artra) -> Vec<(&'static str, String, Value, &'static str)> {
    let (sequence, workflow) = (here.sequence().await, here.workflow().await);
    let contact = here.contact(1, Some(&here.ann)).await;
    let body = json!({ "contact_ids": [contact], "dry_run": false });
    let started = here.ann.client.post(&format!("/workflows/{workflow}/start"), body.clone()).await.expect(200).json();
    let execution = started["execution_id"].as_str().expect("an execution").to_owned();
    vec![
        ("GET", "/contacts".to_owned(), Value::Null, "contacts:read"),
        ("GET", format!("/contacts/{contact}"), Value::Null, "contacts:read"),
        ("GET", "/sequences".to_owned(), Value::Null, "sequences:read"),
        ("POST", format!("/sequences/{sequence}/contacts"), body.clone(), "sequences:write"),
        ("GET", "/workflows".to_owned(), Value::Null, "outreach:run"),
        ("POST", format!("/workflows/{workflow}/start"), body, "outreach:run"),
        ("GET", format!("/executions/{execution}"), Value::Null, "outreach:run"),
    ]
}

async fn send(client: &Client, method: &str, path: &str, body: &Value) -> Answer {
    client.send(method, path, (!body.is_null()).then(|| body.clone())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_needs_its_own_scope_and_the_refusal_names_it() {
    let here = Artra::start().await;
    let all = endpoints(&here).await;
    for scope in SCOPES {
        let client = here.scoped(&here.ann, &[scope]).await;
        client.get("/whoami").await.expect(200);
        for (method, path, body, needed) in all.iter().filter(|(_, _, _, needed)| needed != scope) {
            let message = assert_refused(&send(&client, method, path, body).await, 403, "insufficient_scope");
            assert!(message.contains(needed), "{path}: {message}");
        }
    }
    for (method, path, body, _) in &all {
        send(&here.ann.client, method, path, body).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_never_does_what_its_person_may_not() {
    let here = Artra::start().await;
    let viewer = seller(&here.rig, "vic@sender.test", "viewer").await;
    assert_eq!(viewer.client.get("/whoami").await.json()["scopes"], json!(["contacts:read", "sequences:read"]));
    for (method, path, body, scope) in endpoints(&here).await {
        let answer = send(&viewer.client, method, &path, &body).await;
        if scope.ends_with(":read") {
            answer.expect(200);
        } else {
            assert_refused(&answer, 403, "insufficient_scope");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_do_not_count_are_refused() {
    let here = Artra::start().await;
    let native = here.rig.key("native", &["*"]).await;
    let key = here
        .rig
        .native(
            "create_key",
            json!({ "dialect": "artra", "user_id": here.ann.id, "expires_at": here.rig.now().plus(1_000) }),
        )
        .await;
    let expiring = here.rig.client(BASE, key["secret"].as_str().expect("a secret"));
    expiring.get("/whoami").await.expect(200);
    here.rig.advance(1_001);
    let whoami = here.bob.client.get("/whoami").await.expect(200).json();
    here.rig.native("revoke_key", json!({ "key_id": whoami["token"]["id"] })).await;
    let gone = seller(&here.rig, "gus@sender.test", "seller").await;
    gone.client.get("/contacts").await.expect(200);
    here.rig.native("remove_user", json!({ "user_id": gone.id })).await;
    for client in [
        here.rig.anonymous(BASE),
        here.rig.client(BASE, "artra_pat_x"),
        here.rig.client(BASE, &native),
        expiring,
        here.bob.client.clone(),
        gone.client,
    ] {
        let answer = client.get("/whoami").await;
        assert_refused(&answer, 401, "invalid_token");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspace_is_not_there() {
    let here = Artra::start().await;
    let all = endpoints(&here).await;
    let made =
        here.rig.native_in(here.rig.other, "create_user", json!({ "email": "eve@other.test", "role": "owner" })).await;
    let asked = json!({ "dialect": "artra", "scopes": SCOPES, "user_id": made["id"] });
    let secret =
        here.rig.native_in(here.rig.other, "create_key", asked).await["secret"].as_str().expect("a secret").to_owned();
    let eve = here.rig.client(BASE, &secret);
    for (method, path, body, _) in &all {
        let answer = send(&eve, method, path, body).await;
        if path.matches('/').count() == 1 {
            assert_eq!(answer.expect(200).json()["total"], 0, "{path}");
        } else {
            assert_refused(&answer, 404, "not_found");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_gets_the_same_envelope_and_requests_are_counted() {
    let here = Artra::start().await;
    let client = &here.ann.client;
    assert_refused(&client.get("/nothing").await, 404, "not_found");
    assert_refused(&client.post("/emails", json!({})).await, 404, "not_found");
    assert_refused(&client.send("PUT", "/contacts", Some(json!({}))).await, 405, "method_not_allowed");
    let path = format!("/sequences/{}/contacts", here.sequence().await);
    assert_refused(&client.send_text("POST", &path, Some("{")).await, 422, "validation_error");
    assert_refused(&client.send_text("POST", &path, Some("[]")).await, 422, "validation_error");
    let answer = client.get("/whoami").await;
    let left: i64 = answer.header("x-ratelimit-remaining").and_then(|text| text.parse().ok()).expect("a number");
    for _ in 0..left {
        client.get("/whoami").await.expect(200);
    }
    let over = client.get("/whoami").await;
    assert_refused(&over, 429, "rate_limited");
    assert!(over.header("retry-after").is_some());
    here.bob.client.get("/whoami").await.expect(200);
}
