//! Purses of people, and budgets that nest: whose credits are spent, what holds them, and where they go back to.

use std::sync::Arc;

use outrider_domain::time::DAY;
use outrider_engine::core::Settings;
use outrider_engine::error::Error;
use outrider_store::credits::{self, Totals};
use serde_json::{Value, json};

use super::sub_agents::{by_key, sub_agent};
use crate::support::{Caller, TestApp};
use crate::world::id_of;

async fn person(app: &TestApp, email: &str, role: &str) -> String {
    id_of(&app.call(&app.operator(), "create_user", json!({ "email": email, "role": role })).ok().await)
}

/// A key of Data Reaktor that may provision, of a person's.
async fn key_of(app: &TestApp, user: &str) -> String {
    let asked = json!({ "dialect": "reaktor", "can_provision": true, "user_id": user });
    app.call(&app.operator(), "create_key", asked).ok().await["secret"].as_str().unwrap().to_owned()
}

async fn budget(app: &TestApp, holder: &str) -> Value {
    let all = app.call(&app.operator(), "list_budgets", json!({})).ok().await;
    let found = all["budgets"].as_array().unwrap().iter().find(|budget| budget["holder"] == holder);
    found.cloned().unwrap_or_default()
}

async fn sound(app: &TestApp) {
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
    let shown = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    let part = |name: &str| shown[name].as_i64().unwrap();
    assert_eq!(
        part("granted"),
        part("credits_remaining") + part("in_purses") + part("held") + part("spent"),
        "{shown}"
    );
}

/// Costs five, and is done at once.
async fn score(app: &TestApp, key: &str) -> Result<Value, &'static str> {
    let input = json!({ "contactName": "Jane Smith", "company": "Acme Corp" });
    by_key(app, key, "submit_task", json!({ "task_type": "lead_scoring", "input": input })).await
}

/// Costs five, and waits for a worker.
async fn research(app: &TestApp, key: &str) -> Result<Value, &'static str> {
    by_key(app, key, "submit_task", json!({ "task_type": "research", "input": { "name": "Jane Smith" } })).await
}

#[tokio::test]
async fn a_person_spends_from_their_own_purse_and_gives_from_it_to_their_agents() {
    let app = TestApp::new().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let ann = person(&app, "ann@acme.example", "seller").await;
    let key = key_of(&app, &ann).await;
    score(&app, &key).await.unwrap();
    assert_eq!(budget(&app, "project").await["balance"], 95, "without a purse of her own she spends the project's");

    let moved = app.call(&app.operator(), "transfer_credits", json!({ "user_id": ann, "credits": 40 })).ok().await;
    assert_eq!(moved, json!({ "holder": ann, "credits_transferred": 40, "owner_balance": 55, "balance": 40 }));
    score(&app, &key).await.unwrap();
    let (id, agent) = sub_agent(&app, &key, 20, 0).await;
    assert_eq!(budget(&app, &ann).await["balance"], 15, "the agent's credits came from her purse");
    score(&app, &agent).await.unwrap();
    let own = budget(&app, &ann).await;
    assert_eq!((&own["balance"], &own["spent_this_month"]), (&json!(15), &json!(15)), "with the agent's five: {own}");
    assert_eq!(budget(&app, "project").await["balance"], 55);

    for (key, holders) in [(&agent, vec![format!("agent:{id}"), ann.clone(), "project".to_owned()]), (&key, vec![])] {
        let seen = by_key(&app, key, "list_budgets", json!({})).await.unwrap();
        let seen: Vec<&str> =
            seen["budgets"].as_array().unwrap().iter().map(|one| one["holder"].as_str().unwrap()).collect();
        assert!(holders.iter().all(|holder| seen.contains(&holder.as_str())), "{seen:?}");
    }

    let queued = research(&app, &agent).await.unwrap();
    let gone = by_key(&app, &key, "revoke_sub_agent", json!({ "sub_agent": id })).await.unwrap();
    assert_eq!(gone["credits_returned"], 10);
    assert_eq!(budget(&app, &ann).await["balance"], 25, "back to whom they came from");
    by_key(&app, &key, "cancel_task", json!({ "task_id": queued["id"] })).await.unwrap();
    let own = budget(&app, &ann).await;
    assert_eq!(
        (&own["balance"], &own["spent_this_month"]),
        (&json!(30), &json!(15)),
        "and so what is given back: {own}"
    );

    let queued = research(&app, &key).await.unwrap();
    app.call(&app.operator(), "remove_user", json!({ "user_id": ann })).ok().await;
    assert_eq!(budget(&app, &ann).await, Value::Null);
    assert_eq!(budget(&app, "project").await["balance"], 80, "what she had is the project's");
    app.call(&app.operator(), "cancel_task", json!({ "task_id": queued["id"] })).ok().await;
    assert_eq!(budget(&app, "project").await["balance"], 85, "what is given back later too");
    sound(&app).await;
}

#[tokio::test]
async fn the_tightest_cap_of_agent_person_and_project_holds_until_the_month_ends() {
    let app = TestApp::new().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1_000 })).ok().await;
    let (ann, bob) =
        (person(&app, "ann@acme.example", "seller").await, person(&app, "bob@acme.example", "seller").await);
    let (anns, bobs) = (key_of(&app, &ann).await, key_of(&app, &bob).await);
    let (id, agent) = sub_agent(&app, &anns, 0, 10).await;
    app.call(&app.operator(), "transfer_credits", json!({ "sub_agent": id, "credits": 100 })).ok().await;
    for (holder, cap) in [("project", 25), (&ann, 15)] {
        app.call(&app.operator(), "set_budget", json!({ "holder": holder, "monthly_cap": cap })).ok().await;
    }
    let refused = async |key: &str, whose: &str| {
        let asked = json!({ "tasks": [{ "taskType": "lead_scoring" }] });
        let estimate = by_key(&app, key, "estimate_tasks", asked).await.unwrap();
        assert_eq!(estimate["wouldSucceed"], false, "{whose}");
        assert_eq!(score(&app, key).await, Err("insufficient_credits"), "{whose}");
        assert_eq!(research(&app, key).await, Err("insufficient_credits"), "{whose}");
    };
    score(&app, &agent).await.unwrap();
    let queued = research(&app, &agent).await.unwrap();
    refused(&agent, "the agent's cap is reached").await;
    score(&app, &anns).await.unwrap();
    refused(&anns, "the agent's ten and her five are her fifteen").await;
    score(&app, &bobs).await.unwrap();
    score(&app, &bobs).await.unwrap();
    refused(&bobs, "all twenty-five of the project's are gone").await;

    by_key(&app, &anns, "cancel_task", json!({ "task_id": queued["id"] })).await.unwrap();
    for (holder, left) in [("project", 5), (&ann, 5), (&format!("agent:{id}"), 5)] {
        assert_eq!(budget(&app, holder).await["left_this_month"], left, "{holder}: a refund counts for every budget");
    }
    score(&app, &bobs).await.unwrap();
    refused(&agent, "its own cap has room and the project's has none").await;

    app.clock.advance(31 * DAY);
    score(&app, &agent).await.unwrap();
    assert_eq!(budget(&app, "project").await["spent_this_month"], 5);
    sound(&app).await;
}

#[tokio::test]
async fn the_projects_cap_holds_mails_until_it_is_raised_or_a_month_begins() {
    let app = TestApp::with(Settings { email_price: 1, ..Settings::default() }).await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    app.call(&app.operator(), "set_budget", json!({ "holder": "project", "monthly_cap": 1 })).ok().await;
    app.call(&owner, "update_project", json!({ "project_id": app.main, "autonomy": "alone" })).ok().await;
    app.call(&owner, "create_identity", json!({ "email": "sales@sender.test", "gap": "0" })).ok().await;
    let mut leads = Vec::new();
    for name in ["ada", "bea", "cid"] {
        let lead = json!({ "first_name": name, "email": format!("{name}@lead.example") });
        leads.push(id_of(&app.call(&owner, "create_lead", lead).ok().await));
    }
    let definition = json!({ "steps": [{ "key": "one", "subject": "Hello", "text": "How are you?" }] });
    let made = app.call(&owner, "create_sequence", json!({ "name": "intro", "definition": definition })).ok().await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": id_of(&made), "lead_ids": leads })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    app.call(&app.operator(), "set_budget", json!({ "holder": "project", "monthly_cap": 2 })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2, "a higher cap lets the next go");
    app.clock.advance(10 * DAY);
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2, "the month goes on");
    app.clock.advance(20 * DAY);
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 3, "December has credits of its own");
    assert_eq!(budget(&app, "project").await["spent_this_month"], 1);
    sound(&app).await;
}

#[tokio::test]
async fn only_people_who_run_the_project_say_what_others_may_spend() {
    let app = TestApp::new().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let ann = person(&app, "ann@acme.example", "seller").await;
    let key = key_of(&app, &ann).await;
    let (id, agent) = sub_agent(&app, &key, 0, 0).await;
    for key in [&key, &agent] {
        for (operation, input) in [
            ("set_budget", json!({ "holder": "project", "monthly_cap": 0 })),
            ("transfer_credits", json!({ "user_id": ann, "credits": 1 })),
        ] {
            assert_eq!(by_key(&app, key, operation, input).await, Err("insufficient_scope"), "{operation}");
        }
    }
    let set = |holder: &str, more: Value| {
        let mut input = json!({ "holder": holder });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.call(&app.operator(), "set_budget", input)
    };
    for holder in ["nobody", "available", "agent:0", "agent:x", "held"] {
        set(holder, json!({ "monthly_cap": 5 })).refused("validation_error", "holder").await;
    }
    let stranger = person_of(&app, &Caller::Operator(app.other)).await;
    for holder in ["agent:99", &stranger] {
        set(holder, json!({ "monthly_cap": 5 })).refused("resource_not_found", "holder").await;
    }
    for holder in ["project", &format!("agent:{id}")] {
        set(holder, json!({ "own_purse": true })).refused("wrong_state", "own_purse").await;
    }
    set(&ann, json!({ "monthly_cap": -1 })).refused("validation_error", "monthly_cap").await;
    let both = json!({ "user_id": ann, "sub_agent": id, "credits": 1 });
    app.call(&app.operator(), "transfer_credits", both).refused("validation_error", "sub_agent").await;
    let theirs = json!({ "user_id": stranger, "credits": 1 });
    app.call(&app.operator(), "transfer_credits", theirs).refused("resource_not_found", "user_id").await;
    let much = json!({ "user_id": ann, "credits": 101 });
    assert_eq!(app.call(&app.operator(), "transfer_credits", much).fails().await.0, "insufficient_credits");
    assert_ne!(budget(&app, &ann).await["own_purse"], true, "a refused transfer opens no purse");

    app.call(&app.operator(), "transfer_credits", json!({ "user_id": ann, "credits": 30 })).ok().await;
    let queued = research(&app, &key).await.unwrap();
    assert_eq!(set(&ann, json!({ "own_purse": false })).ok().await["own_purse"], false);
    by_key(&app, &key, "cancel_task", json!({ "task_id": queued["id"] })).await.unwrap();
    assert_eq!(budget(&app, "project").await["balance"], 100, "a purse that is taken away leaves nothing behind");
    sound(&app).await;
}

async fn person_of(app: &TestApp, caller: &Caller) -> String {
    id_of(&app.call(caller, "create_user", json!({ "email": "eve@other.example", "role": "seller" })).ok().await)
}

async fn by(app: &TestApp, caller: &Caller, operation: &str, input: Value) -> Result<(), &'static str> {
    app.call(caller, operation, input).send().await.map(drop).map_err(|error| error.code.name)
}

/// Makes a sub-agent, gives it credits, and revokes it with a task of its own still queued.
async fn hire_and_fire(app: &TestApp, key: &str) -> Result<(), &'static str> {
    let made = by_key(app, key, "create_sub_agent", json!({ "name": "Worker" })).await?;
    let agent = json!(made["id"]);
    let given = by_key(app, key, "transfer_credits", json!({ "sub_agent": agent, "credits": 10 })).await;
    let task = research(app, made["api_key"].as_str().unwrap()).await;
    by_key(app, key, "revoke_sub_agent", json!({ "sub_agent": agent })).await?;
    if let Ok(task) = &task {
        by_key(app, key, "cancel_task", json!({ "task_id": task["id"] })).await?;
    }
    given.map(drop)
}

/// What many do at once to one person's purse: spend from it, fill it, take it away, give from it, and give back to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purse_that_is_filled_emptied_and_spent_from_at_once_loses_nothing() {
    let app = Arc::new(TestApp::new().await);
    app.call(&app.operator(), "grant_credits", json!({ "amount": 5_000 })).ok().await;
    let ann = person(&app, "ann@acme.example", "seller").await;
    let key = key_of(&app, &ann).await;
    app.call(&app.operator(), "transfer_credits", json!({ "user_id": ann, "credits": 100 })).ok().await;
    let clients: Vec<_> = (0..12)
        .map(|client| {
            let (app, ann, key) = (Arc::clone(&app), ann.clone(), key.clone());
            tokio::spawn(async move {
                for round in 0..6 {
                    let operator = app.operator();
                    let outcome = match client % 6 {
                        0 => score(&app, &key).await.map(drop),
                        1 => match research(&app, &key).await {
                            Ok(task) => {
                                by_key(&app, &key, "cancel_task", json!({ "task_id": task["id"] })).await.map(drop)
                            }
                            Err(code) => Err(code),
                        },
                        2 => by(&app, &operator, "transfer_credits", json!({ "user_id": ann, "credits": 30 })).await,
                        3 => {
                            by(&app, &operator, "set_budget", json!({ "holder": ann, "own_purse": round % 2 == 0 }))
                                .await
                        }
                        4 => {
                            by(&app, &operator, "set_budget", json!({ "holder": ann, "monthly_cap": 40 + 40 * round }))
                                .await
                        }
                        _ => hire_and_fire(&app, &key).await,
                    };
                    assert!(matches!(outcome, Ok(()) | Err("insufficient_credits" | "rate_limited")), "{outcome:?}");
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    sound(&app).await;
    app.call(&app.operator(), "remove_user", json!({ "user_id": ann })).ok().await;
    app.run_jobs().await;
    sound(&app).await;
    let shown = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    assert_eq!((&shown["in_purses"], &shown["held"]), (&json!(0), &json!(0)), "{shown}");
}

#[tokio::test]
async fn a_seller_reaches_no_ones_sub_agents_and_no_ones_credits_but_their_own() {
    let app = TestApp::new().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 1_000 })).ok().await;
    let (ann, bob) =
        (person(&app, "ann@acme.example", "seller").await, person(&app, "bob@acme.example", "seller").await);
    let (anns, bobs) = (key_of(&app, &ann).await, key_of(&app, &bob).await);
    let projects = super::sub_agents::owner_key(&app).await;
    let (of_project, _) = sub_agent(&app, &projects, 50, 0).await;
    app.call(&app.operator(), "transfer_credits", json!({ "user_id": ann, "credits": 100 })).ok().await;
    let (of_ann, _) = sub_agent(&app, &anns, 10, 0).await;

    let given = by_key(&app, &bobs, "transfer_credits", json!({ "sub_agent": of_ann, "credits": 1 })).await;
    assert_eq!(given, Err("agent_not_owned"));
    let (of_bob, _) = sub_agent(&app, &bobs, 0, 0).await;
    let given = by_key(&app, &bobs, "transfer_credits", json!({ "sub_agent": of_bob, "credits": 1 })).await;
    assert_eq!(
        given,
        Err("insufficient_credits"),
        "without a purse there is nothing to give, and the project's is not his"
    );
    for number in [of_project, of_bob] {
        for operation in ["get_sub_agent", "rotate_sub_agent_key", "revoke_sub_agent"] {
            let tried = by_key(&app, &anns, operation, json!({ "sub_agent": number })).await;
            assert_eq!(tried, Err("resource_not_found"), "{operation} of {number}");
        }
    }
    let seen = by_key(&app, &anns, "list_sub_agents", json!({})).await.unwrap();
    let seen: Vec<i64> =
        seen["sub_agents"].as_array().unwrap().iter().map(|agent| agent["id"].as_i64().unwrap()).collect();
    assert!(seen.contains(&of_ann) && !seen.contains(&of_bob) && !seen.contains(&of_project), "{seen:?}");

    app.call(&app.operator(), "transfer_credits", json!({ "sub_agent": of_ann, "credits": 5 })).ok().await;
    app.call(&app.operator(), "remove_user", json!({ "user_id": ann })).ok().await;
    let gone = app.call(&app.operator(), "transfer_credits", json!({ "sub_agent": of_ann, "credits": 1 }));
    assert_eq!(gone.fails().await.0, "agent_not_owned", "her agents went with her");
    assert_eq!(budget(&app, "project").await["balance"], 950);
    sound(&app).await;
}

#[tokio::test]
async fn a_sub_agent_that_makes_others_stays_within_its_own_cap() {
    let app = TestApp::new().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 100 })).ok().await;
    let owner = super::sub_agents::owner_key(&app).await;
    let (id, key) = sub_agent(&app, &owner, 0, 10).await;
    app.call(&app.operator(), "update_sub_agent", json!({ "sub_agent": id, "can_provision": true })).ok().await;
    let (child, childs) = sub_agent(&app, &key, 50, 0).await;
    score(&app, &childs).await.unwrap();
    score(&app, &childs).await.unwrap();
    assert_eq!(score(&app, &childs).await, Err("insufficient_credits"), "its maker's cap is reached");
    assert_eq!(budget(&app, &format!("agent:{id}")).await["spent_this_month"], 10);
    assert_eq!(budget(&app, &format!("agent:{child}")).await["balance"], 40, "paid from its own purse");
    by_key(&app, &owner, "revoke_sub_agent", json!({ "sub_agent": id })).await.unwrap();
    score(&app, &childs).await.expect("a maker that is gone holds nobody up");
    sound(&app).await;
}

#[tokio::test]
async fn credits_that_come_back_to_the_project_let_what_waited_go() {
    let app = TestApp::with(Settings { email_price: 1, ..Settings::default() }).await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 10 })).ok().await;
    let ann = person(&app, "ann@acme.example", "seller").await;
    app.call(&app.operator(), "transfer_credits", json!({ "user_id": ann, "credits": 10 })).ok().await;
    app.call(&owner, "update_project", json!({ "project_id": app.main, "autonomy": "alone" })).ok().await;
    app.call(&owner, "create_identity", json!({ "email": "sales@sender.test", "gap": "0" })).ok().await;
    let lead =
        id_of(&app.call(&owner, "create_lead", json!({ "name": "Ada", "email": "ada@lead.example" })).ok().await);
    let definition = json!({ "steps": [{ "key": "one", "subject": "Hello", "text": "How are you?" }] });
    let made = app.call(&owner, "create_sequence", json!({ "name": "intro", "definition": definition })).ok().await;
    app.call(&owner, "enroll_leads", json!({ "sequence_id": id_of(&made), "lead_ids": [lead] })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 0, "the project has nothing left");
    app.call(&app.operator(), "set_budget", json!({ "holder": ann, "own_purse": false })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    sound(&app).await;
}
