//! Keys, managed by a person who signed in and by nobody else.

use outrider_domain::address::Email;
use outrider_engine::sign_in::sessions;
use serde_json::{Value, json};

use super::{BASE, Cora, assert_refused};
use crate::client::Client;
use crate::shape::assert_shape;

fn key_shape() -> Value {
    json!({
        "id": "text", "name": "text", "scope": "text", "hint": "text", "created_at": "time", "expires_at": "time?",
        "revoked_at": "time?",
    })
}

/// The browser of someone of the company, signed in.
async fn person(cora: &Cora, name: &str, role: &str) -> Client {
    let email = format!("{name}@acme.test");
    cora.rig.native("create_user", json!({ "email": email, "role": role })).await;
    let email = Email::parse(&email).expect("an address");
    let token = sessions::begin_consenting(&cora.rig.pipeline, &email).await.expect("a session");
    let cookie = outrider_http::session_cookie(&cora.rig.url, &token);
    cora.rig.anonymous(BASE).header("Cookie", &cookie)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_makes_lists_and_revokes_keys() {
    let cora = Cora::start().await;
    let owner = person(&cora, "owner", "owner").await;
    let full = owner.post("/api-keys", json!({ "name": "laptop" })).await.expect(201).json();
    let mut shape = key_shape();
    shape["api_key"] = json!("text");
    assert_shape(&full, &json!({ "data": shape }));
    assert_eq!((&full["data"]["scope"], &full["data"]["name"]), (&json!("full"), &json!("laptop")));
    let reads = owner.post("/api-keys", json!({ "scope": "read_only" })).await.expect(201).json();
    assert_eq!(reads["data"]["scope"], "read_only");
    let using = |made: &Value| cora.rig.client(BASE, made["data"]["api_key"].as_str().expect("a key"));
    // A project of the company that sorts first is the one a session begins in: what counts is that the key works there.
    using(&full).post("/leads", json!({ "name": "X" })).await.expect(201);
    using(&reads).get("/leads").await.expect(200);
    assert_refused(&using(&reads).post("/leads", json!({ "name": "X" })).await, 403, "read_only_key", None);

    let listed = owner.get("/api-keys").await.expect(200).json();
    assert_shape(&listed, &json!({ "data": [key_shape()], "has_more": false, "next_cursor": null }));
    assert!(!listed.to_string().contains(full["data"]["api_key"].as_str().expect("a key")));
    let path = format!("/api-keys/{}", full["data"]["id"].as_str().expect("an id"));
    let revoked = owner.send("DELETE", &path, None).await.expect(200).json();
    assert!(revoked["data"]["revoked_at"].is_string(), "{revoked}");
    assert_refused(&using(&full).get("/leads").await, 401, "revoked_api_key", None);
    assert_refused(
        &owner.send("DELETE", "/api-keys/unheard-of", None).await,
        404,
        "resource_not_found",
        Some("key_id"),
    );
    assert_refused(&owner.post("/api-keys", json!({ "scope": "all" })).await, 400, "validation_error", Some("scope"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_does_not_show_the_key_again() {
    let cora = Cora::start().await;
    let owner = person(&cora, "owner", "owner").await.header("Idempotency-Key", "once");
    let first = owner.post("/api-keys", json!({})).await.expect(201).json();
    let again = owner.post("/api-keys", json!({})).await.expect(201).json();
    assert_eq!((&again["data"]["id"], &again["data"]["api_key"]), (&first["data"]["id"], &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_key_nor_another_page_nor_a_stranger_manages_keys() {
    let cora = Cora::start().await;
    let owner = person(&cora, "owner", "owner").await;
    let elsewhere = owner.header("Origin", "https://evil.example");
    let at_home = owner.header("Origin", &cora.rig.url);
    for client in [&cora.client, &cora.rig.anonymous(BASE), &elsewhere] {
        assert_refused(&client.get("/api-keys").await, 401, "invalid_api_key", None);
        assert_refused(&client.post("/api-keys", json!({})).await, 401, "invalid_api_key", None);
        assert_refused(&client.send("DELETE", "/api-keys/some-id", None).await, 401, "invalid_api_key", None);
    }
    at_home.get("/api-keys").await.expect(200);
    let viewer = person(&cora, "viewer", "viewer").await;
    viewer.get("/api-keys").await.expect(200);
    assert_refused(&viewer.post("/api-keys", json!({})).await, 403, "read_only_key", None);
    let foreign = cora.rig.native_in(cora.rig.other, "create_key", json!({ "dialect": "cora" })).await;
    let native = cora.rig.native("create_key", json!({})).await;
    for key in [foreign, native] {
        let path = format!("/api-keys/{}", key["id"].as_str().expect("an id"));
        assert_refused(&owner.send("DELETE", &path, None).await, 404, "resource_not_found", Some("key_id"));
    }
}
