//! The ledger under everything at once: the sum stays exact.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use outrider_engine::error::Error;
use outrider_store::credits::{self, Totals};
use serde_json::json;

use super::sub_agents::{by_key, owner_key, sub_agent};
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_transfer_from_one_owner_and_the_sum_is_exact() {
    let app = Arc::new(TestApp::new().await);
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 500 })).ok().await;
    let (agent, key) = sub_agent(&app, &owner, 0, 0).await;
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (app, owner) = (Arc::clone(&app), owner.clone());
            tokio::spawn(async move {
                let mut moved = 0;
                for _ in 0..10 {
                    match by_key(&app, &owner, "transfer_credits", json!({ "sub_agent": agent, "credits": 1 })).await {
                        Ok(_) => moved += 1,
                        Err(code) => assert_eq!(code, "insufficient_credits"),
                    }
                }
                moved
            })
        })
        .collect();
    let mut moved = 0;
    for client in clients {
        moved += client.await.unwrap();
    }
    assert_eq!(moved, 500, "640 tries, and as many came through as there were credits");
    let seen = by_key(&app, &key, "get_sub_agent", json!({ "sub_agent": agent })).await.unwrap();
    assert_eq!(seen["balance"], 500);
    assert_eq!(app.call(&app.operator(), "get_credits", json!({})).ok().await["credits_remaining"], 0);
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
}

#[tokio::test]
async fn a_statement_has_every_posting_once_oldest_first_and_tame() {
    let app = TestApp::new().await;
    let owner = owner_key(&app).await;
    app.call(&app.operator(), "grant_credits", json!({ "amount": 500, "reason": "=1+1, \"thanks\"" })).ok().await;
    app.clock.advance(60_000);
    let between = app.clock.now_millis().to_string();
    let (_, key) = sub_agent(&app, &owner, 40, 0).await;
    let task = json!({ "task_type": "contact_lookup", "input": { "name": "A B", "company": "C" } });
    by_key(&app, &key, "submit_task", task).await.unwrap();
    let statement = async |input| {
        let file = app.call(&app.operator(), "get_credit_statement", input).ok().await;
        assert_eq!(file["content_type"], "text/csv; charset=utf-8");
        let bytes = STANDARD.decode(file["base64"].as_str().unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let whole = statement(json!({})).await;
    let lines: Vec<&str> = whole.split("\r\n").collect();
    assert_eq!((lines.len(), lines[0], lines[4]), (5, "posting,at,from,to,credits,subject,reason", ""));
    assert!(lines[1].ends_with(",issued,available,500,grant,\"'=1+1, \"\"thanks\"\"\""), "{whole}");
    assert!(lines[2].contains(",available,agent:2,40,") && lines[3].contains(",agent:2,spent,5,task_"), "{whole}");
    let later = statement(json!({ "from": between })).await;
    assert_eq!(later.lines().count(), 3, "{later}");
    assert_eq!(statement(json!({ "to": between })).await.lines().count(), 2);
    app.call(&app.operator(), "get_credit_statement", json!({ "from": "yesterday" }))
        .refused("validation_error", "from")
        .await;
}
