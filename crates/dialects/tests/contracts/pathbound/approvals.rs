//! Approving and rejecting by position: once, bound to what was shown, and the mail is there once.

use serde_json::{Value, json};

use super::{Pathbound, assert_refused};

fn path(run: &Value, contact: usize, index: i64, what: &str) -> String {
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    format!(
        "/agents/runs/{}/contacts/{}/actions/{index}/{what}",
        text(&run["id"]),
        text(&run["contacts"][contact]["contact_id"])
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_key_per_scope_a_mail_is_proposed_approved_and_there_once() {
    let here = Pathbound::start().await;
    let (agent, contact) = (here.agent().await, here.contact(1).await);
    let run = here.run(&agent, &[contact]).await;
    let digest = run["contacts"][0]["actions"][0]["digest"].clone();
    let answer = here.approve.post(&path(&run, 0, 0, "approve"), json!({ "digest": digest })).await.expect(200).json();
    assert_eq!(
        (&answer["status"], &answer["action"]["status"], &answer["action"]["index"]),
        (&json!("success"), &json!("approved"), &json!(0))
    );
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1);
    let id = run["id"].as_str().expect("an id");
    let ended = here.see(id).await;
    assert_eq!(
        (&ended["status"], &ended["contacts"][0]["actions"][0]["status"]),
        (&json!("completed"), &json!("completed"))
    );
    assert_refused(&here.approve.post(&path(&run, 0, 0, "approve"), json!({})).await, 409, None);
    here.rig.advance(24 * 60 * 60 * 1_000);
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1, "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_is_optional_and_binds_when_it_is_sent() {
    let here = Pathbound::start().await;
    let agent = here.agent().await;
    let run = here.run(&agent, &[here.contact(1).await, here.contact(2).await]).await;
    for what in ["approve", "reject"] {
        let stale = here.approve.post(&path(&run, 0, 0, what), json!({ "digest": "0123" })).await;
        assert_refused(&stale, 409, Some("digest"));
    }
    here.approve.send("POST", &path(&run, 0, 0, "approve"), None).await.expect(200);
    let rejected =
        here.approve.post(&path(&run, 1, 0, "reject"), json!({ "reason": "wrong person" })).await.expect(200).json();
    assert_eq!(
        (&rejected["action"]["status"], &rejected["action"]["error"]),
        (&json!("rejected"), &json!("wrong person"))
    );
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_twice_late_or_out_of_range_are_refused_and_change_nothing() {
    let here = Pathbound::start().await;
    let agent = here.agent().await;
    let run = here.run(&agent, &[here.contact(1).await]).await;
    let send = async |path: String| here.approve.post(&path, json!({})).await;
    assert_refused(&send(path(&run, 0, 1, "approve")).await, 404, Some("actionIndex"));
    assert_refused(&send(path(&run, 0, -1, "approve")).await, 400, Some("actionIndex"));
    assert_refused(&send(path(&run, 0, 0, "approve").replace("/0/", "/first/")).await, 400, Some("actionIndex"));
    let contact = run["contacts"][0]["contact_id"].as_str().expect("an id");
    assert_refused(
        &send(path(&run, 0, 0, "approve").replace(contact, "lead_0000000000000")).await,
        404,
        Some("contactId"),
    );
    let id = run["id"].as_str().expect("an id");
    assert_refused(&send(path(&run, 0, 0, "approve").replace(id, "run_0000000000000")).await, 404, Some("runId"));
    send(path(&run, 0, 0, "reject")).await.expect(200);
    assert_refused(&send(path(&run, 0, 0, "approve")).await, 409, None);
    assert_refused(&send(path(&run, 0, 0, "reject")).await, 409, None);
    here.rig.run_due().await;
    assert!(here.rig.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_approvers_at_once_are_one_approval() {
    let here = Pathbound::start().await;
    let agent = here.agent().await;
    let run = here.run(&agent, &[here.contact(1).await]).await;
    let answers = futures_util::future::join_all(
        (0..4).map(|_| async { here.approve.post(&path(&run, 0, 0, "approve"), json!({})).await.status }),
    )
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 200 | 409)), "{answers:?}");
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_may_not_approve_what_it_started() {
    let here = Pathbound::start().await;
    let (agent, contact) = (here.agent().await, here.contact(1).await);
    let both = here.rig.client(super::BASE, &here.rig.key("pathbound", &["agents:trigger", "agents:approve"]).await);
    let started =
        both.post(&format!("/agents/{agent}/trigger"), json!({ "contact_ids": [contact] })).await.expect(200).json();
    here.rig.run_due().await;
    let run = here.see(started["run_id"].as_str().expect("a run")).await;
    assert_refused(&both.post(&path(&run, 0, 0, "approve"), json!({})).await, 403, None);
    here.approve.post(&path(&run, 0, 0, "approve"), json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_approves_a_call_sees_whom_it_goes_to_and_how_it_begins() {
    let here = Pathbound::start().await;
    let text = "# Ring\n\n## Steps\n\n### ring: call\n- because: nobody has rung\n\nthe price list\n";
    let body = json!({ "name": "Ringer", "playbook": { "playbook_md": text }, "enabled": true });
    let made = here.write.post("/agents", body).await.expect(201).json();
    let agent = made["agent"]["id"].as_str().expect("an id").to_owned();
    let number = json!({ "number": "+14155550100", "outbound_agent_id": agent });
    here.rig.native("import_phone_number", number).await;
    let run = here.run(&agent, &[here.contact(1).await]).await;
    let action = &run["contacts"][0]["actions"][0];
    assert_eq!(
        (&action["type"], &action["status"], &action["to"], &action["subject"]),
        (&json!("call"), &json!("pending_approval"), &json!("+14155550001"), &json!("the price list")),
        "{action}"
    );
    assert!(
        action["body"].as_str().is_some_and(|words| words.contains("AI") || words.contains("automated")),
        "{action}"
    );
    let approved = here.approve.post(&path(&run, 0, 0, "approve"), json!({ "digest": action["digest"] })).await;
    assert_eq!(approved.expect(200).json()["action"]["to"], action["to"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_decision_is_refused_in_the_words_the_run_is_shown_in() {
    let here = Pathbound::start().await;
    let agent = here.agent().await;
    let run = here.run(&agent, &[here.contact(1).await, here.contact(2).await]).await;
    here.approve.post(&path(&run, 0, 0, "reject"), json!({})).await.expect(200);
    here.approve.post(&path(&run, 1, 0, "approve"), json!({})).await.expect(200);
    for (contact, word) in [(0, "rejected"), (1, "approved")] {
        let late = here.approve.post(&path(&run, contact, 0, "approve"), json!({})).await;
        assert_refused(&late, 409, None);
        let told = late.json()["error"].as_str().expect("words").to_owned();
        assert!(told.ends_with(&format!("it is {word}.")), "{told}");
    }
}
