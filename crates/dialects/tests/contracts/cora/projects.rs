//! Projects, credits and figures.

use outrider_domain::time::DAY;
use serde_json::json;

use super::{Cora, assert_refused};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_are_those_of_the_company() {
    let cora = Cora::start().await;
    let project = json!({ "id": "text", "name": "text", "org_id": "text" });
    let listed = cora.client.get("/projects").await.expect(200).json();
    assert_shape(&listed, &json!({ "data": [project], "has_more": false, "next_cursor": null }));
    let names: Vec<&str> =
        listed["data"].as_array().expect("projects").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["SIDE", "MAIN"]);

    let made = cora.client.post("/projects", json!({ "name": "North" })).await.expect(201).json();
    assert_shape(&made, &json!({ "data": project }));
    assert_eq!(made["data"]["org_id"], listed["data"][0]["org_id"]);
    assert_eq!(cora.data("/projects").await[0], made["data"]);
    for (body, field) in [(json!({}), "name"), (json!({ "name": "" }), "name"), (json!({ "name": 5 }), "name")] {
        assert_refused(&cora.client.post("/projects", body).await, 400, "validation_error", Some(field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credits_are_what_is_left() {
    let cora = Cora::start().await;
    cora.rig.native("grant_credits", json!({ "amount": 500, "reason": "test" })).await;
    let answer = cora.client.get("/credits").await.expect(200).json();
    assert_eq!(answer, json!({ "data": { "credits_remaining": 500, "unit": "credits" } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_for_a_time_range() {
    let cora = Cora::start().await;
    cora.made("/leads", json!({ "name": "Old", "stage": "converted" })).await;
    cora.rig.advance(8 * DAY);
    let lead = cora.lead().await;
    let agent = cora.agent().await;
    cora.made("/agents", json!({ "type": "inbound" })).await;
    cora.client.patch(&format!("/leads/{lead}"), json!({ "meeting_booked": true })).await.expect(200);
    cora.client
        .post(
            "/outreach/email",
            json!({ "lead_id": lead, "agent_id": agent, "subject": "Hello", "message": "Hi Jane" }),
        )
        .await
        .expect(202);
    cora.rig.run_due().await;
    let figures = |leads: i64, converted: i64| {
        json!({ "data": {
            "total_leads": leads, "total_calls": 0, "total_emails": 1, "meetings_booked": 1, "converted": converted,
            "agents": { "outbound": 1, "inbound": 1 },
        } })
    };
    for (query, expected) in [
        ("", figures(2, 1)),
        ("?time_range=all", figures(2, 1)),
        ("?time_range=90d", figures(2, 1)),
        ("?time_range=30d", figures(2, 1)),
        ("?time_range=7d", figures(1, 0)),
    ] {
        assert_eq!(cora.client.get(&format!("/stats{query}")).await.expect(200).json(), expected, "{query}");
    }
    assert_refused(&cora.client.get("/stats?time_range=1y").await, 400, "validation_error", Some("time_range"));
}
