//! Faults around runs: decisions that come late or twice, things that vanish meanwhile, processes that die at any stage, nodes
//! that work at once. One outcome each time.

use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use outrider_domain::id::IdSource;
use outrider_domain::time::{DAY, MINUTE};
use outrider_engine::core::{Core, Settings};
use outrider_engine::error::Error;
use outrider_engine::ports::Mailer;
use outrider_engine::worker::Worker;
use outrider_store::logs;
use serde_json::{Value, json};

use crate::playbooks::{agent, leads, run};
use crate::support::{Caller, TestApp};
use crate::world::id_of;

const MAIL: &str = "## Steps\n\n### hello: email\n- subject: Hello {{ first_name }}\n\nHow are you?\n";

/// A run over so many leads whose mails wait for a yes; gives the agent, the leads and the run.
async fn waiting(app: &TestApp, owner: &Caller, count: usize) -> (String, Vec<String>, String) {
    let leads = leads(app, owner, count).await;
    let agent = agent(app, owner, "ask", json!({ "playbook_md": MAIL, "enabled": true })).await;
    let id = id_of(&app.call(owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    (agent, leads, id)
}

fn at(run: &Value, position: i64) -> Value {
    let contact = &run["run_contacts"][0];
    let digest = contact["decisions"][0]["action"]["digest"].clone();
    json!({ "run_id": run["id"], "lead_id": contact["lead_id"], "position": position, "digest": digest })
}

#[tokio::test]
async fn decisions_that_come_late_twice_or_beside_are_refused_and_change_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (_, _, id) = waiting(&app, &owner, 2).await;
    let approver = app.owner().await;
    let shown = run(&app, &owner, &id).await;
    let call = |operation: &'static str, input: Value| app.call(&approver, operation, input);
    call("approve_run_action", at(&shown, 1)).refused("resource_not_found", "position").await;
    call("approve_run_action", at(&shown, -1)).refused("validation_error", "position").await;
    let mut stale = at(&shown, 0);
    stale["digest"] = json!("0000");
    call("approve_run_action", stale.clone()).refused("content_changed", "digest").await;
    call("reject_run_action", stale).refused("content_changed", "digest").await;
    let mut elsewhere = at(&shown, 0);
    elsewhere["run_id"] = json!("run_0000000000000");
    call("approve_run_action", elsewhere).refused("resource_not_found", "run_id").await;
    let mut stranger = at(&shown, 0);
    stranger["lead_id"] = json!("lead_0000000000000");
    call("approve_run_action", stranger).refused("resource_not_found", "lead_id").await;

    call("reject_run_action", at(&shown, 0)).ok().await;
    assert_eq!(call("approve_run_action", at(&shown, 0)).fails().await.0, "wrong_state", "approve after reject");
    assert_eq!(call("reject_run_action", at(&shown, 0)).fails().await.0, "wrong_state", "reject twice");
    let other = &shown["run_contacts"][1];
    let input = json!({ "run_id": id, "lead_id": other["lead_id"], "position": 0, "digest": other["decisions"][0]["action"]["digest"] });
    call("approve_run_action", input.clone()).ok().await;
    assert_eq!(call("approve_run_action", input).fails().await.0, "wrong_state", "approve twice");
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!((ended["status"].as_str(), app.mailer.mails().len()), (Some("completed"), 1));
}

#[tokio::test]
async fn two_approvers_at_once_are_one_approval() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (_, _, id) = waiting(&app, &owner, 1).await;
    let shown = run(&app, &owner, &id).await;
    let keys = join_all((0..6).map(|_| app.owner())).await;
    let calls = keys.iter().enumerate().map(|(number, key)| {
        let operation = if number % 3 == 2 { "reject_run_action" } else { "approve_run_action" };
        app.call(key, operation, at(&shown, 0)).send()
    });
    let answers = join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "one of them decides");
    for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(error.code.name, "wrong_state", "{error}");
    }
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    let state = ended["run_contacts"][0]["decisions"][0]["action"]["state"].as_str().unwrap();
    assert_eq!(app.mailer.mails().len(), usize::from(state == "delivered"), "{state}");
}

#[tokio::test]
async fn what_nobody_approves_expires() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (_, _, id) = waiting(&app, &owner, 1).await;
    app.clock.advance(15 * DAY);
    let shown = run(&app, &owner, &id).await;
    assert_eq!(app.call(&app.owner().await, "approve_run_action", at(&shown, 0)).fails().await.0, "wrong_state");
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(ended["run_contacts"][0]["decisions"][0]["action"]["reason"], "approval_expired");
    assert_eq!(ended["status"], "completed");
}

#[tokio::test]
async fn a_contact_that_is_deleted_meanwhile_ends_and_the_others_go_on() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 3).await;
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": MAIL, "enabled": true })).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.call(&owner, "delete_lead", json!({ "lead_id": leads[0] })).ok().await;
    // One turn takes the contacts up.
    let round = app.worker.claim(10).await.unwrap();
    app.worker.drive_runs(&round.runs).await.unwrap();
    app.call(&owner, "delete_lead", json!({ "lead_id": leads[1] })).ok().await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    let contacts: Vec<(&str, &str)> = ended["run_contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| (contact["status"].as_str().unwrap(), contact["reason"].as_str().unwrap_or("-")))
        .collect();
    assert!(contacts.contains(&("skipped", "the lead was deleted")), "{contacts:?}");
    assert!(contacts.contains(&("cancelled", "the lead was deleted")), "{contacts:?}");
    assert!(contacts.contains(&("completed", "every step is at its end")), "{contacts:?}");
    assert_eq!((ended["status"].as_str(), app.mailer.mails().len()), (Some("completed"), 1));
}

#[tokio::test]
async fn a_waiting_action_of_a_deleted_contact_leaves_the_queue() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 1).await;
    let text = "## Steps\n\n### a: email\n- subject: S\n\nT\n\n### b: note\n\nN\n";
    let agent = agent(&app, &owner, "ask", json!({ "playbook_md": text, "enabled": true })).await;
    app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await;
    app.run_jobs().await;
    let queue =
        || async { app.call(&owner, "list_approvals", json!({})).ok().await["items"].as_array().unwrap().len() };
    assert_eq!(queue().await, 2);
    app.call(&owner, "delete_lead", json!({ "lead_id": leads[0] })).ok().await;
    assert_eq!(queue().await, 0);
}

#[tokio::test]
async fn an_agent_that_is_disabled_holds_its_run_and_goes_on_when_enabled() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 2).await;
    let agent = agent(&app, &owner, "alone", json!({ "playbook_md": MAIL, "enabled": true })).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    let round = app.worker.claim(10).await.unwrap();
    app.worker.drive_runs(&round.runs).await.unwrap();
    let switch = |enabled: bool| {
        app.call(&owner, "update_agent", json!({ "agent_id": agent, "playbook": { "enabled": enabled } })).ok()
    };
    switch(false).await;
    app.run_jobs().await;
    app.clock.advance(DAY);
    app.run_jobs().await;
    assert_eq!(run(&app, &owner, &id).await["status"], "running", "held, not lost");
    assert!(app.mailer.mails().is_empty());
    switch(true).await;
    app.run_jobs().await;
    assert_eq!((run(&app, &owner, &id).await["status"].as_str(), app.mailer.mails().len()), (Some("completed"), 2));
}

#[tokio::test]
async fn what_was_approved_is_held_while_its_agent_is_disabled() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (agent, _, id) = waiting(&app, &owner, 1).await;
    let shown = run(&app, &owner, &id).await;
    app.call(&owner, "update_agent", json!({ "agent_id": agent, "playbook": { "enabled": false } })).ok().await;
    app.call(&app.owner().await, "approve_run_action", at(&shown, 0)).ok().await;
    app.run_jobs().await;
    assert!(app.mailer.mails().is_empty(), "the gates are asked again at the moment it leaves");
    app.call(&owner, "update_agent", json!({ "agent_id": agent, "playbook": { "enabled": true } })).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
}

#[tokio::test]
async fn a_cancelled_run_sends_nothing_more() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (agent, leads, id) = waiting(&app, &owner, 3).await;
    let shown = run(&app, &owner, &id).await;
    app.call(&app.owner().await, "approve_run_action", at(&shown, 0)).ok().await;
    app.call(&owner, "cancel_run", json!({ "run_id": id, "reason": "wrong list" })).ok().await;
    app.run_jobs().await;
    let ended = run(&app, &owner, &id).await;
    assert_eq!(
        (&ended["status"], &ended["reason"], &ended["open_contacts"]),
        (&json!("cancelled"), &json!("wrong list"), &json!(0))
    );
    assert!(app.mailer.mails().is_empty());
    assert_eq!(app.call(&owner, "cancel_run", json!({ "run_id": id })).fails().await.0, "wrong_state");
    // Its contacts are free for another run.
    let next = id_of(
        &app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads, "again": true })).ok().await,
    );
    app.run_jobs().await;
    assert_eq!(run(&app, &owner, &next).await["open_contacts"], 3);
}

#[tokio::test]
async fn a_deleted_agent_takes_its_runs_along_and_leaves_the_audit() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (agent, _, id) = waiting(&app, &owner, 2).await;
    let shown = run(&app, &owner, &id).await;
    app.call(&app.owner().await, "approve_run_action", at(&shown, 0)).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    app.call(&owner, "delete_agent", json!({ "agent_id": agent })).ok().await;
    app.call(&owner, "get_run", json!({ "run_id": id })).refused("resource_not_found", "run_id").await;
    assert!(app.call(&owner, "list_runs", json!({})).ok().await["items"].as_array().unwrap().is_empty());
    assert!(app.call(&owner, "list_approvals", json!({})).ok().await["items"].as_array().unwrap().is_empty());
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    let project = app.main;
    let lines = app.store().read(move |tx| Ok::<_, Error>(logs::audit_after(tx, project, 0, 1_000)?)).await.unwrap();
    let operations: Vec<&str> = lines.iter().map(|line| line.operation.as_str()).collect();
    for wanted in ["trigger_agent", "approve_run_action", "deliver", "refuse", "delete_agent"] {
        assert!(operations.contains(&wanted), "{wanted} in {operations:?}");
    }
    assert_eq!(app.call(&owner, "verify_audit", json!({})).ok().await["sound"], true);
}

/// The whole story with a death after so many turns of the worker, each turn being one claim; with the claim lost or done.
async fn story(deaths: &[usize]) -> (usize, String, Vec<String>) {
    let mut app = TestApp::new().await;
    let owner = app.owner().await;
    let approver = app.owner().await;
    let leads = leads(&app, &owner, 3).await;
    let text = format!(
        "{MAIL}\n### stage: stage\n- stage: in_progress\n\n### again: email\n- after: 1d\n- subject: Again\n\nStill there?\n"
    );
    let agent = agent(&app, &owner, "ask", json!({ "playbook_md": text, "enabled": true })).await;
    let id = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    let mut mails = 0;
    for turn in 0..40 {
        if deaths.contains(&turn) {
            // It claims, and dies before anything came of it.
            drop(app.worker.claim(100).await.unwrap());
            mails += app.mailer.mails().len();
            app = app.restart().await;
            app.clock.advance(Settings::default().lease_ms + MINUTE);
        }
        let round = app.worker.claim(100).await.unwrap();
        let idle = round.claimed == 0;
        app.worker.drive_runs(&round.runs).await.unwrap();
        app.worker.hand_over_all(round.hand_overs).await;
        if idle {
            let queue = app.call(&owner, "list_approvals", json!({})).ok().await;
            let shown: Vec<Value> = queue["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| json!({ "action_id": item["id"], "digest": item["digest"] }))
                .collect();
            if shown.is_empty() {
                app.clock.advance(DAY);
            } else {
                app.call(&approver, "approve_actions", json!({ "actions": shown })).ok().await;
            }
        }
        let now = run(&app, &owner, &id).await;
        if now["status"] == "completed" {
            break;
        }
    }
    let ended = run(&app, &owner, &id).await;
    let mut states: Vec<String> = ended["run_contacts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|contact| contact["decisions"].as_array().unwrap())
        .map(|one| format!("{} {} {}", one["step"], one["status"], one["action"]["state"]))
        .collect();
    states.sort();
    (mails + app.mailer.mails().len(), ended["status"].as_str().unwrap().to_owned(), states)
}

#[tokio::test]
async fn a_death_before_any_hand_over_changes_no_outcome() {
    let calm = story(&[]).await;
    assert_eq!((calm.0, calm.1.as_str()), (6, "completed"), "{:?}", calm.2);
    // Turns 0 to 3 choose, plan and record; in those after, mails are handed over, and a lost hand-over is unknown, not sent
    // again: see the faults of hand-overs.
    for death in 0..4 {
        assert_eq!(story(&[death]).await, calm, "death before turn {death}");
    }
    assert_eq!(story(&[0, 1, 2, 3]).await, calm, "a process that keeps dying");
}

#[tokio::test]
async fn nodes_that_work_at_once_run_no_contact_twice() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads = leads(&app, &owner, 18).await;
    let agent = agent(
        &app,
        &owner,
        "alone",
        json!({ "playbook_md": MAIL, "enabled": true, "monitoring": { "filter": "all", "max_contacts_per_run": 12 } }),
    )
    .await;
    for round in 0..4 {
        let input =
            if round % 2 == 0 { json!({ "agent_id": agent, "lead_ids": leads }) } else { json!({ "agent_id": agent }) };
        app.call(&owner, "trigger_agent", input).ok().await;
    }
    let nodes: Vec<Worker> = (1..4)
        .map(|node| {
            let core = Core {
                ids: IdSource::new(node, app.clock.now_millis()),
                settings: Settings::default(),
                secret: b"a secret for tests".to_vec(),
                clock: Arc::clone(&app.clock) as _,
            };
            Worker::new(app.store().clone(), Arc::new(core), Arc::clone(&app.mailer) as Arc<dyn Mailer>)
        })
        .collect();
    try_join_all(nodes.iter().map(Worker::run_due)).await.unwrap();
    app.run_jobs().await;
    let mut to: Vec<String> = app.mailer.mails().iter().map(|mail| mail.to.to_string()).collect();
    assert_eq!(to.len(), 18);
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 18, "everybody once");
    let runs = app.call(&owner, "list_runs", json!({})).ok().await;
    for one in runs["items"].as_array().unwrap() {
        assert_eq!(one["status"], "completed", "{one}");
    }
}

#[tokio::test]
async fn a_cancelled_run_gives_back_whom_it_did_not_begin_with_and_nobody_else() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (agent, leads, first) = waiting(&app, &owner, 3).await;
    let shown = run(&app, &owner, &first).await;
    app.call(&app.owner().await, "approve_run_action", at(&shown, 0)).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 1);
    let second = &shown["run_contacts"][1];
    let digest = &second["decisions"][0]["action"]["digest"];
    let rejected = json!({ "run_id": first, "lead_id": second["lead_id"], "position": 0, "digest": digest });
    app.call(&owner, "reject_run_action", rejected).ok().await;
    app.call(&owner, "cancel_run", json!({ "run_id": first })).ok().await;
    app.run_jobs().await;
    // One was written to, one a person said no to; the third nobody has begun with.
    let next = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    let again = run(&app, &owner, &next).await;
    assert_eq!(again["open_contacts"], 1, "{again}");
    let status = |place: usize| {
        let wanted = &shown["run_contacts"][place]["lead_id"];
        let all = again["run_contacts"].as_array().unwrap();
        all.iter().find(|one| one["lead_id"] == *wanted).unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!((status(0), status(1), status(2)), ("skipped".into(), "skipped".into(), "active".into()), "{again}");
    let open = again["run_contacts"].as_array().unwrap().iter().find(|one| one["status"] == "active").unwrap();
    let digest = &open["decisions"][0]["action"]["digest"];
    let yes = json!({ "run_id": next, "lead_id": open["lead_id"], "position": 0, "digest": digest });
    app.call(&app.owner().await, "approve_run_action", yes).ok().await;
    app.run_jobs().await;
    assert_eq!(app.mailer.mails().len(), 2, "the step of the cancelled run does not stand in its way");
    // Taken up once more on purpose and cancelled before anything: who was written to before stays protected.
    let asked = json!({ "agent_id": agent, "lead_ids": leads, "again": true });
    app.clock.advance(30 * outrider_domain::time::DAY);
    app.run_jobs().await;
    let third = id_of(&app.call(&owner, "trigger_agent", asked).ok().await);
    app.run_jobs().await;
    assert_eq!(run(&app, &owner, &third).await["open_contacts"], 3);
    app.call(&owner, "cancel_run", json!({ "run_id": third })).ok().await;
    app.run_jobs().await;
    let last = id_of(&app.call(&owner, "trigger_agent", json!({ "agent_id": agent, "lead_ids": leads })).ok().await);
    app.run_jobs().await;
    assert_eq!(run(&app, &owner, &last).await["open_contacts"], 0);
    assert_eq!(app.mailer.mails().len(), 2);
}
