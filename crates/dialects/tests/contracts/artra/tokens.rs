//! Personal tokens as their owner makes and revokes them; the page itself is tried among the pages of people.

use outrider_domain::id::UserId;
use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::principal::{Actor, Principal};
use outrider_engine::registry;
use serde_json::{Value, json};

use super::{Artra, BASE, Seller};

/// What an operation answers to a seller who signed in.
async fn signed_in(here: &Artra, seller: &Seller, operation: &str, input: Value) -> Result<Value, String> {
    let user: UserId = seller.id.parse().expect("an id");
    let scopes = vec!["*".to_owned()];
    let principal = Principal { actor: Actor::User(user), project: here.rig.main, scopes, user: Some(user) };
    let call = Call::new(Credential::Known(principal), input, "test");
    let answer = here.rig.pipeline.call(registry::find(operation).expect("an operation"), call).await.1;
    answer.map(|reply| reply.body).map_err(|error| format!("{}@{}", error.code.name, error.field.unwrap_or_default()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seller_makes_a_token_uses_it_and_revokes_it() {
    let here = Artra::start().await;
    let made = signed_in(
        &here,
        &here.ann,
        "create_token",
        json!({ "name": "Claude", "scopes": ["contacts:read", "discover"] }),
    );
    let made = made.await.expect("a token");
    let client = here.rig.client(BASE, made["secret"].as_str().expect("a secret"));
    let me = client.get("/whoami").await.expect(200).json();
    assert_eq!((&me["user"]["id"], &me["token"]["name"]), (&json!(here.ann.id), &json!("Claude")));
    assert_eq!(me["scopes"], json!(["contacts:read", "discover"]));
    let own = signed_in(&here, &here.ann, "list_tokens", json!({})).await.expect("a list");
    assert_eq!(own["items"].as_array().map(Vec::len), Some(2));
    assert!(own.to_string().find("secret").is_none());
    let id = made["id"].clone();
    let by_bob = signed_in(&here, &here.bob, "revoke_token", json!({ "key_id": id })).await;
    assert_eq!(by_bob, Err("resource_not_found@key_id".to_owned()));
    client.get("/whoami").await.expect(200);
    signed_in(&here, &here.ann, "revoke_token", json!({ "key_id": id })).await.expect("revoked");
    client.get("/whoami").await.expect(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_key_that_acts_for_somebody_above_them() {
    let here = Artra::start().await;
    for (seller, input, expected) in [
        (&here.ann, json!({ "dialect": "artra", "user_id": here.admin.id }), Err("insufficient_scope@user_id")),
        (&here.ann, json!({ "dialect": "artra", "user_id": "usr_0000000000000" }), Err("resource_not_found@user_id")),
        (&here.admin, json!({ "dialect": "artra", "user_id": here.ann.id }), Ok(&here.ann.id)),
        (&here.ann, json!({ "dialect": "artra" }), Ok(&here.ann.id)),
    ] {
        let answer = signed_in(&here, seller, "create_key", input.clone()).await;
        let answer = answer.map(|made| made["user_id"].as_str().expect("a user").to_owned());
        assert_eq!(answer, expected.cloned().map_err(ToOwned::to_owned), "{input}");
    }
    for (scopes, expected) in [
        (json!([]), "validation_error@scopes"),
        (json!(["*"]), "validation_error@scopes"),
        (json!(["actions:approve"]), "validation_error@scopes"),
    ] {
        let answer = signed_in(&here, &here.ann, "create_token", json!({ "scopes": scopes })).await;
        assert_eq!(answer, Err(expected.to_owned()), "{scopes}");
    }
}
