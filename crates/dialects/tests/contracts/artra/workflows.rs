//! Workflows and executions: list, preview, start, poll to the end.

use serde_json::{Value, json};

use super::{Artra, assert_refused, ids};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_previewed_started_and_polled_to_its_end() {
    let here = Artra::start().await;
    let id = here.workflow().await;
    let listed = here.ann.client.get("/workflows").await.expect(200).json();
    assert_shape(
        &listed,
        &json!({
            "workflows": [{
                "id": "text", "name": "=Greeter", "description": "=Says hello", "status": "=active", "version": 1,
                "steps": [{ "key": "=hello", "kind": "=email", "after": "text", "when": null, "skill": null }], "created_at": "time", "updated_at": "time",
            }],
            "total": 1, "limit": 25, "offset": 0,
        }),
    );
    let (one, theirs) = (here.contact(1, Some(&here.ann)).await, here.contact(2, Some(&here.bob)).await);
    let path = format!("/workflows/{id}/start");
    let body = json!({ "contact_ids": [one, theirs] });
    let preview = here.ann.client.post(&path, body).await.expect(200).json();
    assert_shape(
        &preview,
        &json!({
            "dry_run": true, "digest": "text", "workflow_id": "text", "execution_id": null, "status": null, "started_count": 1,
            "started": [{ "contact_id": "text", "name": "=Jo1 Doe", "email": "text" }], "skipped_count": 1,
            "skipped": [{ "contact_id": "text", "name": null, "reason": "=not_found", "message": "text" }],
            "cost": { "credits": 0, "later_at_most": 0, "available": 0 },
        }),
    );
    here.rig.run_due().await;
    assert!(here.rig.mails().is_empty(), "a preview starts nothing");
    let commit = json!({ "contact_ids": [one, theirs], "dry_run": false, "plan_digest": preview["digest"] });
    let started = here.ann.client.post(&path, commit).await.expect(200).json();
    let execution = started["execution_id"].as_str().expect("an execution").to_owned();
    assert_eq!((&started["dry_run"], &started["status"]), (&json!(false), &json!("queued")));
    let poll = async || here.ann.client.get(&format!("/executions/{execution}")).await.expect(200).json();
    assert_eq!(poll().await["status"], "queued");
    assert_refused(&here.bob.client.get(&format!("/executions/{execution}")).await, 404, "not_found");
    here.rig.live(60_000).await;
    let done = poll().await;
    assert_shape(
        &done,
        &json!({
            "id": "text", "workflow_id": "text", "workflow_version": 1, "status": "=completed", "reason": "text?", "finished": true, "contacts_total": 1,
            "contacts_open": 0,
            "contacts": [{
                "contact_id": "text", "name": "=Jo1 Doe", "status": "=completed", "reason": "text?", "next_at": "time?", "reply": null,
                "steps": [{ "step": "=hello", "kind": "=email", "status": "=delivered", "reason": "=nobody has said hello", "detail": "text?", "action_id": "text", "at": "time", "output": null }],
            }],
            "next_after": null, "created_at": "time", "started_at": "time", "finished_at": "time",
        }),
    );
    assert_eq!(here.rig.mails().len(), 1);
    assert_eq!(
        here.admin.client.get(&format!("/executions/{execution}")).await.expect(200).json()["status"],
        "completed"
    );
    let again = here.ann.client.post(&path, json!({ "contact_ids": [one], "dry_run": false })).await.expect(200).json();
    assert_eq!((&again["execution_id"], &again["skipped"][0]["reason"]), (&Value::Null, &json!("already_run")));
    assert_eq!(ids(&again["skipped"], "contact_id"), [one.as_str()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_started_or_found_is_refused() {
    let here = Artra::start().await;
    let id = here.workflow().await;
    let contact = here.contact(1, Some(&here.ann)).await;
    let body = json!({ "contact_ids": [contact], "dry_run": false });
    assert_refused(&here.ann.client.post("/workflows/agt_0000000000000/start", body.clone()).await, 404, "not_found");
    assert_refused(&here.ann.client.post("/workflows/x/start", body.clone()).await, 404, "not_found");
    assert_refused(&here.ann.client.get("/executions/run_0000000000000").await, 404, "not_found");
    assert_refused(&here.ann.client.get("/executions/x").await, 404, "not_found");
    here.rig.native("update_agent", json!({ "agent_id": id, "playbook": { "enabled": false } })).await;
    let told =
        assert_refused(&here.ann.client.post(&format!("/workflows/{id}/start"), body).await, 409, "agent_inactive");
    assert!(told.contains("workflow") && !told.contains("agent_id"), "{told}");
    assert_eq!(here.ann.client.get("/workflows").await.json()["workflows"][0]["status"], "inactive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_execution_sends_nothing_until_it_is_resumed() {
    let here = Artra::start().await;
    let (workflow, contact) = (here.workflow().await, here.contact(1, Some(&here.ann)).await);
    let body = json!({ "contact_ids": [contact], "dry_run": false });
    let started = here.ann.client.post(&format!("/workflows/{workflow}/start"), body).await.expect(200).json();
    let id = started["execution_id"].as_str().expect("an execution").to_owned();
    let poll = async || here.ann.client.get(&format!("/executions/{id}")).await.expect(200).json();
    here.rig.native("pause_run", json!({ "run_id": id })).await;
    here.rig.live(60_000).await;
    let paused = poll().await;
    assert_eq!((&paused["status"], &paused["finished"]), (&json!("paused"), &json!(false)));
    assert!(here.rig.mails().is_empty());
    here.rig.native("resume_run", json!({ "run_id": id })).await;
    here.rig.live(60_000).await;
    assert_eq!((poll().await["status"].clone(), here.rig.mails().len()), (json!("completed"), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_with_the_digest_of_another_version_is_refused() {
    let here = Artra::start().await;
    let (workflow, contact) = (here.workflow().await, here.contact(1, Some(&here.ann)).await);
    let path = format!("/workflows/{workflow}/start");
    let preview = here.ann.client.post(&path, json!({ "contact_ids": [contact] })).await.expect(200).json();
    let text = "# Hello\n\n## Steps\n\n### hello: email\n- subject: Another\n\nSomething else.\n";
    here.rig.native("update_agent", json!({ "agent_id": workflow, "playbook": { "playbook_md": text } })).await;
    let mut commit = json!({ "contact_ids": [contact], "dry_run": false, "plan_digest": preview["digest"] });
    assert_refused(&here.ann.client.post(&path, commit.clone()).await, 409, "plan_changed");
    let preview = here.ann.client.post(&path, json!({ "contact_ids": [contact] })).await.expect(200).json();
    commit["plan_digest"] = preview["digest"].clone();
    assert!(here.ann.client.post(&path, commit).await.expect(200).json()["execution_id"].is_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_execution_says_what_holds_a_step_why_it_was_refused_and_what_was_answered() {
    let here = Artra::start().await;
    let (workflow, contact) = (here.workflow().await, here.contact(1, Some(&here.ann)).await);
    here.rig.native("update_agent", json!({ "agent_id": workflow, "autonomy": "ask" })).await;
    let body = json!({ "contact_ids": [contact], "dry_run": false });
    let started = here.ann.client.post(&format!("/workflows/{workflow}/start"), body).await.expect(200).json();
    let id = started["execution_id"].as_str().expect("an execution").to_owned();
    let poll = async || here.ann.client.get(&format!("/executions/{id}")).await.expect(200).json();
    here.rig.live(60_000).await;
    let held = poll().await["contacts"][0].clone();
    assert_eq!(held["steps"][0]["status"], "pending_approval", "{held}");
    assert_eq!(held["steps"][0]["detail"], "waits for a person", "{held}");
    assert_eq!((&held["reason"], &held["reply"]), (&json!("waits for a person"), &Value::Null));
    here.rig.native("create_suppression", json!({ "kind": "domain", "value": "acme.example" })).await;
    here.rig.live(60_000).await;
    let refused = poll().await["contacts"][0].clone();
    assert_eq!(refused["steps"][0]["status"], "refused", "{refused}");
    assert!(refused["steps"][0]["detail"].as_str().expect("words").contains("acme.example"), "{refused}");
    assert_eq!(refused["steps"][0]["reason"], "nobody has said hello", "why it was decided is something else");
}
