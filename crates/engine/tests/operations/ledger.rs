//! The ledger under everything at once: the sum stays exact.

use std::sync::Arc;

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
