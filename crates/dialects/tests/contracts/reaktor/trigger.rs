//! The trigger URL, with a key that can do nothing else.

use serde_json::{Value, json};

use super::{BASE, Reaktor, assert_refused};
use crate::shape::assert_shape;

fn lead() -> Value {
    json!({ "name": "Jane Smith", "company": "Acme Corp", "title": "VP of Sales" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_is_pushed_and_an_outreach_sequence_comes_back() {
    let here = Reaktor::start().await;
    let user =
        here.rig.native("create_user", json!({ "email": "sam@sender.test", "role": "seller" })).await["id"].clone();
    let made = here.rig.native("create_trigger_key", json!({ "user_id": user })).await;
    let key = made["secret"].as_str().expect("a secret");
    assert!(key.starts_with("drk_trigger_"), "{key}");
    assert!(made["hint"].as_str().is_some_and(|hint| key.starts_with(hint) && hint.len() < key.len()), "{made}");
    let caller = here.rig.client("/reaktor", key);
    let path = format!("/trigger/{}", user.as_str().expect("an id"));
    let answer = caller.post(&path, lead()).await;
    let task = answer.expect(200).json();
    let step = json!({ "channel": "text", "timing": "text", "body": "text" });
    let mail = json!({ "channel": "text", "timing": "text", "subject": "text", "body": "text" });
    assert_shape(
        &task["output"],
        &json!({ "step1": step, "step2": step, "step3": mail, "step4": mail, "engine": "text" }),
    );
    assert!(task["output"]["step1"]["body"].as_str().is_some_and(|text| text.contains("Jane")), "{task}");
    assert_eq!((&task["creditsCharged"], answer.header("x-credits-remaining")), (&json!(5), Some("9995")));

    // Another's trigger, an owner's key without a person, no key, and everything else this key might be used for.
    let other =
        here.rig.native("create_user", json!({ "email": "ann@sender.test", "role": "seller" })).await["id"].clone();
    let others = format!("/trigger/{}", other.as_str().expect("an id"));
    assert_refused(&caller.post(&others, lead()).await, 404, "NOT_FOUND");
    assert_refused(&caller.post("/trigger/nobody", lead()).await, 404, "NOT_FOUND");
    let owner = here.rig.anonymous("/reaktor").header("X-API-Key", &here.key);
    assert_refused(&owner.post(&path, lead()).await, 404, "NOT_FOUND");
    assert_refused(&here.rig.anonymous("/reaktor").post(&path, lead()).await, 401, "AUTH_REQUIRED");
    assert_refused(&caller.post(&path, json!({ "name": "Jane Smith" })).await, 400, "VALIDATION_ERROR");
    let api = here.rig.client(BASE, key);
    for path in ["/tasks", "/agents", "/billing/credits", "/profile"] {
        assert_refused(&api.get(path).await, 403, "FORBIDDEN");
    }
    here.rig.native("revoke_key", json!({ "key_id": made["id"] })).await;
    assert_refused(&caller.post(&path, lead()).await, 401, "INVALID_API_KEY");
}
