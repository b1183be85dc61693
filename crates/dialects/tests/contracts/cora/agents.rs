//! Agents: list, detail, create, update, assign.

use serde_json::{Value, json};

use super::{Cora, assert_refused};
use crate::shape::assert_shape;

fn agent_shape() -> Value {
    json!({
        "id": "text", "type": "text", "name": "text", "mode": "text", "automation_enabled": "boolean", "twilio_number": "text?",
        "email_address": "text?", "language": "text?", "voice_id": "text?", "elevenlabs_agent_id": "text?", "created_at": "time",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_begins_with_automation_off() {
    let cora = Cora::start().await;
    let body = json!({ "name": "Sales Agent", "type": "outbound", "outreach_model": "both", "language": "en" });
    let made = cora.client.post("/agents", body).await.expect(201).json();
    assert_shape(&made, &json!({ "data": agent_shape() }));
    for (field, expected) in [
        ("name", json!("Sales Agent")),
        ("type", json!("outbound")),
        ("mode", json!("both")),
        ("language", json!("en")),
        ("automation_enabled", json!(false)),
    ] {
        assert_eq!(made["data"][field], expected, "{field}");
    }
    let least = cora.client.post("/agents", json!({ "type": "inbound" })).await.expect(201).json();
    assert_eq!((&least["data"]["type"], &least["data"]["name"]), (&json!("inbound"), &json!("Inbound agent")));
    for model in ["call", "email", "both"] {
        let made = cora
            .client
            .post("/agents", json!({ "type": "outbound", "outreach_model": model }))
            .await
            .expect(201)
            .json();
        assert_eq!(made["data"]["mode"], model);
    }
    for (body, field) in [
        (json!({ "name": "X" }), "type"),
        (json!({ "name": "X", "type": "sideways" }), "type"),
        (json!({ "type": "outbound", "outreach_model": "fax" }), "outreach_model"),
        (json!({ "type": "outbound", "name": "" }), "name"),
    ] {
        assert_refused(&cora.client.post("/agents", body).await, 400, "validation_error", Some(field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_listed_by_type_and_by_page() {
    let cora = Cora::start().await;
    for (name, kind) in [("A", "outbound"), ("B", "inbound"), ("C", "outbound")] {
        cora.made("/agents", json!({ "name": name, "type": kind })).await;
    }
    let listed = cora.client.get("/agents").await.expect(200).json();
    assert_shape(&listed, &json!({ "data": [agent_shape()], "has_more": false, "next_cursor": null }));
    let names = |answer: &Value| -> Vec<String> {
        answer["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|each| each["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names(&listed), ["C", "B", "A"]);
    assert_eq!(names(&cora.client.get("/agents?type=outbound").await.expect(200).json()), ["C", "A"]);
    assert_eq!(names(&cora.client.get("/agents?type=inbound").await.expect(200).json()), ["B"]);
    let first = cora.client.get("/agents?limit=2").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    assert_eq!(names(&cora.client.get(&format!("/agents?limit=2&cursor={cursor}")).await.expect(200).json()), ["A"]);
    assert_refused(&cora.client.get("/agents?type=sideways").await, 400, "validation_error", Some("type"));
    assert_refused(&cora.client.get("/agents?limit=0").await, 400, "validation_error", Some("limit"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_detail_counts_what_the_agent_did() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let assigned = cora
        .client
        .post(&format!("/agents/{agent}/assign-leads"), json!({ "lead_ids": [lead] }))
        .await
        .expect(200)
        .json();
    assert_eq!(assigned, json!({ "data": { "assigned": 1, "total": 1 } }));
    let mail = json!({ "lead_id": lead, "agent_id": agent, "subject": "Hello", "message": "Hi Jane" });
    cora.client.post("/outreach/email", mail).await.expect(202);
    cora.rig.run_due().await;
    let detail = cora.data(&format!("/agents/{agent}")).await;
    let mut shape = agent_shape();
    for (field, count) in [("total_leads_assigned", 1), ("total_calls", 0), ("total_emails", 1)] {
        shape[field] = json!(count);
    }
    assert_shape(&detail, &shape);
    assert_refused(&cora.client.get("/agents/unheard-of").await, 404, "resource_not_found", Some("agent_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_mailbox_is_its_address() {
    let cora = Cora::start().await;
    let agent = cora.agent().await;
    cora.rig.native("create_identity", json!({ "email": "ada@sender.test", "agent_id": agent })).await;
    assert_eq!(cora.data(&format!("/agents/{agent}")).await["email_address"], "ada@sender.test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_and_brain_are_updated_in_part() {
    let cora = Cora::start().await;
    let agent = cora.agent().await;
    let path = format!("/agents/{agent}");
    let brain = [
        "system_prompt",
        "product_explanation",
        "value_proposition",
        "pain_points",
        "benefits",
        "features_differentiators",
        "elevator_pitch",
        "first_message",
        "email_knowledge",
        "example_email",
    ];
    let mut change = json!({ "name": "Ada", "automation_enabled": true, "outreach_model": "email", "language": "de" });
    for field in brain {
        change[field] = json!(format!("{field} in a few words"));
    }
    let after = cora.client.patch(&path, change).await.expect(200).json();
    assert_shape(&after, &json!({ "data": agent_shape() }));
    for (field, expected) in [
        ("name", json!("Ada")),
        ("automation_enabled", json!(true)),
        ("mode", json!("email")),
        ("language", json!("de")),
    ] {
        assert_eq!(after["data"][field], expected, "{field}");
    }
    let native = cora.rig.native("get_agent", json!({ "agent_id": agent })).await;
    for field in brain {
        assert_eq!(native[field], format!("{field} in a few words"));
    }
    cora.client.patch(&path, json!({ "pain_points": null, "language": null })).await.expect(200);
    let native = cora.rig.native("get_agent", json!({ "agent_id": agent })).await;
    assert_eq!((&native["pain_points"], &native["language"]), (&Value::Null, &Value::Null));
    assert_eq!(native["benefits"], "benefits in a few words");
    for (body, field) in [
        (json!({ "name": null }), "name"),
        (json!({ "automation_enabled": "on" }), "automation_enabled"),
        (json!({ "outreach_model": "fax" }), "outreach_model"),
        (json!({ "benefits": "x".repeat(20_001) }), "benefits"),
    ] {
        assert_refused(&cora.client.patch(&path, body).await, 400, "validation_error", Some(field));
    }
    assert_refused(
        &cora.client.patch("/agents/unheard-of", json!({})).await,
        404,
        "resource_not_found",
        Some("agent_id"),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leads_are_assigned_by_name_or_all_that_are_free() {
    let cora = Cora::start().await;
    let (ada, bob) = (cora.agent().await, cora.made("/agents", json!({ "type": "outbound" })).await);
    let mut leads = Vec::new();
    for number in 0..3 {
        leads.push(cora.made("/leads", json!({ "name": format!("L{number}") })).await);
    }
    let assign =
        async |agent: &str, body: Value| cora.client.post(&format!("/agents/{agent}/assign-leads"), body).await;
    let some = assign(&ada, json!({ "lead_ids": [leads[0]] })).await.expect(200).json();
    assert_eq!(some, json!({ "data": { "assigned": 1, "total": 1 } }));
    let again = assign(&ada, json!({ "lead_ids": [leads[0]] })).await.expect(200).json();
    assert_eq!(again, json!({ "data": { "assigned": 0, "total": 1 } }));
    let rest = assign(&bob, json!({ "assign_all_unassigned": true })).await.expect(200).json();
    assert_eq!(rest, json!({ "data": { "assigned": 2, "total": 2 } }));
    for (body, status, code, field) in [
        (json!({}), 400, "validation_error", "lead_ids"),
        (
            json!({ "lead_ids": [leads[0]], "assign_all_unassigned": true }),
            400,
            "validation_error",
            "assign_all_unassigned",
        ),
        (json!({ "lead_ids": [leads[0], "unheard-of"] }), 404, "resource_not_found", "lead_ids[1]"),
        (json!({ "lead_ids": "all" }), 400, "validation_error", "lead_ids"),
    ] {
        assert_refused(&assign(&ada, body).await, status, code, Some(field));
    }
    assert_refused(&assign("unheard-of", json!({ "lead_ids": [] })).await, 404, "resource_not_found", Some("agent_id"));
}
