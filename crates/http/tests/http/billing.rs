//! The page of plans as people use it, with a payment provider and without; and webhooks over HTTP.

use std::sync::Arc;

use outrider_domain::secret::Secret;
use outrider_domain::time::Millis;
use outrider_engine::payments::signature;
use outrider_engine::ports::{Payments, Ports};
use outrider_providers::stripe::{Stripe, StripeSettings};
use outrider_testkit::stripe_like::{Manner, StripeLike};
use serde_json::{Value, json};

use crate::browser::{Browser, add_person};
use crate::fixture::{Answer, Server, Setup};

const ANN: &str = "ann@first.example";
const SECRET: &str = "whsec_test";

/// A server whose project has no plan yet, and the payment provider behind it.
pub(crate) async fn paying() -> (Server, StripeLike) {
    let stripe = StripeLike::start("sk_test_http");
    let settings = StripeSettings {
        secret_key: Some(Secret::new("sk_test_http")),
        api_base: stripe.url().to_owned(),
        ..StripeSettings::default()
    };
    let client = Stripe::new(&settings).expect("settings").expect("a client");
    let ports = Ports { payments: Some(Arc::new(client) as Arc<dyn Payments>), ..Ports::default() };
    let setup = Setup { ports, webhook_secret: Some(Secret::new(SECRET)), ..Setup::default() };
    let server = Server::set_up(setup).await;
    let project = server.project;
    let unpaid = move |tx: &mut outrider_store::Tx<'_>| outrider_store::projects::set_plan(tx, project, "none");
    server.pipeline.store().write(unpaid).await.expect("a project without a plan");
    (server, stripe)
}

/// Tells the server of a subscription to a plan.
async fn tell(server: &Server, id: &str, status: &str, plan: &str) -> Answer {
    let now = server.pipeline.core().now();
    let seconds = now.0 / 1_000;
    let body = json!({ "id": id, "object": "event", "type": "customer.subscription.updated", "created": seconds, "data": { "object": {
        "id": "sub_1", "customer": "cus_1", "status": status,
        "metadata": { "project": server.project.to_string(), "plan": plan, "interval": "monthly" },
        "items": { "data": [{ "price": { "id": "price_x" }, "current_period_start": seconds, "current_period_end": seconds + 2_592_000 }] },
    } } });
    let body = body.to_string().into_bytes();
    let header = signature::sign(&body, &Secret::new(SECRET), Millis(seconds * 1_000));
    server.send("POST", "/webhooks/stripe", &[("Stripe-Signature", &header)], &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_takes_a_plan_and_manages_it() {
    let (server, stripe) = paying().await;
    add_person(&server, server.project, ANN, "owner").await;
    let mut ann = Browser::new(&server);
    assert_eq!(ann.get("/billing").await.header("location"), Some("/sign-in?next=%2Fbilling"));
    ann.sign_in(ANN).await;
    let page = ann.get("/billing").await;
    let html = page.assert_status(200).text();
    for wanted in [
        "waits for a plan",
        "Take Starter for 49.00 USD a month",
        "Take Pro for 3990.00 USD a year",
        "aria-current=\"page\">Plan<",
    ] {
        assert!(html.contains(wanted), "{wanted} is not in {html}");
    }
    assert!(!html.contains("/billing/portal"), "nothing to manage yet");
    let fields = [("plan", "growth"), ("interval", "annual")];
    let out = ann.submit(&page, "/billing/checkout", &fields).await;
    let html = out.assert_status(200).text();
    assert!(
        html.contains("href=\"https://checkout.stripe.example/c/1\"")
            && html.contains("<strong>checkout.stripe.example</strong>"),
        "{html}"
    );
    assert_eq!(stripe.asked()[0].form["metadata[plan]"], "growth");

    let told = tell(&server, "evt_1", "active", "growth").await;
    assert_eq!(told.assert_status(200).json(), json!({ "received": true, "outcome": "applied" }));
    let page = ann.get("/billing").await;
    let html = page.text();
    assert!(
        html.contains("may go out") && html.contains("Paid until") && !html.contains("/billing/checkout"),
        "{html}"
    );
    assert!(html.contains("Budgets of this month") && html.contains("<td>no cap</td>"), "{html}");
    let portal = ann.submit(&page, "/billing/portal", &[]).await;
    assert!(
        portal.assert_status(200).text().contains("href=\"https://billing.stripe.example/p/2\""),
        "{}",
        portal.text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_sets_caps_on_the_page_and_a_seller_sees_them() {
    let (server, _stripe) = paying().await;
    add_person(&server, server.project, ANN, "owner").await;
    add_person(&server, server.project, "sue@first.example", "seller").await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/billing").await;
    let cap = |holder: &'static str, cap: &'static str| [("holder", holder), ("monthly_cap", cap)];
    let saved = ann.submit(&page, "/billing/budget", &cap("project", "50")).await;
    assert_eq!((saved.status, saved.header("location")), (303, Some("/billing")));
    let page = ann.get("/billing").await;
    assert!(page.text().contains("<td>0</td><td>50</td>"), "{}", page.text());
    for (fields, status) in [(cap("project", "-1"), 400), (cap("project", "many"), 400), (cap("agent:9", "5"), 404)] {
        let refused = ann.submit(&page, "/billing/budget", &fields).await;
        assert!(refused.assert_status(status).text().contains("role=\"alert\""), "{fields:?}");
    }
    let mut sue = Browser::new(&server);
    sue.sign_in("sue@first.example").await;
    let page = sue.get("/billing").await;
    assert!(page.text().contains("<td>50</td>") && !page.text().contains("/billing/budget"), "{}", page.text());
    sue.submit(&page, "/billing/budget", &cap("project", "9000")).await.assert_status(403);
    assert!(ann.get("/billing").await.text().contains("<td>50</td>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_is_told_on_the_page_and_forms_of_others_do_nothing() {
    let (server, stripe) = paying().await;
    add_person(&server, server.project, ANN, "owner").await;
    add_person(&server, server.project, "vic@first.example", "viewer").await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/billing").await;
    stripe.behave(Manner::Broken);
    let failed = ann.submit(&page, "/billing/checkout", &[("plan", "pro"), ("interval", "monthly")]).await;
    assert!(
        failed.assert_status(503).text().contains("role=\"alert\"")
            && failed.text().contains("Nothing was changed or charged")
    );
    stripe.behave(Manner::Well);
    for (fields, status) in [
        (&[("plan", "<script>"), ("interval", "monthly")][..], 400),
        (&[("plan", "pro"), ("interval", "weekly")], 400),
        (&[], 400),
    ] {
        let refused = ann.submit(&page, "/billing/checkout", fields).await;
        assert!(!refused.assert_status(status).text().contains("<script>"), "{fields:?}");
    }
    ann.submit(&page, "/billing/portal", &[]).await.assert_status(409);
    ann.post("/billing/checkout", &[("plan", "pro"), ("interval", "monthly")]).await.assert_status(409);
    ann.post("/billing/portal", &[("form_token", "x")]).await.assert_status(409);
    let mut vic = Browser::new(&server);
    vic.sign_in("vic@first.example").await;
    let seen = vic.get("/billing").await;
    vic.submit(&seen, "/billing/checkout", &[("plan", "pro"), ("interval", "monthly")]).await.assert_status(403);
    assert_eq!(stripe.asked(), [], "nothing of it reached the provider");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_provider_the_page_shows_plans_and_says_who_gives_them() {
    let server = Server::start().await;
    add_person(&server, server.project, ANN, "owner").await;
    let mut ann = Browser::new(&server);
    ann.sign_in(ANN).await;
    let page = ann.get("/billing").await;
    assert!(page.assert_status(200).text().contains("takes no payments") && !page.text().contains("/billing/checkout"));
    let refused = ann.submit(&page, "/billing/checkout", &[("plan", "pro"), ("interval", "monthly")]).await;
    assert!(refused.assert_status(503).text().contains("no payment provider is set up"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_answer_at_once_what_became_of_them() {
    let (server, _stripe) = paying().await;
    let outcome = |answer: &Answer| answer.assert_status(200).json()["outcome"].clone();
    assert_eq!(outcome(&tell(&server, "evt_1", "active", "pro").await), "applied");
    assert_eq!(outcome(&tell(&server, "evt_1", "active", "pro").await), "duplicate");
    assert_eq!(outcome(&tell(&server, "evt_2", "incomplete", "pro").await), "ignored");
    let standing = server.call("GET", "/api/v1/subscription", None).await.data();
    assert_eq!((&standing["plan"], &standing["limits"]["agents"]), (&json!("pro"), &Value::Null));
    server.send("POST", "/webhooks/stripe", &[], b"{}").await.assert_refused(
        400,
        "invalid_signature",
        Some("Stripe-Signature"),
    );
    let twice = [("Stripe-Signature", "t=1,v1=00"), ("Stripe-Signature", "t=1,v1=00")];
    server.send("POST", "/webhooks/stripe", &twice, b"{}").await.assert_refused(
        400,
        "invalid_signature",
        Some("Stripe-Signature"),
    );
}
