//! Leads: making, changing, importing, assigning and removing them.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};
use crate::world::id_of;

async fn lead(app: &TestApp, caller: &Caller, input: Value) -> String {
    id_of(&app.call(caller, "create_lead", input).ok().await)
}

#[tokio::test]
async fn a_patch_tells_absent_from_null() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let id = lead(&app, &owner, json!({ "name": "Jane Doe", "email": "Jane@Acme.com", "phone": "+14155550123", "role": "CEO", "custom_fields": { "a": 1, "b": "x" } })).await;
    let input = json!({ "lead_id": id, "role": null, "country": "DE", "custom_fields": { "b": null, "c": true } });
    let after = app.call(&owner, "update_lead", input).ok().await;
    assert_eq!(
        (&after["role"], &after["country"], &after["phone"]),
        (&Value::Null, &json!("DE"), &json!("+14155550123"))
    );
    assert_eq!(after["custom_fields"], json!({ "a": 1, "c": true }));
    let mut found = app.call(&owner, "get_lead", json!({ "lead_id": id })).ok().await;
    for total in ["total_calls", "total_emails"] {
        assert_eq!(found.as_object_mut().unwrap().remove(total), Some(json!(0)));
    }
    assert_eq!(found, after);
    for field in ["name", "meeting_booked", "outreach_disabled", "stage", "converted"] {
        app.call(&owner, "update_lead", json!({ "lead_id": id, field: null })).refused("validation_error", field).await;
    }
    let cleared =
        app.call(&owner, "update_lead", json!({ "lead_id": id, "custom_fields": null, "email": null })).ok().await;
    assert_eq!((&cleared["custom_fields"], &cleared["email"]), (&json!({}), &Value::Null));
}

#[tokio::test]
async fn an_update_names_what_changed_and_nothing_else() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let id = lead(&app, &owner, json!({ "name": "Jane Doe", "email": "jane@acme.com" })).await;
    app.clock.advance(5_000);
    app.call(&owner, "update_lead", json!({ "lead_id": id, "email": "JANE@acme.com" })).ok().await;
    assert_eq!(
        app.call(&owner, "get_lead", json!({ "lead_id": id })).ok().await["updated_at"],
        "2026-11-02T10:00:00.000Z",
        "nothing changed"
    );
    app.call(&owner, "update_lead", json!({ "lead_id": id, "stage": "converted", "time_zone": "europe/berlin" }))
        .ok()
        .await;
    let log = app.call(&owner, "get_lead_timeline", json!({ "lead_id": id })).ok().await;
    assert_eq!(log["items"][0]["type"], "lead.updated");
    assert_eq!(log["items"][0]["title"], "Lead updated");
    assert_eq!(log["items"][0]["lead_name"], "Jane Doe");
    assert_eq!(log["items"][0]["data"], json!({ "fields": ["stage", "time_zone", "converted"] }));
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    for (input, field) in [
        (json!({ "stage": "sold" }), "stage"),
        (json!({ "time_zone": "Mars/Base" }), "time_zone"),
        (json!({ "phone": "4155550123" }), "phone"),
        (json!({ "email": "nobody" }), "email"),
        (json!({ "stage": "new", "converted": true }), "converted"),
        (json!({ "custom_fields": { "a": [] } }), "custom_fields.a"),
        (json!({ "role": "x".repeat(201) }), "role"),
        (json!({ "role": "a\u{0}b" }), "role"),
    ] {
        let mut input = input;
        input["lead_id"] = json!(id);
        app.call(&owner, "update_lead", input).refused("validation_error", field).await;
    }
}

#[tokio::test]
async fn names_stay_in_step() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let id = lead(&app, &owner, json!({ "name": "Jane Doe" })).await;
    let names = |lead: &Value| (lead["name"].clone(), lead["first_name"].clone(), lead["last_name"].clone());
    let renamed = app.call(&owner, "update_lead", json!({ "lead_id": id, "name": "Janet Roe" })).ok().await;
    assert_eq!(names(&renamed), (json!("Janet Roe"), json!("Janet"), json!("Roe")));
    let married = app.call(&owner, "update_lead", json!({ "lead_id": id, "last_name": "Poe" })).ok().await;
    assert_eq!(names(&married), (json!("Janet Poe"), json!("Janet"), json!("Poe")));
    let called =
        app.call(&owner, "update_lead", json!({ "lead_id": id, "name": "Dr Poe", "first_name": "J" })).ok().await;
    assert_eq!(names(&called), (json!("Dr Poe"), json!("J"), json!("Poe")));
}

#[tokio::test]
async fn an_address_belongs_to_one_lead() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    lead(&app, &owner, json!({ "name": "Jane", "email": "jane@acme.com" })).await;
    let other = lead(&app, &owner, json!({ "name": "Joe" })).await;
    app.call(&owner, "create_lead", json!({ "name": "J", "email": "JANE@ACME.COM" }))
        .refused("already_exists", "email")
        .await;
    app.call(&owner, "update_lead", json!({ "lead_id": other, "email": "jane@acme.com" }))
        .refused("already_exists", "email")
        .await;
    let side = app.key_of(app.side, &["*"]).await;
    lead(&app, &side, json!({ "name": "Jane", "email": "jane@acme.com" })).await;
}

#[tokio::test]
async fn a_changed_lead_is_found_under_its_new_name_only() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let id = lead(&app, &owner, json!({ "name": "Jane Doe", "email": "jane@acme.com" })).await;
    app.call(&owner, "update_lead", json!({ "lead_id": id, "name": "Petra Muster" })).ok().await;
    let found = |query: &'static str| {
        let request = app.call(&owner, "list_leads", json!({ "query": query }));
        async move { request.ok().await["items"].as_array().unwrap().len() }
    };
    assert_eq!(
        (found("muster").await, found("Jane Doe").await, found("acme.com").await, found("Pe").await),
        (1, 0, 1, 1)
    );
    app.call(&owner, "delete_lead", json!({ "lead_id": id })).ok().await;
    assert_eq!(found("muster").await, 0);
}

#[tokio::test]
async fn a_bulk_call_judges_each_lead_on_its_own() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let agent = id_of(&app.call(&owner, "create_agent", json!({ "name": "Ada", "type": "outbound" })).ok().await);
    lead(&app, &owner, json!({ "name": "Known", "email": "known@acme.com" })).await;
    let leads = json!([
        { "name": "Jane", "email": "jane@acme.com" },
        { "name": "Bad", "email": "nobody" },
        { "name": "Known", "email": "KNOWN@acme.com" },
        { "name": "Again", "email": "Jane@Acme.com" },
        { "email": "nameless@acme.com" },
        { "name": "Odd", "colour": "red" },
        { "company": "Beta" },
    ]);
    let done = app.call(&owner, "bulk_create_leads", json!({ "leads": leads, "agent_id": agent })).ok().await;
    assert_eq!((&done["count"], &done["duplicates"], &done["errors"]), (&json!(2), &json!(2), &json!(3)));
    let names: Vec<&str> =
        done["created"].as_array().unwrap().iter().map(|lead| lead["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Jane", "Beta"]);
    let rejected: Vec<(u64, &str)> = done["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), row["field"].as_str().unwrap()))
        .collect();
    assert_eq!(rejected, [(1, "email"), (4, "name"), (5, "colour")]);
    let of_agent = app.call(&owner, "list_leads", json!({ "agent_id": agent })).ok().await;
    assert_eq!(of_agent["items"].as_array().unwrap().len(), 2);
    assert_eq!(app.events().await.iter().filter(|kind| *kind == "lead.created").count(), 3);
    app.call(&owner, "bulk_create_leads", json!({ "leads": [] })).refused("validation_error", "leads").await;
    app.call(&owner, "bulk_create_leads", json!({ "leads": vec![json!({ "name": "x" }); 501] }))
        .refused("validation_error", "leads")
        .await;
}

#[tokio::test]
async fn an_import_passes_over_what_is_known_and_says_why() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    lead(&app, &owner, json!({ "name": "Known", "email": "known@acme.com", "phone": "+14155550100" })).await;
    let batch = json!([
        { "name": "Jane Doe", "email": "jane@acme.com", "phone": "+14155550101", "domain": "acme.com", "company": "Acme", "custom_fields": { "k": "v" } },
        { "name": "Known", "email": "known@acme.com" },
        { "name": "Jane again", "email": "JANE@acme.com" },
        { "name": "Same number, own address", "email": "desk@acme.com", "phone": "+14155550101", "domain": "acme.com" },
        { "name": "Only the number", "phone": "+14155550101" },
        { "name": "Only a known number", "phone": "+14155550100" },
        { "phone": "+14155550102", "stage": "converted", "time_zone": "Europe/Berlin" },
        {},
        { "name": "x".repeat(2_001) },
    ]);
    let before = app.events().await.len();
    let done = app.call(&owner, "import_leads", json!({ "leads": batch, "source": "list.csv" })).ok().await;
    assert_eq!((&done["created"], &done["companies_created"]), (&json!(3), &json!(1)));
    let skipped: Vec<(u64, &str)> = done["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        skipped,
        [
            (1, "duplicate_email"),
            (2, "duplicate_email"),
            (4, "duplicate_phone"),
            (5, "duplicate_phone"),
            (7, "invalid"),
            (8, "invalid")
        ]
    );
    assert_eq!(app.events().await[before..], ["leads.imported"]);
    let found = app.call(&owner, "list_leads", json!({ "query": "jane" })).ok().await["items"][0].clone();
    assert_eq!(
        (&found["source"], &found["custom_fields"], &found["company"]),
        (&json!("list.csv"), &json!({ "k": "v" }), &json!("Acme"))
    );
    let company = app.call(&owner, "get_company", json!({ "company_id": found["company_id"] })).ok().await;
    assert_eq!((&company["name"], &company["domain"]), (&json!("Acme"), &json!("acme.com")));
    let number = app.call(&owner, "list_leads", json!({ "query": "5550102" })).ok().await["items"][0].clone();
    assert_eq!(
        (&number["name"], &number["converted"], &number["time_zone"]),
        (&json!("+14155550102"), &json!(true), &json!("Europe/Berlin"))
    );
    let again = app
        .call(&owner, "import_leads", json!({ "leads": [{ "email": "jane@acme.com", "domain": "acme.com" }] }))
        .ok()
        .await;
    assert_eq!((&again["created"], &again["companies_created"]), (&json!(0), &json!(0)));
    app.call(&owner, "import_leads", json!({ "leads": [{ "name": "a" }, { "email": "nobody" }] }))
        .refused("validation_error", "leads[1].email")
        .await;
}

#[tokio::test]
async fn leads_change_hands() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    let agent = |name: &'static str| {
        let request = app.call(&owner, "create_agent", json!({ "name": name, "type": "outbound" }));
        async move { id_of(&request.ok().await) }
    };
    let (ada, bob) = (agent("Ada").await, agent("Bob").await);
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(lead(&app, &owner, json!({ "name": format!("L{number}") })).await);
    }
    let done = app.call(&owner, "assign_leads", json!({ "agent_id": ada, "lead_ids": &ids[..2] })).ok().await;
    assert_eq!(done, json!({ "assigned": 2, "total": 2 }));
    let again = app.call(&owner, "assign_leads", json!({ "agent_id": ada, "lead_ids": &ids[..3] })).ok().await;
    assert_eq!(again, json!({ "assigned": 1, "total": 3 }));
    let rest = app.call(&owner, "assign_leads", json!({ "agent_id": bob, "assign_all_unassigned": true })).ok().await;
    assert_eq!(rest, json!({ "assigned": 1, "total": 1 }));
    assert_eq!(app.call(&owner, "get_agent", json!({ "agent_id": ada })).ok().await["total_leads_assigned"], 3);
    app.call(&owner, "assign_leads", json!({ "agent_id": ada })).refused("validation_error", "lead_ids").await;
    let both = json!({ "agent_id": ada, "lead_ids": [], "assign_all_unassigned": true });
    app.call(&owner, "assign_leads", both).refused("validation_error", "assign_all_unassigned").await;
    app.call(&owner, "delete_agent", json!({ "agent_id": ada })).ok().await;
    assert_eq!(app.call(&owner, "get_lead", json!({ "lead_id": ids[0] })).ok().await["agent_id"], Value::Null);
}
