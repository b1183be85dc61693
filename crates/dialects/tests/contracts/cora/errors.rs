//! Keys and what they may do, and requests that are no requests.

use outrider_dialects::cora::ENDPOINTS;
use outrider_engine::operation::Descriptor;
use serde_json::json;

use super::{BASE, Cora, assert_refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_missing_unknown_or_revoked() {
    let cora = Cora::start().await;
    assert_refused(&cora.rig.anonymous(BASE).get("/leads").await, 401, "missing_api_key", None);
    let native = cora.rig.key("native", &["*"]).await;
    for unknown in ["cora_live_000000000000000000000000000000000000000000000000", "x", native.as_str()] {
        assert_refused(&cora.rig.client(BASE, unknown).get("/leads").await, 401, "invalid_api_key", None);
    }
    let basic = cora.rig.anonymous(BASE).header("Authorization", "Basic abc");
    assert_refused(&basic.get("/leads").await, 401, "invalid_api_key", None);
    let made = cora.rig.native("create_key", json!({ "dialect": "cora" })).await;
    let secret = made["secret"].as_str().expect("a secret");
    assert!(secret.starts_with("cora_live_"));
    let client = cora.rig.client(BASE, secret);
    client.get("/leads").await.expect(200);
    cora.rig.native("revoke_key", json!({ "key_id": made["id"] })).await;
    assert_refused(&client.get("/leads").await, 401, "revoked_api_key", None);
    let ends = cora.rig.now().plus(1_000).to_string();
    let made = cora.rig.native("create_key", json!({ "dialect": "cora", "expires_at": ends })).await;
    cora.rig.advance(2_000);
    let client = cora.rig.client(BASE, made["secret"].as_str().expect("a secret"));
    assert_refused(&client.get("/leads").await, 401, "revoked_api_key", None);
}

fn takes_a_key(endpoint: &Descriptor) -> bool {
    endpoint.spec.public.is_none() && !endpoint.spec.person
}

/// A path with something in place of its parameters.
fn concrete(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "some-id".to_owned() } else { part.to_owned() };
    path.trim_start_matches("/api/v1").split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_key_reads_everything_and_writes_nothing() {
    let cora = Cora::start().await;
    let reader = cora.reader().await;
    for endpoint in ENDPOINTS.iter().filter(|endpoint| takes_a_key(endpoint)) {
        let method = format!("{:?}", endpoint.spec.verb).to_uppercase();
        let body = endpoint.spec.writes().then(|| json!({}));
        let answer = reader.header("Idempotency-Key", "k").send(&method, &concrete(endpoint.spec.path), body).await;
        if endpoint.spec.writes() {
            assert_refused(&answer, 403, "read_only_key", None);
        } else {
            assert!([200, 404].contains(&answer.status), "{}: {}", answer.request, answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_chosen_scopes_does_no_more_than_those() {
    let cora = Cora::start().await;
    let nothing = cora.rig.client(BASE, &cora.rig.key("cora", &["nothing:read", "nothing:write"]).await);
    for endpoint in ENDPOINTS.iter().filter(|endpoint| takes_a_key(endpoint)) {
        let method = format!("{:?}", endpoint.spec.verb).to_uppercase();
        let body = endpoint.spec.writes().then(|| json!({}));
        let answer = nothing.header("Idempotency-Key", "k").send(&method, &concrete(endpoint.spec.path), body).await;
        assert_refused(&answer, 403, "read_only_key", None);
    }
    let lead = cora.lead().await;
    let leads = cora.rig.client(BASE, &cora.rig.key("cora", &["leads:read"]).await);
    leads.get("/leads").await.expect(200);
    let detail = leads.get(&format!("/leads/{lead}")).await;
    assert_refused(&detail, 403, "read_only_key", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json_object_is_refused() {
    let cora = Cora::start().await;
    for body in ["", "{", "[]", "5", "null", "\"x\"", "{\"name\": \"\\u0000\"}", "{\"a\": 1, \"a\": 2}"] {
        let answer = cora.client.send_text("POST", "/leads", Some(body)).await;
        let code = answer.expect(400).json()["error"]["code"].clone();
        assert_eq!(code, "validation_error", "{body:?}");
    }
    assert_refused(&cora.client.get("/no-such-path").await, 404, "resource_not_found", None);
    let other = cora.client.send("PUT", "/leads", Some(json!({}))).await;
    assert_eq!(
        (other.expect(405).json()["error"]["code"].as_str(), other.header("allow")),
        (Some("resource_not_found"), Some("GET, POST, HEAD, OPTIONS"))
    );
    let text = cora.client.header("Content-Type", "text/plain").send_text("POST", "/leads", None).await;
    assert_refused(&text, 400, "validation_error", Some("name"));
}
