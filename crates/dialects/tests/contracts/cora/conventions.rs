//! What holds for every endpoint: headers, CORS, limits, repeated requests.

use outrider_domain::time::{DAY, MINUTE, SECOND};
use serde_json::json;

use super::{BASE, Cora, assert_refused};
use crate::rig::START;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_carries_its_headers() {
    let cora = Cora::start().await;
    let anonymous = cora.rig.anonymous(BASE);
    let reset = ((START.0.div_euclid(MINUTE) + 1) * MINUTE / SECOND).to_string();
    for (answer, status) in [
        (cora.client.get("/leads").await, 200),
        (cora.client.post("/leads", json!({ "name": "X" })).await, 201),
        (cora.client.post("/leads", json!({})).await, 400),
        (cora.client.get("/leads/unheard-of").await, 404),
        (cora.client.get("/no-such-path").await, 404),
        (cora.client.send("DELETE", "/leads", None).await, 405),
        (anonymous.get("/leads").await, 401),
        (anonymous.get("").await, 200),
        (anonymous.get("/docs").await, 200),
        (cora.client.send("OPTIONS", "/leads", None).await, 204),
    ] {
        answer.expect(status);
        let header =
            |name: &str| answer.header(name).unwrap_or_else(|| panic!("{} has no {name}", answer.request)).to_owned();
        assert_eq!(header("x-ratelimit-limit"), "120", "{}", answer.request);
        assert!(header("x-ratelimit-remaining").parse::<u32>().is_ok_and(|left| left < 120), "{}", answer.request);
        assert_eq!(header("x-ratelimit-reset"), reset, "{}", answer.request);
        assert!(!header("x-request-id").is_empty(), "{}", answer.request);
        assert_eq!(header("access-control-allow-origin"), "*", "{}", answer.request);
    }
    let named = cora.client.header("X-Request-Id", "issue-17").get("/leads").await;
    assert_eq!(named.header("x-request-id"), Some("issue-17"));
    let page = cora.client.header("Origin", "https://app.example").get("/leads").await;
    assert_eq!(page.header("access-control-allow-origin"), Some("*"));
    let asked = cora.client.send("OPTIONS", "/leads", None).await;
    for needed in ["Authorization", "Content-Type", "Idempotency-Key"] {
        assert!(asked.header("access-control-allow-headers").is_some_and(|list| list.contains(needed)), "{needed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_a_hundred_and_twenty_requests_a_minute() {
    let cora = Cora::start().await;
    for left in (0..120).rev() {
        let answer = cora.client.get("/credits").await;
        answer.expect(200);
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    cora.rig.advance(15 * SECOND);
    let refused = cora.client.get("/credits").await;
    assert_refused(&refused, 429, "rate_limit_exceeded", None);
    assert_eq!(refused.json()["error"]["retry_after"], 45);
    assert_eq!((refused.header("x-ratelimit-remaining"), refused.header("retry-after")), (Some("0"), Some("45")));
    let other = cora.rig.client(BASE, &cora.rig.key("cora", &["*"]).await);
    other.get("/credits").await.expect(200);
    cora.rig.advance(45 * SECOND);
    cora.client.get("/credits").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_write_gives_the_first_answer_and_happens_once() {
    let cora = Cora::start().await;
    let (lead, agent) = (cora.lead().await, cora.agent().await);
    let once = cora.client.header("Idempotency-Key", "once");
    for (number, (method, path, body)) in [
        ("POST", "/projects".to_owned(), json!({ "name": "North" })),
        ("POST", "/leads".to_owned(), json!({ "name": "Ann" })),
        ("POST", "/leads/bulk".to_owned(), json!({ "leads": [{ "name": "Ben" }] })),
        ("PATCH", format!("/leads/{lead}"), json!({ "role": "CEO" })),
        ("POST", "/agents".to_owned(), json!({ "type": "inbound" })),
        ("PATCH", format!("/agents/{agent}"), json!({ "name": "Ada" })),
        ("POST", format!("/agents/{agent}/assign-leads"), json!({ "lead_ids": [lead] })),
        ("POST", "/outreach/email".to_owned(), json!({ "lead_id": lead, "agent_id": agent })),
    ]
    .into_iter()
    .enumerate()
    {
        let client = cora.client.header("Idempotency-Key", &format!("key-{number}"));
        let first = client.send(method, &path, Some(body.clone())).await;
        assert!((200..=202).contains(&first.status), "{}: {}", first.request, first.text());
        assert_eq!(first.header("idempotency-replayed"), None);
        let again = client.send(method, &path, Some(body)).await;
        assert_eq!((again.status, again.json()), (first.status, first.json()), "{}", first.request);
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", first.request);
    }
    assert_eq!(cora.data("/leads").await.as_array().map(Vec::len), Some(3));
    assert_eq!(cora.data("/agents").await.as_array().map(Vec::len), Some(2));
    cora.rig.run_due().await;
    assert_eq!(cora.rig.mails().len(), 1);

    once.post("/leads", json!({ "name": "Cid" })).await.expect(201);
    let other = once.post("/leads", json!({ "name": "Dan" })).await;
    assert_refused(&other, 409, "idempotency_conflict", Some("Idempotency-Key"));
    cora.rig.advance(DAY + MINUTE);
    once.post("/leads", json!({ "name": "Dan" })).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_with_one_key_make_one_lead() {
    let cora = Cora::start().await;
    let client = cora.client.header("Idempotency-Key", "race");
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.post("/leads", json!({ "name": "Ann" })).await })
        })
        .collect();
    for task in tasks {
        let answer = task.await.expect("an answer");
        match answer.status {
            201 => assert_eq!(answer.json()["data"]["name"], "Ann"),
            _ => assert_refused(&answer, 409, "idempotency_conflict", None),
        }
    }
    assert_eq!(cora.data("/leads").await.as_array().map(Vec::len), Some(1));
}
