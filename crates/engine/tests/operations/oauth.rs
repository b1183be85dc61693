//! Access tokens as credentials of the pipeline: scopes, roles, projects, resources. The flows that issue them are tested over HTTP.

use outrider_domain::id::{GrantId, ProjectId, UserId};
use outrider_domain::time::HOUR;
use outrider_engine::Error;
use outrider_engine::keys::hash;
use outrider_store::oauth_grants::{self, Grant, Token};
use outrider_store::projects;
use serde_json::json;

use crate::support::{Caller, START, TestApp};

const RESOURCE: &str = "http://127.0.0.1:7700/mcp";

/// A token of a person with a role, as an exchange would have written it.
async fn token(app: &TestApp, role: &str, scopes: &'static str, project: Option<ProjectId>) -> (String, GrantId) {
    let email = format!("{role}{}@acme.com", app.pipeline.core().ids.next(START));
    let made = app.call(&app.operator(), "create_user", json!({ "email": email, "role": role })).ok().await;
    let user: UserId = made["id"].as_str().unwrap().parse().unwrap();
    let id = GrantId(app.pipeline.core().ids.next(START));
    let secret = format!("or_at_{id}");
    let (grant, token) = (
        Grant {
            id,
            user_id: user,
            issuer: "http://127.0.0.1:7700".to_owned(),
            client_id: "cli_1".to_owned(),
            client_name: "Assistant".to_owned(),
            resource: RESOURCE.to_owned(),
            scopes: scopes.to_owned(),
            project_id: project,
            created_at: START,
            used_at: Some(START),
            expires_at: START.plus(HOUR),
            revoked_at: None,
            revoked_because: None,
        },
        Token {
            hash: hash(&secret),
            grant_id: id,
            kind: "access".to_owned(),
            scopes: scopes.to_owned(),
            created_at: START,
            expires_at: START.plus(HOUR),
            used_at: None,
        },
    );
    app.store()
        .write(move |tx| {
            grant.clone().insert(tx)?;
            Ok::<_, Error>(token.clone().insert(tx)?)
        })
        .await
        .unwrap();
    (secret, id)
}

fn caller(secret: &str, resource: &str, project: Option<ProjectId>) -> Caller {
    Caller::Token { secret: secret.to_owned(), resource: resource.to_owned(), project }
}

#[tokio::test]
async fn a_token_does_what_its_scopes_and_its_persons_role_both_allow() {
    let app = TestApp::new().await;
    let approve = json!({ "action_id": "act_0000000000001", "digest": "x" });
    let tries = [
        ("list_leads", json!({})),
        ("create_lead", json!({ "name": "A" })),
        ("approve_action", approve),
        ("create_key", json!({})),
    ];
    for (role, scopes, expected) in [
        ("owner", "outrider.read", ["ok", "read_only_key", "read_only_key", "read_only_key"]),
        ("owner", "outrider.read outrider.write", ["ok", "ok", "insufficient_scope", "insufficient_scope"]),
        ("owner", "outrider.write", ["insufficient_scope", "ok", "insufficient_scope", "insufficient_scope"]),
        (
            "owner",
            "outrider.read outrider.approve",
            ["ok", "insufficient_scope", "resource_not_found", "insufficient_scope"],
        ),
        (
            "viewer",
            "outrider.read outrider.write outrider.approve",
            ["ok", "read_only_key", "read_only_key", "read_only_key"],
        ),
        ("seller", "cora.read cora.write", ["ok", "ok", "insufficient_scope", "insufficient_scope"]),
        ("owner", "made.up", ["insufficient_scope", "read_only_key", "read_only_key", "read_only_key"]),
    ] {
        let (secret, _) = token(&app, role, scopes, None).await;
        let caller = caller(&secret, RESOURCE, None);
        for ((operation, input), expected) in tries.iter().zip(expected) {
            let outcome = app.call(&caller, operation, input.clone()).send().await;
            let found = outcome.map_or_else(|error| error.code.name, |_| "ok");
            assert_eq!(found, expected, "{role} with {scopes}: {operation}");
        }
    }
}

#[tokio::test]
async fn a_token_reaches_its_persons_projects_or_the_one_chosen_at_consent() {
    let app = TestApp::new().await;
    let (secret, _) = token(&app, "owner", "outrider.read outrider.write", None).await;
    for (project, expected) in [(None, app.main), (Some(app.side), app.side)] {
        let reply =
            app.call(&caller(&secret, RESOURCE, project), "create_lead", json!({ "name": "A" })).send().await.unwrap();
        assert_eq!(reply.project, expected);
    }
    app.call(&caller(&secret, RESOURCE, Some(app.other)), "list_leads", json!({}))
        .refused("resource_not_found", "project_id")
        .await;
    let (only, id) = token(&app, "owner", "outrider.read outrider.write", Some(app.side)).await;
    for project in [None, Some(app.side)] {
        let reply =
            app.call(&caller(&only, RESOURCE, project), "create_lead", json!({ "name": "A" })).send().await.unwrap();
        assert_eq!(reply.project, app.side);
    }
    for project in [app.main, app.other] {
        app.call(&caller(&only, RESOURCE, Some(project)), "list_leads", json!({}))
            .refused("resource_not_found", "project_id")
            .await;
    }
    let audit = app.call(&Caller::Operator(app.side), "list_audit", json!({})).ok().await;
    assert_eq!(audit["lines"].as_array().unwrap().last().unwrap()["actor"], id.to_string());
}

#[tokio::test]
async fn a_token_of_another_resource_expired_revoked_or_made_up_is_refused() {
    let app = TestApp::new().await;
    let (secret, id) = token(&app, "owner", "outrider.read", None).await;
    for (secret, resource) in [
        (secret.as_str(), "http://127.0.0.1:7700/cora/api/mcp"),
        (&secret, "http://127.0.0.1:7700/mcp/"),
        (&secret, "http://127.0.0.1:7701/mcp"),
        (&secret, ""),
        ("or_at_made_up", RESOURCE),
        ("", RESOURCE),
    ] {
        assert_eq!(app.call(&caller(secret, resource, None), "list_leads", json!({})).fails().await.0, "invalid_token");
    }
    let good = caller(&secret, RESOURCE, None);
    app.call(&good, "list_leads", json!({})).ok().await;
    app.store().write(move |tx| Ok::<_, Error>(oauth_grants::revoke(tx, id, "test", START)?)).await.unwrap();
    assert_eq!(app.call(&good, "list_leads", json!({})).fails().await.0, "invalid_token");
    let (secret, _) = token(&app, "owner", "outrider.read", None).await;
    app.clock.advance(HOUR);
    assert_eq!(app.call(&caller(&secret, RESOURCE, None), "list_leads", json!({})).fails().await.0, "invalid_token");
}

#[tokio::test]
async fn people_see_and_end_their_own_grants_alone() {
    let app = TestApp::new().await;
    let (secret, id) = token(&app, "owner", "outrider.read", None).await;
    let (other, _) = token(&app, "owner", "outrider.read outrider.write", None).await;
    let (own, other) = (caller(&secret, RESOURCE, None), caller(&other, RESOURCE, None));
    let listed = app.call(&own, "list_grants", json!({})).ok().await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["scopes"]),
        (&json!(id.to_string()), &json!(["outrider.read"]))
    );
    assert_eq!(app.call(&app.operator(), "list_grants", json!({})).ok().await["items"].as_array().unwrap().len(), 2);
    let input = json!({ "grant_id": id.to_string() });
    assert_eq!(
        app.call(&other, "revoke_grant", input.clone()).fails().await.0,
        "insufficient_scope",
        "no application may"
    );
    let owner = app.owner().await;
    app.call(&owner, "revoke_grant", input.clone()).refused("resource_not_found", "grant_id").await;
    app.call(&Caller::Operator(app.other), "revoke_grant", input.clone())
        .refused("resource_not_found", "grant_id")
        .await;
    let revoked = app.call(&app.operator(), "revoke_grant", input).ok().await;
    assert!(revoked["revoked_at"].is_string());
    assert_eq!(app.call(&own, "list_leads", json!({})).fails().await.0, "invalid_token");
}

#[tokio::test]
async fn a_person_who_is_gone_takes_the_tokens_with_them() {
    let app = TestApp::new().await;
    let (secret, _) = token(&app, "owner", "outrider.read outrider.write", None).await;
    let good = caller(&secret, RESOURCE, None);
    app.call(&good, "create_lead", json!({ "name": "A" })).ok().await;
    let users = app.call(&app.operator(), "list_users", json!({})).ok().await;
    let email = users["items"][0]["email"].as_str().unwrap().to_owned();
    app.store()
        .write(move |tx| {
            let user = projects::find_user(tx, &email)?.unwrap();
            Ok::<_, Error>(projects::User { role: "viewer".to_owned(), ..user }.save(tx)?)
        })
        .await
        .unwrap();
    assert_eq!(
        app.call(&good, "create_lead", json!({ "name": "B" })).fails().await.0,
        "read_only_key",
        "the role of now counts"
    );
}
