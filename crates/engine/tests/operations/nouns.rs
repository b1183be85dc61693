//! Companies, agents, identities, templates, projects, users, mails, figures, credits and the audit.

use outrider_engine::error::Error;
use outrider_store::{statements, values};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::world::{self, id_of};

statements! {
    CHANGE_AUDIT = "UPDATE audit SET actor = 'somebody else' WHERE project_id = ?1 AND sequence = ?2";
    CUT_AUDIT = "DELETE FROM audit WHERE project_id = ?1 AND sequence >= ?2";
}

#[tokio::test]
async fn companies_are_made_changed_and_removed() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let acme = app
        .call(&owner, "create_company", json!({ "name": " Acme ", "domain": "ACME.com", "size": "51-200" }))
        .ok()
        .await;
    assert_eq!((&acme["name"], &acme["domain"]), (&json!("Acme"), &json!("acme.com")));
    app.call(&owner, "create_company", json!({ "name": "B", "domain": "acme.com" }))
        .refused("already_exists", "domain")
        .await;
    let other = id_of(&app.call(&owner, "create_company", json!({ "name": "B" })).ok().await);
    app.call(&owner, "update_company", json!({ "company_id": other, "domain": "acme.com" }))
        .refused("already_exists", "domain")
        .await;
    app.call(&owner, "update_company", json!({ "company_id": other, "name": null }))
        .refused("validation_error", "name")
        .await;
    let changed = app
        .call(&owner, "update_company", json!({ "company_id": acme["id"], "domain": null, "industry": "steel" }))
        .ok()
        .await;
    assert_eq!(
        (&changed["domain"], &changed["industry"], &changed["size"]),
        (&Value::Null, &json!("steel"), &json!("51-200"))
    );
    let lead = id_of(&app.call(&owner, "create_lead", json!({ "name": "Jane", "company_id": acme["id"] })).ok().await);
    app.call(&owner, "delete_company", json!({ "company_id": acme["id"] })).ok().await;
    assert_eq!(app.call(&owner, "get_lead", json!({ "lead_id": lead })).ok().await["company_id"], Value::Null);
}

#[tokio::test]
async fn agents_keep_their_brains() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let made = app
        .call(
            &owner,
            "create_agent",
            json!({ "name": "Ada", "type": "outbound", "pain_points": "Too much\nwork", "outreach_model": "both" }),
        )
        .ok()
        .await;
    assert_eq!(
        (&made["active"], &made["automation_enabled"], &made["type"]),
        (&json!(true), &json!(false), &json!("outbound"))
    );
    let id = id_of(&made);
    let input = json!({ "agent_id": id, "pain_points": null, "elevator_pitch": "Less work", "automation_enabled": true, "type": "inbound" });
    let after = app.call(&owner, "update_agent", input).ok().await;
    assert_eq!(
        (&after["pain_points"], &after["elevator_pitch"], &after["type"]),
        (&Value::Null, &json!("Less work"), &json!("inbound"))
    );
    let events = app.call(&owner, "list_activity", json!({ "agent_id": id, "event_type": "agent.updated" })).ok().await;
    assert_eq!(
        events["items"][0]["data"]["fields"],
        json!(["type", "automation_enabled", "pain_points", "elevator_pitch"])
    );
    app.call(&owner, "create_identity", json!({ "email": "ada@sender.test", "agent_id": id })).ok().await;
    let detail = app.call(&owner, "get_agent", json!({ "agent_id": id })).ok().await;
    assert_eq!(
        (&detail["email_address"], &detail["total_calls"], &detail["total_emails"]),
        (&json!("ada@sender.test"), &json!(0), &json!(0))
    );
    assert_eq!(app.call(&owner, "list_agents", json!({ "type": "outbound" })).ok().await["items"], json!([]));
    app.call(&owner, "delete_agent", json!({ "agent_id": id })).refused("wrong_state", "agent_id").await;
    for (input, field) in [
        (json!({ "name": "A" }), "type"),
        (json!({ "name": "A", "type": "sideways" }), "type"),
        (json!({ "name": "", "type": "outbound" }), "name"),
        (json!({ "name": "A", "type": "outbound", "autonomy": "never" }), "autonomy"),
        (json!({ "name": "A", "type": "outbound", "system_prompt": "x".repeat(20_001) }), "system_prompt"),
        (json!({ "name": "A", "type": "outbound", "first_message": "a\u{0}" }), "first_message"),
    ] {
        app.call(&owner, "create_agent", input).refused("validation_error", field).await;
    }
}

#[tokio::test]
async fn identities_show_their_day() {
    let app = TestApp::new().await;
    let (owner, approver) = (app.owner().await, app.owner().await);
    let made = app
        .call(
            &owner,
            "create_identity",
            json!({ "email": "sales@sender.test", "ramp": { "start": 5, "step": 2, "cap": 8 }, "gap": "90s" }),
        )
        .ok()
        .await;
    assert_eq!(
        (&made["transport"], &made["gap"], &made["time_zone"]),
        (&json!("capture"), &json!("1m 30s"), &json!("UTC"))
    );
    assert_eq!(made["today"], json!({ "cap": 5, "sent": 0, "reserved": 0 }));
    let id = id_of(&made);
    let lead =
        id_of(&app.call(&owner, "create_lead", json!({ "name": "Ann", "email": "ann@acme.example" })).ok().await);
    for (cap, subject) in [(5, "one"), (7, "two"), (8, "three"), (8, "four")] {
        let day = app.call(&owner, "get_identity", json!({ "identity_id": id })).ok().await["today"].clone();
        assert_eq!(day, json!({ "cap": cap, "sent": 0, "reserved": 0 }), "before mail {subject}");
        let mail = json!({ "lead_id": lead, "subject": subject, "text": "hello" });
        let action = app.call(&owner, "send_email", mail).idempotency_key(subject).ok().await;
        let approval = json!({ "action_id": action["id"], "digest": action["digest"] });
        app.call(&approver, "approve_action", approval).ok().await;
        app.run_jobs().await;
        assert_eq!(app.call(&owner, "list_identities", json!({})).ok().await["items"][0]["today"]["sent"], 1);
        app.clock.advance(24 * 3_600_000);
    }
    app.call(&owner, "create_identity", json!({ "email": "SALES@sender.test" }))
        .refused("already_exists", "email")
        .await;
    let other = id_of(&app.call(&owner, "create_identity", json!({ "email": "b@sender.test" })).ok().await);
    app.call(&owner, "update_identity", json!({ "identity_id": other, "email": "sales@sender.test" }))
        .refused("already_exists", "email")
        .await;
    let after = app
        .call(
            &owner,
            "update_identity",
            json!({ "identity_id": other, "name": "Sales", "time_zone": "Asia/Tokyo", "gap": "0" }),
        )
        .ok()
        .await;
    assert_eq!(
        (&after["name"], &after["time_zone"], &after["gap"]),
        (&json!("Sales"), &json!("Asia/Tokyo"), &json!("0"))
    );
    for (input, field) in [
        (json!({ "email": null }), "email"),
        (json!({ "transport": "a b" }), "transport"),
        (json!({ "gap": "soon" }), "gap"),
        (json!({ "gap": "2d" }), "gap"),
        (json!({ "ramp": { "cap": 0 } }), "ramp"),
        (json!({ "time_zone": null }), "time_zone"),
    ] {
        let mut input = input;
        input["identity_id"] = json!(other);
        app.call(&owner, "update_identity", input).refused("validation_error", field).await;
    }
}

#[tokio::test]
async fn templates_are_checked_when_they_are_saved() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let made = app.call(&owner, "create_template", json!({ "name": "intro", "subject": "Hi {{ first_name }}", "text": "From {{ sender.name }}: {{ colour }}" })).ok().await;
    assert_eq!(made["placeholders"], json!(["colour", "first_name", "sender.name"]));
    assert_eq!(made["warnings"].as_array().unwrap().len(), 1);
    assert!(made["warnings"][0].as_str().unwrap().starts_with("text: nothing fills {{ colour }}"), "{made}");
    for (input, field) in [
        (json!({ "name": "a", "text": "{{ x" }), "text"),
        (json!({ "name": "a", "text": "one\n{{ x | nofilter }}" }), "text"),
        (json!({ "name": "a", "text": "x", "subject": "a\nb" }), "subject"),
        (json!({ "name": "a", "text": "x", "html": "{% for %}" }), "html"),
        (json!({ "name": "a", "text": " " }), "text"),
        (json!({ "name": "", "text": "x" }), "name"),
    ] {
        app.call(&owner, "create_template", input).refused("validation_error", field).await;
    }
    let wrong = app
        .call(&owner, "create_template", json!({ "name": "a", "text": "one\n{{ x | nofilter }}" }))
        .send()
        .await
        .unwrap_err();
    assert!(wrong.message.starts_with("line 2: "), "{}", wrong.message);
    app.call(&owner, "create_template", json!({ "name": "intro", "text": "x" }))
        .refused("already_exists", "name")
        .await;
    let renamed = app.call(&owner, "update_template", json!({ "template_id": made["id"], "name": "first" })).ok().await;
    assert_eq!(renamed["version"], 1);
    let changed = app.call(&owner, "update_template", json!({ "template_id": made["id"], "text": "Hello" })).ok().await;
    assert_eq!((&changed["version"], &changed["warnings"]), (&json!(2), &json!([])));
    app.call(&owner, "update_template", json!({ "template_id": made["id"], "text": "{{" }))
        .refused("validation_error", "text")
        .await;
}

#[tokio::test]
async fn a_template_in_use_keeps_its_name_and_stays() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    app.call(&owner, "delete_template", json!({ "template_id": ids["template_id"] }))
        .refused("wrong_state", "template_id")
        .await;
    app.call(&owner, "update_template", json!({ "template_id": ids["template_id"], "name": "else" }))
        .refused("wrong_state", "name")
        .await;
    app.call(&owner, "update_template", json!({ "template_id": ids["template_id"], "text": "New" })).ok().await;
}

#[tokio::test]
async fn a_preview_renders_for_a_lead_and_says_what_is_missing() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let template = json!({ "name": "t", "subject": "For {{ company }}", "text": "Hi {{ first_name }}, {{ custom.topic }}", "html": "<p>{{ company }}</p>" });
    let template = id_of(&app.call(&owner, "create_template", template).ok().await);
    let lead = json!({ "name": "Jane Doe", "company": "A & B", "custom_fields": { "topic": "steel" } });
    let lead = id_of(&app.call(&owner, "create_lead", lead).ok().await);
    let good = app.call(&owner, "preview_template", json!({ "template_id": template, "lead_id": lead })).ok().await;
    assert_eq!((&good["subject"], &good["problems"]), (&json!("For A & B"), &json!([])));
    assert!(good["text"].as_str().unwrap().starts_with("Hi Jane, steel"), "{good}");
    assert!(good["html"].as_str().unwrap().starts_with("<p>A &amp; B</p>"), "{good}");
    let sample = app
        .call(&owner, "preview_template", json!({ "template_id": template, "sample": { "name": "Max" } }))
        .ok()
        .await;
    let problems = sample["problems"].to_string();
    assert!(problems.contains("company") && problems.contains("custom.topic"), "{problems}");
    let both = json!({ "template_id": template, "lead_id": lead, "sample": { "name": "Max" } });
    app.call(&owner, "preview_template", both).refused("validation_error", "sample").await;
    let reader = app.key(&["*:read"]).await;
    app.call(&reader, "preview_template", json!({ "template_id": template })).ok().await;
    assert_eq!(app.call(&owner, "list_leads", json!({})).ok().await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn projects_begin_as_their_maker_may() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let made = app.call(&owner, "create_project", json!({ "name": "Acme West!" })).ok().await;
    let begins = (&made["slug"], &made["plan"], &made["autonomy"]);
    assert_eq!(begins, (&json!("acme-west"), &json!("self_hosted"), &json!("ask")), "as the project it was made from");
    app.call(&app.operator(), "set_plan", json!({ "plan": "none" })).ok().await;
    let unpaid = app.call(&owner, "create_project", json!({ "name": "Unpaid" })).ok().await;
    assert_eq!(unpaid["plan"], "none", "nobody subscribes by making a project");
    let again = app.call(&owner, "create_project", json!({ "name": "Acme West" })).ok().await;
    assert!(again["slug"].as_str().unwrap().starts_with("acme-west-"), "{again}");
    let operators = app.call(&app.operator(), "create_project", json!({ "name": "Own", "slug": "own" })).ok().await;
    assert_eq!(operators["plan"], "self_hosted");
    app.call(&owner, "create_project", json!({ "name": "X", "slug": "own" })).refused("already_exists", "slug").await;
    app.call(&owner, "create_project", json!({ "name": "X", "slug": "No Good" }))
        .refused("validation_error", "slug")
        .await;
    let listed = app.call(&owner, "list_projects", json!({})).ok().await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 6);
    app.call(&owner, "get_project", json!({ "project_id": made["id"] })).ok().await;
    app.call(&owner, "update_project", json!({ "project_id": made["id"], "name": "Y" }))
        .refused("resource_not_found", "project_id")
        .await;
    let own = json!({ "project_id": app.main.to_string(), "name": "Main", "time_zone": "Europe/Berlin" });
    let changed = app.call(&owner, "update_project", own).ok().await;
    assert_eq!(
        (&changed["name"], &changed["time_zone"], &changed["slug"]),
        (&json!("Main"), &json!("Europe/Berlin"), &json!("main"))
    );
}

#[tokio::test]
async fn users_belong_to_the_organization() {
    let app = TestApp::new().await;
    app.call(&app.operator(), "create_user", json!({ "email": "Ann@acme.com", "role": "owner" })).ok().await;
    app.call(&app.operator(), "create_user", json!({ "email": "ann@acme.com" }))
        .refused("already_exists", "email")
        .await;
    let side = app.key_of(app.side, &["*:read"]).await;
    let listed = app.call(&side, "list_users", json!({})).ok().await;
    assert_eq!((&listed["items"][0]["name"], &listed["items"][0]["role"]), (&json!("ann"), &json!("owner")));
    let stranger = app.key_of(app.other, &["*:read"]).await;
    assert_eq!(app.call(&stranger, "list_users", json!({})).ok().await["items"], json!([]));
}

#[tokio::test]
async fn text_from_outside_is_marked() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    let thread = app.call(&owner, "get_thread", json!({ "thread_id": ids["thread_id"] })).ok().await;
    assert_eq!((&thread["emails"][0]["untrusted"], &thread["emails"][0]["direction"]), (&json!(true), &json!("in")));
    let mails = app.call(&owner, "list_lead_emails", json!({ "lead_id": ids["lead_id"] })).ok().await;
    for mail in mails["items"].as_array().unwrap() {
        assert_eq!(mail["untrusted"], mail["direction"] == "in", "{mail}");
    }
    assert_eq!(mails["items"].as_array().unwrap().len(), 2);
    let received = app.call(&owner, "list_emails", json!({ "status": "received" })).ok().await;
    assert_eq!(received["items"].as_array().unwrap().len(), 1);
    let sent = app.call(&owner, "list_emails", json!({ "direction": "out", "status": "sent" })).ok().await;
    assert_eq!(sent["items"], json!([]));
    app.call(&owner, "list_emails", json!({ "direction": "up" })).refused("validation_error", "direction").await;
    let captured =
        app.call(&owner, "get_captured_mail", json!({ "captured_mail_id": ids["captured_mail_id"] })).ok().await;
    assert_eq!((&captured["raw"], &captured["sandbox"]), (&json!("Subject: Hello\r\n\r\nHi \u{fffd}"), &json!(true)));
}

#[tokio::test]
async fn figures_follow_their_range() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&owner, "create_agent", json!({ "name": "A", "type": "inbound" })).ok().await;
    app.call(&owner, "create_lead", json!({ "name": "Old", "stage": "converted" })).ok().await;
    app.clock.advance(8 * 24 * 3_600_000);
    app.call(&owner, "create_lead", json!({ "name": "New" })).ok().await;
    let figures = |range: &'static str| {
        let request = app.call(&owner, "get_stats", json!({ "time_range": range }));
        async move {
            let stats = request.ok().await;
            (
                stats["total_leads"].as_i64().unwrap(),
                stats["converted"].as_i64().unwrap(),
                stats["agents"]["inbound"].as_i64().unwrap(),
            )
        }
    };
    assert_eq!((figures("7d").await, figures("30d").await, figures("all").await), ((1, 0, 1), (2, 1, 1), (2, 1, 1)));
    app.call(&owner, "get_stats", json!({ "time_range": "1y" })).refused("validation_error", "time_range").await;
}

#[tokio::test]
async fn credits_are_granted_and_stated() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 500, "reason": "welcome" })).ok().await;
    app.clock.advance(10);
    let now = app.call(&app.operator(), "grant_credits", json!({ "amount": 20 })).ok().await;
    assert_eq!(
        now,
        json!({ "credits_remaining": 520, "spendable": 520, "in_purses": 0, "held": 0, "spent": 0, "granted": 520, "unit": "credits" })
    );
    let page = app.call(&owner, "list_credit_entries", json!({ "limit": 1 })).ok().await;
    assert_eq!(
        (&page["items"].as_array().unwrap().len(), &page["items"][0]["reason"]),
        (&1, &json!("granted by the operator"))
    );
    let next = app.call(&owner, "list_credit_entries", json!({ "limit": 1, "cursor": page["next_cursor"] })).ok().await;
    assert_eq!(
        next["items"][0]["entries"],
        json!([{ "account": "available", "amount": 500 }, { "account": "issued", "amount": -500 }])
    );
    assert_eq!(next["next_cursor"], Value::Null);
    for amount in [0, -5] {
        app.call(&app.operator(), "grant_credits", json!({ "amount": amount }))
            .refused("validation_error", "amount")
            .await;
    }
}

#[tokio::test]
async fn the_audit_tells_where_it_was_touched() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for name in ["A", "B", "C"] {
        app.call(&owner, "create_company", json!({ "name": name })).ok().await;
    }
    let lines = app.call(&owner, "list_audit", json!({ "after": 1, "limit": 2 })).ok().await;
    assert_eq!(
        (&lines["lines"][0]["number"], &lines["lines"][0]["operation"], &lines["next_after"]),
        (&json!(2), &json!("create_company"), &json!(3))
    );
    let sound = app.call(&owner, "verify_audit", json!({})).ok().await;
    assert_eq!((&sound["sound"], &sound["lines"]), (&json!(true), &json!(4)));
    let main = app.main;
    app.store().write(move |tx| Ok::<_, Error>(tx.execute(&CHANGE_AUDIT, &values![main, 3_i64])?)).await.unwrap();
    let touched = app.call(&owner, "verify_audit", json!({})).ok().await;
    assert_eq!(
        (&touched["sound"], &touched["broken_at"], &touched["problem"]),
        (&json!(false), &json!(3), &json!("the line was changed"))
    );
    app.store().write(move |tx| Ok::<_, Error>(tx.execute(&CUT_AUDIT, &values![main, 3_i64])?)).await.unwrap();
    let cut = app.call(&owner, "verify_audit", json!({})).ok().await;
    assert_eq!(
        (&cut["sound"], &cut["broken_at"], &cut["problem"]),
        (&json!(false), &json!(3), &json!("the line is missing"))
    );
}
