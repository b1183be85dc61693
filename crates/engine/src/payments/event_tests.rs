//! What is read from events in both shapes that Stripe gives them. Applies nothing.

use outrider_domain::plan::{Interval, Plans};
use outrider_domain::time::Millis;
use serde_json::{Value, json};

use super::{Event, Told, read};

fn plans() -> Plans {
    let plans = json!({ "starter": {
        "name": "Starter", "currency": "usd",
        "monthly": { "amount": 4900, "credits": 10, "stripe_price": "price_m" },
        "annual": { "amount": 49000, "credits": 120 },
    } });
    serde_json::from_value(plans).unwrap()
}

fn told(kind: &str, object: Value) -> Told {
    let event = json!({ "id": "evt_1", "object": "event", "type": kind, "created": 100, "data": { "object": object } });
    let Event { id, at, told, .. } = read(event.to_string().as_bytes(), &plans()).unwrap();
    assert_eq!((id.as_str(), at), ("evt_1", Millis(100_000)));
    told
}

fn refusal(body: &str) -> (&'static str, Option<String>) {
    let error = read(body.as_bytes(), &plans()).unwrap_err();
    (error.code.name, error.field)
}

#[test]
fn a_subscription_is_read_in_both_shapes() {
    let today = json!({
        "id": "sub_1", "customer": { "id": "cus_1", "object": "customer" }, "status": "active", "cancel_at_period_end": false,
        "metadata": { "project": "prj_0000000000035", "plan": "starter", "interval": "annual" },
        "items": { "data": [{ "price": { "id": "price_m" }, "current_period_start": 10, "current_period_end": 20 }] },
    });
    let before = json!({
        "id": "sub_1", "customer": "cus_1", "status": "active", "cancel_at_period_end": false, "current_period_start": 10,
        "current_period_end": 20, "metadata": { "project": "prj_0000000000035" }, "items": { "data": [{ "plan": { "id": "price_m" } }] },
    });
    for object in [today, before] {
        let Told::Subscription { of, state } = told("customer.subscription.updated", object) else {
            panic!("another kind")
        };
        assert_eq!((of.subscription.as_str(), of.customer.as_str()), ("sub_1", "cus_1"));
        assert_eq!(of.project.map(|id| id.to_string()).as_deref(), Some("prj_0000000000035"));
        assert_eq!(of.plan, Some(("starter".to_owned(), Interval::Monthly)), "the price says more than the metadata");
        assert_eq!((state.rank, state.status.as_str()), (2, "active"));
        assert_eq!(state.period, Some((Millis(10_000), Millis(20_000))));
    }
}

#[test]
fn the_end_of_a_period_is_an_end_by_flag_or_by_date() {
    let object = |flag: bool, at: Value| {
        json!({ "id": "sub_1", "customer": "cus_1", "status": "active", "cancel_at_period_end": flag, "cancel_at": at,
            "items": { "data": [{ "price": { "id": "price_m" }, "current_period_start": 10, "current_period_end": 20 }] } })
    };
    for (flag, at, ends) in
        [(true, json!(null), true), (false, json!(20), true), (false, json!(21), false), (false, json!(null), false)]
    {
        let Told::Subscription { state, .. } = told("customer.subscription.updated", object(flag, at.clone())) else {
            panic!("another kind")
        };
        assert_eq!(state.cancel_at_period_end, ends, "{flag} {at}");
    }
}

#[test]
fn an_invoice_is_read_in_both_shapes() {
    let today = json!({
        "id": "in_1", "customer": "cus_1", "billing_reason": "subscription_cycle",
        "parent": { "type": "subscription_details", "subscription_details": {
            "subscription": "sub_1", "metadata": { "project": "prj_0000000000035", "plan": "starter", "interval": "annual" } } },
        "lines": { "data": [
            { "parent": { "subscription_item_details": { "proration": true } }, "pricing": { "price_details": { "price": "price_x" } } },
            { "parent": { "subscription_item_details": { "proration": false } }, "pricing": { "price_details": { "price": "price_m" } },
              "period": { "start": 10, "end": 20 } },
        ] },
    });
    let before = json!({
        "id": "in_1", "customer": "cus_1", "subscription": "sub_1", "billing_reason": "subscription_cycle",
        "subscription_details": { "metadata": { "project": "prj_0000000000035" } },
        "lines": { "data": [{ "proration": false, "price": { "id": "price_m" }, "period": { "start": 10, "end": 20 } }] },
    });
    for object in [today, before] {
        let Told::Paid { of, invoice, is_period, period } = told("invoice.paid", object.clone()) else {
            panic!("another kind")
        };
        assert_eq!((of.subscription.as_str(), invoice.as_str(), is_period), ("sub_1", "in_1", true));
        assert_eq!(of.plan, Some(("starter".to_owned(), Interval::Monthly)));
        assert_eq!(period, Some((Millis(10_000), Millis(20_000))));
        assert!(of.project.is_some());
        assert!(matches!(told("invoice.payment_failed", object), Told::Unpaid { .. }));
    }
}

#[test]
fn a_change_within_a_period_buys_no_period() {
    let object = json!({ "id": "in_1", "customer": "cus_1", "subscription": "sub_1", "billing_reason": "subscription_update",
        "lines": { "data": [{ "proration": true, "price": { "id": "price_m" }, "period": { "start": 10, "end": 20 } }] } });
    assert!(matches!(told("invoice.paid", object), Told::Paid { is_period: false, period: None, .. }));
}

#[test]
fn a_checkout_tells_project_plan_and_whether_it_is_paid() {
    let object = |status: &str| {
        json!({ "id": "cs_1", "mode": "subscription", "subscription": "sub_1", "customer": "cus_1", "payment_status": status,
            "client_reference_id": "prj_0000000000035", "metadata": { "plan": "starter", "interval": "annual" } })
    };
    for (status, is_paid) in [("paid", true), ("no_payment_required", true), ("unpaid", false)] {
        let Told::CheckedOut { of, paid } = told("checkout.session.completed", object(status)) else {
            panic!("another kind")
        };
        assert_eq!((paid, of.plan), (is_paid, Some(("starter".to_owned(), Interval::Annual))));
        assert!(of.project.is_some());
    }
    let single = json!({ "id": "cs_1", "mode": "payment", "customer": null });
    assert_eq!(told("checkout.session.completed", single), Told::Nothing);
}

#[test]
fn other_kinds_matter_nothing_and_broken_events_are_refused() {
    assert_eq!(told("customer.updated", json!({})), Told::Nothing);
    assert_eq!(told("invoice.paid", json!({ "id": "in_1", "customer": "cus_1" })), Told::Nothing);
    assert_eq!(refusal("{").0, "malformed_json");
    for (body, field) in [
        (json!([]), "type"),
        (json!({ "type": "x" }), "created"),
        (json!({ "type": "x", "created": 1 }), "id"),
        (json!({ "type": "customer.subscription.updated", "created": 1, "id": "evt_1" }), "data.object.id"),
        (
            json!({ "type": "customer.subscription.updated", "created": 1, "id": "evt_1", "data": { "object": { "id": "s", "customer": "c" } } }),
            "data.object.status",
        ),
        (
            json!({ "type": "checkout.session.completed", "created": 1, "id": "evt_1", "data": { "object": {} } }),
            "data.object.subscription",
        ),
    ] {
        assert_eq!(refusal(&body.to_string()), ("validation_error", Some(field.to_owned())), "{body}");
    }
}
