//! Applying and exporting a project.

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
