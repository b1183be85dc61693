//! Sellers: senders of their own, and what becomes of both when a seller leaves.

use std::collections::BTreeMap;

use outrider_engine::operation::Shape;
use outrider_engine::registry::OPERATIONS;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::{self, id_of};

async fn seller(app: &TestApp, email: &str) -> String {
    id_of(&app.call(&app.operator(), "create_user", json!({ "email": email, "role": "seller" })).ok().await)
}

async fn lead(app: &TestApp, owner: &Caller, name: &str, seller: Option<&str>) -> String {
    let lead = json!({ "first_name": name, "email": format!("{}@lead.example", name.to_lowercase()) });
    let id = id_of(&app.call(owner, "create_lead", lead).ok().await);
    if let Some(seller) = seller {
        app.call(owner, "assign_owner", json!({ "user_id": seller, "lead_ids": [id] })).ok().await;
    }
    id
}

/// A key that acts for a person and may do what they may.
async fn key_for(app: &TestApp, user: &str) -> Caller {
    let key = json!({ "name": "own", "scopes": ["*", "actions:approve"], "user_id": user });
    Caller::Key(app.call(&app.operator(), "create_key", key).ok().await["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_sellers_leads_are_written_to_from_the_sellers_own_senders() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (ann, bob) = (seller(&app, "ann@acme.example").await, seller(&app, "bob@acme.example").await);
    for (email, whose) in [("ann@acme.example", json!(ann)), ("sales@acme.example", json!(null))] {
        let input = json!({ "email": email, "gap": "0", "owner_id": whose });
        let made = app.call(&owner, "create_identity", input).ok().await;
        assert_eq!(made["owner_id"], whose);
    }
    let mut ids = Vec::new();
    for (name, whose) in [("Ada", Some(&ann)), ("Bea", Some(&ann)), ("Cid", Some(&bob)), ("Dan", None)] {
        ids.push(lead(&app, &owner, name, whose.map(String::as_str)).await);
    }
    app.call(&owner, "update_project", json!({ "project_id": app.main, "autonomy": "alone" })).ok().await;
    let steps = json!([{ "key": "one", "subject": "Hello", "text": "How are you?" }]);
    let sequence = json!({ "name": "intro", "definition": { "steps": steps } });
    let sequence = id_of(&app.call(&owner, "create_sequence", sequence).ok().await);
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": ids })).ok().await;
    app.run_jobs().await;
    let from: BTreeMap<String, String> =
        app.mailer.mails().iter().map(|mail| (mail.to.to_string(), mail.from.to_string())).collect();
    for (to, wanted) in [("ada", "ann@"), ("bea", "ann@"), ("cid", "sales@"), ("dan", "sales@")] {
        let sender = &from[&format!("{to}@lead.example")];
        assert!(sender.contains(wanted), "{to} was written to by {sender}");
    }
}

#[tokio::test]
async fn senders_of_a_seller_who_leaves_rest() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let ann = seller(&app, "ann@acme.example").await;
    let made = json!({ "email": "ann@acme.example", "owner_id": ann });
    let identity = id_of(&app.call(&owner, "create_identity", made).ok().await);
    app.call(&app.operator(), "remove_user", json!({ "user_id": ann })).ok().await;
    let left = app.call(&owner, "get_identity", json!({ "identity_id": identity })).ok().await;
    assert_eq!((&left["owner_id"], &left["active"]), (&json!(null), &json!(false)));
}

#[tokio::test]
async fn only_people_of_the_organization_own_senders_and_sellers_give_them_to_nobody_else() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (ann, bob) = (seller(&app, "ann@acme.example").await, seller(&app, "bob@acme.example").await);
    let made = json!({ "email": "x@acme.example", "owner_id": "usr_0000000000000" });
    app.call(&owner, "create_identity", made).refused("resource_not_found", "owner_id").await;
    let ann_calls = key_for(&app, &ann).await;
    let hers = json!({ "email": "ann@acme.example", "owner_id": ann });
    let identity = id_of(&app.call(&ann_calls, "create_identity", hers).ok().await);
    let given = json!({ "identity_id": identity, "owner_id": bob });
    app.call(&ann_calls, "update_identity", given).refused("insufficient_scope", "owner_id").await;
}

#[tokio::test]
async fn a_seller_sees_and_touches_their_own_leads_alone() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (ann, bob) = (seller(&app, "ann@acme.example").await, seller(&app, "bob@acme.example").await);
    let (hers, his) = (lead(&app, &owner, "Ada", Some(&ann)).await, lead(&app, &owner, "Bea", Some(&bob)).await);
    for id in [&hers, &his] {
        app.call(&owner, "create_note", json!({ "lead_id": id, "text": "x" })).ok().await;
    }
    let ann_calls = key_for(&app, &ann).await;
    let listed = app.call(&ann_calls, "list_leads", json!({})).ok().await;
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["id"]), (1, &json!(hers)), "{listed}");
    app.call(&ann_calls, "get_lead", json!({ "lead_id": hers })).ok().await;
    for (operation, more) in [
        ("get_lead", json!({})),
        ("update_lead", json!({ "role": "CTO" })),
        ("delete_lead", json!({})),
        ("list_lead_notes", json!({})),
        ("why_lead", json!({})),
    ] {
        let mut input = json!({ "lead_id": his });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.call(&ann_calls, operation, input).refused("resource_not_found", "lead_id").await;
    }
    let events = app.call(&ann_calls, "list_events", json!({})).ok().await;
    assert!(events.to_string().contains(&hers) && !events.to_string().contains(&his), "{events}");
    let steps = json!([{ "key": "one", "subject": "Hello", "text": "How are you?" }]);
    let sequence = json!({ "name": "intro", "definition": { "steps": steps } });
    let sequence = id_of(&app.call(&owner, "create_sequence", sequence).ok().await);
    let named = json!({ "sequence_id": sequence, "lead_ids": [hers, his] });
    app.call(&ann_calls, "enroll_leads", named).refused("resource_not_found", "lead_ids").await;
    let enrolled = app.call(&ann_calls, "enroll_leads", json!({ "sequence_id": sequence, "all": {} })).ok().await;
    assert_eq!((&enrolled["enrolled"], &enrolled["leads"]), (&json!(1), &json!([hers])), "{enrolled}");
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "lead_ids": [his] })).ok().await;
    app.run_jobs().await;
    let all = app.call(&owner, "list_actions", json!({})).ok().await;
    let seen = app.call(&ann_calls, "list_actions", json!({})).ok().await;
    assert_eq!((all["items"].as_array().unwrap().len(), seen["items"].as_array().unwrap().len()), (2, 1));
    let other = all["items"].as_array().unwrap().iter().find(|action| action["lead_id"] == his).unwrap();
    let (code, _) = app.call(&ann_calls, "get_action", json!({ "action_id": other["id"] })).fails().await;
    assert_eq!(code, "resource_not_found");
    let approve = json!({ "action_id": other["id"], "digest": other["digest"] });
    assert_eq!(app.call(&ann_calls, "approve_action", approve).fails().await.0, "resource_not_found");
    let still = app.call(&owner, "get_action", json!({ "action_id": other["id"] })).ok().await;
    assert_eq!(still["state"], "pending_approval", "what was refused changed nothing");
}

/// Every page of a list, from the first to the last.
async fn pages(app: &TestApp, caller: &Caller, list: &'static str, mut input: Value) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    loop {
        let page = app.call(caller, list, input.clone()).ok().await;
        pages.push(page["items"].as_array().unwrap().clone());
        match &page["next_cursor"] {
            Value::Null => return pages,
            cursor => input["cursor"] = cursor.clone(),
        }
    }
}

#[tokio::test]
async fn a_sellers_pages_are_full_however_many_leads_of_others_lie_between() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let (ann, bob) = (seller(&app, "ann@acme.example").await, seller(&app, "bob@acme.example").await);
    let mut hers = Vec::new();
    for number in 0..21 {
        let whose = if number % 4 == 0 { &ann } else { &bob };
        let id = lead(&app, &owner, &format!("Lea{number}"), Some(whose)).await;
        if number % 4 == 0 {
            hers.insert(0, id);
        }
    }
    let steps = json!([{ "key": "one", "subject": "Hello", "text": "How are you?" }]);
    let sequence = json!({ "name": "intro", "definition": { "steps": steps } });
    let sequence = id_of(&app.call(&owner, "create_sequence", sequence).ok().await);
    app.call(&owner, "enroll_leads", json!({ "sequence_id": sequence, "all": {} })).ok().await;
    app.run_jobs().await;
    let ann_calls = key_for(&app, &ann).await;
    for (list, input, field) in [
        ("list_leads", json!({}), "id"),
        ("list_leads", json!({ "query": "lea" }), "id"),
        ("list_leads", json!({ "query": "le", "status": "new" }), "id"),
        ("list_actions", json!({}), "lead_id"),
        ("list_actions", json!({ "state": "pending_approval" }), "lead_id"),
        ("list_approvals", json!({}), "lead_id"),
        ("list_enrollments", json!({ "sequence_id": sequence }), "lead_id"),
        ("list_emails", json!({}), "lead_id"),
        ("list_activity", json!({ "event_type": "lead.created" }), "lead_id"),
    ] {
        let mut input = input;
        input["limit"] = json!(4);
        let pages = pages(&app, &ann_calls, list, input).await;
        let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [4, 2], "{list}: {pages:?}");
        let mut seen: Vec<&str> = pages.iter().flatten().map(|item| item[field].as_str().unwrap()).collect();
        seen.sort_by(|one, other| other.cmp(one));
        assert_eq!(seen, hers, "{list}");
    }
}

#[tokio::test]
async fn no_page_names_another_sellers_lead() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    app.run_jobs().await;
    let (ann, bob) = (seller(&app, "ann@acme.example").await, seller(&app, "bob@acme.example").await);
    let leads = app.call(&owner, "list_leads", json!({})).ok().await;
    let his: Vec<String> = leads["items"].as_array().unwrap().iter().map(id_of).collect();
    app.call(&owner, "assign_owner", json!({ "user_id": bob, "lead_ids": his })).ok().await;
    let names_his = |answer: &Value| his.iter().any(|id| answer.to_string().contains(id));
    let (ann_calls, bob_calls) = (key_for(&app, &ann).await, key_for(&app, &bob).await);
    let mut naming = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.shape == Shape::Page) {
        let (name, mut input) = (operation.spec.name, json!({}));
        for field in operation.spec.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            input[field] = world::value_for(field, &ids);
        }
        let Ok(all) = app.call(&bob_calls, name, input.clone()).send().await else { continue };
        if names_his(&all.body) {
            naming.push(name);
        }
        if let Ok(seen) = app.call(&ann_calls, name, input).send().await {
            assert!(!names_his(&seen.body), "{name} shows another seller's lead: {}", seen.body);
        }
    }
    for wanted in [
        "list_leads",
        "list_actions",
        "list_enrollments",
        "list_emails",
        "list_threads",
        "list_calls",
        "list_activity",
        "list_person_tasks",
    ] {
        assert!(naming.contains(&wanted), "{wanted} was not tried on a lead: {naming:?}");
    }
}
