//! Envelopes, headers, methods and paths.

use serde_json::json;

use crate::fixture::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_is_created_read_and_listed_in_envelopes() {
    let server = Server::start().await;
    let created =
        server.call("POST", "/api/v1/leads", Some(json!({ "name": "Ada Lovelace", "email": "ada@example.com" }))).await;
    created.assert_status(201);
    let id = created.data()["id"].as_str().expect("an id").to_owned();

    let read = server.call("GET", &format!("/api/v1/leads/{id}"), None).await;
    assert_eq!(read.assert_status(200).data()["email"], "ada@example.com");

    let first = server.call("GET", "/api/v1/leads?limit=1", None).await;
    let page = first.assert_status(200).json();
    assert_eq!((&page["has_more"], &page["next_cursor"]), (&json!(false), &json!(null)));
    assert_eq!(page["data"][0]["id"], *id);
    assert_eq!(page.as_object().map(serde_json::Map::len), Some(3), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_walked_by_its_cursor() {
    let server = Server::start().await;
    for number in 0..5 {
        server
            .call("POST", "/api/v1/leads", Some(json!({ "name": format!("Lead {number}") })))
            .await
            .assert_status(201);
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/leads?limit=2".to_owned();
    loop {
        let page = server.call("GET", &path, None).await.assert_status(200).json();
        names.extend(page["data"].as_array().expect("rows").iter().map(|lead| lead["name"].to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert_eq!(page["has_more"], true);
        path = format!("/api/v1/leads?limit=2&cursor={cursor}");
    }
    assert_eq!(names.len(), 5);
    server.call("GET", "/api/v1/leads?cursor=forged", None).await.assert_refused(400, "invalid_cursor", Some("cursor"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_a_request_id_rate_limit_and_open_origin() {
    let server = Server::start().await;
    for (method, path) in [
        ("GET", "/api/v1/leads"),
        ("GET", "/api/v1/nothing"),
        ("PUT", "/api/v1/leads"),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/leads?x=1"),
    ] {
        for key in [true, false] {
            let answer =
                if key { server.call(method, path, None).await } else { server.send(method, path, &[], b"").await };
            for name in ["x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
                assert!(answer.header(name).is_some(), "{method} {path} has no {name}");
            }
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{method} {path}");
        }
    }
    let answer = server.call("GET", "/api/v1/leads", None).await;
    assert_eq!(answer.header("x-ratelimit-reset"), Some("1790000040"), "the end of the clock's minute, in seconds");
    let named = server.call_with("GET", "/api/v1/leads", &[("X-Request-Id", "mine-1")], None).await;
    assert_eq!(named.header("x-request-id"), Some("mine-1"));
    let unsafe_id = server.call_with("GET", "/api/v1/leads", &[("X-Request-Id", "a b\"c")], None).await;
    assert!(unsafe_id.header("x-request-id").is_some_and(|id| id.starts_with("req_")));
    let elsewhere = server.send("GET", "/nothing", &[], b"").await;
    elsewhere.assert_refused(404, "route_not_found", None);
    assert!(elsewhere.header("x-request-id").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_may_ask_before_they_call() {
    let server = Server::start().await;
    let headers = [
        ("Origin", "https://app.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,idempotency-key"),
    ];
    let answer = server.send("OPTIONS", "/api/v1/leads", &headers, b"").await;
    answer.assert_status(204);
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, HEAD, OPTIONS"));
    assert_eq!(answer.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    let allowed = answer.header("access-control-allow-headers").expect("headers").to_lowercase();
    assert!(allowed.contains("authorization") && allowed.contains("idempotency-key"));
    assert!(
        answer.header("access-control-expose-headers").is_some_and(|exposed| exposed.contains("X-RateLimit-Remaining"))
    );
    server.send("OPTIONS", "/api/v1/nothing", &headers, b"").await.assert_refused(404, "route_not_found", None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_methods_are_refused_and_head_is_a_get_without_a_body() {
    let server = Server::start().await;
    let answer = server.call("DELETE", "/api/v1/leads", None).await;
    answer.assert_refused(405, "method_not_allowed", None);
    assert_eq!(answer.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    server.call("BREW", "/api/v1/leads", None).await.assert_refused(405, "method_not_allowed", None);
    server.send("POST", "/healthz", &[], b"").await.assert_refused(405, "method_not_allowed", None);

    let got = server.call("GET", "/api/v1/leads", None).await;
    let head = server.call("HEAD", "/api/v1/leads", None).await;
    head.assert_status(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), Some(got.body.len().to_string().as_str()));
    assert_eq!(head.header("content-type"), Some("application/json"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_at_the_end_makes_no_difference_and_other_paths_are_not_found() {
    let server = Server::start().await;
    server.call("GET", "/api/v1/leads/", None).await.assert_status(200);
    server.call("GET", "/api/v1/", None).await.assert_status(200);
    for path in [
        "/api/v1/leads//",
        "/api/v1//leads",
        "/api/v1/LEADS",
        "/api/v1x",
        "/api/v1/leads/a/b/c/d",
        "/api/v1/%6ceads%2f",
    ] {
        server.call("GET", path, None).await.assert_refused(404, "route_not_found", None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_sees_nothing_of_another_project() {
    let server = Server::start().await;
    let id = server.call("POST", "/api/v1/leads", Some(json!({ "name": "Ada" }))).await.data()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let other = crate::fixture::add_project(server.pipeline.store(), server.pipeline.core(), "second").await;
    let (_, stranger) = crate::fixture::create_key(&server.pipeline, other, json!({})).await;
    let authorization = format!("Bearer {stranger}");
    let answer = server.send("GET", &format!("/api/v1/leads/{id}"), &[("Authorization", &authorization)], b"").await;
    answer.assert_refused(404, "resource_not_found", Some("lead_id"));
}
