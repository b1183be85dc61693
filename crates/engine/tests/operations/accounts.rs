//! People: signing up, signing in, lockout, sessions, links, and what each role may do.

use outrider_domain::address::Email;
use outrider_domain::time::{DAY, HOUR, MINUTE};
use outrider_engine::Error;
use outrider_engine::sign_in::{self, Opened, links, sessions};
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const PASSWORD: &str = "correct horse battery";

/// A person of `acme` with a role and the usual password.
async fn person(app: &TestApp, email: &str, role: &str) {
    app.call(&app.operator(), "create_user", json!({ "email": email, "role": role })).ok().await;
    sign_in::set_password(&app.pipeline, &Email::parse(email).unwrap(), PASSWORD).await.unwrap();
}

async fn enter(app: &TestApp, email: &str, password: &str, origin: &str) -> Result<Opened, Error> {
    sign_in::with_password(&app.pipeline, email, password, origin).await
}

async fn session(app: &TestApp, email: &str) -> Caller {
    Caller::Session(enter(app, email, PASSWORD, "192.0.2.9").await.unwrap().token, None)
}

fn code(outcome: Result<Opened, Error>) -> &'static str {
    outcome.map_or_else(|error| error.code.name, |_| "signed in")
}

#[tokio::test]
async fn signing_up_makes_everything_and_shows_the_key_once() {
    let app = TestApp::new().await;
    let input = json!({ "email": "Jane@Newco.example", "password": PASSWORD, "company_name": "Newco", "name": "Jane", "source": "a friend" });
    let made = app.call(&Caller::Visitor("192.0.2.1"), "sign_up", input).ok().await;
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("cora_live_"), "{made}");
    let owner = Caller::Session(enter(&app, "jane@newco.example", PASSWORD, "x").await.unwrap().token, None);
    let project = app.call(&owner, "get_project", json!({ "project_id": made["project_id"] })).ok().await;
    assert_eq!(
        (&project["name"], &project["plan"], &project["slug"]),
        (&json!("Newco"), &json!("none"), &json!("newco"))
    );
    let users = app.call(&owner, "list_users", json!({})).ok().await;
    assert_eq!((&users["items"][0]["role"], &users["items"][0]["name"]), (&json!("owner"), &json!("Jane")));
    let keys = app.call(&owner, "list_keys", json!({})).ok().await;
    assert_eq!((&keys["items"][0]["id"], &keys["items"][0]["scopes"]), (&made["key_id"], &json!(["*"])));
    let lines = app.call(&owner, "list_audit", json!({})).ok().await;
    let line = lines["lines"].as_array().unwrap().iter().find(|line| line["operation"] == "sign_up").unwrap().clone();
    assert_eq!(line["actor"], "visitor");
    assert!(!lines.to_string().contains(PASSWORD) && !lines.to_string().contains(secret), "{lines}");
    assert_eq!(app.call(&owner, "verify_audit", json!({})).ok().await["sound"], true);
}

#[tokio::test]
async fn an_address_is_not_taken_over_and_company_names_do_not_collide() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "owner").await;
    let visitor = Caller::Visitor("192.0.2.1");
    let again = json!({ "email": "ANN@acme.com", "password": "another password" });
    app.call(&visitor, "sign_up", again).refused("already_exists", "email").await;
    assert_eq!(code(enter(&app, "ann@acme.com", "another password", "x").await), "invalid_sign_in");
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "x").await), "signed in");
    for number in 0..2 {
        let input = json!({ "email": format!("a{number}@new.example"), "company_name": "acme" });
        let made = app.call(&visitor, "sign_up", input).ok().await;
        assert_ne!(made["project_id"], app.main.to_string());
    }
}

#[tokio::test]
async fn bad_sign_ups_are_refused_and_many_are_slowed_down_over_restarts() {
    let app = TestApp::new().await;
    let visitor = Caller::Visitor("192.0.2.1");
    for (input, field) in [
        (json!({}), "email"),
        (json!({ "email": "nobody" }), "email"),
        (json!({ "email": "a@b.example", "password": "short" }), "password"),
        (json!({ "email": "a@b.example", "role": "owner" }), "role"),
        (json!({ "email": "a@b.example", "name": "a\nb" }), "name"),
        (json!({ "email": "a@b.example", "name": "x".repeat(201) }), "name"),
    ] {
        app.call(&visitor, "sign_up", input).refused("validation_error", field).await;
    }
    let good = json!({ "email": "a@b.example" });
    assert_eq!(
        app.call(&visitor, "sign_up", good.clone()).fails().await.0,
        "rate_limit_exceeded",
        "refusals count too, save those that nothing was done for"
    );
    let app = app.restart().await;
    assert_eq!(app.call(&visitor, "sign_up", good.clone()).fails().await.0, "rate_limit_exceeded");
    app.call(&Caller::Visitor("192.0.2.2"), "sign_up", good.clone()).ok().await;
    app.clock.advance(HOUR);
    app.call(&visitor, "sign_up", json!({ "email": "b@b.example" })).ok().await;
    assert_eq!(app.call(&visitor, "list_leads", json!({})).fails().await.0, "missing_api_key");
    let owner = app.owner().await;
    assert_eq!(app.call(&owner, "sign_up", good).fails().await.0, "insufficient_scope");
}

#[tokio::test]
async fn an_account_locks_after_wrong_passwords_and_opens_when_the_window_ends() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "owner").await;
    person(&app, "bob@acme.com", "owner").await;
    for number in 0..10 {
        let origin = format!("192.0.2.{number}");
        assert_eq!(code(enter(&app, "ann@acme.com", "wrong password", &origin).await), "invalid_sign_in");
    }
    let locked = enter(&app, " ANN@acme.com ", PASSWORD, "198.51.100.1").await.unwrap_err();
    assert_eq!((locked.code.name, locked.retry_after), ("rate_limit_exceeded", Some(900)));
    assert_eq!(code(enter(&app, "bob@acme.com", PASSWORD, "198.51.100.1").await), "signed in");
    let app = app.restart().await;
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "198.51.100.1").await), "rate_limit_exceeded");
    app.clock.advance(15 * MINUTE);
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "198.51.100.1").await), "signed in");
    for _ in 0..9 {
        assert_eq!(code(enter(&app, "ann@acme.com", "wrong password", "x").await), "invalid_sign_in");
    }
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "x").await), "signed in", "the count began anew");
}

#[tokio::test]
async fn one_address_can_not_try_many_accounts() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "owner").await;
    for number in 0..60 {
        // Without an account the password is compared with nobody's, which a test need not wait for more than once.
        let account = format!("nobody{}@acme.com", number % 30);
        assert_eq!(code(enter(&app, &account, "wrong password", "192.0.2.1").await), "invalid_sign_in");
    }
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "192.0.2.1").await), "rate_limit_exceeded");
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "192.0.2.2").await), "signed in");
}

#[tokio::test]
async fn sessions_end_by_idling_by_age_and_by_hand() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "owner").await;
    let idle = session(&app, "ann@acme.com").await;
    app.call(&idle, "list_leads", json!({})).ok().await;
    app.clock.advance(sessions::IDLE_MS);
    assert_eq!(app.call(&idle, "list_leads", json!({})).fails().await.0, "invalid_session");
    let Caller::Session(token, _) = session(&app, "ann@acme.com").await else { panic!("a session") };
    let used = Caller::Session(token.clone(), None);
    for _ in 0..(sessions::ABSOLUTE_MS / (8 * HOUR)) {
        app.call(&used, "list_leads", json!({})).ok().await;
        app.clock.advance(8 * HOUR);
        sessions::touch(&app.pipeline, &token).await.unwrap();
    }
    assert_eq!(app.call(&used, "list_leads", json!({})).fails().await.0, "invalid_session", "too old, though used");
    let ended = session(&app, "ann@acme.com").await;
    let Caller::Session(token, _) = &ended else { panic!("a session") };
    sessions::end(&app.pipeline, token).await.unwrap();
    assert_eq!(app.call(&ended, "list_leads", json!({})).fails().await.0, "invalid_session");
    for made_up in ["", "0", "'; --"] {
        let caller = Caller::Session(made_up.to_owned(), None);
        assert_eq!(app.call(&caller, "list_leads", json!({})).fails().await.0, "invalid_session");
    }
}

#[tokio::test]
async fn a_person_sees_all_projects_of_the_organization_and_no_other() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "seller").await;
    let Caller::Session(token, _) = session(&app, "ann@acme.com").await else { panic!("a session") };
    let lead = |project: Option<_>| (Caller::Session(token.clone(), project), json!({ "name": "Lead" }));
    for project in [app.main, app.side] {
        let (caller, input) = lead(Some(project));
        app.call(&caller, "create_lead", input).ok().await;
    }
    let (caller, input) = lead(Some(app.other));
    app.call(&caller, "create_lead", input).refused("resource_not_found", "project_id").await;
    let count = |answer: Value| answer["items"].as_array().unwrap().len();
    sessions::choose_project(&app.pipeline, &token, app.side).await.unwrap();
    assert!(sessions::choose_project(&app.pipeline, &token, app.other).await.is_err());
    let (caller, _) = lead(None);
    assert_eq!(count(app.call(&caller, "list_leads", json!({})).ok().await), 1);
    let made = app.call(&caller, "create_lead", json!({ "name": "Chosen" })).ok().await;
    let (side, _) = lead(Some(app.side));
    app.call(&side, "get_lead", json!({ "lead_id": made["id"] })).ok().await;
}

#[tokio::test]
async fn sellers_approve_and_viewers_only_look() {
    let app = TestApp::new().await;
    for (role, approves) in [("owner", true), ("admin", true), ("seller", true), ("viewer", false)] {
        let email = format!("{role}@acme.com");
        person(&app, &email, role).await;
        let caller = session(&app, &email).await;
        app.call(&caller, "list_actions", json!({})).ok().await;
        let input = json!({ "action_id": "act_0000000000001", "digest": "x" });
        let (refusal, _) = app.call(&caller, "approve_action", input).fails().await;
        assert_eq!(refusal, if approves { "resource_not_found" } else { "read_only_key" }, "{role}");
        assert_eq!(
            app.call(&caller, "create_user", json!({ "email": "x@y.example" })).fails().await.0,
            if approves { "insufficient_scope" } else { "read_only_key" }
        );
    }
}

#[tokio::test]
async fn a_link_lets_in_once_sets_the_password_and_ends_what_was_open() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "owner").await;
    let before = session(&app, "ann@acme.com").await;
    let email = Email::parse("ann@acme.com").unwrap();
    let url = links::make(&app.pipeline, &email).await.unwrap();
    let other = links::make(&app.pipeline, &email).await.unwrap();
    let token = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:7700/sign-in/link/"), "{url}");
    for _ in 0..2 {
        assert_eq!(links::look(&app.pipeline, &token(&url)).await.unwrap().email, "ann@acme.com");
    }
    assert_eq!(
        links::follow(&app.pipeline, &token(&url), "short").await.unwrap_err().field.as_deref(),
        Some("password")
    );
    let opened = links::follow(&app.pipeline, &token(&url), "a new password").await.unwrap();
    app.call(&Caller::Session(opened.token, None), "list_leads", json!({})).ok().await;
    assert_eq!(app.call(&before, "list_leads", json!({})).fails().await.0, "invalid_session");
    for used in [&url, &other] {
        assert!(links::look(&app.pipeline, &token(used)).await.is_err());
        assert!(links::follow(&app.pipeline, &token(used), "another password").await.is_err());
    }
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "x").await), "invalid_sign_in");
    assert_eq!(code(enter(&app, "ann@acme.com", "a new password", "x").await), "signed in");
    let late = links::make(&app.pipeline, &email).await.unwrap();
    app.clock.advance(DAY);
    assert!(links::follow(&app.pipeline, &token(&late), "a newer password").await.is_err());
}

#[tokio::test]
async fn changing_a_password_needs_the_old_one_and_ends_other_sessions() {
    let app = TestApp::new().await;
    person(&app, "ann@acme.com", "owner").await;
    let elsewhere = session(&app, "ann@acme.com").await;
    let Caller::Session(own, _) = session(&app, "ann@acme.com").await else { panic!("a session") };
    let change = |old: &'static str, new: &'static str| sign_in::change_password(&app.pipeline, &own, old, new, "x");
    assert_eq!(change("wrong password", "a new password").await.unwrap_err().field.as_deref(), Some("password"));
    assert_eq!(change(PASSWORD, "short").await.unwrap_err().field.as_deref(), Some("new_password"));
    let opened = change(PASSWORD, "a new password").await.unwrap();
    app.call(&Caller::Session(opened.token, None), "list_leads", json!({})).ok().await;
    assert_eq!(app.call(&elsewhere, "list_leads", json!({})).fails().await.0, "invalid_session");
    assert_eq!(code(enter(&app, "ann@acme.com", PASSWORD, "x").await), "invalid_sign_in");
}

#[tokio::test]
async fn form_tokens_belong_to_one_session() {
    let app = TestApp::new().await;
    let core = app.pipeline.core();
    let form = sessions::form_token(core, "one");
    assert!(sessions::is_form_token(core, "one", &form));
    for (token, given) in [("two", form.as_str()), ("one", ""), ("one", "one"), ("", &form)] {
        assert!(!sessions::is_form_token(core, token, given));
    }
}
