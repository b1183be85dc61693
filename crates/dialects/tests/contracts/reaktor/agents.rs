//! Provisioning: keys, transfers, balances.

use serde_json::json;

use super::{BASE, Reaktor, assert_refused};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_makes_tops_up_inspects_rotates_and_revokes() {
    let here = Reaktor::start().await;
    let body = json!({ "name": "Outreach worker — Acme pipeline", "tier": "free", "callbackUrl": "https://your.app/webhooks/datareaktor", "monthlyCreditCap": 0 });
    let made = here.owner.post("/agents", body).await.expect(201).json();
    assert_shape(
        &made,
        &json!({ "agentId": "integer", "name": "text", "apiKeyPrefix": "text", "apiKey": "text", "signingSecret": "text", "tier": "text",
        "canProvision": false, "apiKeyExpiresAt": "time" }),
    );
    let key = made["apiKey"].as_str().expect("a key");
    assert!(key.starts_with("drk_") && key.starts_with(made["apiKeyPrefix"].as_str().expect("letters")));
    let id = made["agentId"].as_i64().expect("a number");

    let moved = here.owner.post("/billing/transfer", json!({ "agentId": id, "credits": 500 })).await;
    assert_eq!(
        moved.expect(200).json(),
        json!({ "success": true, "agentId": id, "creditsTransferred": 500, "userPurchasedCredits": 9500, "agentBalance": 500 })
    );
    assert_eq!(moved.header("x-credits-remaining"), Some("9500"));
    assert_refused(
        &here.owner.post("/billing/transfer", json!({ "agentId": id, "credits": 100_000 })).await,
        402,
        "INSUFFICIENT_CREDITS",
    );
    assert_refused(
        &here.owner.post("/billing/transfer", json!({ "agentId": 4242, "credits": 1 })).await,
        404,
        "AGENT_NOT_OWNED",
    );
    for credits in [json!(-1), json!(0), json!(0.5), json!("1")] {
        assert_refused(
            &here.owner.post("/billing/transfer", json!({ "agentId": id, "credits": credits })).await,
            400,
            "VALIDATION_ERROR",
        );
    }

    let agent = here.rig.anonymous(BASE).header("X-API-Key", key);
    let own = agent.get("/billing/credits").await.expect(200).json();
    assert_eq!(
        (&own["agentBalance"], &own["monthlyCreditCap"], own.get("userPurchasedCredits")),
        (&json!(500), &json!(0), None)
    );
    assert_eq!(here.owner.get("/billing/credits").await.expect(200).json()["userPurchasedCredits"], 9500);
    assert_eq!(here.owner.get(&format!("/billing/credits?agentId={id}")).await.expect(200).json()["agentBalance"], 500);
    assert_refused(&agent.get("/billing/credits?agentId=1").await, 404, "AGENT_NOT_OWNED");
    assert_eq!(here.owner.get("/agents").await.expect(200).json()["count"], 2);
    assert_eq!(agent.get("/agents").await.expect(200).json()["count"], 1);
    assert_eq!(agent.get(&format!("/agents/{id}")).await.expect(200).json()["status"], "active");

    let rotated = here.owner.post(&format!("/agents/{id}/rotate-key"), json!({})).await.expect(200).json();
    assert_refused(&agent.get("/tasks").await, 401, "INVALID_API_KEY");
    let agent = here.rig.anonymous(BASE).header("X-API-Key", rotated["apiKey"].as_str().expect("a key"));
    agent.get("/tasks").await.expect(200);
    assert_refused(&agent.delete(&format!("/agents/{id}")).await, 403, "FORBIDDEN");
    assert_eq!(here.owner.delete(&format!("/agents/{id}")).await.expect(200).json()["creditsReturned"], 500);
    assert_refused(&agent.get("/tasks").await, 401, "INVALID_API_KEY");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_projects_agents_and_tasks_are_not_there() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(10).await;
    let task = agent
        .post("/tasks", json!({ "taskType": "contact_lookup", "inputPayload": { "name": "A B", "company": "C" } }))
        .await
        .expect(200)
        .json();
    let id = task["taskId"].as_str().expect("an id");
    for project in [here.rig.other, here.rig.side] {
        let stranger = here.rig.client(BASE, &here.rig.key_in(project, "reaktor", &["*"]).await);
        for path in [format!("/tasks/{id}"), format!("/outputs/{id}"), "/agents/2".to_owned()] {
            assert_refused(&stranger.get(&path).await, 404, "NOT_FOUND");
        }
        assert_eq!(stranger.get("/tasks").await.expect(200).json()["pagination"]["total"], 0);
    }
}
