//! `X-Credits-Remaining`: on every answer where credits move or are asked about, done or refused, and in no body.

use serde_json::{Value, json};

use super::{BASE, Reaktor, assert_refused, jane};
use crate::client::Answer;

#[track_caller]
fn left(answer: &Answer) -> Option<i64> {
    assert!(!answer.text().contains("creditsRemaining"), "the header tells it: {}", answer.text());
    answer.header("x-credits-remaining").map(|text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_where_credits_move_or_are_asked_about_tells_what_is_left_also_when_it_refuses() {
    let here = Reaktor::start().await;
    let (number, agent, _) = here.agent(20).await;
    let (_, poor, _) = here.agent(3).await;
    let single = json!({ "taskType": "lead_scoring", "inputPayload": jane() });
    let batch = json!({ "contacts": [{ "name": "Jane Smith", "company": "Acme Corp" }] });
    let workflow = json!({ "workflowId": "prospect_and_outreach", "inputPayload": jane() });
    let spoken = |id: i64| {
        json!({ "jsonrpc": "2.0", "id": id, "method": "SendMessage",
        "params": { "message": { "parts": [{ "data": { "skill": "lead_scoring", "input": jane() } }] } } })
    };

    // Done.
    assert_eq!(left(&agent.post("/tasks", single.clone()).await), Some(15));
    let queued = agent.post("/batch", batch.clone()).await;
    assert_eq!(left(&queued), Some(10));
    let id = queued.expect(200).json()["taskIds"][0].as_str().expect("an id").to_owned();
    assert_eq!(left(&agent.delete(&format!("/tasks/{id}")).await), Some(15));
    let asked = agent.at("/reaktor/api/research").post("/submit", json!({ "name": "Jane Smith" })).await;
    assert_eq!((asked.status, left(&asked)), (202, Some(10)));
    assert_eq!(left(&agent.at("/reaktor").post("/a2a", spoken(1)).await), Some(5));
    for path in ["/knowledge/company/nobody.example", "/knowledge/signals/saas", "/billing/credits"] {
        assert_eq!(left(&agent.get(path).await), Some(5), "{path}");
    }
    assert_eq!(left(&agent.post("/tasks/estimate", single.clone()).await), Some(5));
    assert_eq!(left(&here.owner.get(&format!("/billing/credits?agentId={number}")).await), Some(9_977), "one's own");

    // Refused for want of credits.
    for (path, body) in [("/tasks", &single), ("/batch", &batch), ("/workflows", &workflow)] {
        let refused = poor.post(path, body.clone()).await;
        assert_refused(&refused, 402, "INSUFFICIENT_CREDITS");
        assert_eq!(left(&refused), Some(3), "{path}");
    }
    assert_eq!(left(&poor.at("/reaktor").post("/a2a", spoken(2)).await), Some(3));
    let much = here.owner.post("/billing/transfer", json!({ "agentId": number, "credits": 99_999 })).await;
    assert_refused(&much, 402, "INSUFFICIENT_CREDITS");
    assert_eq!(left(&much), Some(9_977));

    // Refused for anything else.
    for (body, status) in [(json!({ "taskType": "sing", "inputPayload": {} }), 400), (json!({}), 400)] {
        let refused = poor.post("/tasks", body).await;
        assert_eq!((refused.status, left(&refused)), (status, Some(3)));
    }
    let gone = agent.delete("/tasks/task_nothing").await;
    assert_eq!((gone.status, left(&gone)), (404, Some(5)));
    let forbidden = agent.post("/billing/transfer", json!({ "agentId": number, "credits": 1 })).await;
    assert_eq!((forbidden.status, left(&forbidden)), (403, Some(5)));

    // Nothing to those nobody knows, and nothing where no credits are.
    let stranger = here.rig.anonymous(BASE);
    assert_eq!(left(&stranger.post("/tasks", single.clone()).await), None);
    assert_eq!(left(&stranger.header("X-API-Key", "drk_live_nothing").post("/tasks", single).await), None);
    for path in ["/tasks", "/outputs", "/profile", "/icps"] {
        let answer = agent.get(path).await;
        assert_eq!((answer.status, left(&answer)), (200, None), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_too_fast_and_who_repeats_a_request_hear_what_is_left_now() {
    let here = Reaktor::start().await;
    let (_, agent, _) = here.agent(200).await;
    let single = json!({ "taskType": "lead_scoring", "inputPayload": jane() });
    let named = agent.header("Idempotency-Key", "once");
    assert_eq!(left(&named.post("/tasks", single.clone()).await), Some(195));
    assert_eq!(left(&agent.post("/tasks", single.clone()).await), Some(190));
    let again = named.post("/tasks", single.clone()).await;
    assert_eq!((again.header("idempotency-replayed"), left(&again)), (Some("true"), Some(190)));
    loop {
        let answer = agent.post("/tasks", single.clone()).await;
        if answer.status == 429 {
            assert_eq!(left(&answer), Some(200 - 5 * 19), "twenty submissions, one of them remembered");
            return;
        }
        answer.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_neither_spends_nor_looks_is_not_told() {
    let here = Reaktor::start().await;
    let key = here.rig.key("reaktor", &["campaigns:read"]).await;
    let answer = here.rig.anonymous(BASE).header("X-API-Key", &key).get("/billing/credits").await;
    assert_eq!((answer.status, left(&answer)), (403, None));
}

/// Every place of a document where a word stands as a name.
fn places(of: &Value, word: &str, found: &mut Vec<String>, at: &str) {
    match of {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = format!("{at}/{name}");
                if name == word {
                    found.push(at.clone());
                }
                places(value, word, found, &at);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| places(value, word, found, at)),
        Value::String(text) if text == word => found.push(at.to_owned()),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_header_is_documented_and_no_schema_has_it_as_a_field() {
    let here = Reaktor::start().await;
    let document = here.rig.anonymous(BASE).get("/openapi.json").await.expect(200).json();
    let mut found = Vec::new();
    places(&document, "creditsRemaining", &mut found, "");
    places(&document, "credits_remaining", &mut found, "");
    assert_eq!(found, Vec::<String>::new());
    let create = &document["paths"]["/api/v1/tasks"]["post"]["responses"];
    assert_eq!(create["200"]["headers"]["X-Credits-Remaining"]["schema"]["type"], "integer", "{create}");
    let refused = create["402"]["$ref"].as_str().expect("a reference").trim_start_matches('#');
    assert!(document.pointer(refused).expect("a component")["headers"]["X-Credits-Remaining"].is_object());
    let list = &document["paths"]["/api/v1/tasks"]["get"]["responses"]["200"]["headers"];
    assert!(list["X-RateLimit-Limit"].is_object() && list["X-Credits-Remaining"].is_null(), "{list}");
}
