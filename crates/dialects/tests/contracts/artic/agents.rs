//! The chapter on agents: from a template to an agent, its errors, listing and deleting.

use serde_json::{Value, json};

use super::{Artic, NOBODYS, assert_refused, dental, id_of};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_made_from_a_template_in_one_shot() {
    let artic = Artic::start().await;
    let made = artic.made("/agents", dental()).await;
    assert_shape(
        &made,
        &json!({
            "id": "text",
            "name": "text",
            "status": "text",
            "agentConfig": { "flowType": "text", "dynamicVariables": "object" },
            "assembledPrompt": "text",
        }),
    );
    id_of(&made);
    assert_eq!(
        (made["name"].as_str(), made["status"].as_str()),
        (Some("Dental Appointment Agent"), Some("configured"))
    );
    assert_eq!(made["agentConfig"]["dynamicVariables"]["clinicName"], "Smile Dental");
    let prompt = made["assembledPrompt"].as_str().expect("a prompt");
    assert!(prompt.starts_with("You are the front-desk assistant") && prompt.contains("Smile Dental"), "{prompt}");
    assert!(!prompt.contains("{{"), "{prompt}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_at_fault_is_named_at_once() {
    let artic = Artic::start().await;
    let all = [
        (json!({}), &["businessDetails", "templateSlug"][..]),
        (json!({ "templateSlug": 5, "businessDetails": [] }), &["businessDetails", "templateSlug"]),
        (json!({ "templateSlug": " ", "businessDetails": null }), &["businessDetails", "templateSlug"]),
        (
            json!({ "templateSlug": "dental-appointment", "businessDetails": {} }),
            &["businessDetails.city", "businessDetails.clinicName"],
        ),
        (
            json!({ "templateSlug": "dental-appointment", "businessDetails": { "clinicName": "  ", "city": "Chennai" } }),
            &["businessDetails.clinicName"],
        ),
        (
            json!({ "templateSlug": "dental-appointment", "businessDetails": { "clinicName": 5, "city": ["Chennai"] } }),
            &["businessDetails.city", "businessDetails.clinicName"],
        ),
        (
            json!({
                "templateSlug": "dental-appointment", "businessDetails": { "timeZone": "Chennai" },
                "outputVariables": "budget", "transferTriggers": [{ "when": "x" }, { "when": 5 }, "x"],
            }),
            &["businessDetails.timeZone", "outputVariables", "transferTriggers[1]", "transferTriggers[2]"],
        ),
        (
            json!({
                "templateSlug": "dental-appointment", "businessDetails": { "city": "Chennai" },
                "outputVariables": [{ "name": "two words" }], "transferTriggers": [{ "when": " " }],
            }),
            &["businessDetails.clinicName", "outputVariables[0].name", "transferTriggers[0].when"],
        ),
    ];
    for (body, fields) in all {
        assert_refused(&artic.client.post("/agents", body).await, 400, "validation_error", fields);
    }
    assert_eq!(artic.get("/agents").await, json!([]), "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_template_no_agent() {
    let artic = Artic::start().await;
    for slug in ["no-such-template", "phrases", "../dental-appointment", "DENTAL-APPOINTMENT"] {
        let body = json!({ "templateSlug": slug, "businessDetails": {} });
        let answer = artic.client.post("/agents", body).await;
        assert_refused(&answer, 404, "not_found", &[]);
        let told = answer.json()["message"].as_str().expect("words").to_owned();
        assert!(told.contains(slug) && told.contains("dental-appointment"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_dynamic_templates_take_variables_and_triggers() {
    let artic = Artic::start().await;
    let templates = artic.rig.native("list_call_templates", json!({})).await["items"].clone();
    let mut seen = (0, 0);
    for template in templates.as_array().expect("templates") {
        let required = template["required_values"].as_array().expect("names");
        let details: Value = required
            .iter()
            .map(|name| (name.as_str().expect("a name").to_owned(), json!("Friday")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let plain = json!({ "templateSlug": template["id"], "businessDetails": details });
        artic.made("/agents", plain.clone()).await;
        let mut own = plain;
        own["outputVariables"] = json!(["insurer", { "name": "budget", "type": "number", "colour": "ignored" }]);
        own["transferTriggers"] = json!([{ "when": "the caller asks about a refund", "then": "ignored" }]);
        let answer = artic.client.post("/agents", own).await;
        if template["dynamic"] == json!(true) {
            seen.0 += 1;
            let made = answer.expect(201).json();
            assert_eq!(made["agentConfig"]["outputVariables"][0]["name"], "insurer", "{made}");
            assert_eq!(made["agentConfig"]["outputVariables"][1]["type"], "number", "{made}");
            assert_eq!(made["agentConfig"]["transferTriggers"], json!([{ "when": "the caller asks about a refund" }]));
            let prompt = made["assembledPrompt"].as_str().expect("a prompt");
            assert!(prompt.contains("insurer") && prompt.contains("refund"), "{prompt}");
        } else {
            seen.1 += 1;
            assert_refused(&answer, 400, "validation_error", &["outputVariables", "transferTriggers"]);
        }
        artic.rig.advance(60_000);
    }
    assert!(seen.0 > 5 && seen.1 > 1, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_listed_whole_newest_first_and_got_by_id() {
    let artic = Artic::start().await;
    assert_eq!(artic.get("/agents").await, json!([]));
    let mut ids = Vec::new();
    for number in 0..103 {
        if number < 101 {
            let made = json!({ "name": format!("Agent {number}"), "type": "outbound" });
            artic.rig.native("create_agent", made).await;
        } else {
            ids.push(id_of(&artic.made("/agents", dental()).await));
        }
    }
    let all = artic.get("/agents").await;
    assert_eq!(all.as_array().map(Vec::len), Some(103));
    assert_eq!((all[0]["id"].as_str(), all[1]["id"].as_str()), (Some(ids[1].as_str()), Some(ids[0].as_str())));
    assert_eq!(all[102]["name"], "Agent 0");
    assert_shape(
        &all,
        &json!([{
            "id": "text", "name": "text", "status": "text",
            "agentConfig": { "flowType": "text", "dynamicVariables": "object" },
        }]),
    );
    assert_eq!(artic.get(&format!("/agents/{}", ids[0])).await, all[1]);
    let cora = artic.rig.client("/cora/api/v1", &artic.rig.key("cora", &["*"]).await);
    let listed = cora.get("/agents?limit=1").await.json();
    assert_eq!(
        (listed["data"][0]["name"].as_str(), listed["data"][0]["mode"].as_str()),
        (Some("Dental Appointment Agent"), Some("call"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_deleted_though_it_has_a_number_and_calls() {
    let artic = Artic::start().await;
    let agent = artic.agent().await;
    let call = json!({ "agentId": agent, "phone": "+919876543210" });
    let call = id_of(&artic.made("/calls", call).await);
    let path = format!("/agents/{agent}");
    assert_eq!(artic.client.delete(&path).await.expect(200).json(), json!({ "ok": true }));
    assert_refused(&artic.client.delete(&path).await, 404, "not_found", &[]);
    assert_refused(&artic.client.get(&path).await, 404, "not_found", &[]);
    artic.rig.live(60_000).await;
    let seen = artic.get(&format!("/calls/{call}")).await;
    assert!(seen["sandbox"].is_null() && seen["reason"].is_string(), "nobody was called: {seen}");
    let numbers = artic.rig.native("list_phone_numbers", json!({})).await;
    assert_eq!(numbers["items"][0]["outbound_agent_id"], Value::Null, "the number is free");
    let next = artic.agent().await;
    artic.made("/calls", json!({ "agentId": next, "phone": "+919876543211" })).await;
    let numbers = artic.rig.native("list_phone_numbers", json!({})).await;
    assert_eq!(numbers["items"].as_array().map(Vec::len), Some(1), "and serves the next agent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_24_hexadecimal_digits() {
    let artic = Artic::start().await;
    for id in
        ["x", "665f1c2a9b3e4a0012ab34c", "665f1c2a9b3e4a0012ab34cg", "agt_0000000000000", "%F0%9F%98%80", "%00", "%ff"]
    {
        assert_refused(&artic.client.get(&format!("/agents/{id}")).await, 400, "bad_request", &[]);
        assert_refused(&artic.client.delete(&format!("/agents/{id}")).await, 400, "bad_request", &[]);
        assert_refused(&artic.client.get(&format!("/calls/{id}")).await, 400, "bad_request", &[]);
    }
    for id in [NOBODYS, "ffffffffffffffffffffffff", "000000000000000000000000"] {
        assert_refused(&artic.client.get(&format!("/agents/{id}")).await, 404, "not_found", &[]);
        assert_refused(&artic.client.delete(&format!("/agents/{id}")).await, 404, "not_found", &[]);
        assert_refused(&artic.client.get(&format!("/calls/{id}")).await, 404, "not_found", &[]);
    }
    let agent = artic.agent().await;
    let call = id_of(&artic.made("/calls", json!({ "agentId": agent, "phone": "+919876543210" })).await);
    assert_refused(&artic.client.get(&format!("/agents/{call}")).await, 404, "not_found", &[]);
    assert_refused(&artic.client.get(&format!("/calls/{agent}")).await, 404, "not_found", &[]);
}
