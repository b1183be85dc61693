//! Connected agents: what they may do alone, and calls they make twice.

use outrider_engine::connected::Via;
use serde_json::{Value, json};

use crate::playbooks;
use crate::support::{Caller, TestApp};
use crate::world::id_of;

/// A project whose own agents go alone, with a sender and a lead.
async fn trusting(app: &TestApp) -> (Caller, String) {
    let owner = app.owner().await;
    policy(app, &owner, json!({ "autonomy": "alone" })).await;
    app.call(&owner, "create_identity", json!({ "email": "sales@sender.test" })).ok().await;
    let lead = id_of(&app.call(&owner, "create_lead", json!({ "name": "Jane", "email": "jane@acme.com" })).ok().await);
    (owner, lead)
}

async fn policy(app: &TestApp, caller: &Caller, fields: Value) {
    let mut input = fields;
    input["project_id"] = json!(app.main);
    app.call(caller, "update_project", input).ok().await;
}

async fn send(app: &TestApp, caller: &Caller, lead: &str, subject: &str, via: Via) -> Value {
    let input = json!({ "lead_id": lead, "subject": subject, "text": "Hello." });
    app.call(caller, "send_email", input).via(via).ok().await
}

#[tokio::test]
async fn an_unset_policy_asks_natively_and_lets_a_dialect_go() {
    let app = TestApp::new().await;
    let (owner, lead) = trusting(&app).await;
    for (via, state) in [(Via::Asking, "pending_approval"), (Via::Trusted, "scheduled")] {
        let action = send(&app, &owner, &lead, &format!("{via:?}"), via).await;
        assert_eq!(action["state"], state, "{via:?}");
    }
    let input = json!({ "lead_id": lead, "subject": "direct", "text": "Hello." });
    let direct = app.call(&owner, "send_email", input).idempotency_key("k").ok().await;
    assert_eq!(direct["state"], "scheduled");
}

#[tokio::test]
async fn a_set_policy_holds_on_every_surface_and_never_loosens_the_agents_own() {
    let app = TestApp::new().await;
    let (owner, lead) = trusting(&app).await;
    for (number, (project, connected, expected)) in [
        (json!("alone"), json!("ask"), "pending_approval"),
        (json!("alone"), json!({ "default": "ask", "email": "alone" }), "scheduled"),
        (json!("ask"), json!("alone"), "pending_approval"),
        (json!("alone"), json!({ "sample": 100 }), "pending_approval"),
    ]
    .into_iter()
    .enumerate()
    {
        policy(&app, &owner, json!({ "autonomy": project, "connected_agents": connected })).await;
        for via in [Via::Asking, Via::Trusted] {
            let action = send(&app, &owner, &lead, &format!("{number} {via:?}"), via).await;
            assert_eq!(action["state"], expected, "{project} {connected} {via:?}");
        }
    }
    policy(&app, &owner, json!({ "autonomy": "alone", "connected_agents": null })).await;
    assert_eq!(send(&app, &owner, &lead, "unset again", Via::Trusted).await["state"], "scheduled");
}

#[tokio::test]
async fn leads_that_a_connected_agent_enrolls_keep_its_policy_for_every_step() {
    let app = TestApp::new().await;
    let (owner, lead) = trusting(&app).await;
    let other = id_of(&app.call(&owner, "create_lead", json!({ "name": "Joe", "email": "joe@acme.com" })).ok().await);
    let definition = json!({ "approval": "alone", "steps": [{ "key": "one", "subject": "s", "text": "t" }] });
    let sequence =
        id_of(&app.call(&owner, "create_sequence", json!({ "name": "s", "definition": definition })).ok().await);
    for (lead, via) in [(&lead, Via::Asking), (&other, Via::Direct)] {
        let input = json!({ "sequence_id": sequence, "lead_ids": [lead] });
        app.call(&owner, "enroll_leads", input).via(via).ok().await;
    }
    app.run_jobs().await;
    let waiting = app.call(&owner, "list_actions", json!({ "state": "pending_approval" })).ok().await;
    let leads: Vec<&str> =
        waiting["items"].as_array().unwrap().iter().map(|action| action["lead_id"].as_str().unwrap()).collect();
    assert_eq!(leads, [lead], "the one the agent enrolled waits, the other does not");
}

#[tokio::test]
async fn only_those_who_may_approve_loosen_the_policy() {
    let app = TestApp::new().await;
    let (owner, _) = trusting(&app).await;
    let writer = app.key(&["*"]).await;
    let change = |policy: Value| json!({ "project_id": app.main, "connected_agents": policy });
    for looser in [json!("alone"), json!({ "sample": 10 })] {
        app.call(&writer, "update_project", change(looser)).refused("insufficient_scope", "connected_agents").await;
    }
    app.call(&writer, "update_project", change(json!("ask"))).ok().await;
    app.call(&writer, "update_project", change(Value::Null)).refused("insufficient_scope", "connected_agents").await;
    app.call(&owner, "update_project", change(json!("alone"))).ok().await;
    app.call(&writer, "update_project", change(Value::Null)).ok().await;
    let project = app.call(&writer, "get_project", json!({ "project_id": app.main })).ok().await;
    assert_eq!(project["connected_agents"], Value::Null);
    let new = json!({ "name": "New", "connected_agents": "alone" });
    app.call(&writer, "create_project", new.clone()).refused("insufficient_scope", "connected_agents").await;
    assert_eq!(app.call(&owner, "create_project", new).ok().await["connected_agents"], "alone");
}

#[tokio::test]
async fn the_same_call_within_a_minute_is_done_once_even_by_a_new_process() {
    let app = TestApp::new().await;
    let (owner, lead) = trusting(&app).await;
    let first = send(&app, &owner, &lead, "same", Via::Asking).await;
    send(&app, &owner, &lead, "another in between", Via::Asking).await;
    let app = app.restart().await;
    app.clock.advance(58_000);
    assert_eq!(send(&app, &owner, &lead, "same", Via::Asking).await, first);
    let other = app.owner().await;
    assert_ne!(send(&app, &other, &lead, "same", Via::Asking).await["id"], first["id"], "another's call is another");
    app.clock.advance(2_000);
    let later = send(&app, &owner, &lead, "same", Via::Asking).await;
    assert_ne!(later["id"], first["id"], "after a minute it is meant");
    let input = json!({ "lead_id": lead, "subject": "same", "text": "Hello." });
    app.call(&owner, "send_email", input).refused("missing_idempotency_key", "Idempotency-Key").await;
}

#[tokio::test]
async fn doing_again_what_was_undone_is_no_repetition() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let block = json!({ "kind": "domain", "value": "blocked.example" });
    let first = id_of(&app.call(&owner, "create_suppression", block.clone()).via(Via::Asking).ok().await);
    let again = app.call(&owner, "create_suppression", block.clone()).via(Via::Asking).send().await.unwrap();
    assert!(again.replayed);
    let gone = json!({ "suppression_id": first });
    app.call(&owner, "delete_suppression", gone).via(Via::Asking).ok().await;
    let anew = app.call(&owner, "create_suppression", block).via(Via::Asking).send().await.unwrap();
    assert!(!anew.replayed, "an opt-out must never be swallowed");
    let listed = app.call(&owner, "list_suppressions", json!({})).ok().await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let engage = json!({ "reason": "stop" });
    for _ in 0..2 {
        let reply = app.call(&owner, "engage_kill_switch", engage.clone()).via(Via::Asking).send().await.unwrap();
        assert!(!reply.replayed, "what sets a state is done each time");
    }
}

#[tokio::test]
async fn an_own_key_and_a_preview_are_left_as_they_are() {
    let app = TestApp::new().await;
    let (owner, lead) = trusting(&app).await;
    let input = json!({ "lead_id": lead, "subject": "s", "text": "Hello." });
    let preview = app.call(&owner, "send_email", input.clone()).via(Via::Asking).dry_run().ok().await;
    assert_eq!(preview["plan"][0]["send_email"]["needs_approval"], true, "{preview}");
    let ids: Vec<Value> = {
        let mut ids = Vec::new();
        for key in ["a", "b", "a"] {
            let request = app.call(&owner, "send_email", input.clone()).via(Via::Asking).idempotency_key(key);
            ids.push(request.ok().await["id"].clone());
        }
        ids
    };
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[2]);
}

#[tokio::test]
async fn what_a_run_proposes_is_held_to_the_policy_of_who_started_it() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = playbooks::leads(&app, &owner, 3).await;
    let agent = playbooks::agent(&app, &owner, "alone", json!({ "template": "cold_outreach", "enabled": true })).await;
    for (lead, via, mails) in [(0, Via::Asking, 0), (1, Via::Trusted, 1), (2, Via::Direct, 2)] {
        let input = json!({ "agent_id": agent, "lead_ids": [leads[lead]] });
        let run = id_of(&app.call(&owner, "trigger_agent", input).via(via).ok().await);
        app.run_jobs().await;
        let run = playbooks::run(&app, &owner, &run).await;
        let state = run["run_contacts"][0]["decisions"][0]["action"]["state"].as_str().unwrap();
        assert_eq!(state == "pending_approval", via == Via::Asking, "{via:?}: {state}");
        assert_eq!(app.mailer.mails().len(), mails, "{via:?}");
    }
}
