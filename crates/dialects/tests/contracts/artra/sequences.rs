//! Sequences and adding contacts: preview by default, digest, commit, refusal when the world has changed.

use serde_json::{Value, json};

use super::{Artra, assert_refused, ids};
use crate::shape::assert_shape;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sequences_come_with_their_contact_counts() {
    let here = Artra::start().await;
    let id = here.sequence().await;
    let contact = here.contact(1, Some(&here.ann)).await;
    let path = format!("/sequences/{id}/contacts");
    here.ann.client.post(&path, json!({ "contact_ids": [contact], "dry_run": false })).await.expect(200);
    let listed = here.ann.client.get("/sequences").await.expect(200).json();
    assert_shape(
        &listed,
        &json!({
            "sequences": [{
                "id": "text", "name": "=intro", "status": "=active", "channels": ["text"], "steps": 2, "contact_count": 1,
                "contacts": { "active": 1, "paused": 0, "stopped": 0, "finished": 0 }, "created_at": "time", "updated_at": "time",
            }],
            "total": 1, "limit": 25, "offset": 0,
        }),
    );
    assert_eq!(here.ann.client.get("/sequences?offset=1").await.expect(200).json()["sequences"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_does_not_say_false_only_previews() {
    let here = Artra::start().await;
    let path = format!("/sequences/{}/contacts", here.sequence().await);
    let contact = here.contact(1, Some(&here.ann)).await;
    for dry_run in [None, Some(json!(true)), Some(json!("true")), Some(json!(0)), Some(Value::Null), Some(json!("no"))]
    {
        let mut body = json!({ "contact_ids": [contact] });
        if let Some(dry_run) = dry_run {
            body["dry_run"] = dry_run;
        }
        let answer = here.ann.client.post(&path, body.clone()).await.expect(200).json();
        assert_eq!((&answer["dry_run"], &answer["added_count"]), (&json!(true), &json!(1)), "{body}");
    }
    for query in ["?dry_run=true", "?dry_run=0", "?dry_run="] {
        let answer = here.ann.client.post(&format!("{path}{query}"), json!({ "contact_ids": [contact] })).await;
        assert_eq!(answer.expect(200).json()["dry_run"], true, "{query}");
    }
    here.rig.run_due().await;
    assert!(here.rig.mails().is_empty());
    assert_eq!(here.ann.client.get("/sequences").await.json()["sequences"][0]["contact_count"], 0);
    let done = here.ann.client.post(&format!("{path}?dry_run=false"), json!({ "contact_ids": [contact] })).await;
    assert_eq!(done.expect(200).json()["dry_run"], false);
    let again = here.ann.client.post(&path, json!({ "contact_ids": [contact], "dry_run": "false" })).await;
    assert_eq!(again.expect(200).json()["skipped"][0]["reason"], "already_enrolled");
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_preview_names_everybody_and_the_commit_does_exactly_that() {
    let here = Artra::start().await;
    let sequence = here.sequence().await;
    let path = format!("/sequences/{sequence}/contacts");
    let (good, stopped) = (here.contact(1, Some(&here.ann)).await, here.contact(2, Some(&here.ann)).await);
    let (blocked, theirs) = (here.contact(3, Some(&here.ann)).await, here.contact(4, Some(&here.bob)).await);
    here.rig.native("update_lead", json!({ "lead_id": stopped, "outreach_disabled": true })).await;
    here.rig.native("create_suppression", json!({ "kind": "email", "value": "jo3@acme.example" })).await;
    let bare =
        here.rig.native("create_lead", json!({ "name": "No Mail" })).await["id"].as_str().expect("an id").to_owned();
    here.rig.native("assign_owner", json!({ "user_id": here.ann.id, "lead_ids": [bare] })).await;
    let wanted = json!([good, stopped, blocked, theirs, bare, good, "lead_0000000000000"]);
    let preview = here.ann.client.post(&path, json!({ "contact_ids": wanted })).await.expect(200).json();
    assert_shape(
        &preview,
        &json!({
            "dry_run": true, "digest": "text", "sequence_id": "text", "sequence_name": "=intro", "sequence_status": "=active",
            "added_count": 1, "added": [{ "contact_id": "text", "name": "=Jo1 Doe", "email": "=jo1@acme.example" }],
            "skipped_count": 6, "skipped": [{ "contact_id": "text", "name": "text?", "reason": "text", "message": "text" }],
            "cost": { "credits": 0, "later_at_most": 0, "available": 0 },
        }),
    );
    let reason = |id: &str| {
        let all = preview["skipped"].as_array().expect("a list");
        let found: Vec<&Value> = all.iter().filter(|one| one["contact_id"] == id).map(|one| &one["reason"]).collect();
        found[0].as_str().expect("a reason").to_owned()
    };
    for (id, expected) in [
        (good.as_str(), "repeated"),
        (stopped.as_str(), "stopped"),
        (blocked.as_str(), "suppressed"),
        (theirs.as_str(), "not_found"),
        (bare.as_str(), "no_email"),
        ("lead_0000000000000", "not_found"),
    ] {
        assert_eq!(reason(id), expected, "{id}");
    }
    let theirs = preview["skipped"].as_array().expect("a list").iter().find(|one| one["contact_id"] == json!(theirs));
    assert_eq!(theirs.expect("Bob's")["name"], Value::Null, "nothing is said of what is another seller's");
    let body = json!({ "contact_ids": wanted, "dry_run": false, "plan_digest": preview["digest"] });
    let done = here.ann.client.header("Idempotency-Key", "once").post(&path, body.clone()).await.expect(200).json();
    assert_eq!((&done["dry_run"], &done["digest"]), (&json!(false), &Value::Null));
    for field in ["added", "skipped", "cost", "added_count", "skipped_count"] {
        assert_eq!(done[field], preview[field], "{field}");
    }
    let replayed = here.ann.client.header("Idempotency-Key", "once").post(&path, body).await;
    assert_eq!(replayed.expect(200).json(), done);
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    here.rig.run_due().await;
    assert_eq!(here.rig.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_of_another_world_is_refused_and_nothing_happens() {
    let here = Artra::start().await;
    let sequence = here.sequence().await;
    let path = format!("/sequences/{sequence}/contacts");
    let (one, two) = (here.contact(1, Some(&here.ann)).await, here.contact(2, Some(&here.ann)).await);
    let body = json!({ "contact_ids": [one, two] });
    let preview = here.ann.client.post(&path, body.clone()).await.expect(200).json();
    here.rig.native("update_lead", json!({ "lead_id": two, "outreach_disabled": true })).await;
    let mut commit = body.clone();
    commit["dry_run"] = json!(false);
    commit["plan_digest"] = preview["digest"].clone();
    assert_refused(&here.ann.client.post(&path, commit.clone()).await, 409, "plan_changed");
    let fresh = here.ann.client.post(&path, body).await.expect(200).json();
    assert_eq!(ids(&fresh["added"], "contact_id"), [one.as_str()]);
    let mut before = fresh["digest"].clone();
    let texts = json!({ "steps": [{ "key": "one", "subject": "Another", "text": "Something else." }] });
    for change in [json!({ "status": "paused" }), json!({ "definition": texts })] {
        let mut change = change;
        change["sequence_id"] = json!(sequence);
        here.rig.native("update_sequence", change).await;
        commit["plan_digest"] = before;
        assert_refused(&here.ann.client.post(&path, commit.clone()).await, 409, "plan_changed");
        let body = json!({ "contact_ids": commit["contact_ids"] });
        before = here.ann.client.post(&path, body).await.expect(200).json()["digest"].clone();
    }
    here.rig.native("update_sequence", json!({ "sequence_id": sequence, "status": "archived" })).await;
    commit["plan_digest"] = fresh["digest"].clone();
    let told = assert_refused(&here.ann.client.post(&path, commit).await, 409, "wrong_state");
    assert!(told.contains("archived"), "{told}");
    here.rig.run_due().await;
    assert!(here.rig.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_refused_with_its_field() {
    let here = Artra::start().await;
    let path = format!("/sequences/{}/contacts", here.sequence().await);
    for (body, field) in [
        (json!({}), "contact_ids"),
        (json!({ "contact_ids": [] }), "contact_ids"),
        (json!({ "contact_ids": "jane" }), "contact_ids"),
        (json!({ "contact_ids": ["jane"] }), "contact_ids[0]"),
        (json!({ "contact_ids": ["lead_0000000000000"], "plan_digest": 3 }), "plan_digest"),
        (json!({ "contact_ids": ["lead_0000000000000"], "send_now": true }), "send_now"),
    ] {
        let message = assert_refused(&here.ann.client.post(&path, body.clone()).await, 422, "validation_error");
        assert!(message.contains(field), "{body}: {message}");
    }
    let nowhere =
        here.ann.client.post("/sequences/seq_0000000000000/contacts", json!({ "contact_ids": ["lead_0000000000000"] }));
    assert_refused(&nowhere.await, 404, "not_found");
}
