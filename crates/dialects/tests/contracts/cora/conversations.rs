//! What was said with a lead, and what happened.

use serde_json::{Value, json};

use super::{Cora, assert_refused};
use crate::shape::assert_shape;

fn email_shape() -> Value {
    json!({
        "id": "text", "lead_id": "text", "agent_id": "text?", "subject": "text", "body": "text", "summary": "text?",
        "lead_email": "text", "status": "text", "workflow_id": "text?", "created_at": "time",
    })
}

fn entry_shape() -> Value {
    json!({
        "id": "text", "agent_id": "text?", "agent_type": "text?", "event_type": "text", "title": "text", "detail": "text?",
        "status": "text", "lead_id": "text?", "lead_name": "text?", "metadata": "object", "created_at": "time",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_of_a_lead_are_listed_by_page() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    for number in 1..=3 {
        let mail =
            json!({ "lead_id": lead, "agent_id": agent, "subject": format!("Mail {number}"), "message": "Hi\n\nJane" });
        cora.client.post("/outreach/email", mail).await.expect(202);
        cora.rig.run_due().await;
    }
    let path = format!("/leads/{lead}/emails");
    let listed = cora.client.get(&path).await.expect(200).json();
    assert_shape(&listed, &json!({ "data": [email_shape()], "has_more": false, "next_cursor": null }));
    let newest = &listed["data"][0];
    for (field, expected) in [
        ("lead_id", json!(lead)),
        ("agent_id", json!(agent)),
        ("subject", json!("Mail 3")),
        ("lead_email", json!("jane@acme.com")),
        ("status", json!("sent")),
        ("workflow_id", Value::Null),
    ] {
        assert_eq!(newest[field], expected, "{field}");
    }
    assert!(newest["body"].as_str().is_some_and(|body| body.starts_with("Hi\n\nJane")), "{newest}");
    assert!(newest["summary"].as_str().is_some_and(|summary| summary.starts_with("Hi Jane")), "{newest}");
    let first = cora.client.get(&format!("{path}?limit=2")).await.expect(200).json();
    assert_eq!((first["data"].as_array().map(Vec::len), &first["has_more"]), (Some(2), &json!(true)));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = cora.client.get(&format!("{path}?limit=2&cursor={cursor}")).await.expect(200).json();
    assert_eq!((&second["data"][0]["subject"], &second["has_more"]), (&json!("Mail 1"), &json!(false)));
    assert_refused(&cora.client.get(&format!("{path}?limit=0")).await, 400, "validation_error", Some("limit"));
    assert_refused(&cora.client.get(&format!("{path}?cursor=x")).await, 400, "validation_error", Some("cursor"));
    assert_refused(&cora.client.get("/leads/unheard-of/emails").await, 404, "resource_not_found", Some("lead_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_of_a_sequence_names_it() {
    let cora = Cora::start().await;
    let lead = cora.lead().await;
    let definition = json!({ "steps": [{ "key": "one", "subject": "S", "text": "T" }], "approval": "alone" });
    let sequence = cora.rig.native("create_sequence", json!({ "name": "outbound", "definition": definition })).await;
    cora.rig.native("enroll_leads", json!({ "sequence_id": sequence["id"], "lead_ids": [lead] })).await;
    cora.rig.run_due().await;
    let listed = cora.data(&format!("/leads/{lead}/emails")).await;
    assert_eq!(listed[0]["workflow_id"], sequence["id"], "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn activity_is_filtered_and_paged() {
    let cora = Cora::start().await;
    let (jane, agent) = (cora.lead().await, cora.agent().await);
    let bob = cora.made("/leads", json!({ "name": "Bob" })).await;
    let mail = json!({ "lead_id": jane, "agent_id": agent, "subject": "Hello", "message": "Hi" });
    cora.client.post("/outreach/email", mail).await.expect(202);
    cora.rig.run_due().await;
    let all = cora.client.get("/activity").await.expect(200).json();
    assert_shape(&all, &json!({ "data": [entry_shape()], "has_more": false, "next_cursor": null }));

    let sent = cora.data("/activity?event_type=email.sent").await;
    let entry = &sent[0];
    assert_eq!(sent.as_array().map(Vec::len), Some(1));
    for (field, expected) in [
        ("agent_id", json!(agent)),
        ("agent_type", json!("outbound")),
        ("event_type", json!("email.sent")),
        ("title", json!("Email sent")),
        ("status", json!("sent")),
        ("lead_id", json!(jane)),
        ("lead_name", json!("Jane Doe")),
        ("created_at", json!(cora.rig.now().to_string())),
    ] {
        assert_eq!(entry[field], expected, "{field}");
    }
    assert!(entry["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{entry}");

    let kinds = async |query: &str| -> Vec<String> {
        let found = cora.data(&format!("/activity?{query}")).await;
        found
            .as_array()
            .expect("a list")
            .iter()
            .map(|each| each["event_type"].as_str().expect("a type").to_owned())
            .collect()
    };
    assert_eq!(kinds(&format!("lead_id={bob}")).await, ["lead.created"]);
    assert_eq!(kinds(&format!("lead_id={jane}&event_type=lead.created")).await, ["lead.created"]);
    let of_agent = kinds(&format!("agent_id={agent}")).await;
    assert!(
        of_agent.contains(&"email.sent".to_owned()) && of_agent.contains(&"agent.created".to_owned()),
        "{of_agent:?}"
    );
    assert_eq!(kinds("event_type=no.such").await, Vec::<String>::new());

    let first = cora.client.get("/activity?limit=1").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = cora.client.get(&format!("/activity?limit=1&cursor={cursor}")).await.expect(200).json();
    assert_eq!((&first["data"][0], &second["data"][0]), (&all["data"][0], &all["data"][1]));
    assert_refused(&cora.client.get("/activity?limit=0").await, 400, "validation_error", Some("limit"));
    assert_refused(&cora.client.get("/activity?lead_id=unheard-of").await, 404, "resource_not_found", Some("lead_id"));
    assert_refused(
        &cora.client.get("/activity?agent_id=unheard-of").await,
        404,
        "resource_not_found",
        Some("agent_id"),
    );
}
