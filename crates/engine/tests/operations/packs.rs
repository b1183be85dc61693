//! Packs of credits: bought on the provider's page, granted once when it is paid, to the project or a sub-agent.

use outrider_engine::credits::budget::Holder;
use outrider_engine::error::Error;
use outrider_engine::ports::Purchase;
use outrider_store::credits::{self, Totals};
use serde_json::{Value, json};

use super::billing::{event, outcome, unsubscribed};
use super::sub_agents::{by_key, owner_key, sub_agent};
use crate::support::TestApp;

fn paid(app: &TestApp, session: &str, status: &str, metadata: Value) -> Vec<u8> {
    let mut object = json!({ "id": session, "mode": "payment", "customer": null, "payment_status": status,
        "client_reference_id": app.main, "metadata": { "project": app.main } });
    for (name, value) in metadata.as_object().unwrap() {
        object["metadata"][name] = value.clone();
    }
    event(&format!("evt_{session}_{status}"), "checkout.session.completed", 1, object)
}

async fn balance(app: &TestApp) -> Value {
    app.call(&app.operator(), "get_credits", json!({})).ok().await["credits_remaining"].clone()
}

#[tokio::test]
async fn a_pack_is_bought_paid_and_granted_once() {
    let (app, provider) = unsubscribed().await;
    let owner = app.owner().await;
    let page = app.call(&owner, "buy_credits", json!({ "pack": "pack_plus" })).ok().await;
    assert_eq!((&page["checkout_url"], &page["pack"]), (&json!("https://checkout.example/c"), &json!("pack_plus")));
    let asked = provider.asked();
    let bought = Purchase::Credits { pack: "pack_plus".to_owned(), amount: 4_900, holder: None };
    assert_eq!((&asked[0].purchase, asked[0].project.as_str()), (&bought, app.main.to_string().as_str()));
    assert_eq!(balance(&app).await, 0, "nothing is there before it is paid");
    assert_eq!(outcome(&app, &paid(&app, "cs_1", "unpaid", json!({ "pack": "pack_plus" }))).await, "ignored");
    assert_eq!(outcome(&app, &paid(&app, "cs_1", "paid", json!({ "pack": "pack_plus" }))).await, "applied");
    assert_eq!(balance(&app).await, 6_000);
    let again = event(
        "evt_other",
        "checkout.session.async_payment_succeeded",
        2,
        json!({ "id": "cs_1", "mode": "payment",
        "payment_status": "paid", "metadata": { "project": app.main, "pack": "pack_plus" } }),
    );
    assert_eq!(outcome(&app, &again).await, "ignored", "another event of the same checkout");
    assert_eq!(outcome(&app, &paid(&app, "cs_2", "paid", json!({ "something": "else" }))).await, "ignored");
    assert_eq!(balance(&app).await, 6_000);
    app.call(&owner, "buy_credits", json!({ "pack": "pack_huge" })).refused("validation_error", "pack").await;
}

#[tokio::test]
async fn a_pack_for_a_sub_agent_is_in_its_purse_and_in_the_projects_when_it_is_gone() {
    let (app, provider) = unsubscribed().await;
    let owner = owner_key(&app).await;
    let (agent, key) = sub_agent(&app, &owner, 0, 0).await;
    let asked = json!({ "pack": "pack_basic", "sub_agent": agent });
    by_key(&app, &owner, "buy_credits", asked.clone()).await.unwrap();
    assert!(
        matches!(provider.asked()[0].purchase, Purchase::Credits { holder: Some(Holder::Agent(found)), .. } if found == agent)
    );
    assert_eq!(by_key(&app, &key, "buy_credits", asked).await, Err("insufficient_scope"));
    assert_eq!(
        by_key(&app, &owner, "buy_credits", json!({ "pack": "pack_basic", "sub_agent": 77 })).await,
        Err("agent_not_owned")
    );
    let metadata = json!({ "pack": "pack_basic", "holder": format!("agent:{agent}") });
    assert_eq!(outcome(&app, &paid(&app, "cs_1", "paid", metadata.clone())).await, "applied");
    let seen = by_key(&app, &key, "get_sub_agent", json!({ "sub_agent": agent })).await.unwrap();
    assert_eq!((&seen["balance"], balance(&app).await), (&json!(1_000), json!(0)));
    by_key(&app, &owner, "revoke_sub_agent", json!({ "sub_agent": agent })).await.unwrap();
    assert_eq!(outcome(&app, &paid(&app, "cs_2", "paid", metadata)).await, "applied");
    assert_eq!(balance(&app).await, 2_000);
    let totals = app.store().read(|tx| Ok::<_, Error>(credits::totals(tx)?)).await.unwrap();
    assert_eq!(totals, Totals::default());
}
