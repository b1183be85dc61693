//! Plans, checkout and what Stripe tells: each event once, in any order, with any fault between.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::plan::{Interval, Plans};
use outrider_domain::secret::Secret;
use outrider_domain::time::Millis;
use outrider_engine::core::Settings;
use outrider_engine::error::Result;
use outrider_engine::payments::{Receipt, receive, signature};
use outrider_engine::ports::{CheckoutPage, CheckoutWanted, Payments, PaymentsProblem, PortalWanted, Ports, Purchase};
use serde_json::{Value, json};

use crate::support::{START, TestApp};

/// A provider that does what it is told, and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Provider {
    asked: Mutex<Vec<CheckoutWanted>>,
    portals: Mutex<Vec<PortalWanted>>,
    problem: Mutex<Option<PaymentsProblem>>,
}

impl Provider {
    fn fail(&self, problem: Option<PaymentsProblem>) {
        *self.problem.lock().unwrap() = problem;
    }

    pub(crate) fn asked(&self) -> Vec<CheckoutWanted> {
        self.asked.lock().unwrap().clone()
    }
}

impl Payments for Provider {
    fn checkout(&self, wanted: CheckoutWanted) -> BoxFuture<'_, std::result::Result<CheckoutPage, PaymentsProblem>> {
        async move {
            let mut asked = self.asked.lock().unwrap();
            asked.push(wanted);
            match self.problem.lock().unwrap().clone() {
                Some(problem) => Err(problem),
                None => Ok(CheckoutPage {
                    id: format!("cs_{}", asked.len()),
                    url: "https://checkout.example/c".to_owned(),
                    expires_at: Some(START.plus(86_400_000)),
                }),
            }
        }
        .boxed()
    }

    fn portal(&self, wanted: PortalWanted) -> BoxFuture<'_, std::result::Result<String, PaymentsProblem>> {
        async move {
            self.portals.lock().unwrap().push(wanted);
            Ok("https://portal.example/p".to_owned())
        }
        .boxed()
    }
}

fn settings() -> Settings {
    let plans = json!({
        "starter": { "name": "Starter", "currency": "usd", "limits": { "agents": 1, "identities": 1 },
            "monthly": { "amount": 4900, "credits": 100, "stripe_price": "price_sm" },
            "annual": { "amount": 49000, "credits": 1200, "stripe_price": "price_sa" } },
        "growth": { "name": "Growth", "currency": "usd", "monthly": { "amount": 9900, "credits": 300, "stripe_price": "price_gm" } },
    });
    let plans: Plans = serde_json::from_value(plans).unwrap();
    Settings { plans, stripe_webhook_secret: Some(Secret::new("whsec_test")), ..Settings::default() }
}

/// The project `main` without a plan, and a provider.
pub(crate) async fn unsubscribed() -> (TestApp, Arc<Provider>) {
    let mut app = TestApp::with(settings()).await;
    let provider = Arc::new(Provider::default());
    app.pipeline =
        app.pipeline.clone().with_ports(Ports { payments: Some(Arc::clone(&provider) as _), ..Ports::default() });
    app.call(&app.operator(), "set_plan", json!({ "plan": "none" })).ok().await;
    (app, provider)
}

/// A body as Stripe sends it: `seconds` after the beginning of the test.
pub(crate) fn event(id: &str, kind: &str, seconds: i64, object: Value) -> Vec<u8> {
    let created = START.0 / 1_000 + seconds;
    json!({ "id": id, "object": "event", "type": kind, "created": created, "data": { "object": object } })
        .to_string()
        .into()
}

/// A subscription, as its own events show it.
fn subscription(app: &TestApp, status: &str, price: &str) -> Value {
    let start = START.0 / 1_000;
    json!({
        "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": status, "cancel_at_period_end": false,
        "metadata": { "project": app.main.to_string(), "plan": "starter", "interval": "monthly" },
        "items": { "data": [{ "price": { "id": price }, "current_period_start": start, "current_period_end": start + 2_592_000 }] },
    })
}

/// An invoice of that subscription, without what our checkout wrote into it unless it is `marked`.
fn invoice(app: &TestApp, id: &str, price: &str, marked: bool) -> Value {
    let start = START.0 / 1_000;
    let metadata = if marked { json!({ "project": app.main.to_string() }) } else { json!({}) };
    json!({
        "id": id, "object": "invoice", "customer": "cus_1", "billing_reason": "subscription_cycle",
        "parent": { "subscription_details": { "subscription": "sub_1", "metadata": metadata } },
        "lines": { "data": [{ "pricing": { "price_details": { "price": price } }, "period": { "start": start, "end": start + 2_592_000 } }] },
    })
}

fn checkout(app: &TestApp, status: &str) -> Value {
    json!({ "id": "cs_1", "object": "checkout.session", "mode": "subscription", "customer": "cus_1", "subscription": "sub_1",
        "payment_status": status, "client_reference_id": app.main.to_string(), "metadata": { "plan": "starter", "interval": "monthly" } })
}

async fn send(app: &TestApp, body: &[u8]) -> Result<Receipt> {
    let header = signature::sign(body, &Secret::new("whsec_test"), app.clock.now_millis());
    receive(&app.pipeline, Some(&header), body).await
}

pub(crate) async fn outcome(app: &TestApp, body: &[u8]) -> &'static str {
    send(app, body).await.unwrap().outcome
}

/// Plan, the provider's status, and credits granted.
async fn standing(app: &TestApp) -> (String, Option<String>, i64) {
    let found = app.call(&app.operator(), "get_subscription", json!({})).ok().await;
    let credits = app.call(&app.operator(), "get_credits", json!({})).ok().await;
    let text = |name: &str| found[name].as_str().map(ToOwned::to_owned);
    (text("plan").unwrap(), text("status"), credits["granted"].as_i64().unwrap())
}

fn stands(plan: &str, status: &str, credits: i64) -> (String, Option<String>, i64) {
    (plan.to_owned(), Some(status.to_owned()), credits)
}

#[tokio::test]
async fn plans_are_listed_by_price_and_unknown_ones_refused() {
    let (app, _) = unsubscribed().await;
    let owner = app.owner().await;
    let listed = app.call(&owner, "list_plans", json!({})).ok().await;
    let names: Vec<&str> =
        listed["plans"].as_array().unwrap().iter().map(|plan| plan["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["starter", "growth"]);
    assert_eq!(listed["plans"][0]["annual"], json!({ "amount": 49000, "credits": 1200 }));
    assert_eq!(listed["plans"][1]["annual"], Value::Null);
    for plan in ["pro", "Starter", ""] {
        let (code, field) = app.call(&app.operator(), "set_plan", json!({ "plan": plan })).fails().await;
        assert_eq!((code, field.as_deref()), ("validation_error", Some("plan")), "{plan}");
    }
    let set = app.call(&app.operator(), "set_plan", json!({ "plan": "growth" })).ok().await;
    assert_eq!((&set["plan"], &set["active"], &set["status"]), (&json!("growth"), &json!(true), &Value::Null));
    app.call(&owner, "set_plan", json!({ "plan": "growth" })).fails().await;
}

#[tokio::test]
async fn a_checkout_asks_outside_and_is_remembered() {
    let (app, provider) = unsubscribed().await;
    let owner = app.owner().await;
    let input = json!({ "plan": "starter", "interval": "annual" });
    let made = app.call(&owner, "create_checkout", input.clone()).idempotency_key("k").ok().await;
    assert_eq!((&made["checkout_url"], &made["id"]), (&json!("https://checkout.example/c"), &json!("cs_1")));
    let again = app.call(&owner, "create_checkout", input.clone()).idempotency_key("k").send().await.unwrap();
    assert!(again.replayed && again.body == made, "{again:?}");
    app.call(&owner, "create_checkout", json!({ "plan": "growth" }))
        .idempotency_key("k")
        .refused("idempotency_key_reused", "Idempotency-Key")
        .await;
    let asked = provider.asked();
    assert_eq!(asked.len(), 1, "the provider was asked once");
    let Purchase::Plan { interval, price, .. } = &asked[0].purchase else { panic!("no plan: {:?}", asked[0]) };
    assert_eq!((asked[0].project.as_str(), *interval), (app.main.to_string().as_str(), Interval::Annual));
    assert_eq!((price.amount, asked[0].customer.clone()), (49000, None));
    app.call(&owner, "create_checkout", input).ok().await;
    assert_ne!(provider.asked()[1].once, asked[0].once, "another call is another checkout");
    assert_eq!(app.events().await.iter().filter(|kind| *kind == "subscription.checkout_created").count(), 2);
    assert_eq!(standing(&app).await, ("none".to_owned(), None, 0), "nothing holds before it is paid");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_asking() {
    let (app, provider) = unsubscribed().await;
    let owner = app.owner().await;
    app.call(&owner, "create_checkout", json!({ "plan": "pro" })).refused("validation_error", "plan").await;
    app.call(&owner, "create_checkout", json!({ "plan": "self_hosted" })).refused("validation_error", "plan").await;
    app.call(&owner, "create_checkout", json!({ "plan": "growth", "interval": "annual" }))
        .refused("validation_error", "interval")
        .await;
    app.call(&owner, "create_checkout", json!({ "plan": "growth", "interval": "weekly" }))
        .refused("validation_error", "interval")
        .await;
    assert_eq!(app.call(&owner, "create_billing_portal", json!({})).fails().await.0, "wrong_state");
    send(&app, &event("evt_1", "customer.subscription.created", 0, subscription(&app, "active", "price_sm")))
        .await
        .unwrap();
    app.call(&owner, "create_checkout", json!({ "plan": "growth" })).refused("wrong_state", "plan").await;
    let portal = app.call(&owner, "create_billing_portal", json!({})).ok().await;
    assert_eq!(portal["portal_url"], "https://portal.example/p");
    assert_eq!(provider.portals.lock().unwrap()[0].customer, "cus_1");
    assert_eq!(provider.asked(), []);
}

#[tokio::test]
async fn a_provider_that_fails_is_a_clear_error_and_the_same_key_may_try_again() {
    let (app, provider) = unsubscribed().await;
    let owner = app.owner().await;
    let input = json!({ "plan": "starter" });
    for problem in
        [PaymentsProblem::Unavailable("down".to_owned()), PaymentsProblem::Refused("no such price".to_owned())]
    {
        provider.fail(Some(problem.clone()));
        let error = app.call(&owner, "create_checkout", input.clone()).idempotency_key("k").send().await.unwrap_err();
        assert_eq!(error.code.name, "payments_unavailable");
        assert!(!error.message.contains("such price") && error.source.is_some(), "{error}");
    }
    provider.fail(None);
    app.call(&owner, "create_checkout", input).idempotency_key("k").ok().await;
    let asked = provider.asked();
    assert_eq!(asked[0].once, asked[2].once, "the provider can tell that it is the same request");
}

#[tokio::test]
async fn without_a_provider_checkout_and_webhooks_say_so() {
    let app = TestApp::new().await;
    let owner = app.owner().await;
    assert_eq!(app.call(&owner, "create_checkout", json!({ "plan": "starter" })).fails().await.0, "payments_disabled");
    let error = receive(&app.pipeline, Some("t=1,v1=00"), b"{}").await.unwrap_err();
    assert_eq!(error.code.name, "payments_disabled");
    assert_eq!(app.events().await, ["key.created"]);
}

#[tokio::test]
async fn outreach_needs_a_plan_and_goes_once_it_is_paid() {
    let (app, _) = unsubscribed().await;
    let owner = app.owner().await;
    app.call(&owner, "create_identity", json!({ "email": "sales@sender.test" })).ok().await;
    let lead = app.call(&owner, "create_lead", json!({ "name": "Jane", "email": "jane@acme.com" })).ok().await;
    let mail = json!({ "lead_id": lead["id"], "subject": "Hello", "text": "Hi" });
    let refused = app.call(&owner, "send_email", mail.clone()).idempotency_key("a").fails().await;
    assert_eq!(refused, ("payment_required", None));
    send(&app, &event("evt_1", "invoice.paid", 0, invoice(&app, "in_1", "price_sm", true))).await.unwrap();
    app.call(&owner, "send_email", mail).idempotency_key("b").ok().await;
}

/// The events of one subscription's first minutes, each with its place in time.
fn beginning(app: &TestApp) -> Vec<Vec<u8>> {
    vec![
        event("evt_created", "customer.subscription.created", 1, subscription(app, "incomplete", "price_sm")),
        event("evt_paid", "invoice.paid", 2, invoice(app, "in_1", "price_sm", false)),
        event("evt_paid_too", "invoice.payment_succeeded", 2, invoice(app, "in_1", "price_sm", false)),
        event("evt_updated", "customer.subscription.updated", 1, subscription(app, "active", "price_sm")),
        event("evt_checkout", "checkout.session.completed", 3, checkout(app, "paid")),
    ]
}

#[tokio::test]
async fn a_subscription_begins_alike_in_whatever_order_it_is_told() {
    // Every order of the five events: whichever comes first, and however often.
    let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..5 {
        orders = orders
            .into_iter()
            .flat_map(|order| {
                (0..5)
                    .filter(|next| !order.contains(next))
                    .map(|next| [order.clone(), vec![next]].concat())
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    assert_eq!(orders.len(), 120);
    let (app, _) = unsubscribed().await;
    // One project after another would need as many subscriptions: the same database serves, with names of its own for each order.
    for (number, order) in orders.into_iter().enumerate() {
        app.call(&app.operator(), "set_plan", json!({ "plan": "none" })).ok().await;
        let before = standing(&app).await.2;
        let bodies: Vec<Vec<u8>> = beginning(&app)
            .into_iter()
            .map(|body| {
                let text = String::from_utf8(body).unwrap();
                let renamed = [
                    "sub_1",
                    "cus_1",
                    "in_1",
                    "evt_created",
                    "evt_paid_too",
                    "evt_paid\"",
                    "evt_updated",
                    "evt_checkout",
                ];
                renamed
                    .into_iter()
                    .fold(text, |text, name| match name.strip_suffix('"') {
                        Some(stem) => text.replace(&format!("\"{name}"), &format!("\"{stem}_{number}\"")),
                        None => text.replace(&format!("\"{name}\""), &format!("\"{name}_{number}\"")),
                    })
                    .into_bytes()
            })
            .collect();
        for place in &order {
            send(&app, &bodies[*place]).await.unwrap();
            assert_eq!(outcome(&app, &bodies[*place]).await, "duplicate");
        }
        let (plan, _, credits) = standing(&app).await;
        let found = app.call(&app.operator(), "get_subscription", json!({})).ok().await;
        assert_eq!(
            (plan.as_str(), &found["status"], credits - before),
            ("starter", &json!("active"), 100),
            "{order:?}"
        );
        assert_eq!(
            (&found["interval"], &found["period_end"]),
            (&json!("monthly"), &json!("2026-12-02T10:00:00.000Z")),
            "{order:?}"
        );
    }
}

#[tokio::test]
async fn a_paid_period_brings_credits_once_and_a_change_within_it_none() {
    let (app, _) = unsubscribed().await;
    send(&app, &event("evt_1", "customer.subscription.created", 0, subscription(&app, "active", "price_sm")))
        .await
        .unwrap();
    for (id, number) in [("evt_2", "in_1"), ("evt_3", "in_1"), ("evt_4", "in_2")] {
        send(&app, &event(id, "invoice.paid", 5, invoice(&app, number, "price_sm", true))).await.unwrap();
    }
    assert_eq!(standing(&app).await, stands("starter", "active", 200));
    let mut proration = invoice(&app, "in_3", "price_gm", true);
    proration["billing_reason"] = json!("subscription_update");
    proration["lines"]["data"][0]["parent"] = json!({ "subscription_item_details": { "proration": true } });
    send(&app, &event("evt_5", "customer.subscription.updated", 6, subscription(&app, "active", "price_gm")))
        .await
        .unwrap();
    send(&app, &event("evt_6", "invoice.paid", 6, proration)).await.unwrap();
    assert_eq!(standing(&app).await, stands("growth", "active", 200));
    send(&app, &event("evt_7", "invoice.paid", 9, invoice(&app, "in_4", "price_gm", true))).await.unwrap();
    assert_eq!(standing(&app).await, stands("growth", "active", 500));
}

#[tokio::test]
async fn arrears_stay_open_and_the_end_closes_for_good() {
    let (app, _) = unsubscribed().await;
    let tell = async |id: &str, kind: &str, seconds: i64, object: Value| {
        outcome(&app, &event(id, kind, seconds, object)).await
    };
    tell("evt_1", "customer.subscription.created", 0, subscription(&app, "active", "price_sm")).await;
    assert_eq!(tell("evt_2", "invoice.payment_failed", 10, invoice(&app, "in_2", "price_sm", false)).await, "applied");
    assert_eq!(standing(&app).await, stands("starter", "past_due", 0));
    assert!(app.events().await.contains(&"subscription.payment_failed".to_owned()));
    tell("evt_3", "invoice.paid", 20, invoice(&app, "in_2", "price_sm", false)).await;
    assert_eq!(standing(&app).await, stands("starter", "active", 100));
    tell("evt_4", "customer.subscription.deleted", 30, subscription(&app, "active", "price_sm")).await;
    assert_eq!(standing(&app).await, stands("none", "canceled", 100));
    for (id, seconds) in [("evt_5", 25), ("evt_6", 40)] {
        let late = subscription(&app, "active", "price_sm");
        assert_eq!(tell(id, "customer.subscription.updated", seconds, late).await, "ignored");
    }
    assert_eq!(standing(&app).await, stands("none", "canceled", 100));
    tell("evt_7", "customer.subscription.updated", 25, subscription(&app, "unpaid", "price_sm")).await;
    assert_eq!(standing(&app).await, stands("none", "canceled", 100));
}

#[tokio::test]
async fn older_news_change_nothing() {
    let (app, _) = unsubscribed().await;
    send(&app, &event("evt_1", "customer.subscription.updated", 10, subscription(&app, "active", "price_gm")))
        .await
        .unwrap();
    for (id, kind, seconds, status) in [
        ("evt_2", "customer.subscription.updated", 9, "unpaid"),
        ("evt_3", "customer.subscription.created", 10, "incomplete"),
        ("evt_4", "customer.subscription.updated", 11, "incomplete"),
    ] {
        assert_eq!(
            outcome(&app, &event(id, kind, seconds, subscription(&app, status, "price_sm"))).await,
            "ignored",
            "{id}"
        );
    }
    assert_eq!(standing(&app).await, stands("growth", "active", 0));
    send(&app, &event("evt_5", "customer.subscription.updated", 11, subscription(&app, "unpaid", "price_gm")))
        .await
        .unwrap();
    assert_eq!(standing(&app).await, stands("none", "unpaid", 0));
}

#[tokio::test]
async fn the_operators_word_is_not_overruled_by_an_end() {
    let (app, _) = unsubscribed().await;
    send(&app, &event("evt_1", "customer.subscription.created", 0, subscription(&app, "active", "price_sm")))
        .await
        .unwrap();
    app.call(&app.operator(), "set_plan", json!({ "plan": "self_hosted" })).ok().await;
    send(&app, &event("evt_2", "customer.subscription.updated", 5, subscription(&app, "active", "price_sm")))
        .await
        .unwrap();
    assert_eq!(standing(&app).await.0, "self_hosted", "nothing changed at the provider");
    send(&app, &event("evt_3", "customer.subscription.deleted", 9, subscription(&app, "canceled", "price_sm")))
        .await
        .unwrap();
    assert_eq!(standing(&app).await, stands("self_hosted", "canceled", 0));
}

#[tokio::test]
async fn a_second_subscription_outlives_the_end_of_the_first() {
    let (app, _) = unsubscribed().await;
    send(&app, &event("evt_1", "customer.subscription.created", 0, subscription(&app, "active", "price_sm")))
        .await
        .unwrap();
    app.clock.advance(1_000);
    let mut second = subscription(&app, "active", "price_gm");
    second["id"] = json!("sub_2");
    send(&app, &event("evt_2", "customer.subscription.created", 8, second)).await.unwrap();
    assert_eq!(standing(&app).await, stands("growth", "active", 0));
    send(&app, &event("evt_3", "customer.subscription.deleted", 9, subscription(&app, "canceled", "price_sm")))
        .await
        .unwrap();
    assert_eq!(standing(&app).await, stands("growth", "active", 0));
}

#[tokio::test]
async fn an_event_of_nobody_here_changes_nothing_and_one_that_came_early_is_kept() {
    let (app, _) = unsubscribed().await;
    let other = event("evt_0", "invoice.paid", 0, {
        let mut invoice = invoice(&app, "in_9", "price_sm", false);
        invoice["parent"]["subscription_details"]["subscription"] = json!("sub_elsewhere");
        invoice["customer"] = json!("cus_elsewhere");
        invoice
    });
    assert_eq!(outcome(&app, &other).await, "waiting");
    assert_eq!(outcome(&app, &other).await, "duplicate");
    assert_eq!(
        outcome(&app, &event("evt_1", "invoice.paid", 1, invoice(&app, "in_1", "price_sm", false))).await,
        "waiting"
    );
    assert_eq!(standing(&app).await, ("none".to_owned(), None, 0));
    assert_eq!(outcome(&app, &event("evt_2", "customer.updated", 1, json!({ "id": "cus_1" }))).await, "ignored");
    assert_eq!(
        outcome(&app, &event("evt_3", "checkout.session.completed", 2, checkout(&app, "unpaid"))).await,
        "applied"
    );
    assert_eq!(standing(&app).await, stands("starter", "active", 100), "what waited was applied");
    let nobody = json!({ "project": app.main.to_string().replace("prj_000", "prj_0zz") });
    let mut stranger = subscription(&app, "active", "price_sm");
    stranger["metadata"] = nobody;
    stranger["id"] = json!("sub_3");
    assert_eq!(outcome(&app, &event("evt_4", "customer.subscription.created", 3, stranger)).await, "waiting");
    // What a customer of ours buys elsewhere, at a price that is no plan's, is not ours.
    let mut elsewhere = subscription(&app, "active", "price_other");
    elsewhere["metadata"] = json!({});
    elsewhere["id"] = json!("sub_4");
    assert_eq!(outcome(&app, &event("evt_5", "customer.subscription.created", 3, elsewhere)).await, "ignored");
    assert_eq!(standing(&app).await, stands("starter", "active", 100));
}

#[tokio::test]
async fn a_price_that_no_plan_has_is_told_again_until_one_has() {
    let (app, _) = unsubscribed().await;
    let mut object = subscription(&app, "active", "price_new");
    object["metadata"] = json!({ "project": app.main.to_string() });
    let body = event("evt_1", "customer.subscription.created", 0, object);
    for _ in 0..2 {
        assert_eq!(send(&app, &body).await.unwrap_err().code.name, "wrong_state");
    }
    assert_eq!(standing(&app).await, ("none".to_owned(), None, 0));
}

#[tokio::test]
async fn what_is_not_signed_now_changes_nothing() {
    let (app, _) = unsubscribed().await;
    let body = event("evt_1", "customer.subscription.created", 0, subscription(&app, "active", "price_sm"));
    let at = |seconds: i64| Millis(START.0 + seconds * 1_000);
    for header in [
        None,
        Some(String::new()),
        Some(signature::sign(&body, &Secret::new("whsec_wrong"), START)),
        Some(signature::sign(b"{}", &Secret::new("whsec_test"), START)),
        Some(signature::sign(&body, &Secret::new("whsec_test"), at(-301))),
        Some(signature::sign(&body, &Secret::new("whsec_test"), at(301))),
    ] {
        let error = receive(&app.pipeline, header.as_deref(), &body).await.unwrap_err();
        assert_eq!(error.code.name, "invalid_signature", "{header:?}");
    }
    let events = app.events().await.len();
    assert_eq!(standing(&app).await, ("none".to_owned(), None, 0));
    assert_eq!(outcome(&app, &body).await, "applied", "the genuine one still counts");
    assert!(app.events().await.len() > events);
}

#[tokio::test]
async fn many_deliveries_at_once_are_one() {
    let (app, _) = unsubscribed().await;
    let body = event("evt_1", "invoice.paid", 0, invoice(&app, "in_1", "price_sm", true));
    let twin = event("evt_2", "invoice.payment_succeeded", 0, invoice(&app, "in_1", "price_sm", true));
    let created = event("evt_3", "customer.subscription.created", 0, subscription(&app, "active", "price_sm"));
    let all = (0..12).map(|number| send(&app, [&body, &twin, &created][number % 3]));
    let outcomes = futures_util::future::join_all(all).await;
    let count = |wanted: &str| outcomes.iter().filter(|each| each.as_ref().unwrap().outcome == wanted).count();
    assert_eq!((count("duplicate"), count("waiting")), (9, 0), "{outcomes:?}");
    assert_eq!(standing(&app).await, stands("starter", "active", 100));
}

#[tokio::test]
async fn a_plan_limits_agents_and_senders_but_not_the_operator() {
    let (app, _) = unsubscribed().await;
    app.call(&app.operator(), "set_plan", json!({ "plan": "starter" })).ok().await;
    let owner = app.owner().await;
    let agent = |name: &str| json!({ "name": name, "type": "outbound" });
    let sender = |name: &str| json!({ "email": format!("{name}@sender.test") });
    app.call(&owner, "create_agent", agent("A")).ok().await;
    app.call(&owner, "create_identity", sender("a")).ok().await;
    assert_eq!(app.call(&owner, "create_agent", agent("B")).fails().await.0, "plan_limit_reached");
    assert_eq!(app.call(&owner, "create_identity", sender("b")).fails().await.0, "plan_limit_reached");
    let number = json!({ "number": "+12025550143" });
    assert_eq!(app.call(&owner, "import_phone_number", number.clone()).fails().await.0, "plan_limit_reached");
    app.call(&app.operator(), "create_agent", agent("C")).ok().await;
    app.call(&app.operator(), "set_plan", json!({ "plan": "growth" })).ok().await;
    app.call(&owner, "create_agent", agent("D")).ok().await;
    app.call(&owner, "create_identity", sender("b")).ok().await;
    app.call(&owner, "import_phone_number", number).ok().await;
}
