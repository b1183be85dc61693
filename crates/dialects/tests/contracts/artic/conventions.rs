//! What holds for every endpoint: keys, the limit, errors, unknown fields, the document.

use outrider_dialects::artic::ENDPOINTS;
use outrider_domain::time::SECOND;
use serde_json::{Value, json};

use super::{Artic, BASE, NOBODYS, assert_refused, dental};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_missing_malformed_unknown_or_revoked() {
    let artic = Artic::start().await;
    assert_refused(&artic.rig.anonymous(BASE).get("/agents").await, 401, "unauthorized", &[]);
    let cora = artic.rig.key("cora", &["*"]).await;
    for unknown in ["ak_live_xxxxxxxxxxxxxxxxxxxxxxxx", "x", cora.as_str()] {
        assert_refused(&artic.rig.client(BASE, unknown).get("/agents").await, 401, "unauthorized", &[]);
    }
    let basic = artic.rig.anonymous(BASE).header("Authorization", "Basic abc");
    assert_refused(&basic.get("/agents").await, 401, "unauthorized", &[]);
    assert_refused(&artic.rig.anonymous(BASE).post("/calls", json!({})).await, 401, "unauthorized", &[]);
    let made = artic.rig.native("create_key", json!({ "dialect": "artic" })).await;
    let secret = made["secret"].as_str().expect("a secret");
    assert!(secret.starts_with("ak_live_"));
    let client = artic.rig.client(BASE, secret);
    client.get("/agents").await.expect(200);
    artic.rig.native("revoke_key", json!({ "key_id": made["id"] })).await;
    assert_refused(&client.get("/agents").await, 401, "unauthorized", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_only_reads_writes_nothing() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    let reader = artic.rig.client(BASE, &artic.rig.key("artic", &["*:read"]).await);
    reader.get("/agents").await.expect(200);
    reader.get("/calls").await.expect(200);
    reader.get(&format!("/agents/{agent}")).await.expect(200);
    assert_refused(&reader.post("/agents", dental()).await, 403, "unauthorized", &[]);
    let call = json!({ "agentId": agent, "phone": "+919876543210" });
    assert_refused(&reader.post("/calls", call).await, 403, "unauthorized", &[]);
    assert_refused(&reader.delete(&format!("/agents/{agent}")).await, 403, "unauthorized", &[]);
    let caller = artic.rig.client(BASE, &artic.rig.key("artic", &["calls:place"]).await);
    assert_refused(&caller.get("/agents").await, 403, "unauthorized", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_sixty_requests_in_a_fixed_minute() {
    let artic = Artic::start().await;
    for left in (0..60).rev() {
        let answer = artic.client.get("/calls").await;
        answer.expect(200);
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    artic.rig.advance(15 * SECOND);
    let refused = artic.client.get("/calls").await;
    assert_refused(&refused, 429, "rate_limited", &[]);
    assert_eq!(refused.header("retry-after"), Some("45"));
    let other = artic.rig.client(BASE, &artic.rig.key("artic", &["*"]).await);
    other.get("/calls").await.expect(200);
    artic.rig.advance(45 * SECOND);
    artic.client.get("/calls").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_fields_are_ignored_and_what_is_no_json_object_is_refused() {
    let artic = Artic::start().await;
    let mut body = dental();
    body["colour"] = json!({ "of": "no concern" });
    artic.made("/agents", body).await;
    artic.client.get("/agents?page=2&colour=red").await.expect(200);
    for (body, word) in [
        ("{", "bad_request"),
        ("{\"templateSlug\": \"a\", \"templateSlug\": \"b\"}", "bad_request"),
        ("[]", "validation_error"),
        ("null", "validation_error"),
        ("5", "validation_error"),
    ] {
        for path in ["/agents", "/calls"] {
            let answer = artic.client.send_text("POST", path, Some(body)).await;
            assert_refused(&answer, 400, word, &[]);
        }
    }
    let nul = json!({ "templateSlug": "dental-appointment", "businessDetails": { "city": "a\0b", "clinicName": "x" } });
    let answer = artic.client.post("/agents", nul).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    let big = json!({ "agentId": "x".repeat(2_000_000), "phone": "+919876543210" });
    assert_refused(&artic.client.post("/calls", big).await, 413, "too_large", &[]);
    let text = artic.rig.anonymous(BASE).header("Authorization", &format!("Bearer {}", artic.key));
    let form = text.header("X-Nothing", "x").send_text("POST", "/agents", None).await;
    assert_refused(&form, 400, "validation_error", &["businessDetails", "templateSlug"]);
    assert_refused(&artic.client.get("/no-such-path").await, 404, "not_found", &[]);
    let other = artic.client.send("PUT", "/agents", Some(json!({}))).await;
    assert_refused(&other, 405, "not_found", &[]);
    assert_eq!(other.header("allow"), Some("POST, GET, HEAD, OPTIONS"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openapi_document_describes_what_there_is() {
    let artic = Artic::start().await;
    let document = artic.rig.anonymous(BASE).get("/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], format!("{}/artic", artic.rig.url));
    for endpoint in ENDPOINTS {
        let spec = &endpoint.spec;
        let described = &document["paths"][spec.path][format!("{:?}", spec.verb).to_lowercase()];
        assert_eq!(described["operationId"], spec.name);
        if spec.path.contains('{') {
            let words = &document["components"]["responses"];
            let refused = described["responses"]["400"]["$ref"].as_str().expect("a reference");
            let name = refused.rsplit('/').next().expect("a name");
            let words = words[name]["x-codes"].as_array().expect("codes");
            assert!(words.contains(&json!("bad_request")), "{}: {words:?}", spec.name);
        }
    }
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().expect("the end of a text");
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    let list: &Value = &document["paths"]["/api/v1/calls"]["get"]["responses"]["200"];
    assert_eq!(list["content"]["application/json"]["schema"]["type"], "array", "{list}");
    assert_refused(&artic.client.get(&format!("/agents/{NOBODYS}")).await, 404, "not_found", &[]);
}
