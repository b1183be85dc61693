//! Applying and exporting a project.

use outrider_domain::workspace::{Format, parse};
use outrider_engine::workspace::installation;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world;

fn part() -> Value {
    json!({
        "slug": "main",
        "name": "Main project",
        "time_zone": "Europe/Berlin",
        "autonomy": { "sample": 10 },
        "agents": [{ "name": "Ada", "automation_enabled": true, "brain": { "elevator_pitch": "Less work" } }],
        "identities": [{ "email": "sales@sender.test", "name": "Sales", "agent": "Ada", "ramp": { "start": 5 }, "min_gap": "90s" }],
        "templates": [{ "name": "intro", "subject": "Hello", "text": "Hi {{ first_name | default('there') }}" }],
        "sequences": [{
            "name": "outbound", "agent": "Ada", "status": "active", "identities": ["Sales"],
            "steps": [{ "key": "one", "template": "intro" }, { "key": "two", "after": "2d", "thread": true, "text": "Again" }]
        }],
        "suppressions": [{ "kind": "domain", "value": "blocked.example" }]
    })
}

/// A part with everything that calls, filters and follows playbooks.
fn wide_part() -> Value {
    let mut wanted = part();
    wanted["self_approval"] = json!(true);
    wanted["holidays"] = json!([{ "day": "12-24", "name": "Christmas Eve" }, { "day": "last fri 11" }]);
    wanted["phone_numbers"] = json!([{
        "number": "+14155550100", "name": "Desk", "country": "US", "agent": "Ada", "answered_by": "Ada", "concurrency": 3,
        "min_gap": "20s", "ramp": { "start": 9 }
    }]);
    wanted["segments"] = json!([{ "name": "large", "filter": "custom.employees >= 500" }]);
    wanted["agents"][0]["calling"] = json!({ "transfer_to": "+14155550199" });
    wanted["agents"][0]["playbook"] = json!({
        "description": "Writes to the large ones", "identity": "Sales@sender.test", "capabilities": ["email"],
        "playbook_md": "# Large\n\n## Steps\n\n### intro: email\n- template: intro\n",
        "monitoring": { "filter": "segment large", "schedule_cron": "0 9 * * 1" }
    });
    wanted
}

async fn apply(app: &TestApp, caller: &Caller, project: Value) -> Value {
    app.call(caller, "apply_project", json!({ "project": project })).ok().await
}

/// What kind of changes were made, in order.
fn kinds(applied: &Value) -> Vec<String> {
    let changes = applied["changes"].as_array().unwrap();
    changes.iter().map(|change| change.as_object().unwrap().keys().next().unwrap().clone()).collect()
}

#[tokio::test]
async fn applying_makes_everything_once() {
    let app = TestApp::new().await;
    let operator = app.operator();
    let preview = app.call(&operator, "apply_project", json!({ "project": part() })).dry_run().ok().await;
    assert_eq!(app.call(&operator, "list_agents", json!({})).ok().await["items"], json!([]));
    let digest = preview["digest"].as_str().unwrap();
    let done = app.call(&operator, "apply_project", json!({ "project": part() })).plan_digest(digest).ok().await;
    let made = ["update_project", "create_agent", "create_identity", "create_template", "create_sequence", "suppress"];
    assert_eq!(kinds(&done), made);
    let again = apply(&app, &operator, part()).await;
    assert_eq!(again, json!({ "changes": [] }));
    let agent = app.call(&operator, "list_agents", json!({})).ok().await["items"][0].clone();
    assert_eq!((&agent["elevator_pitch"], &agent["automation_enabled"]), (&json!("Less work"), &json!(true)));
    let identity = app.call(&operator, "list_identities", json!({})).ok().await["items"][0].clone();
    assert_eq!(
        (&identity["agent_id"], &identity["time_zone"], &identity["gap"]),
        (&agent["id"], &json!("Europe/Berlin"), &json!("1m 30s"))
    );
}

#[tokio::test]
async fn a_changed_part_changes_that_and_removes_nothing() {
    let app = TestApp::new().await;
    let operator = app.operator();
    apply(&app, &operator, part()).await;
    let mut wanted = part();
    wanted["agents"][0]["brain"] = json!({ "benefits": "Time" });
    wanted["templates"][0]["text"] = json!("Hello");
    wanted["sequences"][0]["status"] = json!("paused");
    wanted["suppressions"] = json!([]);
    let done = apply(&app, &operator, wanted).await;
    assert_eq!(kinds(&done), ["update_agent", "update_template", "update_sequence"]);
    assert_eq!(done["changes"][0]["update_agent"]["fields"], json!(["benefits", "elevator_pitch"]));
    assert_eq!(app.call(&operator, "list_suppressions", json!({})).ok().await["items"].as_array().unwrap().len(), 1);
    let sequence = app.call(&operator, "list_sequences", json!({})).ok().await["items"][0].clone();
    assert_eq!((&sequence["status"], &sequence["version"]), (&json!("paused"), &json!(1)), "its definition stayed");
}

#[tokio::test]
async fn an_export_applies_as_it_is() {
    let app = TestApp::new().await;
    let operator = app.operator();
    world::fill(&app).await;
    apply(&app, &operator, part()).await;
    app.call(&operator, "engage_kill_switch", json!({ "reason": "x" })).ok().await;
    let exported = app.call(&operator, "export_project", json!({})).ok().await;
    assert_eq!((&exported["kill_switch"], exported["templates"].as_array().unwrap().len()), (&json!(true), 1));
    let done = apply(&app, &operator, exported.clone()).await;
    assert_eq!(done["changes"], json!([]));
    let other = Caller::Operator(app.side);
    let mut moved = exported;
    moved["slug"] = json!("side");
    apply(&app, &other, moved.clone()).await;
    assert_eq!(app.call(&other, "export_project", json!({})).ok().await, moved);
}

#[tokio::test]
async fn numbers_segments_calling_and_playbooks_are_applied_once_and_exported() {
    let app = TestApp::new().await;
    let operator = app.operator();
    let done = apply(&app, &operator, wide_part()).await;
    for kind in ["import_phone_number", "create_segment", "update_agent"] {
        assert!(kinds(&done).iter().any(|made| made == kind), "{kind}: {done}");
    }
    assert_eq!(apply(&app, &operator, wide_part()).await, json!({ "changes": [] }));
    let exported = app.call(&operator, "export_project", json!({})).ok().await;
    for place in ["/phone_numbers", "/segments", "/holidays/0", "/self_approval", "/agents/0/calling/transfer_to"] {
        let (wanted, found) = (wide_part(), exported.pointer(place).cloned().unwrap_or_default());
        let wanted = wanted.pointer(place).unwrap();
        assert!(contains(&found, wanted), "{place}: {found}");
    }
    assert_eq!(exported["agents"][0]["playbook"]["identity"], "sales@sender.test");
    assert_eq!(apply(&app, &operator, exported.clone()).await, json!({ "changes": [] }));
    let other = Caller::Operator(app.side);
    let mut moved = exported;
    moved["slug"] = json!("side");
    apply(&app, &other, moved.clone()).await;
    assert_eq!(app.call(&other, "export_project", json!({})).ok().await, moved);

    let mut changed = wide_part();
    changed["phone_numbers"][0]["answered_by"] = Value::Null;
    changed["phone_numbers"][0]["concurrency"] = json!(5);
    changed["segments"][0]["filter"] = json!("custom.employees >= 900");
    changed["agents"][0]["playbook"]["enabled"] = json!(true);
    changed["agents"][0]["calling"] = Value::Null;
    let done = apply(&app, &operator, changed).await;
    let expected = ["update_agent", "assign_phone_number", "update_identity", "update_segment", "update_agent"];
    assert_eq!(kinds(&done), expected);
    for (place, value, field) in [
        ("/phone_numbers/0/agent", json!("Nobody"), "project.phone_numbers[0].agent"),
        ("/segments/0/filter", json!("custom. >"), "project.segments[0].filter"),
        ("/holidays/1/day", json!("someday"), "project.holidays[1].day"),
        ("/agents/0/playbook/identity", json!("nobody@sender.test"), "project.agents[0].playbook.identity"),
        (
            "/agents/0/playbook/monitoring",
            json!({ "filter": "segment unheard_of" }),
            "project.agents[0].playbook.monitoring.filter",
        ),
    ] {
        let mut wanted = wide_part();
        let (parent, name) = place.rsplit_once('/').unwrap();
        wanted.pointer_mut(parent).unwrap()[name] = value;
        let (code, at) = app.call(&operator, "apply_project", json!({ "project": wanted })).fails().await;
        let expected = if field.ends_with("monitoring.filter") { "resource_not_found" } else { "validation_error" };
        assert_eq!((code, at.as_deref()), (expected, Some(field)));
    }
    let key = app.key(&["*"]).await;
    app.call(
        &operator,
        "update_project",
        json!({ "project_id": exported_id(&app, &operator).await, "self_approval": false }),
    )
    .ok()
    .await;
    let call = app.call(
        &key,
        "apply_project",
        json!({ "project": { "slug": "main", "name": "Main", "self_approval": true } }),
    );
    assert_eq!(call.fails().await.0, "insufficient_scope", "a key gives keys no right to approve their own");
}

async fn exported_id(app: &TestApp, caller: &Caller) -> Value {
    let all = app.call(caller, "list_projects", json!({})).ok().await;
    all["items"].as_array().unwrap().iter().find(|project| project["slug"] == "main").unwrap()["id"].clone()
}

/// Whether everything of `part` is in `whole`, which may have more fields.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(found, value)| contains(found, value))
        }
        _ => whole == part,
    }
}

#[tokio::test]
async fn the_example_of_the_documentation_is_applied_whole_and_exported_again() {
    let app = TestApp::new().await;
    let page = include_str!("../../../../docs/workspace-file.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let workspace = parse(example, Format::Toml).unwrap();
    let applied = installation::apply(&app.pipeline, &workspace, false, None).await.unwrap();
    assert!(applied.plan.len() > 8, "{applied:?}");
    assert_eq!(installation::apply(&app.pipeline, &workspace, false, None).await.unwrap().plan, Vec::<Value>::new());
    let exported = installation::export(&app.pipeline, Some("acme")).await.unwrap();
    let text = exported.to_text(Format::Toml).unwrap();
    let again = parse(&text, Format::Toml).unwrap();
    assert_eq!(installation::apply(&app.pipeline, &again, false, None).await.unwrap().plan, Vec::<Value>::new());
    for part in ["+14155550199", "cold_outreach", "ada@acme.example", "answered_by", "custom.employees"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[tokio::test]
async fn errors_name_the_place_in_the_file_and_leave_nothing() {
    let app = TestApp::new().await;
    let operator = app.operator();
    for (place, value, code, field) in [
        ("/slug", json!("side"), "validation_error", "project.slug"),
        ("/sequences/0/agent", json!("Nobody"), "validation_error", "project.sequences[0].agent"),
        ("/templates/0/text", json!("{{"), "validation_error", "project.templates[0].text"),
        ("/identities/0/min_gap", json!("2d"), "validation_error", "project.identities[0].min_gap"),
        ("/identities/0/transport", json!("a b"), "validation_error", "project.identities[0].transport"),
        ("/agents/0/name", json!(5), "validation_error", "project.agents[0].name"),
    ] {
        let mut wanted = part();
        let (parent, name) = place.rsplit_once('/').unwrap();
        wanted.pointer_mut(parent).unwrap()[name] = value;
        app.call(&operator, "apply_project", json!({ "project": wanted })).refused(code, field).await;
    }
    assert_eq!(
        app.call(&operator, "list_agents", json!({})).ok().await["items"],
        json!([]),
        "a failed apply left something"
    );
}

#[tokio::test]
async fn a_file_gives_nobody_more_rights() {
    let app = TestApp::new().await;
    let key = app.key(&["*"]).await;
    let call = |project: Value| app.call(&key, "apply_project", json!({ "project": project }));
    let plain = json!({ "slug": "main", "name": "Main" });
    call(plain.clone()).ok().await;
    for (field, value) in [("autonomy", json!("alone")), ("plan", json!("pro"))] {
        let mut wanted = plain.clone();
        wanted[field] = value;
        assert_eq!(call(wanted).fails().await.0, "insufficient_scope", "{field}");
    }
    let mut stopped = plain.clone();
    stopped["kill_switch"] = json!(true);
    call(stopped.clone()).ok().await;
    stopped["kill_switch"] = json!(false);
    assert_eq!(call(stopped).fails().await.0, "insufficient_scope");
}
