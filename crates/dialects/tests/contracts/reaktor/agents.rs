//! Provisioning: keys, transfers, balances.

use outrider_engine::sign_in::sessions;
use serde_json::json;

use super::{BASE, Reaktor, assert_refused, jane};
use crate::client::Client;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_for_the_same_agent_begins_no_new_count_and_comes_with_the_signing_secret() {
    let here = Reaktor::start().await;
    let (number, agent, signing) = here.agent(0).await;
    let ask = async |client: &Client| {
        client.post("/tasks", json!({ "taskType": "lead_scoring", "inputPayload": jane() })).await.status
    };
    for _ in 0..20 {
        assert_eq!(ask(&agent).await, 402);
    }
    assert_eq!(ask(&agent).await, 429);
    let made = agent.post(&format!("/agents/{number}/rotate-key"), json!({})).await.expect(200).json();
    assert_eq!(made["signingSecret"], signing, "it stays");
    let rotated = here.rig.anonymous(BASE).header("X-API-Key", made["apiKey"].as_str().expect("a key"));
    assert_eq!(ask(&rotated).await, 429, "as before");
    assert_eq!(ask(&agent).await, 429, "still counted, and gone besides");
    let (_, other, _) = here.agent(0).await;
    assert_eq!(ask(&other).await, 402, "another agent has a count of its own");
    here.rig.advance(60_000);
    assert_eq!((ask(&rotated).await, ask(&agent).await), (402, 401));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_that_refused_is_the_one_that_is_shown() {
    let here = Reaktor::start().await;
    let make = async || here.owner.post("/agents", json!({ "name": "Worker" })).await;
    for _ in 0..20 {
        make().await.expect(201);
    }
    here.rig.advance(600_000);
    let refused = make().await;
    assert_refused(&refused, 429, "RATE_LIMIT_EXCEEDED");
    let shown = ["x-ratelimit-limit", "x-ratelimit-remaining", "retry-after"].map(|name| refused.header(name));
    assert_eq!(shown, [Some("20"), Some("0"), Some("3000")]);
    let reset = (here.rig.now().0 / 1_000 + 3_000).to_string();
    assert_eq!(refused.header("x-ratelimit-reset"), Some(reset.as_str()));
    here.owner.get("/agents").await.expect(200);
    here.rig.advance(3_000_000);
    make().await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_operator_makes_comes_with_what_its_callbacks_are_signed_with() {
    let here = Reaktor::start().await;
    let made = here.rig.native("create_key", json!({ "dialect": "reaktor" })).await;
    assert!(made["signing_secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")), "{made}");
    let other = here.rig.native("create_key", json!({ "dialect": "native" })).await;
    assert!(other.get("signing_secret").is_none(), "{other}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_signed_in_provisions_and_gives_the_right_to() {
    let here = Reaktor::start().await;
    here.rig.native("create_user", json!({ "email": "ann@sender.test", "role": "owner" })).await;
    let token = sessions::begin_consenting(&here.rig.pipeline, &"ann@sender.test".parse().expect("an address"))
        .await
        .expect("a session");
    let cookie = outrider_http::session_cookie(&here.rig.url, &token);
    let person = here.rig.anonymous(BASE).header("Cookie", &cookie);
    let (number, agent, _) = here.agent(0).await;
    assert_refused(&agent.post("/agents", json!({ "name": "Mine" })).await, 403, "FORBIDDEN");
    let right = json!({ "canProvision": true });
    for nobody in [&agent, &here.owner] {
        assert_eq!(nobody.at("/reaktor").patch(&format!("/api/agents/{number}"), right.clone()).await.status, 401);
    }
    let changed = person.at("/reaktor").patch(&format!("/api/agents/{number}"), right).await.expect(200).json();
    assert_eq!((&changed["agentId"], &changed["canProvision"]), (&json!(number), &json!(true)));
    agent.post("/agents", json!({ "name": "Mine" })).await.expect(201);

    let made = person.post("/agents", json!({ "name": "Hers" })).await.expect(201).json();
    let own = made["agentId"].as_i64().expect("a number");
    person.post("/billing/transfer", json!({ "agentId": own, "credits": 7 })).await.expect(200);
    assert_eq!(person.get(&format!("/agents/{own}")).await.expect(200).json()["balance"], 7);
    assert!(person.get("/agents").await.expect(200).json()["count"].as_i64().is_some_and(|count| count >= 3));
    person.post(&format!("/agents/{own}/rotate-key"), json!({})).await.expect(200);
    person.delete(&format!("/agents/{own}")).await.expect(200);
    // A key comes first, another's page may not use the session, and it opens nothing beside provisioning.
    assert_refused(&person.header("X-API-Key", "drk_live_no").get("/agents").await, 401, "INVALID_API_KEY");
    assert_eq!(person.header("Origin", "https://elsewhere.example").get("/agents").await.status, 401);
    assert_refused(&person.get("/tasks").await, 401, "AUTH_REQUIRED");
}
