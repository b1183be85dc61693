//! Plans, checkout and portal, with a payment provider and without one.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_engine::ports::{CheckoutPage, CheckoutWanted, Payments, PaymentsProblem, PortalWanted, Ports, Purchase};
use serde_json::{Value, json};

use super::{Cora, assert_refused};
use crate::rig::{Rig, Setup};
use crate::shape::assert_shape;

/// A provider that makes every page it is asked for.
#[derive(Default)]
struct Provider(Mutex<Vec<CheckoutWanted>>);

impl Payments for Provider {
    fn checkout(&self, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage, PaymentsProblem>> {
        let Purchase::Plan { plan, interval, .. } = &wanted.purchase else { panic!("Cora sells no packs: {wanted:?}") };
        let url = format!("https://pay.example/{plan}/{}", interval.as_str());
        self.0.lock().unwrap().push(wanted);
        async move { Ok(CheckoutPage { id: "cs_1".to_owned(), url, expires_at: None }) }.boxed()
    }

    fn portal(&self, _: PortalWanted) -> BoxFuture<'_, Result<String, PaymentsProblem>> {
        async { Ok("https://pay.example/portal".to_owned()) }.boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_listed_with_their_prices() {
    let cora = Cora::start().await;
    let price = json!({ "amount": "integer", "credits": "integer" });
    let answer = cora.client.get("/billing/plans").await.expect(200).json();
    assert_shape(
        &answer,
        &json!({ "data": [{ "id": "text", "name": "text", "description": "text", "currency": "text", "monthly": price, "annual": price, "limits": "object" }] }),
    );
    let names: Vec<&str> =
        answer["data"].as_array().expect("plans").iter().filter_map(|plan| plan["id"].as_str()).collect();
    assert_eq!(names, ["starter", "growth", "pro"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkout_leads_to_the_providers_page() {
    let provider = Arc::new(Provider::default());
    let ports = Ports { payments: Some(Arc::clone(&provider) as _), ..Ports::default() };
    let cora = Cora::on(Rig::with(Setup { ports, ..Setup::default() }).await).await;
    cora.rig.native("set_plan", json!({ "plan": "none" })).await;
    for plan in ["starter", "growth", "pro"] {
        for interval in ["monthly", "annual"] {
            let answer = cora.client.post("/billing/checkout", json!({ "plan": plan, "interval": interval })).await;
            let url = format!("https://pay.example/{plan}/{interval}");
            assert_eq!(answer.expect(200).json(), json!({ "data": { "checkout_url": url } }));
        }
    }
    let least = cora.client.post("/billing/checkout", json!({ "plan": "pro" })).await.expect(200).json();
    assert_eq!(least["data"]["checkout_url"], "https://pay.example/pro/monthly");
    let once = cora.client.header("Idempotency-Key", "once");
    let first = once.post("/billing/checkout", json!({ "plan": "pro" })).await.expect(200).json();
    assert_eq!(once.post("/billing/checkout", json!({ "plan": "pro" })).await.expect(200).json(), first);
    let asked = provider.0.lock().unwrap().len();
    assert_eq!(asked, 8);
    for (body, field) in [
        (json!({}), "plan"),
        (json!({ "plan": "gold" }), "plan"),
        (json!({ "plan": "pro", "interval": "weekly" }), "interval"),
    ] {
        assert_refused(&cora.client.post("/billing/checkout", body).await, 400, "validation_error", Some(field));
    }
    let portal = cora.client.post("/billing/portal", json!({})).await;
    assert_refused(&portal, 409, "validation_error", None);
    assert!(portal.json()["error"]["message"].as_str().is_some_and(|text| text.contains("knows no subscription")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_provider_checkout_says_so() {
    let cora = Cora::start().await;
    cora.rig.native("set_plan", json!({ "plan": "none" })).await;
    let answer = cora.client.post("/billing/checkout", json!({ "plan": "starter", "interval": "monthly" })).await;
    assert_refused(&answer, 503, "internal_error", None);
    assert!(
        answer.json()["error"]["message"].as_str().is_some_and(|text| text.contains("operator")),
        "{}",
        answer.text()
    );
    assert_eq!(cora.data("/billing/plans").await[0]["id"], Value::from("starter"));
}
