//! A project that pays, from the first refusal to the end of its subscription: the real binary, a server in Stripe's shape, and
//! webhooks signed as Stripe signs them. On both databases, with the faults on the way.

use outrider_domain::secret::Secret;
use outrider_domain::time::Millis;
use outrider_engine::payments::signature;
use outrider_testkit::python;
use outrider_testkit::stripe_like::{Manner, StripeLike};
use serde_json::{Value, json};

use crate::rig::{Rig, Server};

const KEY: &str = "sk_test_outrider";
const SECRET: &str = "whsec_outrider";

fn settings(stripe: &StripeLike) -> String {
    format!(
        "[stripe]\nsecret_key = \"{KEY}\"\nwebhook_secret = \"{SECRET}\"\napi_base = \"{}\"\ntimeout = \"1s\"\n\
         [plans.starter]\nname = \"Starter\"\ncurrency = \"eur\"\nmonthly = {{ amount = 4900, credits = 250 }}\n",
        stripe.url()
    )
}

/// The moment a webhook is signed at: the machine's own, since the server's clock is.
fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "what Stripe signs with is the time of day, and the server checks it"
    )]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

fn event(id: &str, kind: &str, object: &Value) -> Vec<u8> {
    json!({ "id": id, "object": "event", "type": kind, "created": now(), "data": { "object": object } })
        .to_string()
        .into()
}

/// Sends a webhook with a signature of the moment `at`.
fn tell_at(server: &Server, body: &[u8], secret: &str, at: i64) -> (u16, Value) {
    let header = signature::sign(body, &Secret::new(secret), Millis(at * 1_000));
    server.send("POST", "/webhooks/stripe", &[("Stripe-Signature", &header)], body)
}

fn tell(server: &Server, body: &[u8]) -> String {
    let (status, answer) = tell_at(server, body, SECRET, now());
    assert_eq!(status, 200, "{answer}");
    answer["outcome"].as_str().unwrap().to_owned()
}

fn refused(answer: &(u16, Value), status: u16, code: &str) {
    assert_eq!((answer.0, answer.1["error"]["code"].as_str()), (status, Some(code)), "{answer:?}");
}

#[test]
fn a_project_pays_sends_and_ends() {
    for rig in Rig::each() {
        let stripe = StripeLike::start(KEY);
        rig.file("outrider.toml", settings(&stripe));
        rig.ok(&["project", "create", "Acme"]);
        rig.ok(&["subscription", "set", "none"]);
        let key = rig.ok(&["key", "create"]).trim().to_owned();
        let server = rig.serve(&[]);
        let lead = server.post("/leads", &key, &json!({ "name": "Jane", "email": "jane@replies.example" })).1;
        server.post("/identities", &key, &json!({ "email": "ada@acme.example" }));
        let mail = |number: &str| {
            let body = json!({ "lead_id": lead["data"]["id"], "subject": "Hi", "text": "Hello" });
            server.post_once("/emails", &key, number, &body)
        };
        refused(&mail("one"), 402, "payment_required");

        for manner in [Manner::Broken, Manner::Deaf, Manner::Slow(3_000)] {
            stripe.behave(manner);
            let answer = server.post_once("/subscription/checkout", &key, "pay", &json!({ "plan": "starter" }));
            refused(&answer, 503, "payments_unavailable");
        }
        stripe.behave(Manner::Well);
        let paying = server.post_once("/subscription/checkout", &key, "pay", &json!({ "plan": "starter" }));
        assert_eq!((paying.0, &paying.1["data"]["checkout_url"]), (201, &json!("https://checkout.stripe.example/c/1")));
        let again = server.post_once("/subscription/checkout", &key, "pay", &json!({ "plan": "starter" }));
        assert_eq!((again.1, stripe.asked().len()), (paying.1, 1), "asked once");
        let form = &stripe.asked()[0].form;
        let metadata = |place: &str| -> Value {
            ["project", "plan", "interval"]
                .into_iter()
                .map(|name| (name.to_owned(), json!(form[&format!("{place}[{name}]")])))
                .collect()
        };
        assert_eq!(form["line_items[0][price_data][unit_amount]"], "4900");
        refused(&mail("two"), 402, "payment_required");

        // What Stripe tells, with all that it may meet on the way.
        let subscription = |status: &str| {
            json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": status, "metadata": metadata("subscription_data[metadata]"),
                "items": { "data": [{ "price": { "id": "price_made_by_checkout" }, "current_period_start": now(), "current_period_end": now() + 2_592_000 }] } })
        };
        let done = json!({ "id": "cs_test_1", "object": "checkout.session", "mode": "subscription", "customer": "cus_1", "subscription": "sub_1",
            "payment_status": "paid", "client_reference_id": form["client_reference_id"], "metadata": metadata("metadata") });
        let invoice = json!({ "id": "in_1", "object": "invoice", "customer": "cus_1", "billing_reason": "subscription_create",
            "parent": { "subscription_details": { "subscription": "sub_1", "metadata": {} } },
            "lines": { "data": [{ "pricing": { "price_details": { "price": "price_made_by_checkout" } }, "period": { "start": now(), "end": now() + 2_592_000 } }] } });
        let paid = event("evt_paid", "invoice.paid", &invoice);
        refused(&tell_at(&server, &paid, "whsec_else", now()), 400, "invalid_signature");
        refused(&tell_at(&server, &paid, SECRET, now() - 600), 400, "invalid_signature");
        refused(&server.send("POST", "/webhooks/stripe", &[], &paid), 400, "invalid_signature");
        refused(&tell_at(&server, b"{", SECRET, now()), 400, "malformed_json");
        refused(&server.send("GET", "/webhooks/stripe", &[], b""), 405, "method_not_allowed");
        assert_eq!(tell(&server, &paid), "waiting", "Stripe's events come in any order");
        assert_eq!(tell(&server, &event("evt_done", "checkout.session.completed", &done)), "applied");
        assert_eq!(
            tell(&server, &event("evt_made", "customer.subscription.created", &subscription("active"))),
            "applied"
        );
        assert_eq!(tell(&server, &paid), "duplicate");
        let standing = server.data("/subscription", &key);
        assert_eq!((&standing["plan"], &standing["status"]), (&json!("starter"), &json!("active")));
        assert_eq!(server.data("/credits", &key)["granted"], 250);
        assert_eq!(mail("three").0, 202);

        refused(&server.post("/subscription/checkout", &key, &json!({ "plan": "starter" })), 409, "wrong_state");
        let portal = server.post("/subscription/portal", &key, &json!({}));
        assert_eq!((portal.0, stripe.asked()[1].form["customer"].as_str()), (201, "cus_1"));
        assert_eq!(
            tell(&server, &event("evt_end", "customer.subscription.deleted", &subscription("canceled"))),
            "applied"
        );
        refused(&mail("four"), 402, "payment_required");
        assert_eq!(server.data("/credits", &key)["granted"], 250);
        server.stop();
    }
}

/// What Stripe's own Python library says to an order, given something to read; none where it is not installed.
fn stripes_library(order: &[&str], input: &[u8]) -> Option<String> {
    let verdict = python::script("stripe_judge.py", order, &[], input).ok()?;
    assert!(verdict.good, "{order:?}: {}", verdict.said);
    Some(verdict.said.trim().to_owned())
}

#[test]
fn stripes_own_library_signs_what_the_server_takes_and_takes_what_the_tests_sign() {
    let stripe = StripeLike::start(KEY);
    let body = event("evt_1", "customer.created", &json!({ "id": "cus_9", "object": "customer" }));
    let Some(header) = stripes_library(&["sign", SECRET], &body) else { return };
    let rig = Rig::sqlite();
    rig.file("outrider.toml", settings(&stripe));
    rig.ok(&["project", "create", "Acme"]);
    let server = rig.serve(&[]);
    let (status, answer) = server.send("POST", "/webhooks/stripe", &[("Stripe-Signature", &header)], &body);
    assert_eq!((status, &answer["outcome"]), (200, &json!("ignored")), "{answer}");
    let changed = event("evt_2", "customer.created", &json!({ "id": "cus_8", "object": "customer" }));
    refused(
        &server.send("POST", "/webhooks/stripe", &[("Stripe-Signature", &header)], &changed),
        400,
        "invalid_signature",
    );
    server.stop();
    let ours = signature::sign(&body, &Secret::new(SECRET), Millis(now() * 1_000));
    assert_eq!(stripes_library(&["verify", SECRET, &ours], &body).as_deref(), Some("customer.created"));
    let pages = stripes_library(&["pages", stripe.url(), KEY], b"").unwrap();
    assert!(pages.contains("subscription"), "{pages}");
}

#[test]
fn without_stripe_an_operator_grants_and_bad_settings_are_named() {
    let rig = Rig::sqlite();
    rig.ok(&["project", "create", "Acme"]);
    let key = rig.ok(&["key", "create"]).trim().to_owned();
    let server = rig.serve(&[]);
    refused(&server.post("/subscription/checkout", &key, &json!({ "plan": "starter" })), 503, "payments_disabled");
    refused(&tell_at(&server, b"{}", SECRET, now()), 503, "payments_disabled");
    server.stop();
    let unknown = rig.run(&["subscription", "set", "platinum"]);
    assert!(unknown.status != 0 && unknown.stderr.contains("starter, growth, pro"), "{unknown:?}");
    assert_eq!(rig.json(&["subscription", "set", "growth"])["plan"], "growth");
    for (text, wanted) in [
        ("[stripe]\nsecret_key = \"a b\"\n", "secret_key"),
        ("[stripe]\nsecret_key = \"sk\"\napi_base = \"nowhere\"\n", "api_base"),
        ("[plans.none]\nname = \"N\"\ncurrency = \"usd\"\nmonthly = { amount = 1 }\n", "built in"),
    ] {
        rig.file("outrider.toml", text);
        let ended = rig.run(&["subscription", "show"]);
        assert!(ended.status != 0 && ended.stderr.contains(wanted), "{text}: {ended:?}");
    }
}
