//! The ratchet: whatever is on the list of operations is refused to those who may not, without anybody writing a case for it.

use outrider_engine::operation::{Effect, Verb};
use outrider_engine::registry::OPERATIONS;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world;

/// What operations need beside the ids in their path, to get as far as looking for the thing.
const BODIES: &[(&str, &str)] = &[
    ("approve_action", r#"{"digest": "x"}"#),
    ("approve_run_action", r#"{"digest": "x"}"#),
    ("assign_leads", r#"{"lead_ids": []}"#),
    ("assign_owner", r#"{"lead_ids": []}"#),
    ("create_note", r#"{"text": "x"}"#),
    ("assign_phone_number", r#"{"role": "outbound"}"#),
    ("parse_query", r#"{"query": "fintechs"}"#),
    ("preview_calls", r#"{"filter": {}}"#),
    ("estimate_tasks", r#"{"tasks": [{"taskType": "lead_scoring"}]}"#),
    ("edit_action", r#"{"digest": "x", "text": "y"}"#),
    ("record_signal", r#"{"name": "x"}"#),
    ("reject_run_action", r#"{"digest": "x"}"#),
    ("resolve_action", r#"{"ending": "failed"}"#),
];

/// What belongs to nobody and is the same for everybody.
const CATALOGS: &[&str] = &["get_playbook", "get_call_template"];

/// The fields in a path, such as `lead_id`.
fn path_fields(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn body(name: &str) -> Value {
    BODIES.iter().find(|(of, _)| *of == name).map_or_else(|| json!({}), |(_, body)| serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_read_only_key_is_refused_by_every_write() {
    let app = TestApp::new().await;
    let reader = app.key(&["*:read"]).await;
    let mut writes = 0;
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.writes()) {
        let (code, _) = app.call(&reader, operation.spec.name, json!({})).fails().await;
        assert_eq!(code, "read_only_key", "{}", operation.spec.name);
        writes += 1;
    }
    assert!(writes > 30, "only {writes} writes were tried");
}

#[tokio::test]
async fn a_key_without_the_scope_is_refused_by_every_operation() {
    let app = TestApp::new().await;
    let (elsewhere, again) = (app.key(&["suppressions:write"]).await, app.key(&["companies:write"]).await);
    for operation in OPERATIONS {
        let key = if operation.spec.scope == "suppressions:write" { &again } else { &elsewhere };
        let (code, _) = app.call(key, operation.spec.name, json!({})).fails().await;
        assert_eq!(code, "insufficient_scope", "{}", operation.spec.name);
    }
}

#[tokio::test]
async fn a_key_with_one_scope_does_that_and_nothing_else() {
    let app = TestApp::new().await;
    let key = app.key(&["leads:write"]).await;
    app.call(&key, "create_lead", json!({ "name": "Jane" })).ok().await;
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.scope != "leads:write") {
        let (code, _) = app.call(&key, operation.spec.name, json!({})).fails().await;
        assert_eq!(code, "insufficient_scope", "{}", operation.spec.name);
    }
}

#[tokio::test]
async fn no_wildcard_grants_approval() {
    let app = TestApp::new().await;
    let everything = app.key(&["*"]).await;
    let mut tried = 0;
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.scope == "actions:approve") {
        assert_eq!(
            app.call(&everything, operation.spec.name, json!({})).fails().await.0,
            "insufficient_scope",
            "{}",
            operation.spec.name
        );
        tried += 1;
    }
    assert!(tried >= 3);
    let maker = app.key(&["keys:write"]).await;
    app.call(&maker, "create_key", json!({ "scopes": ["actions:approve"] }))
        .refused("insufficient_scope", "scopes")
        .await;
}

#[tokio::test]
async fn a_strangers_id_is_never_found() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let stranger = app.key_of(app.other, &["*", "actions:approve"]).await;
    let mut tried = 0;
    for operation in OPERATIONS {
        let fields = path_fields(operation.spec.path);
        if fields.is_empty() || CATALOGS.contains(&operation.spec.name) {
            continue;
        }
        let mut input = body(operation.spec.name);
        for field in fields {
            input[field] = world::value_for(field, &ids);
        }
        let (code, _) = app.call(&stranger, operation.spec.name, input.clone()).fails().await;
        assert_eq!(code, "resource_not_found", "{} with {input}", operation.spec.name);
        tried += 1;
    }
    assert!(tried > 35, "only {tried} operations take an id");
}

#[tokio::test]
async fn the_owner_finds_what_strangers_do_not() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.effect == Effect::Read) {
        let mut input = body(operation.spec.name);
        for field in path_fields(operation.spec.path) {
            input[field] = world::value_for(field, &ids);
        }
        app.call(&owner, operation.spec.name, input).ok().await;
    }
}

#[tokio::test]
async fn no_list_shows_a_strangers_things() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let stranger = app.key_of(app.other, &["*", "actions:approve"]).await;
    let sibling = app.key_of(app.side, &["*", "actions:approve"]).await;
    let mut tried = 0;
    for operation in OPERATIONS
        .iter()
        .filter(|operation| operation.spec.verb == Verb::Get && path_fields(operation.spec.path).is_empty())
    {
        for (caller, kin) in [(&stranger, false), (&sibling, true)] {
            let answer = app.call(caller, operation.spec.name, body(operation.spec.name)).ok().await.to_string();
            for (field, id) in &ids {
                // Projects of one organization know of each other and have their people in common.
                let common = *field == "project_id" || (kin && *field == "user_id");
                if !common && *field != "call_template" {
                    assert!(
                        !answer.contains(id.as_str()),
                        "{} shows a stranger's {field}: {answer}",
                        operation.spec.name
                    );
                }
            }
        }
        tried += 1;
    }
    assert!(tried > 20, "only {tried} lists");
}

#[tokio::test]
async fn a_strangers_id_in_a_body_is_never_found() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let stranger = app.key_of(app.other, &["*", "actions:approve"]).await;
    let agent =
        world::id_of(&app.call(&stranger, "create_agent", json!({ "name": "Own", "type": "inbound" })).ok().await);
    let lead = world::id_of(&app.call(&stranger, "create_lead", json!({ "name": "Own" })).ok().await);
    let template =
        world::id_of(&app.call(&stranger, "create_template", json!({ "name": "own", "text": "x" })).ok().await);
    let identity = world::id_of(&app.call(&stranger, "create_identity", json!({ "email": "own@x.test" })).ok().await);
    for (operation, input, field) in [
        ("create_lead", json!({ "name": "A", "agent_id": ids["agent_id"] }), "agent_id"),
        ("create_lead", json!({ "name": "A", "company_id": ids["company_id"] }), "company_id"),
        ("update_lead", json!({ "lead_id": lead, "agent_id": ids["agent_id"] }), "agent_id"),
        ("update_lead", json!({ "lead_id": lead, "company_id": ids["company_id"] }), "company_id"),
        ("bulk_create_leads", json!({ "leads": [{ "name": "A" }], "agent_id": ids["agent_id"] }), "agent_id"),
        ("import_leads", json!({ "leads": [{ "name": "A" }], "agent_id": ids["agent_id"] }), "agent_id"),
        ("assign_leads", json!({ "agent_id": agent, "lead_ids": [lead, ids["lead_id"]] }), "lead_ids[1]"),
        ("create_identity", json!({ "email": "a@x.test", "agent_id": ids["agent_id"] }), "agent_id"),
        ("update_identity", json!({ "identity_id": identity, "agent_id": ids["agent_id"] }), "agent_id"),
        ("create_suppression", json!({ "kind": "email", "value": "a@x.test", "lead_id": ids["lead_id"] }), "lead_id"),
        (
            "import_phone_number",
            json!({ "number": "+4930123", "outbound_agent_id": ids["agent_id"] }),
            "outbound_agent_id",
        ),
        (
            "import_phone_number",
            json!({ "number": "+49301234567", "inbound_agent_id": ids["agent_id"] }),
            "inbound_agent_id",
        ),
        ("place_call", json!({ "lead_id": ids["lead_id"], "agent_id": agent }), "lead_id"),
        ("place_call", json!({ "lead_id": lead, "agent_id": ids["agent_id"] }), "agent_id"),
        ("preview_template", json!({ "template_id": template, "lead_id": ids["lead_id"] }), "lead_id"),
        ("preview_template", json!({ "template_id": template, "identity_id": ids["identity_id"] }), "identity_id"),
    ] {
        app.call(&stranger, operation, input).idempotency_key("k").refused("resource_not_found", field).await;
    }
    let rejected = app
        .call(&stranger, "bulk_create_leads", json!({ "leads": [{ "name": "A", "company_id": ids["company_id"] }] }))
        .ok()
        .await;
    assert_eq!(rejected["rejected"][0]["field"], "company_id");
}

#[tokio::test]
async fn an_own_id_of_another_noun_is_a_validation_error() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    app.call(&owner, "get_lead", json!({ "lead_id": ids["agent_id"] })).refused("validation_error", "lead_id").await;
    app.call(&owner, "get_lead", json!({ "lead_id": "lead_7zzzzzzzzzzzz" }))
        .refused("resource_not_found", "lead_id")
        .await;
}

#[tokio::test]
async fn keys_that_are_missing_unknown_revoked_or_expired_say_so() {
    let app = TestApp::new().await;
    let secret = |text: &str| Caller::Key(text.to_owned());
    for (caller, code) in [
        (secret(""), "missing_api_key"),
        (secret("or_live_nothing"), "invalid_api_key"),
        (secret("cora_live_x"), "invalid_api_key"),
    ] {
        assert_eq!(app.call(&caller, "list_leads", json!({})).fails().await.0, code);
    }
    let made = app.call(&app.operator(), "create_key", json!({ "expires_at": "2026-11-02T10:00:01Z" })).ok().await;
    let key = secret(made["secret"].as_str().unwrap());
    app.call(&key, "list_leads", json!({})).ok().await;
    app.clock.advance(1_000);
    assert_eq!(app.call(&key, "list_leads", json!({})).fails().await.0, "expired_api_key");
    app.call(&app.operator(), "revoke_key", json!({ "key_id": made["id"] })).ok().await;
    assert_eq!(app.call(&key, "list_leads", json!({})).fails().await.0, "revoked_api_key");
}

#[tokio::test]
async fn only_the_operator_makes_users_plans_and_credits() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for (operation, input) in [
        ("create_user", json!({ "email": "ann@acme.com", "name": "Ann", "role": "admin" })),
        ("set_plan", json!({ "plan": "pro" })),
        ("grant_credits", json!({ "amount": 5 })),
        ("engage_kill_switch", json!({ "reason": "all of it", "everywhere": true })),
        ("release_kill_switch", json!({ "everywhere": true })),
    ] {
        assert_eq!(app.call(&owner, operation, input.clone()).fails().await.0, "insufficient_scope", "{operation}");
        app.call(&app.operator(), operation, input).ok().await;
    }
}

#[tokio::test]
async fn loosening_a_policy_is_approving() {
    let app = TestApp::new().await;
    let writer = app.key(&["*"]).await;
    let owner = app.owner().await;
    app.call(&writer, "create_agent", json!({ "name": "A", "type": "outbound", "autonomy": "alone" }))
        .refused("insufficient_scope", "autonomy")
        .await;
    let agent =
        app.call(&owner, "create_agent", json!({ "name": "A", "type": "outbound", "autonomy": "alone" })).ok().await;
    let agent = world::id_of(&agent);
    app.call(&writer, "update_agent", json!({ "agent_id": agent, "autonomy": "first_touch" })).ok().await;
    app.call(&writer, "update_agent", json!({ "agent_id": agent, "autonomy": "alone" }))
        .refused("insufficient_scope", "autonomy")
        .await;
    app.call(&writer, "update_agent", json!({ "agent_id": agent, "autonomy": { "default": "ask", "email": "alone" } }))
        .refused("insufficient_scope", "autonomy")
        .await;
    app.call(&writer, "update_agent", json!({ "agent_id": agent, "autonomy": null })).ok().await;
    let project = json!({ "project_id": app.main.to_string(), "autonomy": { "sample": 10 } });
    app.call(&writer, "update_project", project.clone()).refused("insufficient_scope", "autonomy").await;
    app.call(&owner, "update_project", project).ok().await;
    app.call(&writer, "create_project", json!({ "name": "N", "autonomy": "alone" }))
        .refused("insufficient_scope", "autonomy")
        .await;
}
