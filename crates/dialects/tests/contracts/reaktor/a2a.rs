//! A2A: the card where its clients look, and tasks over JSON-RPC; by hand and by the official client.

use outrider_testkit::python;
use serde_json::{Value, json};

use super::{Reaktor, jane};
use crate::client::Client;

async fn rpc(client: &Client, method: &str, params: Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let answer = client.post("/a2a", body).await.expect(200).json();
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(7)), "{answer}");
    answer
}

fn message(part: Value) -> Value {
    json!({ "message": { "messageId": "m1", "role": "ROLE_USER", "parts": [part] } })
}

fn task(skill: &str, input: Value) -> Value {
    message(json!({ "data": { "skill": skill, "input": input } }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_with_data_is_a_task_that_is_polled_and_cancelled() {
    let here = Reaktor::start().await;
    let client = here.rig.anonymous("/reaktor").header("X-API-Key", &here.key);
    let done = rpc(&client, "SendMessage", task("lead_scoring", jane())).await["result"]["task"].clone();
    assert_eq!(done["status"]["state"], "TASK_STATE_COMPLETED", "{done}");
    assert!(done["artifacts"][0]["parts"][0]["data"]["score"].is_i64(), "{done}");
    let again = rpc(&client, "GetTask", json!({ "id": done["id"] })).await["result"].clone();
    assert_eq!(again["artifacts"], done["artifacts"]);

    let queued =
        rpc(&client, "SendMessage", task("research", json!({ "name": "Jane Smith" }))).await["result"]["task"].clone();
    assert_eq!(queued["status"]["state"], "TASK_STATE_SUBMITTED");
    let cancelled = rpc(&client, "CancelTask", json!({ "id": queued["id"] })).await["result"].clone();
    assert_eq!(cancelled["status"]["state"], "TASK_STATE_CANCELED");
    let said = rpc(&client, "SendMessage", message(json!({ "text": "hi" }))).await["result"]["message"].clone();
    assert!(said["parts"][0]["text"].as_str().is_some_and(|text| text.contains("lead_scoring")), "{said}");

    for (method, params, number) in [
        ("Sing", json!({}), -32_601),
        ("SendMessage", json!({}), -32_602),
        ("SendMessage", task("sing", json!({})), -32_602),
        ("SendMessage", task("lead_scoring", json!({})), -32_602),
        ("GetTask", json!({ "id": "task_nothing" }), -32_001),
        ("CancelTask", json!({ "id": done["id"] }), -32_002),
    ] {
        let refused = rpc(&client, method, params).await;
        assert_eq!(refused["error"]["code"], number, "{method}: {refused}");
    }
    let (_, poor, _) = here.agent(3).await;
    let poor = poor.at("/reaktor");
    assert_eq!(rpc(&poor, "SendMessage", task("lead_scoring", jane())).await["error"]["code"], -32_000);
    assert_eq!(here.rig.anonymous("/reaktor").post("/a2a", json!({})).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_reads_the_card_and_has_a_task_done() {
    let here = Reaktor::start().await;
    let url = format!("{}/reaktor", here.rig.url);
    let (url, key) = (url.as_str(), here.key.as_str());
    let Ok(verdict) = tokio::task::block_in_place(|| python::script("a2a_judge.py", &[url, key], &[], b"")) else {
        return;
    };
    assert!(verdict.good, "{}", verdict.said);
    assert!(verdict.said.contains("ok   11 skills") && verdict.said.contains("ok   completed"), "{}", verdict.said);
}
