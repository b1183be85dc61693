//! Agents that follow a playbook, through the pipeline: what they propose, who decides, what leaves, and what bad input gets.

use outrider_domain::time::{DAY, HOUR, MINUTE};
use serde_json::{Value, json};

use crate::channels::reply;
use crate::support::{Caller, TestApp};
use crate::world::id_of;

/// A project with a sender and leads; gives their ids.
pub(crate) async fn leads(app: &TestApp, owner: &Caller, count: usize) -> Vec<String> {
    app.call(owner, "create_identity", json!({ "email": "sales@sender.test", "name": "Ada", "gap": "0" })).ok().await;
    let mut ids = Vec::new();
    for number in 0..count {
        let lead = json!({ "first_name": format!("Jo{number}"), "last_name": "Doe", "email": format!("jo{number}@firm{number}.example"), "company": "Acme", "linkedin_url": "https://linkedin.example/jo", "phone": format!("+14155550{number:03}") });
        ids.push(id_of(&app.call(owner, "create_lead", lead).ok().await));
    }
    ids
}

/// An agent with this playbook part.
pub(crate) async fn agent(app: &TestApp, owner: &Caller, autonomy: &str, playbook: Value) -> String {
    let input = json!({ "name": "Scout", "type": "outbound", "autonomy": autonomy, "playbook": playbook });
    id_of(&app.call(owner, "create_agent", input).ok().await)
}

pub(crate) async fn run(app: &TestApp, owner: &Caller, id: &str) -> Value {
    app.call(owner, "get_run", json!({ "run_id": id, "contacts": 1000 })).ok().await
}

/// Steps with their status and their action's state, for one contact of a run.
fn steps(run: &Value, contact: usize) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    run["run_contacts"][contact]["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["step"]), text(&one["status"]), text(&one["action"]["state"])))
        .collect()
}

fn step(name: &str, status: &str, state: &str) -> (String, String, String) {
    (name.to_owned(), status.to_owned(), state.to_owned())
}

async fn approve(app: &TestApp, run: &Value, position: usize) -> Value {
    let contact = &run["run_contacts"][0];
    let digest = &contact["decisions"][position]["action"]["digest"];
    let input = json!({ "run_id": run["id"], "lead_id": contact["lead_id"], "position": position, "digest": digest });
    app.call(&app.owner().await, "approve_run_action", input).ok().await
}

#[tokio::test]
async fn a_playbook_is_followed_to_its_end_with_a_persons_yes_at_each_step() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let agent = agent(&app, &owner, "ask", json!({ "template": "cold_outreach", "enabled": true })).await;
    let started = app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await;
    assert_eq!(started["status"], "queued");
    let id = id_of(&started);
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty(), "nothing leaves without a yes");
    let now = run(&app, &owner, &id).await;
    assert_eq!((now["status"].as_str(), now["open_contacts"].as_i64()), (Some("waiting"), Some(1)));
    let planned = [
        step("intro", "proposed", "pending_approval"),
        step("stage", "proposed", "pending_approval"),
        step("follow-up", "planned", "-"),
        step("give-up", "planned", "-"),
    ];
    assert_eq!(steps(&now, 0), planned);
    let contact = &now["run_contacts"][0];
    assert_eq!((&contact["email"], &contact["company"]), (&json!("jo0@firm0.example"), &json!("Acme")));
    let intro = &contact["decisions"][0];
    assert_eq!(intro["reason"], "the contact is new and was never written to");
    assert!(intro["facts"].as_array().unwrap().iter().any(|fact| fact["found"] == "Acme"), "{intro}");
    assert!(intro["action"]["message"]["text"].as_str().unwrap().starts_with("Hi Jo0,"), "{intro}");

    let queue = app.call(&owner, "list_approvals", json!({ "agent_id": agent })).ok().await;
    assert_eq!(queue["items"].as_array().unwrap().len(), 2);
    assert_eq!(queue["items"][1]["lead_name"], "Jo0 Doe");
    assert_eq!(queue["items"][1]["agent_name"], "Scout");
    assert_eq!(queue["items"][1]["grounds"]["run_id"], json!(id));

    approve(&app, &now, 0).await;
    approve(&app, &now, 1).await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    assert_eq!(app.call(&owner, "get_lead", json!({ "lead_id": leads[0] })).ok().await["stage"], "in_progress");
    let later = run(&app, &owner, &id).await;
    assert_eq!(later["run_contacts"][0]["status"], "waiting");

    app.clock.advance(4 * DAY);
    app.run_jobs().await;
    let later = run(&app, &owner, &id).await;
    assert_eq!(
        steps(&later, 0)[2],
        step("follow-up", "proposed", "pending_approval"),
        "its place is the one announced"
    );
    approve(&app, &later, 2).await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2);
    app.clock.advance(7 * DAY);
    app.run_jobs().await;
    approve(&app, &run(&app, &owner, &id).await, 3).await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!((ended["status"].as_str(), ended["open_contacts"].as_i64()), (Some("completed"), Some(0)), "{ended}");
    let notes = app.call(&owner, "list_lead_notes", json!({ "lead_id": leads[0] })).ok().await;
    assert!(notes["items"][0]["text"].as_str().unwrap().starts_with("Two mails"), "{notes}");
    assert_eq!(app.mailer.mails().len(), 2, "each mail once");
}

#[tokio::test]
async fn a_reply_ends_what_was_still_to_come() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let agent = agent(&app, &owner, "alone", json!({ "template": "cold_outreach", "enabled": true })).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    app.clock.advance(HOUR);
    reply(&app, "Who are you?").await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(ended["run_contacts"][0]["status"], "cancelled");
    assert_eq!(ended["run_contacts"][0]["reason"], "lead_replied");
    assert_eq!(steps(&ended, 0)[2].1, "cancelled");
    assert_eq!(ended["status"], "completed", "at once, and not when the next step would have been due");
    app.clock.advance(4 * DAY);
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
}

#[tokio::test]
async fn a_reply_takes_back_what_waits_for_a_yes() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let playbook = json!({ "enabled": true, "structure": { "steps": [
        { "key": "hello", "kind": "email", "subject": "Hello", "text": "Hi" },
        { "key": "again", "kind": "email", "after": "1d", "subject": "Again", "text": "Hi" },
        { "key": "look", "kind": "note", "text": "Look at the site" },
    ] } });
    let agent = agent(&app, &owner, "ask", playbook).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    approve(&app, &run(&app, &owner, &id).await, 0).await;
    app.run_jobs().await;
    app.clock.advance(DAY);
    app.run_jobs().await;
    let waits = |name| step(name, "proposed", "pending_approval");
    assert_eq!(steps(&run(&app, &owner, &id).await, 0)[1..], [waits("again"), waits("look")]);
    reply(&app, "Who are you?").await;
    let now = run(&app, &owner, &id).await;
    let refused = step("again", "proposed", "refused");
    assert_eq!(steps(&now, 0)[1..], [refused.clone(), waits("look")], "the note reaches nobody");
    let look = &now["run_contacts"][0]["decisions"][1]["action"];
    assert_eq!(look["reason"], "lead_replied", "{look}");
    approve(&app, &now, 2).await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(steps(&ended, 0)[1..], [refused, step("look", "proposed", "delivered")]);
    assert_eq!((ended["status"].as_str(), app.mailer.mails().len()), (Some("completed"), 1));
}

#[tokio::test]
async fn a_reply_ends_the_wait_for_steps_that_are_for_those_who_reply() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let playbook = |condition: &str| {
        json!({ "enabled": true, "structure": { "stop_on": [], "steps": [
            { "key": "hello", "kind": "email", "subject": "Hello", "text": "Hi" },
            { "key": "answer", "kind": "task", "after": "3d", "when": condition, "title": "Answer {{ first_name }}" },
            { "key": "chase", "kind": "email", "when": "not event email.replied", "subject": "Still there?", "text": "Hi" },
            { "key": "later", "kind": "note", "after": "30d", "text": "x" },
        ] } })
    };
    for (condition, at_once) in [("event email.replied", true), ("has replied_at", true), ("has email", false)] {
        let agent = agent(&app, &owner, "alone", playbook(condition)).await;
        let input = json!({ "agent_id": agent, "lead_ids": leads });
        let id = id_of(&app.call(&owner, "trigger_agent", input).ok().await);
        app.run_jobs().await;
        app.clock.advance(HOUR);
        reply(&app, "Who are you?").await;
        app.run_jobs().await;
        let now = run(&app, &owner, &id).await;
        let answer = steps(&now, 0)[1].2.clone();
        assert_eq!(answer == "delivered", at_once, "{condition}: {answer}");
        if at_once {
            assert_eq!(steps(&now, 0)[2].1, "skipped");
            let tasks = app.call(&owner, "list_person_tasks", json!({ "status": "open" })).ok().await;
            assert!(tasks.to_string().contains("Answer Jo0"), "{tasks}");
        }
        assert_eq!(steps(&now, 0)[3].1, "planned", "what comes after it waits as long as ever");
        app.call(&owner, "cancel_run", json!({ "run_id": id })).ok().await;
        app.run_jobs().await;
        app.clock.advance(DAY);
    }
}

#[tokio::test]
async fn a_scheduled_agent_works_by_itself_and_takes_nobody_up_twice() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    leads(&app, &owner, 5).await;
    app.call(&owner, "create_lead", json!({ "name": "No address" })).ok().await;
    let monitoring =
        json!({ "filter": "stage = new and has email", "schedule_cron": "0 12 * * *", "max_contacts_per_run": 3 });
    let text = "# Hello\n\n## Steps\n\n### hello: email\n- subject: Hello {{ first_name }}\n\nHow are you?\n";
    let made = json!({ "playbook_md": text, "monitoring": monitoring, "enabled": true });
    let agent = agent(&app, &owner, "alone", made).await;
    let shown = app.call(&owner, "get_agent", json!({ "agent_id": agent })).ok().await;
    assert_eq!(shown["playbook"]["next_run_at"], "2026-11-02T12:00:00.000Z");
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty(), "not before its time");
    for (days, expected) in [(0, 3), (1, 5), (2, 5)] {
        app.clock.advance(if days == 0 { 2 * HOUR } else { DAY });
        app.run_jobs().await;
        assert_eq!(app.mailer.mails().len(), expected, "after {days} days");
    }
    let mut to: Vec<String> = app.mailer.mails().iter().map(|mail| mail.to.to_string()).collect();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 5, "everybody once");
    let runs = app.call(&owner, "list_runs", json!({ "agent_id": agent })).ok().await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 2, "when nobody was left, there was no run");
    let completed = app.call(&owner, "list_runs", json!({ "status": "completed" })).ok().await;
    assert_eq!(completed["items"].as_array().unwrap().len(), 2);
    // Switched off, it stays off.
    app.call(&owner, "update_agent", json!({ "agent_id": agent, "playbook": { "enabled": false } })).ok().await;
    app.clock.advance(DAY);
    app.run_jobs().await;
    assert_eq!(app.call(&owner, "list_runs", json!({})).ok().await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_contact_comes_again_after_its_time_or_when_somebody_says_so() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let text = "## Steps\n\n### hello: email\n- subject: Hello\n\nHow are you?\n";
    let part = json!({ "playbook_md": text, "enabled": true, "monitoring": { "filter": "all" } });
    let agent = agent(&app, &owner, "alone", part).await;
    let trigger = |input: Value| {
        let mut whole = json!({ "agent_id": agent, "lead_ids": leads });
        whole.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        let request = app.call(&owner, "trigger_agent", whole);
        async move { id_of(&request.ok().await) }
    };
    trigger(json!({})).await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    let second = trigger(json!({})).await;
    app.run_jobs().await;
    let second = run(&app, &owner, &second).await;
    assert_eq!(second["run_contacts"][0]["status"], "skipped");
    assert_eq!(second["run_contacts"][0]["reason"], "taken_up_before");
    assert_eq!((second["status"].as_str(), app.mailer.mails().len()), (Some("completed"), 1), "a retry writes nothing");
    trigger(json!({ "again": true })).await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2);
    let monitoring = json!({ "filter": "all", "repeat_after": "10d" });
    app.call(&owner, "update_agent", json!({ "agent_id": agent, "playbook": { "monitoring": monitoring } })).ok().await;
    trigger(json!({})).await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2);
    app.clock.advance(11 * DAY);
    trigger(json!({})).await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 3);
}

#[tokio::test]
async fn a_signal_starts_the_agents_that_wait_for_it() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 2).await;
    agent(&app, &owner, "alone", json!({ "template": "pricing_visitor_followup", "enabled": true })).await;
    app.call(&owner, "record_signal", json!({ "lead_id": leads[0], "name": "blog" })).ok().await;
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty());
    app.call(
        &owner,
        "record_signal",
        json!({ "lead_id": leads[0], "name": "pricing_page", "data": { "url": "/pricing" } }),
    )
    .ok()
    .await;
    app.run_jobs().await;
    let mails = app.mailer.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.to_string(), "jo0@firm0.example");
    // The same again is the same visit.
    app.call(&owner, "record_signal", json!({ "lead_id": leads[0], "name": "pricing_page" })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    app.clock.advance(2 * DAY + MINUTE);
    app.run_jobs().await;
    let tasks = app.call(&owner, "list_person_tasks", json!({ "status": "open" })).ok().await;
    assert_eq!(tasks["items"][0]["title"], "Call Jo0 Doe about the plans", "{tasks}");
    let task = id_of(&tasks["items"][0]);
    app.call(&owner, "complete_person_task", json!({ "person_task_id": task })).ok().await;
    assert_eq!(
        app.call(&owner, "complete_person_task", json!({ "person_task_id": task })).fails().await.0,
        "wrong_state"
    );
}

#[tokio::test]
async fn every_kind_of_act_is_done_inside_and_shown() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let text = "## Steps\n\n### n: note\n\nSeen {{ first_name }}\n\n### t: task\n- title: Call {{ name }}\n\n### u: update\n- set: custom.tier = {{ company }}\n- set: custom.score = 7\n- set: role = Chief\n\n### s: stage\n- stage: in_progress\n\n### l: linkedin\n\nHello {{ first_name }}\n\n### c: call\n\nAsk how it goes\n\n### e: escalate\n- title: Help with {{ name }}\n\n### x: note\n- when: stage = converted\n\nNever\n";
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": text, "enabled": true })).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    let expected: Vec<_> = ["n", "t", "u", "s", "l", "c", "e"].map(|name| step(name, "proposed", "delivered")).into();
    assert_eq!(steps(&ended, 0)[..7], expected[..], "{ended}");
    assert_eq!(steps(&ended, 0)[7], step("x", "skipped", "-"));
    assert_eq!(ended["status"], "completed");
    let lead = app.call(&owner, "get_lead", json!({ "lead_id": leads[0] })).ok().await;
    assert_eq!((&lead["stage"], &lead["role"]), (&json!("in_progress"), &json!("Chief")));
    assert_eq!(lead["custom_fields"], json!({ "tier": "Acme", "score": 7 }));
    let tasks = app.call(&owner, "list_person_tasks", json!({})).ok().await;
    let mut kinds: Vec<(&str, &str)> = tasks["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| (task["kind"].as_str().unwrap(), task["link"].as_str().unwrap_or("-")))
        .collect();
    kinds.sort_unstable();
    let wanted =
        [("call", "+14155550000"), ("escalation", "-"), ("linkedin", "https://linkedin.example/jo"), ("task", "-")];
    assert_eq!(kinds, wanted);
    assert!(app.events().await.contains(&"lead.escalated".to_owned()));
    assert!(app.mailer.mails().is_empty());
}

#[tokio::test]
async fn an_opt_out_and_the_kill_switch_hold_for_what_playbooks_propose() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 2).await;
    let text = "## Steps\n\n### m: email\n- subject: Hi\n\nHello\n\n### l: linkedin\n\nHello\n\n### n: note\n\nNoted\n";
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": text, "enabled": true })).await;
    app.call(&owner, "update_lead", json!({ "lead_id": leads[0], "outreach_disabled": true })).ok().await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.call(&owner, "engage_kill_switch", json!({ "reason": "stop" })).ok().await;
    app.run_jobs().await;
    let now = run(&app, &owner, &id).await;
    assert_eq!(steps(&now, 0)[0].2, "refused", "the one who opted out");
    assert_eq!(steps(&now, 0)[1].2, "refused");
    assert_eq!(
        steps(&now, 1).iter().map(|one| one.2.as_str()).collect::<Vec<_>>(),
        ["scheduled", "scheduled", "delivered"]
    );
    assert!(app.mailer.mails().is_empty());
    app.call(&owner, "release_kill_switch", json!({})).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    assert_eq!(app.mailer.mails()[0].to.to_string(), "jo1@firm1.example");
}

#[tokio::test]
async fn what_an_agent_lacks_or_can_not_follow_is_said() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let part = json!({ "template": "cold_outreach", "capabilities": ["email"], "enabled": true });
    let first = agent(&app, &owner, "alone", part).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": first, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    let now = run(&app, &owner, &id).await;
    assert_eq!(steps(&now, 0)[1], step("stage", "skipped", "-"));
    assert!(now["run_contacts"][0]["decisions"][1]["reason"].as_str().unwrap().contains("capability crm_sync"));
    let prose =
        agent(&app, &owner, "ask", json!({ "playbook_md": "# Be kind\n\nAsk how they are.", "enabled": true })).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": prose, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    let now = run(&app, &owner, &id).await;
    assert_eq!(steps(&now, 0), [step("by-hand", "proposed", "delivered")]);
    let tasks = app.call(&owner, "list_person_tasks", json!({})).ok().await;
    assert_eq!(tasks["items"][0]["title"], "Follow the playbook of Scout for Jo0 Doe");
}

#[tokio::test]
async fn bad_playbooks_are_refused_at_the_field_with_the_place() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for (part, code, field) in [
        (json!({ "template": "hot_outreach" }), "validation_error", "playbook.template"),
        (json!({ "playbook_md": "  " }), "validation_error", "playbook.playbook_md"),
        (json!({ "playbook_md": "## Steps\n\n### a: fax\n\nx" }), "validation_error", "playbook.playbook_md"),
        (
            json!({ "structure": { "steps": [{ "key": "a", "kind": "note" }] } }),
            "validation_error",
            "playbook.structure.steps[0].text",
        ),
        (
            json!({ "structure": { "steps": [{ "key": "a", "kind": "sms", "text": "x".repeat(1_601) }] } }),
            "validation_error",
            "playbook.structure.steps[0].text",
        ),
        (
            json!({ "structure": { "steps": [{ "key": "a", "kind": "email", "template": "none" }] } }),
            "resource_not_found",
            "playbook.structure.steps[0].template",
        ),
        (
            json!({ "structure": { "steps": [{ "key": "a", "kind": "note", "text": "x", "when": "segment nobody" }] } }),
            "resource_not_found",
            "playbook.structure",
        ),
        (json!({ "monitoring": { "filter": "stag = new" } }), "validation_error", "playbook.monitoring.filter"),
        (json!({ "monitoring": { "filter": "segment nobody" } }), "resource_not_found", "playbook.monitoring.filter"),
        (
            json!({ "monitoring": { "filter": { "stag": "new" } } }),
            "validation_error",
            "playbook.monitoring.filter.stag",
        ),
        (
            json!({ "monitoring": { "schedule_cron": "61 * * * *" } }),
            "validation_error",
            "playbook.monitoring.schedule_cron",
        ),
        (
            json!({ "monitoring": { "max_contacts_per_run": 0 } }),
            "validation_error",
            "playbook.monitoring.max_contacts_per_run",
        ),
        (
            json!({ "monitoring": { "on_events": ["email.sent"] } }),
            "validation_error",
            "playbook.monitoring.on_events[0]",
        ),
        (json!({ "identity_id": "idn_0000000000000" }), "resource_not_found", "playbook.identity_id"),
        (json!({ "llm_config": { "temperature": 3 } }), "validation_error", "playbook.llm_config.temperature"),
        (json!({ "capabilities": [""] }), "validation_error", "playbook.capabilities[0]"),
        (json!({ "colour": "red" }), "validation_error", "playbook.colour"),
    ] {
        let input = json!({ "name": "A", "type": "outbound", "playbook": part });
        app.call(&owner, "create_agent", input).refused(code, field).await;
    }
    let said = app.call(&owner, "create_agent", json!({ "name": "A", "type": "outbound", "playbook": { "monitoring": { "filter": "has email and stag = new" } } })).send().await;
    assert!(said.unwrap_err().message.contains("at character 15"), "it says where");
    assert!(
        app.call(&owner, "list_agents", json!({})).ok().await["items"].as_array().unwrap().is_empty(),
        "nothing half made"
    );
}

#[tokio::test]
async fn what_can_not_be_triggered_says_why() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let plain = id_of(&app.call(&owner, "create_agent", json!({ "name": "A", "type": "outbound" })).ok().await);
    app.call(&owner, "trigger_agent", json!({ "agent_id": plain })).refused("wrong_state", "agent_id").await;
    let off = agent(&app, &owner, "ask", json!({ "template": "referral" })).await;
    app.call(&owner, "trigger_agent", json!({ "agent_id": off })).refused("agent_inactive", "agent_id").await;
    let on = agent(&app, &owner, "ask", json!({ "template": "referral", "enabled": true })).await;
    app.call(&owner, "trigger_agent", json!({ "agent_id": on, "lead_ids": [] }))
        .refused("validation_error", "lead_ids")
        .await;
    app.call(&owner, "trigger_agent", json!({ "agent_id": on, "lead_ids": [leads[0], "lead_0000000000000"] }))
        .refused("resource_not_found", "lead_ids[1]")
        .await;
    app.call(&owner, "trigger_agent", json!({ "agent_id": "agt_0000000000000" }))
        .refused("resource_not_found", "agent_id")
        .await;
}

#[tokio::test]
async fn filters_find_by_fields_signals_events_and_segments() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 4).await;
    app.call(
        &owner,
        "update_lead",
        json!({ "lead_id": leads[0], "country": "France", "custom_fields": { "size": 500 } }),
    )
    .ok()
    .await;
    app.call(&owner, "update_lead", json!({ "lead_id": leads[1], "country": "France", "stage": "converted" }))
        .ok()
        .await;
    app.call(&owner, "update_lead", json!({ "lead_id": leads[3], "outreach_disabled": true })).ok().await;
    app.call(&owner, "record_signal", json!({ "lead_id": leads[2], "name": "demo" })).ok().await;
    app.call(&owner, "create_segment", json!({ "name": "large firms", "filter": "custom.size >= 100" })).ok().await;
    for (filter, expected) in [
        (json!("country = france"), vec![0, 1]),
        (json!({ "country": ["France", "Spain"], "stage": "new" }), vec![0]),
        (json!({ "country": null }), vec![2]),
        (json!("segment \"large firms\""), vec![0]),
        (json!("not segment \"large firms\" and stage = new"), vec![2]),
        (json!("signal demo within 7d"), vec![2]),
        (json!("no signal demo and country = France and stage = new"), vec![0]),
        (json!("event lead.updated"), vec![0, 1]),
        (json!("outreach_disabled"), vec![3]),
        (json!("all"), vec![0, 1, 2]),
        (Value::Null, vec![0, 1, 2]),
    ] {
        let text = "## Steps\n\n### t: task\n- title: Look\n";
        let monitoring = json!({ "filter": filter });
        let agent =
            agent(&app, &owner, "ask", json!({ "playbook_md": text, "enabled": true, "monitoring": monitoring })).await;
        let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent })).ok().await);
        app.run_jobs().await;
        let run = run(&app, &owner, &id).await;
        let found: Vec<usize> = run["run_contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|contact| leads.iter().position(|id| contact["lead_id"] == json!(id)).unwrap())
            .collect();
        assert_eq!(found, expected, "{filter}");
    }
    let segment = app.call(&owner, "list_segments", json!({})).ok().await["items"][0]["id"].clone();
    app.call(&owner, "create_segment", json!({ "name": "large firms", "filter": "all" }))
        .refused("already_exists", "name")
        .await;
    app.call(&owner, "create_segment", json!({ "name": "n", "filter": "segment x" }))
        .refused("validation_error", "filter")
        .await;
    app.call(&owner, "update_segment", json!({ "segment_id": segment, "filter": "(" }))
        .refused("validation_error", "filter")
        .await;
    app.call(&owner, "delete_segment", json!({ "segment_id": segment })).ok().await;
}

#[tokio::test]
async fn a_key_may_not_approve_what_it_proposed_unless_a_person_lets_it() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let input = json!({ "lead_id": leads[0], "subject": "Hi", "text": "Hello" });
    let action = app.call(&owner, "send_email", input).idempotency_key("a").ok().await;
    let shown = json!({ "action_id": action["id"], "digest": action["digest"] });
    assert_eq!(app.call(&owner, "approve_action", shown.clone()).fails().await.0, "own_proposal");
    let mut edit = shown.clone();
    edit["text"] = json!("Other");
    edit["approve"] = json!(true);
    assert_eq!(app.call(&owner, "edit_action", edit).fails().await.0, "own_proposal");
    let bulk = app.call(&owner, "approve_actions", json!({ "actions": [shown] })).ok().await;
    assert_eq!((&bulk["done"], &bulk["results"][0]["code"]), (&json!(0), &json!("own_proposal")));
    let permit = json!({ "project_id": app.main.to_string(), "self_approval": true });
    app.call(&owner, "update_project", permit.clone()).refused("insufficient_scope", "self_approval").await;
    app.call(&app.operator(), "update_project", permit).ok().await;
    app.call(&owner, "approve_action", shown).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
}

#[tokio::test]
async fn many_are_decided_at_once_each_by_what_was_shown() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 4).await;
    let agent =
        agent(&app, &owner, "ask", json!({ "template": "cold_outreach", "capabilities": ["email"], "enabled": true }))
            .await;
    app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await;
    app.run_jobs().await;
    let queue = app.call(&owner, "list_approvals", json!({})).ok().await["items"].as_array().unwrap().clone();
    assert_eq!(queue.len(), 4);
    let shown = |item: &Value| json!({ "action_id": item["id"], "digest": item["digest"] });
    let approver = app.owner().await;
    app.call(
        &approver,
        "edit_action",
        json!({ "action_id": queue[1]["id"], "digest": queue[1]["digest"], "text": "Shorter." }),
    )
    .ok()
    .await;
    let asked: Vec<Value> = queue[..3].iter().map(shown).collect();
    let answer = app.call(&approver, "approve_actions", json!({ "actions": asked })).ok().await;
    assert_eq!(answer["done"], 2, "{answer}");
    assert_eq!(answer["results"][1]["code"], "content_changed");
    let asked = vec![shown(&queue[0]), shown(&queue[3])];
    let answer = app.call(&approver, "reject_actions", json!({ "actions": asked, "reason": "not now" })).ok().await;
    assert_eq!((&answer["results"][0]["code"], &answer["results"][1]["done"]), (&json!("wrong_state"), &json!(true)));
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2);
    let rejected = app.call(&owner, "get_action", json!({ "action_id": queue[3]["id"] })).ok().await;
    assert_eq!((&rejected["reason"], &rejected["detail"]), (&json!("rejected"), &json!("not now")));
    app.call(&approver, "approve_actions", json!({ "actions": [] })).refused("validation_error", "actions").await;
}

#[tokio::test]
async fn an_agent_with_a_number_calls_and_one_without_asks_a_person() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let zone = json!({ "lead_id": leads[0], "time_zone": "America/New_York", "country": "US" });
    app.call(&owner, "update_lead", zone).ok().await;
    let text = "## Steps\n\n### ring: call\n- because: they asked for it\n\nthe trial you began\n";
    let agent = agent(&app, &owner, "ask", json!({ "playbook_md": text, "enabled": true })).await;
    let trigger = json!({ "agent_id": agent, "lead_ids": leads, "again": true });
    let first = id_of(&app.call(&owner, "trigger_agent", trigger.clone()).ok().await);
    app.run_jobs().await;
    let asked = run(&app, &owner, &first).await;
    assert_eq!(asked["run_contacts"][0]["decisions"][0]["action"]["kind"], "call_task");
    app.call(&owner, "cancel_run", json!({ "run_id": first })).ok().await;
    app.run_jobs().await;
    let number = json!({ "number": "+14155550100", "outbound_agent_id": agent, "country": "US" });
    app.call(&owner, "import_phone_number", number).ok().await;
    let second = id_of(&app.call(&owner, "trigger_agent", trigger).ok().await);
    app.run_jobs().await;
    let waiting = run(&app, &owner, &second).await;
    let action = &waiting["run_contacts"][0]["decisions"][0]["action"];
    assert_eq!((&action["kind"], &action["state"]), (&json!("place_call"), &json!("pending_approval")), "{waiting}");
    assert_eq!(action["grounds"]["reason"], "they asked for it");
    approve(&app, &waiting, 0).await;
    // Eleven in the morning where the contact is.
    app.clock.advance(6 * HOUR);
    app.live(HOUR).await;
    let ended = run(&app, &owner, &second).await;
    let calls = app.call(&owner, "list_calls", json!({})).ok().await;
    assert_eq!(ended["status"], "completed", "{ended} {calls}");
    assert_eq!(calls["items"][0]["call_reason"], "the trial you began", "{calls}");
}

#[tokio::test]
async fn a_playbook_branches_on_what_an_answer_wants() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 3).await;
    let playbook = |condition: &str| {
        json!({ "enabled": true, "structure": { "stop_on": [], "steps": [
            { "key": "hello", "kind": "email", "subject": "Hello", "text": "Hi" },
            { "key": "meet", "kind": "task", "after": "3d", "when": condition, "title": "Call {{ first_name }}" },
            { "key": "later", "kind": "task", "when": "reply not_now within 5d", "title": "Write in spring" },
            { "key": "away", "kind": "task", "when": "reply out_of_office", "title": "Wait" },
        ] } })
    };
    let agent = agent(&app, &owner, "alone", playbook("reply interested")).await;
    for (lead, answer, wanted) in [
        (&leads[0], "Sounds great, I am interested. Can we talk next week?", "meet"),
        (&leads[1], "Not now please, try me again in six months.", "later"),
        (&leads[2], "Who are you?", "none"),
    ] {
        let input = json!({ "agent_id": agent, "lead_ids": [lead] });
        let id = id_of(&app.call(&owner, "trigger_agent", input).ok().await);
        app.run_jobs().await;
        app.clock.advance(HOUR);
        reply(&app, answer).await;
        app.run_jobs().await;
        if wanted == "none" {
            assert_eq!(steps(&run(&app, &owner, &id).await, 0)[1].1, "planned", "no branch is for this answer");
            app.clock.advance(3 * DAY);
            app.run_jobs().await;
        }
        let now = run(&app, &owner, &id).await;
        for (key, status, _) in &steps(&now, 0)[1..] {
            assert_eq!(status == "proposed", key == wanted, "{answer}: {key} is {status}");
        }
    }
    let bad = json!({ "agent_id": agent, "playbook": playbook("reply keen") });
    assert_eq!(app.call(&owner, "update_agent", bad).fails().await.0, "validation_error");
}

#[tokio::test]
async fn a_schedule_that_finds_nobody_leaves_no_run_and_no_events() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let monitoring = json!({ "filter": "stage = new and has email", "schedule_cron": "* * * * *" });
    let text = "## Steps\n\n### hello: email\n- subject: Hello {{ first_name }}\n\nHow are you?\n";
    let made = json!({ "playbook_md": text, "monitoring": monitoring, "enabled": true });
    let agent = agent(&app, &owner, "alone", made).await;
    let before = app.events().await;
    for _ in 0..5 {
        app.clock.advance(MINUTE);
        app.run_jobs().await;
    }
    assert_eq!(app.events().await, before);
    assert_eq!(app.call(&owner, "list_runs", json!({ "agent_id": agent })).ok().await["items"], json!([]));
    leads(&app, &owner, 1).await;
    for _ in 0..5 {
        app.clock.advance(MINUTE);
        app.run_jobs().await;
    }
    let runs = app.call(&owner, "list_runs", json!({ "agent_id": agent })).ok().await;
    assert_eq!(runs["items"].as_array().unwrap().len(), 1, "{runs}");
    assert_eq!((&runs["items"][0]["source"], &runs["items"][0]["contacts"]), (&json!("schedule"), &json!(1)));
    assert_eq!(app.mailer.mails().len(), 1);
    // Somebody who asks is told that there was nobody.
    let asked = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent })).ok().await);
    app.run_jobs().await;
    assert_eq!(run(&app, &owner, &asked).await["reason"], "no contact fits");
}
