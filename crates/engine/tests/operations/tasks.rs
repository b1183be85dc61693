//! Tasks: done at once and queued, paid for exactly when there is an output, cancelled, given up, found again.

use outrider_engine::error::Error;
use outrider_store::credits::{self, Totals};
use serde_json::{Value, json};

use super::sub_agents::{by_key, owner_key, sub_agent};
use crate::support::TestApp;

fn prospect() -> Value {
    json!({ "contactName": "Jane Smith", "contactRole": "VP of Sales", "company": "Acme Corp", "context": "Hiring 12 SDRs" })
}

fn submit(kind: &str, input: Value) -> Value {
    json!({ "task_type": kind, "input": input })
}

async fn conserved(app: &TestApp) {
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
}

async fn balance(app: &TestApp, key: &str, agent: i64) -> i64 {
    by_key(app, key, "get_sub_agent", json!({ "sub_agent": agent })).await.unwrap()["balance"].as_i64().unwrap()
}

#[tokio::test]
async fn every_skill_is_done_stored_and_paid_for_once() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1000 })).ok().await;
    let (agent, key) = sub_agent(&app, &owner, 55, 0).await;
    for skill in outrider_skills::SKILLS {
        let made = by_key(&app, &key, "submit_task", submit(skill.name, skill.example())).await.unwrap();
        let queued = made["status"] == "queued";
        assert_eq!(queued, skill.mode == outrider_skills::Mode::Async, "{}", skill.name);
        app.run_jobs().await;
        let task = by_key(&app, &key, "get_task", json!({ "task_id": made["id"] })).await.unwrap();
        assert_eq!(
            (task["status"].as_str(), task["credits"].as_i64()),
            (Some("completed"), Some(5)),
            "{}: {task}",
            skill.name
        );
        let mut output = task["output"].clone();
        assert_eq!(output.as_object_mut().unwrap().remove("engine"), Some(json!("built_in")));
        assert_eq!(skill.accept(&output), Ok(output.clone()), "{}", skill.name);
    }
    assert_eq!(balance(&app, &key, agent).await, 0);
    assert_eq!(
        by_key(&app, &key, "submit_task", submit("lead_scoring", prospect())).await,
        Err("insufficient_credits")
    );
    assert_eq!(
        by_key(&app, &key, "submit_task", submit("research", json!({ "name": "Jo Do" }))).await,
        Err("insufficient_credits")
    );
    let statistics = by_key(&app, &key, "get_task_statistics", json!({})).await.unwrap();
    assert_eq!(
        (statistics["totalTasks"].as_i64(), statistics["creditsSpent"].as_i64(), statistics["successRate"].as_i64()),
        (Some(11), Some(55), Some(100))
    );
    conserved(&app).await;
}

#[tokio::test]
async fn what_the_project_knows_is_in_the_text() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1000 })).ok().await;
    app.call(&owner, "update_profile", json!({ "valueProp": "I help CFOs close in 48 hours" })).ok().await;
    let asked = json!({ "name": "CFOs", "target_seniority": "C-level", "target_industry": "SaaS" });
    let icp = app.call(&owner, "create_icp", asked.clone()).ok().await;
    let listed = app.call(&owner, "list_icps", json!({})).ok().await["icps"][0].clone();
    for (name, value) in asked.as_object().unwrap() {
        assert_eq!((&icp[name], &listed[name]), (value, value), "it is read as it was written");
    }
    assert!(icp["created_at"].is_string() && !icp.to_string().contains("targetSeniority"), "{icp}");
    let company = app.call(&owner, "create_company", json!({ "name": "Acme Corp", "industry": "SaaS" })).ok().await;
    let lead = app
        .call(
            &owner,
            "create_lead",
            json!({ "name": "Jane Smith", "company": "Acme Corp", "company_id": company["id"], "role": "CFO" }),
        )
        .ok()
        .await;
    app.call(&owner, "record_signal", json!({ "lead_id": lead["id"], "name": "visited-pricing" })).ok().await;
    let mail = app
        .call(
            &owner,
            "submit_task",
            submit("personalized_email", json!({ "contactName": "Jane Smith", "company": "Acme Corp" })),
        )
        .ok()
        .await;
    assert!(mail["output"]["body"].as_str().unwrap().contains("I help CFOs close in 48 hours"), "{mail}");
    let score = app
        .call(
            &owner,
            "submit_task",
            submit("lead_scoring", json!({ "contactName": "Jane Smith", "company": "Acme Corp" })),
        )
        .ok()
        .await;
    assert_eq!(
        score["output"]["icpAlignment"],
        json!({ "industry": true, "seniority": true, "size": true }),
        "the profile asks for no size: {score}"
    );
    let found = app
        .call(&owner, "submit_task", submit("contact_lookup", json!({ "name": "jane smith", "company": "acme corp" })))
        .ok()
        .await;
    assert_eq!(
        (&found["output"]["found"], &found["output"]["role"], &found["output"]["signals"]),
        (&json!(true), &json!("CFO"), &json!(["visited pricing"]))
    );
    let stranger = crate::support::Caller::Operator(app.other);
    app.call(&stranger, "grant_credits", json!({ "amount": 10 })).ok().await;
    let other = app
        .call(
            &stranger,
            "submit_task",
            submit("contact_lookup", json!({ "name": "Jane Smith", "company": "Acme Corp" })),
        )
        .ok()
        .await;
    assert_eq!(other["output"]["found"], false, "another project's leads are not known");
}

#[tokio::test]
async fn a_batch_is_queued_whole_or_not_at_all() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 10_000 })).ok().await;
    let (agent, key) = sub_agent(&app, &owner, 500, 400).await;
    let contacts = |count: usize| -> Vec<Value> {
        (0..count).map(|number| json!({ "name": format!("Jane{number} Smith"), "company": "Acme" })).collect()
    };
    for count in [0, 101] {
        assert_eq!(
            by_key(&app, &key, "submit_batch", json!({ "contacts": contacts(count) })).await,
            Err("validation_error")
        );
    }
    let mut bad = contacts(3);
    bad[2] = json!({ "name": "No Company" });
    assert_eq!(by_key(&app, &key, "submit_batch", json!({ "contacts": bad })).await, Err("validation_error"));
    bad[2] = json!({ "name": "Jo Do", "company": "X", "taskType": "sing" });
    assert_eq!(by_key(&app, &key, "submit_batch", json!({ "contacts": bad })).await, Err("unsupported_task_type"));
    // What a skill lacks is said in the words of a contact, which has no domain and no topic.
    let person = app.owner().await;
    for (kind, field) in [("domain_to_company", "contacts[2].company"), ("thought_leadership", "contacts[2].context")] {
        bad[2] = json!({ "name": "Jo Do", "company": "X", "taskType": kind });
        app.call(&person, "submit_batch", json!({ "contacts": bad })).refused("validation_error", field).await;
    }
    let known =
        json!([{ "name": "Jo Do", "company": "Acme", "context": "CFO, acme.com", "taskType": "domain_to_company" }]);
    let preview = app.call(&person, "submit_batch", json!({ "contacts": known })).dry_run().ok().await;
    assert!(preview.to_string().contains("\"count\":1"), "{preview}");
    // 100 contacts cost 500: the purse covers them, the cap of 400 does not.
    assert_eq!(
        by_key(&app, &key, "submit_batch", json!({ "contacts": contacts(100) })).await,
        Err("insufficient_credits")
    );
    assert_eq!(by_key(&app, &key, "list_tasks", json!({})).await.unwrap()["total"], 0, "nothing of it was queued");
    assert_eq!(balance(&app, &key, agent).await, 500);

    let batch = by_key(&app, &key, "submit_batch", json!({ "contacts": contacts(80) })).await.unwrap();
    assert_eq!((batch["credits"].as_i64(), batch["balance"].as_i64()), (Some(400), Some(100)));
    let one = batch["tasks"][0]["id"].clone();
    let cancelled = by_key(&app, &key, "cancel_task", json!({ "task_id": one })).await.unwrap();
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(balance(&app, &key, agent).await, 105);
    assert_eq!(
        by_key(&app, &key, "submit_task", submit("lead_scoring", prospect())).await.map(|task| task["status"].clone()),
        Ok(json!("completed")),
        "the cap has room again"
    );
    app.run_jobs().await;
    let done = by_key(&app, &key, "list_tasks", json!({ "status": "completed", "limit": 200 })).await.unwrap();
    assert_eq!(done["total"], 80);
    assert_eq!(
        by_key(&app, &key, "cancel_task", json!({ "task_id": batch["tasks"][1]["id"] })).await,
        Err("wrong_state")
    );
    assert_eq!(by_key(&app, &key, "cancel_task", json!({ "task_id": one })).await, Err("wrong_state"));
    conserved(&app).await;
    let credits = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!((credits["spent"].as_i64(), credits["held"].as_i64()), (Some(400), Some(0)));
}

#[tokio::test]
async fn the_cap_begins_anew_with_the_month() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1000 })).ok().await;
    let (_, key) = sub_agent(&app, &owner, 100, 5).await;
    by_key(&app, &key, "submit_task", submit("lead_scoring", prospect())).await.unwrap();
    assert_eq!(
        by_key(&app, &key, "submit_task", submit("lead_scoring", prospect())).await,
        Err("insufficient_credits")
    );
    app.clock.advance(30 * 86_400_000);
    by_key(&app, &key, "submit_task", submit("lead_scoring", prospect())).await.unwrap();
}

#[tokio::test]
async fn a_dead_worker_leaves_the_task_to_another_and_it_is_paid_for_once() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    let task = app.call(&owner, "submit_task", submit("research", json!({ "name": "Jane Smith" }))).ok().await;
    // Claimed, and nobody is heard of again.
    assert_eq!(app.worker.claim(usize::MAX).await.unwrap().tasks.len(), 1);
    let app = app.restart().await;
    app.run_jobs().await;
    let seen = app.call(&owner, "get_task", json!({ "task_id": task["id"] })).ok().await;
    assert_eq!(seen["status"], "queued", "its lease still stands");
    app.clock.advance(outrider_engine::tasks::lease::LONGEST_MS);
    app.run_jobs().await;
    let seen = app.call(&owner, "get_task", json!({ "task_id": task["id"] })).ok().await;
    assert_eq!(seen["status"], "completed");
    let credits = app.call(&owner, "get_credits", json!({})).ok().await;
    assert_eq!(
        (credits["spent"].as_i64(), credits["held"].as_i64(), credits["credits_remaining"].as_i64()),
        (Some(5), Some(0), Some(0))
    );
    conserved(&app).await;
}

#[tokio::test]
async fn a_cancel_that_comes_while_a_worker_is_at_it_wins_or_loses_whole() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    let task = app.call(&owner, "submit_task", submit("research", json!({ "name": "Jane Smith" }))).ok().await;
    let round = app.worker.claim(usize::MAX).await.unwrap();
    app.call(&owner, "cancel_task", json!({ "task_id": task["id"] })).ok().await;
    app.worker.drive_tasks(round.tasks).await.unwrap();
    let seen = app.call(&owner, "get_task", json!({ "task_id": task["id"] })).ok().await;
    assert_eq!((&seen["status"], &seen["output"]), (&json!("cancelled"), &Value::Null));
    let credits = app.call(&owner, "get_credits", json!({})).ok().await;
    assert_eq!(
        (credits["spent"].as_i64(), credits["held"].as_i64(), credits["credits_remaining"].as_i64()),
        (Some(0), Some(0), Some(5))
    );
}

#[tokio::test]
async fn a_preview_says_the_price_and_takes_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5 })).ok().await;
    let preview = app.call(&owner, "submit_task", submit("lead_scoring", prospect())).dry_run().ok().await;
    assert!(preview.to_string().contains("\"credits\":5"), "{preview}");
    assert_eq!(app.call(&owner, "get_credits", json!({})).ok().await["credits_remaining"], 5);
    let estimate = app
        .call(&owner, "estimate_tasks", json!({ "tasks": [{ "taskType": "personalized_email" }, { "taskType": "lead_scoring", "inputPayload": {} }, { "taskType": "sing" }] }))
        .ok()
        .await;
    assert_eq!(
        (&estimate["wouldSucceed"], &estimate["totalCredits"], &estimate["balanceSource"]),
        (&json!(false), &json!(5), &json!("user"))
    );
    assert_eq!(estimate["perTask"][1]["valid"], false);
}

#[tokio::test]
async fn an_idempotency_key_asks_once() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let first = app.call(&owner, "submit_task", submit("lead_scoring", prospect())).idempotency_key("a").ok().await;
    let again = app.call(&owner, "submit_task", submit("lead_scoring", prospect())).idempotency_key("a").ok().await;
    assert_eq!(first, again);
    assert_eq!(app.call(&owner, "get_credits", json!({})).ok().await["spent"], 5);
}

#[tokio::test]
async fn tasks_are_found_by_what_they_are_about_and_only_by_their_own() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1000 })).ok().await;
    let (_, one) = sub_agent(&app, &owner, 50, 0).await;
    let (_, other) = sub_agent(&app, &owner, 50, 0).await;
    let task = by_key(&app, &one, "submit_task", submit("lead_scoring", prospect())).await.unwrap();
    let search = async |key: &str, text: &str| {
        by_key(&app, key, "list_tasks", json!({ "search": text })).await.unwrap()["total"].clone()
    };
    for (text, found) in [("JANE", 1), ("acme co", 1), ("bob", 0), ("%", 0), ("_", 0)] {
        assert_eq!(search(&one, text).await, found, "{text}");
    }
    assert_eq!((search(&other, "jane").await, search(&owner, "jane").await), (json!(0), json!(1)));
    for operation in ["get_task", "star_task", "cancel_task"] {
        assert_eq!(
            by_key(&app, &other, operation, json!({ "task_id": task["id"] })).await,
            Err("resource_not_found"),
            "{operation}"
        );
    }
    assert_eq!(by_key(&app, &one, "star_task", json!({ "task_id": task["id"] })).await.unwrap()["starred"], true);
    assert_eq!(by_key(&app, &one, "list_tasks", json!({ "starred": true })).await.unwrap()["total"], 1);
}

#[tokio::test]
async fn bad_tasks_are_refused_at_their_field() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    for (input, code, field) in [
        (submit("sing", json!({})), "unsupported_task_type", "task_type"),
        (submit("lead_scoring", json!({ "company": "Acme" })), "validation_error", "inputPayload.contactName"),
        (submit("lead_scoring", json!([])), "validation_error", "inputPayload"),
        (
            submit("lead_scoring", json!({ "contactName": "J S", "company": "A", "signals": "x" })),
            "validation_error",
            "inputPayload.signals",
        ),
        (submit("domain_to_company", json!({ "domain": "nodots" })), "validation_error", "inputPayload.domain"),
        (submit("outreach_generation", json!({ "leads": [] })), "validation_error", "inputPayload.leads"),
    ] {
        app.call(&owner, "submit_task", input.clone()).refused(code, field).await;
    }
    let mut elsewhere = submit("lead_scoring", prospect());
    elsewhere["campaign"] = json!(9);
    assert_eq!(app.call(&owner, "submit_task", elsewhere).fails().await.0, "resource_not_found");
    assert_eq!(app.call(&owner, "get_credits", json!({})).ok().await["credits_remaining"], 100);
}

#[tokio::test]
async fn a_workflow_runs_every_step_for_the_price_of_all() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 20 })).ok().await;
    let task = app.call(&owner, "submit_task", submit("prospect_and_outreach", prospect())).ok().await;
    assert_eq!((&task["status"], &task["credits"]), (&json!("queued"), &json!(20)));
    app.run_jobs().await;
    let done = app.call(&owner, "get_task", json!({ "task_id": task["id"] })).ok().await;
    for step in ["contact_lookup", "lead_scoring", "linkedin_message", "personalized_email"] {
        assert!(done["output"]["steps"][step].is_object(), "{step}: {done}");
    }
    assert_eq!(app.call(&owner, "get_credits", json!({})).ok().await["spent"], 20);
}

#[tokio::test]
async fn look_ups_read_leads_and_what_was_imported() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let company = json!({ "name": "Acme Corp", "domain": "acmecorp.com", "industries": ["B2B SaaS", "Software"], "employees_min": 51,
        "employees_max": 200, "city": "Berlin", "country": "Germany", "description": "Billing for usage.", "technologies": ["Snowflake"] });
    app.call(&app.operator(), "import_companies", json!({ "companies": [company] })).ok().await;
    let people = json!([{ "name": "Ada Lane", "role": "CFO", "email": "ada@acmecorp.com", "company": "Acme Corp", "domain": "acmecorp.com" }]);
    app.call(&app.operator(), "import_people", json!({ "people": people })).ok().await;
    let lead = json!({ "name": "Jane Smith", "email": "jane@acmecorp.com", "role": "VP of Sales", "company": "Acme" });
    app.call(&owner, "create_lead", lead).ok().await;

    let done =
        app.call(&owner, "submit_task", submit("domain_to_company", json!({ "domain": "acmecorp.com" }))).ok().await;
    let output = &done["output"];
    for (field, value) in [
        ("name", json!("Acme")),
        ("industry", json!("B2B SaaS")),
        ("size", json!("51-200")),
        ("location", json!("Berlin, Germany")),
        ("description", json!("Billing for usage.")),
        ("technologies", json!(["Snowflake"])),
    ] {
        assert_eq!(output[field], value, "{field}: {output}");
    }
    let named = output["people"].as_array().unwrap();
    assert!(named.contains(&json!("Ada Lane, CFO")) && named.contains(&json!("Jane Smith, VP of Sales")), "{output}");
    assert_eq!(output["sources"], json!(["your leads", "your imported companies"]));

    for (name, role) in [("Jane Smith", "VP of Sales"), ("ada  lane", "CFO")] {
        let asked = submit("contact_lookup", json!({ "name": name, "company": "acmecorp.com" }));
        let output = app.call(&owner, "submit_task", asked).ok().await["output"].clone();
        assert_eq!((&output["found"], &output["role"]), (&json!(true), &json!(role)), "{output}");
    }
    let elsewhere = submit("contact_lookup", json!({ "name": "Ada Lane", "company": "other.example" }));
    assert_eq!(app.call(&owner, "submit_task", elsewhere).ok().await["output"]["found"], false);
}
