//! The document's examples with the base changed: tasks, batches, outputs, estimates, campaigns, profile, knowledge, workflows, errors.

use serde_json::{Value, json};

use super::{BASE, Reaktor, assert_refused, jane};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_input_comes_to_its_documented_output() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(100).await;
    let scoring = json!({ "contactName": "Jane Smith", "contactRole": "VP of Sales", "company": "Acme Corp", "companySize": "51-200",
        "signals": ["Series B funded", "Hiring 12 SDRs"], "userValueProp": "Fractional VP of Sales for post-Series-A SaaS" });
    let mail = json!({ "contactName": "Jane Smith", "contactRole": "VP of Sales", "company": "Acme Corp",
        "context": "Scaling their outbound team post-Series-B", "userValueProp": "Fractional VP of Sales" });
    let thought = json!({ "topic": "Why outbound is changing in 2025", "expertiseArea": "Fractional VP of Sales",
        "targetAudience": "Series A SaaS founders", "tone": "professional" });
    let step = json!({ "channel": "text", "timing": "text", "body": "text" });
    let mailed = json!({ "channel": "text", "timing": "text", "subject": "text", "body": "text" });
    for (kind, input, shape) in [
        (
            "lead_scoring",
            scoring,
            json!({ "score": "integer", "tier": "text", "reasoning": "text",
            "icpAlignment": { "industry": "boolean", "seniority": "boolean", "size": "boolean" }, "breakdown": "list" }),
        ),
        ("linkedin_message", jane(), json!({ "connect_request": "text", "followup_message": "text" })),
        ("personalized_email", mail.clone(), json!({ "subject": "text", "body": "text", "previewText": "text" })),
        (
            "cold_call_script",
            mail,
            json!({ "opener": "text", "discoveryQuestions": ["text"], "valueBridge": "text",
            "objectionHandlers": [{ "objection": "text", "response": "text" }] }),
        ),
        ("outreach_sequence", jane(), json!({ "step1": step, "step2": step, "step3": mailed, "step4": mailed })),
        (
            "thought_leadership",
            thought,
            json!({ "linkedinPost": "text", "newsletterIntro": "text", "outreachHook": "text" }),
        ),
        ("contact_lookup", json!({ "name": "Jane Smith", "company": "Acme Corp" }), Value::Null),
        ("domain_to_company", json!({ "domain": "acmecorp.com" }), Value::Null),
        ("abm_content_brief", json!({ "company": "Acme Corp" }), Value::Null),
    ] {
        let answer = agent.post("/tasks", json!({ "taskType": kind, "inputPayload": input })).await;
        let task = answer.expect(200).json();
        assert_eq!((&task["status"], &task["creditsCharged"]), (&json!("completed"), &json!(5)), "{kind}");
        let mut output = task["output"].clone();
        assert_eq!(
            output.as_object_mut().and_then(|fields| fields.remove("engine")),
            Some(json!("built_in")),
            "{kind}"
        );
        if !shape.is_null() {
            assert_shape(&output, &shape);
        }
        assert!(answer.header("x-credits-remaining").is_some(), "{kind}");
        assert!(task.get("creditsRemaining").is_none(), "the header tells it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_queued_is_polled_listed_starred_and_cancelled() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(100).await;
    let research = json!({ "taskType": "research", "inputPayload": { "name": "Jane Smith", "context": "VP of Sales, acmecorp.com, B2B SaaS" } });
    let queued = agent.post("/tasks", research.clone()).await.expect(200).json();
    assert_eq!(queued["status"], "queued");
    let id = queued["taskId"].as_str().expect("an id").to_owned();
    assert!(id.starts_with("task_"), "{id}");
    here.rig.run_due().await;
    let done = agent.get(&format!("/tasks/{id}")).await.expect(200).json();
    assert_eq!(
        (&done["status"], done["output"]["inmails"].as_array().map(Vec::len)),
        (&json!("completed"), Some(2)),
        "{done}"
    );
    assert_eq!(done["output"]["brief"]["person"]["role"], "VP of Sales");
    let starred = agent.patch(&format!("/tasks/{id}/star"), json!({ "starred": true })).await.expect(200).json();
    assert_eq!(starred, json!({ "taskId": id, "starred": true }));

    let other = agent.post("/tasks", research).await.expect(200).json()["taskId"].as_str().expect("an id").to_owned();
    let before = agent.get("/billing/credits").await.expect(200).json()["agentBalance"].as_i64().expect("a number");
    let cancelled = agent.delete(&format!("/tasks/{other}")).await;
    assert_eq!(cancelled.expect(200).json()["creditsRefunded"], 5);
    assert_eq!(cancelled.header("x-credits-remaining"), Some((before + 5).to_string().as_str()));
    assert_refused(&agent.delete(&format!("/tasks/{id}")).await, 409, "CONFLICT");
    assert_refused(&agent.get("/tasks/nonsense").await, 404, "NOT_FOUND");

    let list = agent.get("/tasks?limit=1&offset=1").await.expect(200).json();
    assert_eq!(list["pagination"], json!({ "limit": 1, "offset": 1, "total": 2, "count": 1 }));
    assert_refused(&agent.get("/tasks?limit=201").await, 400, "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_queued_and_its_outputs_are_found_again() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(10).await;
    let contacts = json!([
        { "name": "Jane Smith", "company": "Acme Corp", "title": "VP of Sales", "context": "Series B funded, scaling outbound", "taskType": "linkedin_message" },
        { "name": "Bob Jones", "company": "Beta Inc", "taskType": "lead_scoring" }
    ]);
    let answer = agent.post("/batch", json!({ "contacts": contacts })).await;
    let batch = answer.expect(200).json();
    assert_shape(&batch, &json!({ "taskIds": ["text"], "count": 2, "totalCreditsCharged": 10, "message": "text" }));
    assert_eq!(answer.header("x-credits-remaining"), Some("0"));
    assert_refused(&agent.post("/batch", json!({ "contacts": contacts })).await, 402, "INSUFFICIENT_CREDITS");
    here.rig.run_due().await;
    let found =
        agent.get("/outputs?taskType=linkedin_message&search=acme&starred=false&limit=20").await.expect(200).json();
    assert_shape(
        &found,
        &json!({ "outputs": [{ "taskId": "text", "taskType": "text", "status": "text", "starred": false,
        "creditsCharged": 5, "inputPayload": "object", "outputPayload": "object", "createdAt": "time", "completedAt": "time" }],
        "pagination": { "limit": 20, "offset": 0, "total": 1, "count": 1 } }),
    );
    let id = batch["taskIds"][0].as_str().expect("an id");
    // Without a body, the other of what it is.
    for starred in [true, false] {
        let answer = agent.send("POST", &format!("/outputs/{id}/star"), None).await;
        assert_eq!(answer.expect(200).json(), json!({ "taskId": id, "starred": starred }));
    }
    assert!(
        agent.get(&format!("/outputs/{id}")).await.expect(200).json()["outputPayload"]["connect_request"].is_string()
    );
    let many: Vec<Value> = (0..101).map(|_| json!({ "name": "A B", "company": "C" })).collect();
    assert_refused(&agent.post("/batch", json!({ "contacts": many })).await, 400, "VALIDATION_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_estimate_is_as_documented_and_free() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(1500).await;
    let asked = json!({ "tasks": [{ "taskType": "personalized_email" }, { "taskType": "lead_scoring" }] });
    assert_eq!(
        agent.post("/tasks/estimate", asked).await.expect(200).json(),
        json!({ "wouldSucceed": true, "totalCredits": 10, "currentBalance": 1500, "balanceSource": "agent", "perTask": [
            { "taskType": "personalized_email", "valid": true, "creditCost": 5 }, { "taskType": "lead_scoring", "valid": true, "creditCost": 5 }] })
    );
    let single = agent
        .post("/tasks/estimate", json!({ "taskType": "lead_scoring", "inputPayload": jane() }))
        .await
        .expect(200)
        .json();
    assert_eq!(single["totalCredits"], 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaigns_icps_profile_knowledge_analytics_and_workflows() {
    let here = Reaktor::start().await;
    let (number, agent, _) = here.agent(100).await;
    here.rig.native("create_icp", json!({ "name": "SaaS VP Sales ICP", "target_industry": "B2B SaaS", "company_size_range": "51-500",
        "target_seniority": "VP, Director", "tone_preference": "professional", "user_value_prop": "Fractional VP of Sales" })).await;
    here.rig
        .native("create_campaign", json!({ "name": "Q2", "client_name": "Acme", "icp_id": 1, "objective": "Meetings" }))
        .await;
    let icp = json!({ "id": 1, "name": "text", "targetIndustry": "text", "companySizeRange": "text", "targetSeniority": "text",
        "tonePreference": "text", "userValueProp": "text", "createdAt": "time" });
    assert_shape(&agent.get("/icps").await.expect(200).json(), &json!({ "icps": [icp], "count": 1 }));
    let detail = agent.get("/icps/1").await.expect(200).json();
    assert!(detail.get("targetPersonas").is_some() && detail.get("userDifferentiators").is_some(), "{detail}");
    agent
        .post("/batch", json!({ "contacts": [{ "name": "Jane Smith", "company": "Acme", "campaignId": 1 }] }))
        .await
        .expect(200);
    here.rig.run_due().await;
    let campaigns = agent.get("/campaigns").await.expect(200).json();
    assert_shape(
        &campaigns,
        &json!({ "campaigns": [{ "id": 1, "name": "text", "clientName": "text", "status": "text", "icpId": 1,
        "totalContacts": 1, "processedContacts": 1, "successfulOutputs": 1, "sequenceMode": false, "createdAt": "time" }], "count": 1 }),
    );
    assert_eq!(agent.get("/campaigns/1").await.expect(200).json()["objective"], "Meetings");
    assert_refused(&agent.get("/campaigns/2").await, 404, "NOT_FOUND");
    assert_refused(&agent.get("/icps/x").await, 400, "VALIDATION_ERROR");

    let profile = agent
        .patch(
            "/profile",
            json!({ "valueProp": "I help CFOs automate month-end close in 48 hours", "preferredTone": "direct" }),
        )
        .await;
    profile.expect(200);
    let read = agent.get("/profile").await.expect(200).json();
    assert_eq!(
        (&read["valueProp"], &read["preferredTone"], &read["uniquePOV"]),
        (&json!("I help CFOs automate month-end close in 48 hours"), &json!("direct"), &Value::Null)
    );
    assert_refused(&agent.patch("/profile", json!({ "valueprop": "x" })).await, 400, "VALIDATION_ERROR");

    here.rig.native("create_company", json!({ "name": "Acme", "domain": "acmecorp.com", "industry": "SaaS" })).await;
    let known = agent.get("/knowledge/company/acmecorp.com").await;
    assert_eq!((&known.expect(200).json()["name"], &known.json()["creditsCharged"]), (&json!("Acme"), &json!(1)));
    assert_eq!(agent.get("/knowledge/company/nobody.example").await.expect(200).json()["creditsCharged"], 0);
    assert!(
        !agent.get("/knowledge/signals/saas").await.expect(200).json()["signals"]
            .as_array()
            .expect("a list")
            .is_empty()
    );

    let workflows = agent.get("/workflows").await.expect(200).json();
    assert!(workflows["count"].as_i64().is_some_and(|count| count >= 5), "{workflows}");
    let asked = json!({ "workflowId": "prospect_and_outreach", "inputPayload": jane() });
    let run = agent.post("/workflows", asked).await.expect(202).json();
    assert_eq!((&run["status"], &run["creditsCharged"]), (&json!("queued"), &json!(20)));
    assert_refused(
        &agent.post("/workflows", json!({ "workflowId": "sing", "inputPayload": {} })).await,
        404,
        "WORKFLOW_NOT_FOUND",
    );
    here.rig.run_due().await;
    let performance = agent.get("/analytics/performance").await.expect(200).json();
    assert_eq!((&performance["completed"], &performance["creditsSpent"]), (&json!(2), &json!(25)), "{performance}");
    assert_eq!(agent.get(&format!("/analytics/agents/{number}")).await.expect(200).json()["agentId"], number);
    assert_refused(&agent.get("/analytics/agents/1").await, 404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_keys_and_limits_are_as_documented() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(0).await;
    let ask = |kind: &str, input: Value| json!({ "taskType": kind, "inputPayload": input });
    assert_refused(&here.rig.anonymous(BASE).get("/tasks").await, 401, "AUTH_REQUIRED");
    assert_refused(
        &here.rig.anonymous(BASE).header("X-API-Key", "drk_live_nothing").get("/tasks").await,
        401,
        "INVALID_API_KEY",
    );
    assert_refused(&here.rig.anonymous(BASE).header("X-API-Key", "").get("/tasks").await, 401, "AUTH_REQUIRED");
    here.rig.client(BASE, &here.key).get("/tasks").await.expect(200);
    assert_refused(&agent.post("/tasks", ask("lead_scoring", jane())).await, 402, "INSUFFICIENT_CREDITS");
    assert_refused(&agent.post("/tasks", ask("sing", json!({}))).await, 400, "UNSUPPORTED_TASK_TYPE");
    assert_refused(
        &agent.post("/tasks", ask("lead_scoring", json!({ "company": "A" }))).await,
        400,
        "VALIDATION_ERROR",
    );
    assert_refused(&agent.post("/tasks", json!({ "inputPayload": {} })).await, 400, "VALIDATION_ERROR");
    let prospect = |role: Value, signals: Value| json!({ "contactName": "Jane", "company": "Acme", "contactRole": role, "signals": signals });
    for (input, said) in [
        (json!({}), "inputPayload.contactName: contactName is required."),
        (prospect(json!(5), json!([])), "inputPayload.contactRole: contactRole must be text, not the number 5."),
        (
            prospect(json!("CFO"), json!("Series B")),
            "inputPayload.signals: signals must be a list, not the text \"Series B\".",
        ),
    ] {
        let refused = agent.post("/tasks", ask("lead_scoring", input)).await;
        assert_refused(&refused, 400, "VALIDATION_ERROR");
        assert_eq!(refused.json()["error"], said);
    }
    assert_refused(&agent.post("/agents", json!({ "name": "x" })).await, 403, "FORBIDDEN");
    assert_refused(
        &here.owner.post("/billing/checkout", json!({ "pack": "pack_basic" })).await,
        503,
        "BETA_CHECKOUT_DISABLED",
    );
    assert_eq!(
        here.owner.post("/billing/checkout", json!({ "pack": "pack_basic" })).await.json()["error"],
        "beta_mode_active"
    );
    assert_refused(&here.owner.post("/billing/checkout", json!({ "pack": "sweets" })).await, 400, "VALIDATION_ERROR");
    assert_refused(&here.owner.get("/nothing").await, 404, "NOT_FOUND");
    let registry = here.rig.anonymous(BASE).get("/errors").await.expect(200).json();
    assert!(registry["errors"].as_array().is_some_and(|all| {
        all.iter()
            .any(|row| row["code"] == "BETA_CHECKOUT_DISABLED" && row["status"] == 503 && row["retryable"] == false)
    }));

    here.rig.advance(60_000);
    let asked = ask("sing", json!({}));
    for number in 1..=20 {
        let answer = agent.post("/tasks", asked.clone()).await;
        assert_refused(&answer, 400, "UNSUPPORTED_TASK_TYPE");
        assert_eq!(answer.header("x-ratelimit-remaining"), Some((60 - number).to_string().as_str()));
    }
    let over = agent.post("/tasks", asked).await;
    assert_refused(&over, 429, "RATE_LIMIT_EXCEEDED");
    assert!(over.header("x-ratelimit-reset").is_some());
    agent.get("/tasks").await.expect(200);
}
