//! Runs: trigger with and without contacts, list by status, one run with contact details and actions.

use serde_json::{Value, json};

use super::{MAIL, Pathbound, assert_refused, assert_success};

fn run_shape() -> Value {
    json!({
        "id": "text", "agent_id": "text", "status": "text", "trigger": "text", "reason": "text?", "contacts_total": "integer",
        "contacts_open": "integer", "created_at": "time", "started_at": "time?", "completed_at": "time?",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_answers_with_a_job_and_the_run_shows_what_comes_of_it() {
    let here = Pathbound::start().await;
    let (agent, contact) = (here.agent().await, here.contact(1).await);
    let answer = here.trigger.post(&format!("/agents/{agent}/trigger"), json!({ "contact_ids": [contact] })).await;
    let started = answer.expect(200).json();
    assert_success(&started, &json!({ "job_id": "text", "run_id": "text" }));
    assert!(started["job_id"].as_str().expect("a job").starts_with("job_"));
    let id = started["run_id"].as_str().expect("a run");
    assert_eq!(here.see(id).await["status"], "queued");
    here.rig.run_due().await;
    let got = here.read.get(&format!("/agents/runs/{id}")).await.expect(200).json();
    let mut shape = run_shape();
    shape["limit"] = json!("integer");
    shape["offset"] = json!("integer");
    shape["has_more"] = json!("boolean");
    shape["contacts"] = json!([{
        "contact_id": "text",
        "contact": { "id": "text", "name": "text", "email": "text", "phone": "text", "company": "text", "title": "text", "stage": "text" },
        "status": "text", "reason": "text?", "facts": "list", "reply": null,
        "actions": [{
            "index": 0, "id": "text", "type": "text", "step": "text", "status": "text", "reason": "text", "facts": "list",
            "subject": "text", "body": "text", "to": "text", "link": null, "stage": null, "fields": "object", "digest": "text",
            "problems": "list", "scheduled_for": null, "expires_at": "time", "approved_by": null, "approved_at": null,
            "error": null, "created_at": "time", "completed_at": null,
        }],
    }]);
    assert_success(&got, &json!({ "run": shape }));
    let shown = &got["run"]["contacts"][0];
    assert_eq!((&shown["contact_id"], &shown["contact"]["id"]), (&json!(contact), &json!(contact)));
    for (field, expected) in [
        ("name", "Jo1 Doe"),
        ("email", "jo1@acme.example"),
        ("phone", "+14155550001"),
        ("company", "Acme"),
        ("title", "CTO"),
    ] {
        assert_eq!(shown["contact"][field], expected, "{field}");
    }
    for (field, expected) in [
        ("type", "email"),
        ("step", "hello"),
        ("status", "pending_approval"),
        ("reason", "nobody has said hello"),
        ("subject", "Hello Jo1"),
        ("to", "jo1@acme.example"),
    ] {
        assert_eq!(shown["actions"][0][field], expected, "{field}");
    }
    let facts = got["run"]["contacts"][0]["actions"][0]["facts"].to_string();
    assert!(facts.contains("first_name") && facts.contains("Jo1"), "{facts}");
    assert!(here.rig.mails().is_empty(), "nothing leaves without a yes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_contacts_the_filter_finds_them_and_a_schedule_does_so_by_itself() {
    let here = Pathbound::start().await;
    for number in 0..4 {
        here.contact(number).await;
    }
    let agent = here.agent().await;
    let monitoring =
        json!({ "filter": "email ends with acme.example", "max_contacts_per_run": 3, "schedule_cron": "0 12 * * *" });
    here.write.patch(&format!("/agents/{agent}"), json!({ "monitoring": monitoring })).await.expect(200);
    here.trigger.send("POST", &format!("/agents/{agent}/trigger"), None).await.expect(200);
    here.rig.run_due().await;
    let list = async |query: &str| here.read.get(&format!("/agents/{agent}/runs{query}")).await.expect(200).json();
    let runs = list("").await;
    assert_success(&runs, &json!({ "runs": [run_shape()], "total": 1, "limit": 20, "offset": 0 }));
    assert_eq!((&runs["runs"][0]["contacts_total"], &runs["runs"][0]["trigger"]), (&json!(3), &json!("call")));
    here.rig.advance(2 * 60 * 60 * 1_000);
    here.rig.run_due().await;
    let runs = list("").await;
    assert_eq!(
        (&runs["total"], &runs["runs"][0]["contacts_total"], &runs["runs"][0]["trigger"]),
        (&json!(2), &json!(1), &json!("schedule"))
    );
    assert_eq!(list("?status=waiting").await["total"], 2);
    assert_eq!(list("?status=completed").await["total"], 0);
    let page = list("?limit=1&offset=1").await;
    assert_eq!((&page["total"], &page["runs"][0]["id"]), (&json!(2), &runs["runs"][1]["id"]));
    for (query, field) in
        [("?status=sleeping", "status"), ("?limit=0", "limit"), ("?limit=101", "limit"), ("?offset=-1", "offset")]
    {
        assert_refused(&here.read.get(&format!("/agents/{agent}/runs{query}")).await, 400, Some(field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_steps_are_scheduled_and_every_kind_of_act_is_shown() {
    let here = Pathbound::start().await;
    let text = format!(
        "{MAIL}\n### promote: stage\n- stage: in_progress\n\n### set: update\n- set: custom.tier = gold\n\n### nobody: note\n- when: stage = converted\n\nNo\n\n### later: task\n- after: 2d\n- title: Call {{{{ name }}}}\n"
    );
    let body = json!({ "name": "All", "playbook": { "playbook_md": text }, "enabled": true });
    let agent =
        here.write.post("/agents", body).await.expect(201).json()["agent"]["id"].as_str().expect("an id").to_owned();
    let run = here.run(&agent, &[here.contact(1).await]).await;
    let actions = run["contacts"][0]["actions"].as_array().expect("a list");
    let seen: Vec<(i64, &str, &str)> = actions
        .iter()
        .map(|one| {
            (
                one["index"].as_i64().expect("a place"),
                one["type"].as_str().expect("a type"),
                one["status"].as_str().expect("a status"),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (0, "email", "pending_approval"),
            (1, "stage", "pending_approval"),
            (2, "update", "pending_approval"),
            (3, "note", "cancelled"),
            (4, "task", "scheduled"),
        ]
    );
    assert_eq!(
        (&actions[1]["stage"], &actions[2]["fields"]["tier"], &actions[2]["fields"]["custom.tier"]),
        (&json!("in_progress"), &Value::Null, &json!("gold"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_triggered_or_found_is_refused() {
    let here = Pathbound::start().await;
    let agent = here.agent().await;
    let trigger = async |id: &str, body: Value| here.trigger.post(&format!("/agents/{id}/trigger"), body).await;
    assert_refused(&trigger("agt_0000000000000", json!({})).await, 404, Some("id"));
    assert_refused(
        &trigger(&agent, json!({ "contact_ids": ["lead_0000000000000"] })).await,
        404,
        Some("contact_ids[0]"),
    );
    assert_refused(&trigger(&agent, json!({ "contact_ids": ["jane"] })).await, 400, Some("contact_ids[0]"));
    assert_refused(&trigger(&agent, json!({ "contact_ids": [] })).await, 400, Some("contact_ids"));
    assert_refused(&trigger(&agent, json!({ "contacts": [] })).await, 400, Some("contacts"));
    here.write.patch(&format!("/agents/{agent}"), json!({ "enabled": false })).await.expect(200);
    assert_refused(&trigger(&agent, json!({})).await, 409, Some("id"));
    assert_refused(&here.read.get("/agents/runs/run_0000000000000").await, 404, Some("runId"));
    assert_refused(&here.read.get("/agents/agt_0000000000000/runs").await, 404, Some("id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_of_many_contacts_is_shown_page_by_page() {
    let here = Pathbound::start().await;
    let agent = here.agent().await;
    let contacts = [here.contact(1).await, here.contact(2).await, here.contact(3).await];
    let run = here.run(&agent, &contacts).await;
    assert_eq!((&run["has_more"], run["contacts"].as_array().map(Vec::len)), (&json!(false), Some(3)));
    let id = run["id"].as_str().expect("a run");
    let page = async |query: &str| {
        let path = format!("/agents/runs/{id}{query}");
        let page = here.read.get(&path).await.expect(200).json()["run"].clone();
        let names = page["contacts"].as_array().expect("a list").iter().map(|one| one["contact"]["name"].clone());
        (names.collect::<Vec<Value>>(), page["has_more"].clone(), page["contacts_total"].clone())
    };
    assert_eq!(page("?limit=2").await, (vec![json!("Jo1 Doe"), json!("Jo2 Doe")], json!(true), json!(3)));
    assert_eq!(page("?limit=2&offset=2").await, (vec![json!("Jo3 Doe")], json!(false), json!(3)));
    assert_eq!(page("?offset=3").await, (Vec::new(), json!(false), json!(3)));
    for (query, field) in [("?limit=0", "limit"), ("?limit=1001", "limit"), ("?offset=-1", "offset")] {
        assert_refused(&here.read.get(&format!("/agents/runs/{id}{query}")).await, 400, Some(field));
    }
}
