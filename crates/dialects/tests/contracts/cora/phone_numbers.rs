//! Phone numbers: the list, which has no pages, and assignment in two roles.

use serde_json::json;

use super::{Cora, assert_refused};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_is_listed_at_once() {
    let cora = Cora::start().await;
    assert_eq!(cora.client.get("/phone-numbers").await.expect(200).json(), json!({ "data": [] }));
    for number in 0..101 {
        let number = format!("+1415555{:04}", 1000 + number);
        cora.rig
            .native("import_phone_number", json!({ "number": number, "country": "US", "friendly_name": "Main" }))
            .await;
    }
    let answer = cora.client.get("/phone-numbers?limit=5").await.expect(200).json();
    let number = json!({
        "id": "text", "number": "text", "outbound_agent_id": "text?", "inbound_agent_id": "text?", "country": "text?",
        "friendly_name": "text?", "status": "text", "created_at": "time",
    });
    assert_shape(&answer, &json!({ "data": [number] }));
    let listed = answer["data"].as_array().expect("a list");
    assert_eq!(listed.len(), 101, "mailboxes are not among them");
    let last = listed.last().expect("a number");
    assert_eq!((&last["number"], &last["status"]), (&json!("+14155551000"), &json!("active")));
    assert_eq!((&last["country"], &last["friendly_name"]), (&json!("US"), &json!("Main")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_assigned_in_either_role() {
    let cora = Cora::start().await;
    let (ada, bob) = (cora.agent().await, cora.agent().await);
    let number = cora.rig.native("import_phone_number", json!({ "number": "+14155550100", "country": "US" })).await;
    let path = format!("/phone-numbers/{}/assign", number["id"].as_str().expect("an id"));
    let out = cora.client.post(&path, json!({ "agent_id": ada, "role": "outbound" })).await.expect(200).json();
    assert_eq!((&out["data"]["outbound_agent_id"], &out["data"]["inbound_agent_id"]), (&json!(ada), &json!(null)));
    let both = cora.client.post(&path, json!({ "agent_id": bob, "role": "inbound" })).await.expect(200).json();
    assert_eq!((&both["data"]["outbound_agent_id"], &both["data"]["inbound_agent_id"]), (&json!(ada), &json!(bob)));
    assert_eq!(cora.data("/phone-numbers").await[0], both["data"]);
    for agent in [ada, bob] {
        assert_eq!(cora.data(&format!("/agents/{agent}")).await["twilio_number"], "+14155550100");
    }
    let mailbox = cora.rig.native("list_identities", json!({})).await;
    let mailbox =
        mailbox["items"].as_array().expect("a list").iter().find(|one| one["kind"] == "mailbox").expect("a mailbox");
    let mailbox = format!("/phone-numbers/{}/assign", mailbox["id"].as_str().expect("an id"));
    let agent = cora.agent().await;
    for (path, body, status, code, field) in [
        (&path, json!({ "agent_id": agent }), 400, "validation_error", "role"),
        (&path, json!({ "role": "outbound" }), 400, "validation_error", "agent_id"),
        (&path, json!({ "agent_id": agent, "role": "sideways" }), 400, "validation_error", "role"),
        (&path, json!({ "agent_id": "unheard-of", "role": "outbound" }), 404, "resource_not_found", "agent_id"),
        (
            &"/phone-numbers/unheard-of/assign".to_owned(),
            json!({ "agent_id": agent, "role": "outbound" }),
            404,
            "resource_not_found",
            "phone_id",
        ),
        (&mailbox, json!({ "agent_id": agent, "role": "outbound" }), 404, "resource_not_found", "phone_id"),
    ] {
        assert_refused(&cora.client.post(path, body).await, status, code, Some(field));
    }
}
