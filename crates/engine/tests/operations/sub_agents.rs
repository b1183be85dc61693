//! Sub-agents: their keys, the right to make them, their purses and caps.

use outrider_domain::time::DAY;
use outrider_engine::error::Error;
use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::registry;
use outrider_store::credits::{self, Totals};
use serde_json::{Value, json};

use crate::support::TestApp;

/// Calls a native operation with a key of Data Reaktor, as its endpoints do.
pub(crate) async fn by_key(app: &TestApp, key: &str, operation: &str, input: Value) -> Result<Value, &'static str> {
    let found = registry::find(operation).unwrap_or_else(|| panic!("there is no operation {operation}"));
    let credential = Credential::Key { secret: key.to_owned(), dialect: "reaktor" };
    let outcome = app.pipeline.call(found, Call::new(credential, input, "test")).await.1;
    outcome.map(|reply| reply.body).map_err(|error| error.code.name)
}

/// An owner key, made as the operator makes one.
pub(crate) async fn owner_key(app: &TestApp) -> String {
    let made =
        app.call(&app.operator(), "create_key", json!({ "dialect": "reaktor", "can_provision": true })).ok().await;
    made["secret"].as_str().unwrap().to_owned()
}

/// A sub-agent with credits: its number and its key.
pub(crate) async fn sub_agent(app: &TestApp, owner: &str, credits: i64, cap: i64) -> (i64, String) {
    let input = json!({ "name": "Worker", "monthly_credit_cap": cap, "callback_url": null });
    let made = by_key(app, owner, "create_sub_agent", input).await.unwrap();
    let id = made["id"].as_i64().unwrap();
    if credits > 0 {
        let moved =
            by_key(app, owner, "transfer_credits", json!({ "sub_agent": id, "credits": credits })).await.unwrap();
        assert_eq!(moved["balance"], credits);
    }
    (id, made["api_key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_key_with_the_right_makes_lists_rotates_and_revokes_and_its_sub_agents_do_not() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let (id, key) = sub_agent(&app, &owner, 40, 0).await;
    assert_eq!(by_key(&app, &key, "create_sub_agent", json!({ "name": "x" })).await, Err("insufficient_scope"));
    assert_eq!(
        by_key(&app, &key, "transfer_credits", json!({ "sub_agent": id, "credits": 1 })).await,
        Err("insufficient_scope")
    );
    let seen = by_key(&app, &key, "list_sub_agents", json!({})).await.unwrap();
    assert_eq!(seen["sub_agents"].as_array().unwrap().len(), 1, "an agent sees itself");
    assert_eq!(
        by_key(&app, &key, "get_sub_agent", json!({ "sub_agent": 1 })).await,
        Err("resource_not_found"),
        "and not its owner"
    );
    assert_eq!(
        by_key(&app, &owner, "list_sub_agents", json!({})).await.unwrap()["sub_agents"].as_array().unwrap().len(),
        2
    );

    let rotated = by_key(&app, &key, "rotate_sub_agent_key", json!({ "sub_agent": id })).await.unwrap();
    let next = rotated["api_key"].as_str().unwrap().to_owned();
    assert_eq!(by_key(&app, &key, "get_sub_agent", json!({ "sub_agent": id })).await, Err("revoked_api_key"));
    let view = by_key(&app, &next, "get_sub_agent", json!({ "sub_agent": id })).await.unwrap();
    assert_eq!((view["balance"].as_i64(), view["can_provision"].as_bool()), (Some(40), Some(false)));

    assert_eq!(by_key(&app, &next, "revoke_sub_agent", json!({ "sub_agent": id })).await, Err("insufficient_scope"));
    let gone = by_key(&app, &owner, "revoke_sub_agent", json!({ "sub_agent": id })).await.unwrap();
    assert_eq!(gone["credits_returned"], 40);
    assert_eq!(by_key(&app, &next, "get_profile", json!({})).await, Err("revoked_api_key"));
    assert_eq!(by_key(&app, &owner, "get_sub_agent", json!({ "sub_agent": 99 })).await, Err("resource_not_found"));
    assert_eq!(app.call(&app.operator(), "get_credits", json!({})).ok().await["credits_remaining"], 100);
}

#[tokio::test]
async fn keys_end_after_a_year() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    let (_, key) = sub_agent(&app, &owner, 0, 0).await;
    app.clock.advance(365 * DAY - 1_000);
    by_key(&app, &key, "get_profile", json!({})).await.unwrap();
    app.clock.advance(1_000);
    for key in [&key, &owner] {
        assert_eq!(by_key(&app, key, "get_profile", json!({})).await, Err("expired_api_key"));
    }
}

#[tokio::test]
async fn only_a_person_or_the_operator_gives_the_right() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    let (id, key) = sub_agent(&app, &owner, 0, 0).await;
    let promote = json!({ "sub_agent": id, "can_provision": true });
    for caller in [&owner, &key] {
        assert_eq!(by_key(&app, caller, "update_sub_agent", promote.clone()).await, Err("insufficient_scope"));
    }
    app.call(&app.operator(), "update_sub_agent", promote).ok().await;
    by_key(&app, &key, "create_sub_agent", json!({ "name": "Grandchild" })).await.unwrap();
}

#[tokio::test]
async fn transfers_are_whole_positive_covered_and_to_ones_own() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 10 })).ok().await;
    let (id, _) = sub_agent(&app, &owner, 0, 0).await;
    let stranger = app
        .call(&crate::support::Caller::Operator(app.other), "create_sub_agent", json!({ "name": "Theirs" }))
        .ok()
        .await;
    let transfer = |agent: Value, credits: Value| {
        by_key(&app, &owner, "transfer_credits", json!({ "sub_agent": agent, "credits": credits }))
    };
    for credits in [json!(0), json!(-5), json!(1.5), json!("5"), json!(null), json!(9e18)] {
        assert_eq!(transfer(json!(id), credits.clone()).await, Err("validation_error"), "{credits}");
    }
    assert_eq!(transfer(json!(id), json!(11)).await, Err("insufficient_credits"));
    assert_eq!(transfer(json!(77), json!(1)).await, Err("agent_not_owned"));
    assert!(stranger["id"].is_i64());
    transfer(json!(id), json!(10)).await.unwrap();
    assert_eq!(transfer(json!(id), json!(1)).await, Err("insufficient_credits"));
}

#[tokio::test]
async fn twenty_an_hour_and_no_more() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    for number in 0..20 {
        by_key(&app, &owner, "create_sub_agent", json!({ "name": format!("Worker {number}") })).await.unwrap();
    }
    assert_eq!(
        by_key(&app, &owner, "create_sub_agent", json!({ "name": "One more" })).await,
        Err("rate_limit_exceeded")
    );
    app.clock.advance(3_600_000);
    by_key(&app, &owner, "create_sub_agent", json!({ "name": "Later" })).await.unwrap();
}

#[tokio::test]
async fn bad_sub_agents_are_refused_at_their_field() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for (input, field) in [
        (json!({}), "name"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "A", "tier": "gold" }), "tier"),
        (json!({ "name": "A", "monthly_credit_cap": -1 }), "monthly_credit_cap"),
        (json!({ "name": "A", "callback_url": "http://plain.example" }), "callback_url"),
        (json!({ "name": "A", "callback_url": "https://127.0.0.1/" }), "callback_url"),
        (json!({ "name": "A", "canProvision": true }), "canProvision"),
    ] {
        app.call(&owner, "create_sub_agent", input).refused("validation_error", field).await;
    }
}

#[tokio::test]
async fn what_a_revoked_agent_had_queued_is_given_back_to_the_project() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let (id, key) = sub_agent(&app, &owner, 60, 0).await;
    let task = json!({ "task_type": "research", "input": { "name": "Jane Smith" } });
    let queued = by_key(&app, &key, "submit_task", task).await.unwrap();
    let price = 60
        - by_key(&app, &owner, "get_sub_agent", json!({ "sub_agent": id })).await.unwrap()["balance"].as_i64().unwrap();
    assert!(price > 0, "{queued}");
    let revoked = by_key(&app, &owner, "revoke_sub_agent", json!({ "sub_agent": id })).await.unwrap();
    assert_eq!(revoked["credits_returned"], 60 - price);
    by_key(&app, &owner, "cancel_task", json!({ "task_id": queued["id"] })).await.unwrap();
    let left = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!((&left["credits_remaining"], &left["held"]), (&json!(100), &json!(0)));
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
}
