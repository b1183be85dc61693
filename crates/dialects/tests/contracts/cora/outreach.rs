//! Outreach by mail: real mails, the three optional texts, the gates, and who has to agree.

use serde_json::{Value, json};

use super::{Cora, assert_refused};
use crate::client::Answer;
use crate::shape::assert_shape;

async fn send(cora: &Cora, body: Value) -> Answer {
    cora.client.post("/outreach/email", body).await
}

fn queued() -> Value {
    json!({ "data": { "email_id": "text", "task_id": "text", "status": "queued" } })
}

/// Compares a mail's words: the notice of how to opt out, which every mail ends with, is not part of them.
#[track_caller]
fn assert_words(cora: &Cora, subject: &str, text: &str) {
    let mails = cora.rig.mails();
    let mail = mails.last().expect("a mail");
    let words = mail.text.split("\n\n-- \n").next().expect("words");
    assert_eq!((mail.subject.as_str(), words), (subject, text));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_sent_with_the_words_it_was_given() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let body = json!({ "lead_id": lead, "agent_id": agent, "subject": "For {{ company }}", "message": "Hi {{ first_name }},\nshall we talk?" });
    let answer = send(&cora, body).await.expect(202).json();
    let mut shape = queued();
    shape["data"]["status"] = json!("text");
    assert_shape(&answer, &shape);
    assert_eq!(answer["data"]["status"], "queued");
    assert_eq!(cora.rig.mails().len(), 0, "the answer comes before the mail");
    cora.rig.run_due().await;
    assert_eq!(cora.rig.mails().len(), 1, "though the project's policy asks a person about what agents do");
    assert_eq!(cora.rig.mails()[0].to.as_str(), "jane@acme.com");
    assert_words(&cora, "For Acme", "Hi Jane,\nshall we talk?");
    let listed = cora.data(&format!("/leads/{lead}/emails")).await;
    assert_eq!((&listed[0]["id"], &listed[0]["status"]), (&answer["data"]["email_id"], &json!("sent")));
    assert_eq!((&listed[0]["agent_id"], &listed[0]["subject"]), (&json!(agent), &json!("For Acme")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_out_is_written_from_the_agents_brain() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let least = json!({ "lead_id": lead, "agent_id": agent });
    send(&cora, least.clone()).await.expect(202);
    cora.rig.run_due().await;
    assert_words(
        &cora,
        "A short introduction",
        "Hello Jane,\n\nI would like to get in touch with you at Acme.\n\nWould you be open to a short conversation about it?\n\n\
         Kind regards\nSam Seller",
    );
    let brain = json!({ "elevator_pitch": "We count boxes.", "value_proposition": "Half the time per pallet." });
    cora.client.patch(&format!("/agents/{agent}"), brain).await.expect(200);
    send(&cora, least).await.expect(202);
    cora.rig.run_due().await;
    let written = "Hello Jane,\n\nWe count boxes.\n\nHalf the time per pallet.\n\nWould you be open to a short conversation about \
                   it?\n\nKind regards\nSam Seller";
    assert_words(&cora, "Half the time per pallet", written);
    send(&cora, json!({ "lead_id": lead, "agent_id": agent, "subject": "Boxes" })).await.expect(202);
    cora.rig.run_due().await;
    assert_words(&cora, "Boxes", written);
    send(&cora, json!({ "lead_id": lead, "agent_id": agent, "subject": "", "message": "Short." })).await.expect(202);
    cora.rig.run_due().await;
    assert_words(&cora, "Half the time per pallet", "Short.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_used_below_what_is_given() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    cora.rig
        .native(
            "create_template",
            json!({ "name": "intro", "subject": "Hello {{ company }}", "text": "Dear {{ first_name }}, hello." }),
        )
        .await;
    send(&cora, json!({ "lead_id": lead, "agent_id": agent, "template": "intro" })).await.expect(202);
    cora.rig.run_due().await;
    assert_words(&cora, "Hello Acme", "Dear Jane, hello.");
    send(&cora, json!({ "lead_id": lead, "agent_id": agent, "template": "intro", "subject": "Mine" }))
        .await
        .expect(202);
    cora.rig.run_due().await;
    assert_words(&cora, "Mine", "Dear Jane, hello.");
    let unknown = json!({ "lead_id": lead, "agent_id": agent, "template": "no such" });
    assert_refused(&send(&cora, unknown).await, 404, "resource_not_found", Some("template"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_of_the_agents_own_still_asks_a_person() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    cora.rig.native("update_agent", json!({ "agent_id": agent, "autonomy": "ask" })).await;
    let answer = send(&cora, json!({ "lead_id": lead, "agent_id": agent, "subject": "S", "message": "M" }))
        .await
        .expect(202)
        .json();
    assert_eq!(answer["data"]["status"], "pending_approval");
    cora.rig.run_due().await;
    assert_eq!(cora.rig.mails().len(), 0);
    let action = cora.rig.native("get_action", json!({ "action_id": answer["data"]["task_id"] })).await;
    cora.rig.native("approve_action", json!({ "action_id": action["id"], "digest": action["digest"] })).await;
    cora.rig.run_due().await;
    assert_eq!(cora.rig.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_may_not_leave_is_refused_with_its_reason() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let asleep = cora.agent().await;
    cora.rig.native("update_agent", json!({ "agent_id": asleep, "active": false })).await;
    let without = cora.made("/leads", json!({ "name": "Without" })).await;
    let stopped = cora.made("/leads", json!({ "name": "Stopped", "email": "stopped@acme.com" })).await;
    cora.client.patch(&format!("/leads/{stopped}"), json!({ "outreach_disabled": true })).await.expect(200);
    let opted_out = cora.made("/leads", json!({ "name": "Out", "email": "out@acme.com" })).await;
    cora.rig.native("create_suppression", json!({ "kind": "email", "value": "out@acme.com" })).await;
    for (body, status, code, field) in [
        (json!({ "lead_id": without, "agent_id": agent }), 422, "lead_no_email", "lead_id"),
        (json!({ "lead_id": stopped, "agent_id": agent }), 422, "lead_stopped", "lead_id"),
        (json!({ "lead_id": opted_out, "agent_id": agent }), 422, "lead_stopped", "lead_id"),
        (json!({ "lead_id": lead, "agent_id": asleep }), 422, "agent_inactive", "agent_id"),
        (json!({ "lead_id": "unheard-of", "agent_id": agent }), 404, "resource_not_found", "lead_id"),
        (json!({ "lead_id": lead, "agent_id": "unheard-of" }), 404, "resource_not_found", "agent_id"),
        (json!({ "agent_id": agent }), 400, "validation_error", "lead_id"),
        (json!({ "lead_id": lead }), 400, "validation_error", "agent_id"),
        (json!({ "lead_id": lead, "agent_id": agent, "message": 5 }), 400, "validation_error", "message"),
        (
            json!({ "lead_id": lead, "agent_id": agent, "message": "About {{ custom.rank }}" }),
            400,
            "validation_error",
            "message",
        ),
        (json!({ "lead_id": lead, "agent_id": agent, "message": "Hi [Name]" }), 400, "validation_error", "message"),
    ] {
        assert_refused(&send(&cora, body).await, status, code, Some(field));
    }
    cora.rig.run_due().await;
    assert_eq!(cora.rig.mails().len(), 0);
    assert_eq!(cora.rig.native("list_actions", json!({})).await["items"], json!([]), "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_without_a_mailbox_sends_nothing() {
    let rig = crate::rig::Rig::start().await;
    let client = rig.client(super::BASE, &rig.key("cora", &["*"]).await);
    let cora = Cora { key: String::new(), client, rig };
    let body = json!({ "lead_id": cora.lead().await, "agent_id": cora.agent().await });
    assert_refused(&send(&cora, body).await, 422, "agent_no_email", Some("agent_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outreach_waits_for_a_subscription_and_nothing_else_does() {
    let cora = Cora::start().await;
    cora.rig.native("set_plan", json!({ "plan": "none" })).await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let body = json!({ "lead_id": lead, "agent_id": agent });
    let refused = send(&cora, body.clone()).await;
    refused.expect(402);
    assert_eq!(refused.json()["error"]["code"], "payment_required");
    cora.rig.native("set_plan", json!({ "plan": "self_hosted" })).await;
    send(&cora, body).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_approve_makes_a_key_that_sends_unasked() {
    let cora = Cora::start().await;
    let native = cora.rig.key("native", &["*"]).await;
    let native = cora.rig.client("/api/v1", &native);
    let refused = native.post("/keys", json!({ "dialect": "cora", "scopes": ["emails:send"] })).await;
    refused.expect(403);
    assert_eq!(refused.json()["error"]["code"], "insufficient_scope");
    native.post("/keys", json!({ "dialect": "cora", "scopes": ["*:read"] })).await.expect(201);
    let approver = cora.rig.client("/api/v1", &cora.rig.key("native", &["*", "actions:approve"]).await);
    approver.post("/keys", json!({ "dialect": "cora" })).await.expect(201);
}
