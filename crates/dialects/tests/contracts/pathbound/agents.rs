//! Agents: list with filters, create, get, update, delete.

use serde_json::{Value, json};

use super::{MAIL, Pathbound, assert_refused, assert_success};

fn agent_shape() -> Value {
    json!({
        "id": "text", "name": "text", "description": "text?", "playbook_template": "text?", "capabilities": "list",
        "identity_id": "text?", "playbook": "object?", "monitoring": "object?", "llm_config": "object?", "enabled": "boolean",
        "next_run_at": "time?", "created_at": "time", "updated_at": "time",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_made_of_the_documented_fields_and_starts_disabled() {
    let here = Pathbound::start().await;
    let least = here.write.post("/agents", json!({ "name": "Least" })).await.expect(201).json();
    assert_success(&least, &json!({ "agent": agent_shape() }));
    assert_eq!((&least["agent"]["enabled"], &least["agent"]["capabilities"]), (&json!(false), &json!([])));
    let identities = here.rig.native("list_identities", json!({})).await;
    let identity = &identities["items"][0]["id"];
    let body = json!({
        "name": "Most", "description": "Says hello", "playbook_template": "cold_outreach",
        "capabilities": ["email", "linkedin", "notes", "crm_sync"], "identity_id": identity,
        "playbook": { "playbook_md": MAIL },
        "monitoring": { "filter": "stage = new", "schedule_cron": "0 9 * * mon-fri", "max_contacts_per_run": 25 },
        "llm_config": { "provider": "any", "model": "large", "temperature": 0.2, "max_tokens": 800 },
        "enabled": true,
    });
    let most = here.write.post("/agents", body.clone()).await.expect(201).json();
    assert_success(&most, &json!({ "agent": agent_shape() }));
    for field in [
        "name",
        "description",
        "playbook_template",
        "capabilities",
        "identity_id",
        "monitoring",
        "llm_config",
        "enabled",
    ] {
        assert_eq!(most["agent"][field], body[field], "{field}");
    }
    assert_eq!(most["agent"]["playbook"]["playbook_md"], MAIL);
    assert_eq!(most["agent"]["playbook"]["structure"]["steps"][0]["key"], "hello");
    assert_eq!(most["agent"]["next_run_at"], "2026-11-03T09:00:00.000Z");
    let id = most["agent"]["id"].as_str().expect("an id");
    let got = here.read.get(&format!("/agents/{id}")).await.expect(200).json();
    assert_eq!(got, most);
    // The same agent everywhere.
    assert_eq!(here.rig.native("get_agent", json!({ "agent_id": id })).await["name"], "Most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_listed_by_filter_limit_and_offset() {
    let here = Pathbound::start().await;
    for number in 0..23 {
        let template = if number % 2 == 0 { "referral" } else { "no_show" };
        let body = json!({ "name": format!("A{number}"), "playbook_template": template, "enabled": number < 3 });
        here.write.post("/agents", body).await.expect(201);
    }
    here.rig.native("create_agent", json!({ "name": "Plain", "type": "outbound" })).await;
    let list = async |query: &str| here.read.get(&format!("/agents{query}")).await.expect(200).json();
    let all = list("").await;
    assert_success(&all, &json!({ "agents": [agent_shape()], "total": 24, "limit": 20, "offset": 0 }));
    assert_eq!(all["agents"].as_array().expect("a list").len(), 20);
    assert_eq!(all["agents"][0]["name"], "Plain", "newest first");
    let rest = list("?limit=5&offset=20").await;
    assert_eq!(
        (rest["agents"].as_array().expect("a list").len(), &rest["limit"], &rest["offset"]),
        (4, &json!(5), &json!(20))
    );
    assert_eq!(rest["agents"][3]["name"], "A0");
    for (query, total) in [
        ("?enabled=true", 3),
        ("?enabled=false", 21),
        ("?playbook_template=referral", 12),
        ("?playbook_template=referral&enabled=true", 2),
        ("?playbook_template=nothing", 0),
    ] {
        assert_eq!(list(query).await["total"], total, "{query}");
    }
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=many", "limit"),
        ("?offset=-1", "offset"),
        ("?enabled=perhaps", "enabled"),
    ] {
        assert_refused(&here.read.get(&format!("/agents{query}")).await, 400, Some(field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_fields_sent_are_updated() {
    let here = Pathbound::start().await;
    let id = here.agent().await;
    let path = format!("/agents/{id}");
    let before = here.read.get(&path).await.json()["agent"].clone();
    let changed = here.write.patch(&path, json!({ "description": "New" })).await.expect(200).json();
    assert_success(&changed, &json!({ "agent": agent_shape() }));
    assert_eq!(changed["agent"]["description"], "New");
    for field in ["name", "playbook", "enabled", "capabilities", "monitoring"] {
        assert_eq!(changed["agent"][field], before[field], "{field}");
    }
    let off = here.write.patch(&path, json!({ "enabled": false, "name": "Other" })).await.expect(200).json();
    assert_eq!((&off["agent"]["enabled"], &off["agent"]["name"]), (&json!(false), &json!("Other")));
    let cleared = here.write.patch(&path, json!({ "playbook": null, "description": null })).await.expect(200).json();
    assert_eq!((&cleared["agent"]["playbook"], &cleared["agent"]["description"]), (&Value::Null, &Value::Null));
    here.write.patch(&path, json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_agents_are_refused_at_the_documented_field() {
    let here = Pathbound::start().await;
    for (body, status, field) in [
        (json!({}), 400, "name"),
        (json!({ "name": "" }), 400, "name"),
        (json!({ "name": 5 }), 400, "name"),
        (json!({ "name": "A", "colour": "red" }), 400, "colour"),
        (json!({ "name": "A", "playbook_template": "nothing" }), 400, "playbook_template"),
        (json!({ "name": "A", "capabilities": "email" }), 400, "capabilities"),
        (json!({ "name": "A", "identity_id": "idn_0000000000000" }), 404, "identity_id"),
        (
            json!({ "name": "A", "playbook": { "playbook_md": "## Steps\n\n### a: fax\n\nx" } }),
            400,
            "playbook.playbook_md",
        ),
        (json!({ "name": "A", "monitoring": { "filter": "stag = new" } }), 400, "monitoring.filter"),
        (json!({ "name": "A", "monitoring": { "schedule_cron": "soon" } }), 400, "monitoring.schedule_cron"),
        (json!({ "name": "A", "monitoring": { "max_contacts_per_run": 0 } }), 400, "monitoring.max_contacts_per_run"),
        (json!({ "name": "A", "llm_config": { "temperature": 9 } }), 400, "llm_config.temperature"),
        (json!({ "name": "A", "enabled": "yes" }), 400, "enabled"),
    ] {
        assert_refused(&here.write.post("/agents", body).await, status, Some(field));
    }
    let said = here
        .write
        .post("/agents", json!({ "name": "A", "monitoring": { "filter": "has email and stag = new" } }))
        .await;
    assert!(said.text().contains("at character 15"), "it says where: {}", said.text());
    assert_eq!(here.read.get("/agents").await.json()["total"], 0, "nothing half made");
    let id = here.agent().await;
    assert_refused(&here.write.patch(&format!("/agents/{id}"), json!({ "name": null })).await, 400, Some("name"));
    for unknown in ["agt_0000000000000", "nonsense"] {
        let status = if unknown == "nonsense" { 400 } else { 404 };
        assert_refused(&here.read.get(&format!("/agents/{unknown}")).await, status, Some("id"));
        assert_refused(&here.write.patch(&format!("/agents/{unknown}"), json!({})).await, status, Some("id"));
        assert_refused(&here.write.send("DELETE", &format!("/agents/{unknown}"), None).await, status, Some("id"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_agent_takes_its_runs_and_leaves_the_audit() {
    let here = Pathbound::start().await;
    let id = here.agent().await;
    let run = here.run(&id, &[here.contact(1).await]).await;
    let gone = here.write.send("DELETE", &format!("/agents/{id}"), None).await.expect(200).json();
    assert_eq!(gone["status"], "success");
    assert_refused(&here.read.get(&format!("/agents/{id}")).await, 404, Some("id"));
    assert_refused(&here.read.get(&format!("/agents/{id}/runs")).await, 404, Some("id"));
    let run_path = format!("/agents/runs/{}", run["id"].as_str().expect("an id"));
    assert_refused(&here.read.get(&run_path).await, 404, Some("runId"));
    let audit = here.rig.native("list_audit", json!({ "limit": 100 })).await.to_string();
    assert!(audit.contains("trigger_agent") && audit.contains("delete_agent"), "{audit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_writes_from_a_mailbox_and_follows_a_playbook() {
    let here = Pathbound::start().await;
    let number = here.rig.native("import_phone_number", json!({ "number": "+14155550100" })).await;
    let body = json!({ "name": "Mute", "identity_id": number["id"] });
    assert_refused(&here.write.post("/agents", body).await, 400, Some("identity_id"));
    let body = json!({ "name": "Copied", "playbook_template": "cold_outreach", "enabled": true });
    let made = here.write.post("/agents", body).await.expect(201).json();
    let id = made["agent"]["id"].as_str().expect("an id").to_owned();
    let cleared = here.write.patch(&format!("/agents/{id}"), json!({ "playbook": null })).await.expect(200).json();
    assert_eq!((&cleared["agent"]["playbook"], &cleared["agent"]["playbook_template"]), (&Value::Null, &Value::Null));
    let contact = here.contact(1).await;
    let started = here.trigger.post(&format!("/agents/{id}/trigger"), json!({ "contact_ids": [contact] })).await;
    assert_refused(&started, 409, Some("id"));
    assert!(started.text().contains("no playbook"), "{}", started.text());
}
