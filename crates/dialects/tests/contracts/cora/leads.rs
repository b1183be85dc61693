//! Leads: list, search, detail, create, bulk, update.

use serde_json::{Value, json};

use super::{Cora, assert_refused};
use crate::shape::assert_shape;

/// A lead as lists show it.
fn lead_shape() -> Value {
    json!({
        "id": "text", "name": "text", "first_name": "text?", "last_name": "text?", "company": "text?", "email": "text?",
        "phone": "text?", "stage": "text", "meeting_booked": "boolean", "converted": "boolean",
        "outreach_disabled": "boolean", "assigned_user_uid": "text?", "created_at": "time", "total_calls": null,
        "total_emails": null, "last_activity_at": null,
    })
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|lead| lead["name"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_is_made_of_the_documented_body() {
    let cora = Cora::start().await;
    let agent = cora.agent().await;
    let body = json!({
        "name": "Jane Doe", "email": "jane@acme.com", "phone": "+14155550123", "company": "Acme", "role": "VP Sales",
        "stage": "new", "agent_id": agent, "custom_fields": {},
    });
    let made = cora.client.post("/leads", body).await.expect(201).json();
    assert_shape(&made, &json!({ "data": lead_shape() }));
    let lead = &made["data"];
    for (field, expected) in [
        ("name", json!("Jane Doe")),
        ("first_name", json!("Jane")),
        ("last_name", json!("Doe")),
        ("email", json!("jane@acme.com")),
        ("phone", json!("+14155550123")),
        ("company", json!("Acme")),
        ("stage", json!("new")),
        ("converted", json!(false)),
    ] {
        assert_eq!(lead[field], expected, "{field}");
    }
    assert_eq!(cora.data(&format!("/leads?agent_id={agent}")).await[0]["id"], lead["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_four_names_is_enough_and_none_is_not() {
    let cora = Cora::start().await;
    for (field, name) in [("name", "A"), ("first_name", "B"), ("last_name", "C"), ("company", "D")] {
        let made = cora.client.post("/leads", json!({ field: name })).await.expect(201).json();
        assert_eq!(made["data"]["name"], name);
    }
    assert_refused(&cora.client.post("/leads", json!({})).await, 400, "validation_error", Some("name"));
    // What a form leaves blank, and what Cora's own client sends beside the fields documented here, does no harm.
    let lenient = json!({ "name": "E", "email": "", "phone": " ", "agent_id": null, "utm_source": "site" });
    let made = cora.client.post("/leads", lenient).await.expect(201).json();
    assert_eq!((&made["data"]["email"], &made["data"]["phone"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faulty_leads_are_refused_at_their_field() {
    let cora = Cora::start().await;
    cora.lead().await;
    for (body, status, code, field) in [
        (json!({ "name": "X", "phone": "4155550123" }), 400, "validation_error", "phone"),
        (json!({ "name": "X", "email": "no address" }), 400, "validation_error", "email"),
        (json!({ "name": "X", "stage": "lost" }), 400, "validation_error", "stage"),
        (json!({ "name": 7 }), 400, "validation_error", "name"),
        (json!({ "name": "X", "custom_fields": { "a": [] } }), 400, "validation_error", "custom_fields.a"),
        (json!({ "name": "X", "agent_id": "nobody" }), 404, "resource_not_found", "agent_id"),
        (json!({ "name": "X", "email": "JANE@acme.com" }), 409, "validation_error", "email"),
    ] {
        assert_refused(&cora.client.post("/leads", body).await, status, code, Some(field));
    }
    assert_eq!(cora.data("/leads").await.as_array().map(Vec::len), Some(1), "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_filtered_searched_and_paged() {
    let cora = Cora::start().await;
    let agent = cora.agent().await;
    for (name, email, phone, stage, agent) in [
        ("Ann Acme", "ann@example.com", "+14155550101", "new", Some(&agent)),
        ("Ben", "ben@acme.com", "+14155550102", "in_progress", None),
        ("Cid", "cid@example.com", "+442079460103", "converted", Some(&agent)),
    ] {
        cora.made("/leads", json!({ "name": name, "email": email, "phone": phone, "stage": stage, "agent_id": agent }))
            .await;
    }
    let cid = cora.data("/leads").await[0]["id"].as_str().expect("an id").to_owned();
    cora.client.patch(&format!("/leads/{cid}"), json!({ "meeting_booked": true })).await.expect(200);

    let listed = cora.client.get("/leads").await.expect(200).json();
    assert_shape(&listed, &json!({ "data": [lead_shape()], "has_more": false, "next_cursor": null }));
    for (query, expected) in [
        ("", &["Cid", "Ben", "Ann Acme"][..]),
        ("?query=acme", &["Ben", "Ann Acme"]),
        ("?query=ANN", &["Ann Acme"]),
        ("?query=207946", &["Cid"]),
        ("?query=nobody", &[]),
        ("?status=new", &["Ann Acme"]),
        ("?status=in_progress", &["Ben"]),
        ("?status=converted", &["Cid"]),
        (&format!("?agent_id={agent}"), &["Cid", "Ann Acme"]),
        ("?has_meeting=true", &["Cid"]),
        ("?has_meeting=false", &["Ben", "Ann Acme"]),
        (&format!("?query=ann&status=new&agent_id={agent}&has_meeting=false&limit=1"), &["Ann Acme"]),
        ("?query=ann&sort=name", &["Ann Acme"]),
    ] {
        assert_eq!(names(&cora.data(&format!("/leads{query}")).await), expected, "{query}");
    }

    let first = cora.client.get("/leads?limit=2").await.expect(200).json();
    assert_eq!((names(&first["data"]), &first["has_more"]), (vec!["Cid", "Ben"], &json!(true)));
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let second = cora.client.get(&format!("/leads?limit=2&cursor={cursor}")).await.expect(200).json();
    assert_eq!(
        (names(&second["data"]), &second["has_more"], &second["next_cursor"]),
        (vec!["Ann Acme"], &json!(false), &Value::Null)
    );

    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("cursor=made-up", "cursor"),
        ("status=lost", "status"),
        ("has_meeting=maybe", "has_meeting"),
    ] {
        assert_refused(&cora.client.get(&format!("/leads?{query}")).await, 400, "validation_error", Some(field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_has_fifty_unless_more_are_asked_for() {
    let cora = Cora::start().await;
    let leads: Vec<Value> = (0..120).map(|number| json!({ "name": format!("L{number}") })).collect();
    cora.client.post("/leads/bulk", json!({ "leads": leads })).await.expect(201);
    assert_eq!(cora.data("/leads").await.as_array().map(Vec::len), Some(50));
    assert_eq!(cora.data("/leads?limit=100").await.as_array().map(Vec::len), Some(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_detail_has_totals_and_what_happened_last() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    cora.rig.advance(60_000);
    let mail = json!({ "lead_id": lead, "agent_id": agent, "subject": "Hello", "message": "Hi Jane" });
    cora.client.post("/outreach/email", mail).await.expect(202);
    cora.rig.run_due().await;
    let detail = cora.data(&format!("/leads/{lead}")).await;
    let mut shape = lead_shape();
    for (field, kind) in [
        ("total_calls", "integer"),
        ("total_emails", "integer"),
        ("last_activity_at", "time"),
        ("calls", "list"),
        ("emails", "list"),
        ("activity", "list"),
    ] {
        shape[field] = json!(kind);
    }
    assert_shape(&detail, &shape);
    assert_eq!((&detail["total_calls"], &detail["total_emails"]), (&json!(0), &json!(1)));
    assert_eq!(detail["emails"], cora.data(&format!("/leads/{lead}/emails")).await);
    assert_eq!(detail["activity"], cora.data(&format!("/activity?lead_id={lead}")).await);
    assert_eq!(detail["last_activity_at"], detail["activity"][0]["created_at"]);
    assert_eq!(detail["last_activity_at"], cora.rig.now().to_string());
    assert_refused(&cora.client.get("/leads/unheard-of").await, 404, "resource_not_found", Some("lead_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bulk_passes_over_duplicates_and_reports_faults() {
    let cora = Cora::start().await;
    let (_, agent) = (cora.lead().await, cora.agent().await);
    let leads = json!([
        { "name": "Ann", "email": "ann@example.com" },
        { "name": "Jane again", "email": "jane@acme.com" },
        { "name": "Ann again", "email": "Ann@Example.com" },
        { "name": "Bad", "email": "no address" },
        { "email": "nameless@example.com" },
        { "name": "Cid", "unknown_to_us": true },
        "no lead at all",
    ]);
    let answer = cora.client.post("/leads/bulk", json!({ "leads": leads, "agent_id": agent })).await.expect(201).json();
    let made = json!({ "id": "text", "name": "text", "email": "text?" });
    let rejected = json!({ "index": "integer", "field": "text?", "message": "text" });
    assert_shape(
        &answer,
        &json!({ "data": { "created": [made], "count": 2, "duplicates": 2, "errors": 3, "rejected": [rejected] } }),
    );
    assert_eq!(names(&answer["data"]["created"]), ["Ann", "Cid"]);
    let rejected: Vec<i64> = answer["data"]["rejected"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|each| each["index"].as_i64())
        .collect();
    assert_eq!(rejected, [3, 4, 6]);
    assert_eq!(names(&cora.data(&format!("/leads?agent_id={agent}")).await), ["Cid", "Ann"]);

    let many: Vec<Value> = (0..501).map(|number| json!({ "name": format!("L{number}") })).collect();
    assert_refused(
        &cora.client.post("/leads/bulk", json!({ "leads": many })).await,
        400,
        "validation_error",
        Some("leads"),
    );
    let full = cora.client.post("/leads/bulk", json!({ "leads": many[..500] })).await.expect(201).json();
    assert_eq!(full["data"]["count"], 500);
    for body in [json!({}), json!({ "leads": [] }), json!({ "leads": "all" })] {
        assert_refused(&cora.client.post("/leads/bulk", body).await, 400, "validation_error", Some("leads"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_tells_absent_from_null() {
    let cora = Cora::start().await;
    let lead = cora.lead().await;
    let path = format!("/leads/{lead}");
    let change = json!({
        "name": "Jane Roe", "first_name": "Jane", "last_name": "Roe", "email": "roe@acme.com", "phone": "+14155550199",
        "company": "Globex", "role": "CEO", "stage": "in_progress", "meeting_booked": true, "outreach_disabled": true,
    });
    let after = cora.client.patch(&path, change.clone()).await.expect(200).json();
    assert_shape(&after, &json!({ "data": lead_shape() }));
    for (field, value) in change.as_object().expect("fields").iter().filter(|(field, _)| *field != "role") {
        assert_eq!(after["data"][field], *value, "{field}");
    }
    let same = cora.client.patch(&path, json!({})).await.expect(200).json();
    assert_eq!(same, after, "what is not sent stays");
    let cleared =
        cora.client.patch(&path, json!({ "phone": null, "company": "", "not_a_field": 1 })).await.expect(200).json();
    assert_eq!((&cleared["data"]["phone"], &cleared["data"]["company"]), (&Value::Null, &Value::Null));
    assert_eq!(cleared["data"]["email"], "roe@acme.com");
    for (body, status, code, field) in [
        (json!({ "name": null }), 400, "validation_error", "name"),
        (json!({ "stage": "lost" }), 400, "validation_error", "stage"),
        (json!({ "meeting_booked": "yes" }), 400, "validation_error", "meeting_booked"),
        (json!({ "outreach_disabled": null }), 400, "validation_error", "outreach_disabled"),
        (json!({ "phone": "123" }), 400, "validation_error", "phone"),
    ] {
        assert_refused(&cora.client.patch(&path, body).await, status, code, Some(field));
    }
    assert_refused(
        &cora.client.patch("/leads/unheard-of", json!({})).await,
        404,
        "resource_not_found",
        Some("lead_id"),
    );
}
