//! Dry runs: nothing changes, the digest holds as long as the world does, and every operation that says it previews does.

use outrider_engine::registry::OPERATIONS;
use serde_json::json;

use crate::support::TestApp;
use crate::world;

#[tokio::test]
async fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let before = app.events().await;
    let preview = app
        .call(&owner, "create_lead", json!({ "name": "Jane", "email": "jane@acme.com" }))
        .dry_run()
        .send()
        .await
        .unwrap();
    assert!(preview.preview);
    assert_eq!(preview.body["plan"][0]["create_lead"]["email"], "jane@acme.com");
    assert_eq!(app.events().await, before);
    assert_eq!(app.call(&owner, "list_leads", json!({})).ok().await["items"], json!([]));
    let digest = preview.body["digest"].as_str().unwrap();
    app.clock.advance(60_000);
    app.call(&owner, "create_lead", json!({ "name": "Jane", "email": "jane@acme.com" })).plan_digest(digest).ok().await;
}

#[tokio::test]
async fn a_commit_is_refused_when_the_world_has_changed() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let leads =
        json!({ "leads": [{ "name": "Jane", "email": "jane@acme.com" }, { "name": "Joe", "email": "joe@acme.com" }] });
    let preview = app.call(&owner, "bulk_create_leads", leads.clone()).dry_run().ok().await;
    app.call(&owner, "create_lead", json!({ "name": "Joe", "email": "joe@acme.com" })).ok().await;
    let digest = preview["digest"].as_str().unwrap();
    app.call(&owner, "bulk_create_leads", leads.clone())
        .plan_digest(digest)
        .refused("plan_changed", "plan_digest")
        .await;
    assert_eq!(
        app.call(&owner, "list_leads", json!({})).ok().await["items"].as_array().unwrap().len(),
        1,
        "the refused commit left something"
    );
    let again = app.call(&owner, "bulk_create_leads", leads.clone()).dry_run().ok().await;
    let done = app.call(&owner, "bulk_create_leads", leads).plan_digest(again["digest"].as_str().unwrap()).ok().await;
    assert_eq!((done["count"].as_u64(), done["duplicates"].as_u64()), (Some(1), Some(1)));
}

#[tokio::test]
async fn an_operation_without_a_preview_says_so() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.writes() && !operation.spec.dry_run) {
        app.call(&owner, operation.spec.name, json!({})).dry_run().refused("validation_error", "dry_run").await;
        app.call(&owner, operation.spec.name, json!({}))
            .plan_digest("x")
            .refused("validation_error", "plan_digest")
            .await;
    }
}

#[tokio::test]
async fn every_removal_previews_and_its_digest_commits() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    // Their users first: an agent with a sender or a running sequence, and a template in one, can't go.
    app.call(&owner, "update_sequence", json!({ "sequence_id": ids["sequence_id"], "status": "archived" })).ok().await;
    for (operation, field) in [
        ("delete_identity", "identity_id"),
        ("delete_phone_number", "phone_number_id"),
        ("delete_agent", "agent_id"),
        ("delete_template", "template_id"),
        ("delete_company", "company_id"),
        ("delete_suppression", "suppression_id"),
        ("delete_lead", "lead_id"),
    ] {
        let input = json!({ field: ids[field] });
        let preview = app.call(&owner, operation, input.clone()).dry_run().ok().await;
        assert_eq!(preview["plan"].as_array().unwrap().len(), 1, "{operation}: {preview}");
        let digest = preview["digest"].as_str().unwrap();
        app.call(&owner, operation, input.clone()).plan_digest(digest).ok().await;
        app.call(&owner, operation, input).refused("resource_not_found", field).await;
    }
}
