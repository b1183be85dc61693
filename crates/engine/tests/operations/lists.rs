//! What every list and every input has in common: cursors, limits, unknown fields.

use outrider_engine::operation::Shape;
use outrider_engine::registry::OPERATIONS;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::world;

fn input_for(path: &str, ids: &world::Ids) -> Value {
    let mut input = json!({});
    for field in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        input[field] = world::value_for(field, ids);
    }
    input
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for number in 0..7 {
        app.call(&owner, "create_company", json!({ "name": format!("C{number}") })).ok().await;
    }
    let mut names = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = app.call(&owner, "list_companies", json!({ "limit": 3, "cursor": cursor })).ok().await;
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(names, ["C6", "C5", "C4", "C3", "C2", "C1", "C0"]);
}

#[tokio::test]
async fn a_cursor_from_elsewhere_is_refused_by_every_list() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    let stranger = app.key_of(app.other, &["*"]).await;
    for number in 0..2 {
        app.call(&owner, "create_company", json!({ "name": format!("C{number}") })).ok().await;
        app.call(&stranger, "create_company", json!({ "name": format!("C{number}") })).ok().await;
    }
    let of_companies = app.call(&owner, "list_companies", json!({ "limit": 1 })).ok().await["next_cursor"].clone();
    let of_stranger = app.call(&stranger, "list_companies", json!({ "limit": 1 })).ok().await["next_cursor"].clone();
    assert!(of_companies.is_string() && of_stranger.is_string());
    let mut lists = 0;
    for operation in OPERATIONS.iter().filter(|operation| operation.spec.shape == Shape::Page) {
        let mut cursors = vec![json!("x"), json!("AAAAAAAAAAAAAAAAAAAAAA"), of_stranger.clone()];
        if operation.spec.name != "list_companies" {
            cursors.push(of_companies.clone());
        }
        for cursor in cursors {
            let mut input = input_for(operation.spec.path, &ids);
            input["cursor"] = cursor;
            app.call(&owner, operation.spec.name, input).refused("invalid_cursor", "cursor").await;
        }
        let mut first = input_for(operation.spec.path, &ids);
        let without = app.call(&owner, operation.spec.name, first.clone()).ok().await;
        first["cursor"] = json!("");
        assert_eq!(
            app.call(&owner, operation.spec.name, first).ok().await,
            without,
            "{}: an empty cursor is none",
            operation.spec.name
        );
        for limit in [0, -1, 101] {
            let mut input = input_for(operation.spec.path, &ids);
            input["limit"] = json!(limit);
            app.call(&owner, operation.spec.name, input).refused("validation_error", "limit").await;
        }
        lists += 1;
    }
    assert!(lists > 12, "only {lists} lists");
}

#[tokio::test]
async fn an_unknown_field_is_refused_by_every_operation() {
    let app = TestApp::new().await;
    let ids = world::fill(&app).await;
    let owner = app.owner().await;
    for operation in OPERATIONS {
        let mut input = input_for(operation.spec.path, &ids);
        input["no_such_field"] = json!(1);
        let (code, field) = app.call(&owner, operation.spec.name, input).idempotency_key("k").fails().await;
        assert_eq!((code, field.as_deref()), ("validation_error", Some("no_such_field")), "{}", operation.spec.name);
    }
}

#[tokio::test]
async fn what_is_not_an_object_is_refused_by_every_operation() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for operation in OPERATIONS {
        for input in [json!(5), json!("x"), json!(null), json!([[[]]])] {
            let (code, _) = app.call(&owner, operation.spec.name, input).idempotency_key("k").fails().await;
            assert_eq!(code, "validation_error", "{}", operation.spec.name);
        }
    }
}

#[tokio::test]
async fn the_event_log_has_no_gap_and_can_be_followed() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    for number in 0..5 {
        app.call(&owner, "create_company", json!({ "name": format!("C{number}") })).ok().await;
    }
    app.call(&owner, "create_company", json!({ "name": "" })).fails().await;
    let mut numbers = Vec::new();
    let mut after = 0;
    loop {
        let run = app.call(&owner, "list_events", json!({ "after": after, "limit": 2 })).ok().await;
        numbers.extend(run["events"].as_array().unwrap().iter().map(|event| event["number"].as_i64().unwrap()));
        after = run["next_after"].as_i64().unwrap();
        if !run["has_more"].as_bool().unwrap() {
            break;
        }
    }
    assert_eq!(numbers, (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(numbers.len(), 6, "one key and five companies");
    let none = app.call(&owner, "list_events", json!({ "after": after })).ok().await;
    assert_eq!((none["events"].clone(), none["next_after"].as_i64()), (json!([]), Some(after)));
    app.call(&owner, "list_events", json!({ "limit": 1001 })).refused("validation_error", "limit").await;
    app.call(&owner, "list_events", json!({ "after": -1 })).refused("validation_error", "after").await;
}

#[tokio::test]
async fn a_time_without_a_zone_is_refused_and_nothing_is_made() {
    let app = TestApp::new().await;
    let owner = app.operator();
    let before = app.call(&owner, "list_keys", json!({})).ok().await["items"].as_array().unwrap().len();
    for time in ["2030-01-01T00:00:00", "2030-01-01", "2030-13-45T99:00:00Z", "tomorrow", ""] {
        let input = json!({ "scopes": ["*"], "expires_at": time });
        app.call(&owner, "create_key", input).refused("validation_error", "expires_at").await;
    }
    assert_eq!(app.call(&owner, "list_keys", json!({})).ok().await["items"].as_array().unwrap().len(), before);
    let input = json!({ "scopes": ["*"], "expires_at": "2030-01-01T00:00:00+02:00" });
    assert_eq!(app.call(&owner, "create_key", input).ok().await["expires_at"], "2029-12-31T22:00:00.000Z");
}
