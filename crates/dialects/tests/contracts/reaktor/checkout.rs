//! Checkout where something is sold: packs and plans, for owners alone.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_engine::credits::budget::Holder;
use outrider_engine::ports::{CheckoutPage, CheckoutWanted, Payments, PaymentsProblem, PortalWanted, Ports, Purchase};
use serde_json::json;

use super::{Reaktor, assert_refused};
use crate::rig::Setup;

/// A provider that remembers what it was asked.
#[derive(Default)]
struct Till(Mutex<Vec<CheckoutWanted>>);

impl Payments for Till {
    fn checkout(&self, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage, PaymentsProblem>> {
        self.0.lock().expect("unpoisoned").push(wanted);
        let page = CheckoutPage { id: "cs_1".to_owned(), url: "https://pay.example/c".to_owned(), expires_at: None };
        std::future::ready(Ok(page)).boxed()
    }

    fn portal(&self, _: PortalWanted) -> BoxFuture<'_, Result<String, PaymentsProblem>> {
        std::future::ready(Err(PaymentsProblem::Refused("no portal here".to_owned()))).boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packs_and_plans_lead_to_a_page_to_pay_on() {
    let till = Arc::new(Till::default());
    let ports = Ports { payments: Some(Arc::clone(&till) as _), ..Ports::default() };
    let here = Reaktor::with(Setup { ports, ..Setup::default() }).await;
    let (id, agent, _) = here.agent(0).await;
    let checkout = |body| here.owner.post("/billing/checkout", body);
    let answer = checkout(json!({ "pack": "pack_basic", "agentId": id })).await;
    assert_eq!(answer.expect(200).json(), json!({ "checkoutUrl": "https://pay.example/c", "sessionId": "cs_1" }));
    checkout(json!({ "pack": "starter" })).await.expect(200);
    {
        let asked = till.0.lock().expect("unpoisoned");
        let pack = Purchase::Credits { pack: "pack_basic".to_owned(), amount: 1_000, holder: Some(Holder::Agent(id)) };
        assert_eq!((&asked[0].purchase, asked[0].currency.as_str()), (&pack, "usd"));
        assert!(matches!(&asked[1].purchase, Purchase::Plan { plan, .. } if plan == "starter"));
    }
    assert_refused(&checkout(json!({ "pack": "scale" })).await, 503, "BETA_CHECKOUT_DISABLED");
    assert_refused(&checkout(json!({ "pack": "sing" })).await, 400, "VALIDATION_ERROR");
    assert_refused(&checkout(json!({ "pack": "pack_basic", "agentId": 77 })).await, 404, "AGENT_NOT_OWNED");
    assert_refused(&agent.post("/billing/checkout", json!({ "pack": "pack_basic" })).await, 403, "FORBIDDEN");
    assert_eq!(till.0.lock().expect("unpoisoned").len(), 2);
}
