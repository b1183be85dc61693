//! Paths, queries and bodies become one typed input, or a refusal that names the field.

use serde_json::json;

use crate::fixture::{Server, Setup};
use crate::operations::OPERATIONS;

async fn server() -> Server {
    Server::set_up(Setup { operations: OPERATIONS, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strings_become_what_the_schema_asks_for() {
    let server = server().await;
    let query = "whole=-3&ratio=1.5&flag=true&word=a%20b&colour=green&numbers=1,2&numbers=3&colours=red,green";
    let answer = server.call("GET", &format!("/api/v1/fields/7?{query}"), None).await;
    let expected = json!({ "place": 7, "whole": -3, "ratio": 1.5, "flag": true, "word": "a b", "colour": "green", "numbers": [1, 2, 3], "colours": ["red", "green"] });
    assert_eq!(answer.assert_status(200).data(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_value_in_path_or_query_names_its_field() {
    let server = server().await;
    for (path, field) in [
        ("/fields/x", "place"),
        ("/fields/%ff", "place"),
        ("/fields/7?whole=1.5", "whole"),
        ("/fields/7?whole=", "whole"),
        ("/fields/7?whole=1&whole=2", "whole"),
        ("/fields/7?ratio=3", "ratio"),
        ("/fields/7?ratio=inf", "ratio"),
        ("/fields/7?flag=yes", "flag"),
        ("/fields/7?word=longer", "word"),
        ("/fields/7?word=%00", "word"),
        ("/fields/7?word=%ff", "word"),
        ("/fields/7?colour=blue", "colour"),
        ("/fields/7?numbers=1,x", "numbers"),
        ("/fields/7?other=1", "other"),
        ("/fields/7?place=8", "place"),
        ("/fields/7?dry_run=true", "dry_run"),
        ("/leads?limit=0", "limit"),
        ("/leads?limit=many", "limit"),
        ("/leads?status=gone", "status"),
        ("/leads?agent_id=lead_0000000000000", "agent_id"),
        ("/leads?has_meeting=1", "has_meeting"),
    ] {
        server.call("GET", &format!("/api/v1{path}"), None).await.assert_refused(400, "validation_error", Some(field));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_and_paths_merge_and_must_agree() {
    let server = server().await;
    let write = async |path: &str, body| server.call("POST", &format!("/api/v1{path}"), Some(body)).await;
    assert_eq!(write("/fields/7", json!({ "whole": 3.0 })).await.assert_status(200).data()["whole"], 3);
    write("/fields/7", json!({ "place": 7 })).await.assert_status(200);
    server.call("POST", "/api/v1/fields/7", None).await.assert_status(200);
    for (path, body, field) in [
        ("/fields/7", json!({ "place": 8 }), "place"),
        ("/fields/7", json!({ "whole": "3" }), "whole"),
        ("/fields/7", json!({ "whole": 9_300_000_000_000_000_000_u64 }), "whole"),
        ("/fields/7", json!({ "numbers": [1, "x"] }), "numbers[1]"),
        ("/fields/7", json!({ "colour": "blue" }), "colour"),
        ("/fields/7", json!({ "word": "longer" }), "word"),
        ("/fields/7", json!({ "other": 1 }), "other"),
        ("/fields/7?whole=3", json!({}), "whole"),
        ("/leads", json!({ "name": "x", "nickname": "y" }), "nickname"),
        ("/leads", json!({ "name": "x", "email": "not an address" }), "email"),
        ("/leads", json!({ "name": "x".repeat(201) }), "name"),
        ("/leads", json!({ "name": "x\u{0}" }), "name"),
    ] {
        write(path, body.clone()).await.assert_refused(400, "validation_error", Some(field));
    }
    write("/fields/7", json!([1])).await.assert_refused(400, "validation_error", None);
    write("/fields/7", json!("text")).await.assert_refused(400, "validation_error", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_are_asked_for_in_query_or_body() {
    let server = server().await;
    let preview = server.call("POST", "/api/v1/leads?dry_run=true", Some(json!({ "name": "Ada" }))).await;
    let data = preview.assert_status(200).data();
    assert_eq!(data["dry_run"], true);
    assert_eq!(data["result"]["name"], "Ada");
    assert_eq!(data["plan"].as_array().map(Vec::len), Some(1));
    let digest = data["digest"].as_str().expect("a digest").to_owned();
    assert_eq!(server.call("GET", "/api/v1/leads", None).await.data(), json!([]), "nothing was changed");

    let in_body = server.call("POST", "/api/v1/leads", Some(json!({ "name": "Ada", "dry_run": true }))).await;
    assert_eq!(in_body.assert_status(200).data()["digest"], *digest);
    let other = server.call("POST", "/api/v1/leads", Some(json!({ "name": "Bob", "plan_digest": digest }))).await;
    other.assert_refused(409, "plan_changed", Some("plan_digest"));
    server
        .call("POST", &format!("/api/v1/leads?plan_digest={digest}"), Some(json!({ "name": "Ada" })))
        .await
        .assert_status(201);

    for (query, body) in [
        ("?dry_run=maybe", json!({ "name": "x" })),
        ("", json!({ "name": "x", "dry_run": "true" })),
        ("?dry_run=true", json!({ "name": "x", "dry_run": false })),
    ] {
        server.call("POST", &format!("/api/v1/leads{query}"), Some(body)).await.assert_refused(
            400,
            "validation_error",
            Some("dry_run"),
        );
    }
    server.call("POST", "/api/v1/keys?dry_run=true", Some(json!({}))).await.assert_refused(
        400,
        "validation_error",
        Some("dry_run"),
    );
}
