//! Reading Stripe's events: what of each kind matters here, whichever API version the endpoint has. Changes nothing.
//!
//! Two shapes are read: the one of today, and the one before 2025-03-31, when invoices named their subscription and
//! subscriptions their period at the top (Stripe's changelog, "basil").

use outrider_domain::id::ProjectId;
use outrider_domain::plan::{Interval, Plans};
use outrider_domain::time::{Millis, SECOND};
use serde_json::Value;

use crate::credits::budget::Holder;
use crate::error::{Error, Result};

/// An event, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// `evt_…`.
    pub(super) id: String,
    /// `invoice.paid` and the like.
    pub(super) kind: String,
    /// When it happened; Stripe counts seconds.
    pub(super) at: Millis,
    /// What it says.
    pub(super) told: Told,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// Somebody went through a checkout for a subscription.
    CheckedOut {
        /// Whose.
        of: Subject,
        /// Whether the first period is paid already.
        paid: bool,
    },
    /// A subscription is there or has changed.
    Subscription {
        /// Which.
        of: Subject,
        /// How it stands.
        state: State,
    },
    /// A period was paid.
    Paid {
        /// For which subscription.
        of: Subject,
        /// The invoice.
        invoice: String,
        /// Whether it is for a period, and not for a change within one.
        is_period: bool,
        /// What was paid for.
        period: Option<(Millis, Millis)>,
    },
    /// A period could not be paid.
    Unpaid {
        /// For which subscription.
        of: Subject,
        /// The invoice.
        invoice: String,
    },
    /// Somebody bought a pack of credits and paid for it.
    Bought {
        /// The project that our checkout wrote into it.
        project: Option<ProjectId>,
        /// The checkout.
        session: String,
        /// The pack.
        pack: String,
        /// Whose purse it goes to; the project's when there is nobody.
        holder: Option<Holder>,
    },
    /// Nothing that matters here.
    Nothing,
}

/// Which subscription an event is about, and what else it says of who pays for what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subject {
    /// `sub_…`.
    pub(super) subscription: String,
    /// `cus_…`.
    pub(super) customer: String,
    /// The project that our checkout wrote into it.
    pub(super) project: Option<ProjectId>,
    /// Plan and interval: by the price, else by what our checkout wrote into it.
    pub(super) plan: Option<(String, Interval)>,
    /// The price, for a message when no plan has it.
    pub(super) price: Option<String>,
}

/// How a subscription stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    /// Which of two events of one second is the later: made, changed, ended.
    pub(super) rank: i64,
    /// Stripe's word.
    pub(super) status: String,
    /// The paid period.
    pub(super) period: Option<(Millis, Millis)>,
    /// Whether it ends with that.
    pub(super) cancel_at_period_end: bool,
}

/// Reads an event.
///
/// # Errors
/// `malformed_json` for what is none; `validation_error` for an event of a kind that matters without what it needs.
pub(super) fn read(body: &[u8], plans: &Plans) -> Result<Event> {
    let event: Value = serde_json::from_slice(body)
        .map_err(|_| Error::new(crate::error::code::MALFORMED_JSON, "The body is not JSON."))?;
    let kind = text(&event, "/type").ok_or_else(|| missing("type"))?;
    let at = Millis(event["created"].as_i64().ok_or_else(|| missing("created"))?.saturating_mul(SECOND));
    let object = &event["data"]["object"];
    let told = match kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => checked_out(object, plans)?,
        "customer.subscription.created" => subscription(object, plans, 1)?,
        "customer.subscription.updated" => subscription(object, plans, 2)?,
        "customer.subscription.deleted" => subscription(object, plans, 3)?,
        "invoice.paid" | "invoice.payment_succeeded" => invoice(object, plans, true)?,
        "invoice.payment_failed" => invoice(object, plans, false)?,
        _ => Told::Nothing,
    };
    Ok(Event { id: text(&event, "/id").ok_or_else(|| missing("id"))?, kind, at, told })
}

fn checked_out(object: &Value, plans: &Plans) -> Result<Told> {
    if object["mode"].as_str().is_some_and(|mode| mode != "subscription") {
        return bought(object);
    }
    let mut of = Subject {
        subscription: key(object, &["/subscription"]).ok_or_else(|| missing("data.object.subscription"))?,
        customer: key(object, &["/customer"]).ok_or_else(|| missing("data.object.customer"))?,
        project: None,
        plan: None,
        price: None,
    };
    of.describe(&object["metadata"], plans);
    let reference = text(object, "/client_reference_id").and_then(|text| text.parse().ok());
    of.project = of.project.or(reference);
    let paid = matches!(object["payment_status"].as_str(), Some("paid" | "no_payment_required"));
    Ok(Told::CheckedOut { of, paid })
}

/// A checkout for something else than a subscription: a pack of ours, once it is paid.
fn bought(object: &Value) -> Result<Told> {
    let Some(pack) = text(object, "/metadata/pack") else { return Ok(Told::Nothing) };
    if object["payment_status"] != "paid" {
        return Ok(Told::Nothing);
    }
    let project = text(object, "/metadata/project").or_else(|| text(object, "/client_reference_id"));
    Ok(Told::Bought {
        project: project.and_then(|text| text.parse().ok()),
        session: text(object, "/id").ok_or_else(|| missing("data.object.id"))?,
        pack,
        holder: text(object, "/metadata/holder").and_then(|text| Holder::parse(&text)),
    })
}

fn subscription(object: &Value, plans: &Plans, rank: i64) -> Result<Told> {
    let item = &object["items"]["data"][0];
    let price = key(item, &["/price", "/plan"]);
    let mut of = Subject {
        subscription: key(object, &["/id"]).ok_or_else(|| missing("data.object.id"))?,
        customer: key(object, &["/customer"]).ok_or_else(|| missing("data.object.customer"))?,
        project: None,
        plan: plan_of_price(price.as_deref(), plans),
        price,
    };
    of.describe(&object["metadata"], plans);
    let status = text(object, "/status").ok_or_else(|| missing("data.object.status"))?;
    let period = period(item, "current_period_start", "current_period_end")
        .or_else(|| period(object, "current_period_start", "current_period_end"));
    // The portal may write the end of the period as a date instead of the flag.
    let ends = object["cancel_at"].as_i64().map(|seconds| Millis(seconds.saturating_mul(SECOND)));
    let with_period = ends.zip(period).is_some_and(|(ends, (_, end))| ends <= end);
    let cancel_at_period_end = object["cancel_at_period_end"] == true || with_period;
    let status = if rank == 3 { "canceled".to_owned() } else { status };
    Ok(Told::Subscription { of, state: State { rank, status, period, cancel_at_period_end } })
}

fn invoice(object: &Value, plans: &Plans, paid: bool) -> Result<Told> {
    let details = "/parent/subscription_details";
    let Some(subscription) = key(object, &["/parent/subscription_details/subscription", "/subscription"]) else {
        // An invoice for something else than a subscription.
        return Ok(Told::Nothing);
    };
    let lines = object["lines"]["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    // What is paid for a change within a period buys no new period.
    let whole = lines.iter().find(|line| !is_proration(line));
    let price = whole.and_then(|line| key(line, &["/pricing/price_details/price", "/price", "/plan"]));
    let mut of = Subject {
        subscription,
        customer: key(object, &["/customer"]).ok_or_else(|| missing("data.object.customer"))?,
        project: None,
        plan: plan_of_price(price.as_deref(), plans),
        price,
    };
    for place in [details, "/subscription_details"] {
        of.describe(&object.pointer(place).map_or(Value::Null, |details| details["metadata"].clone()), plans);
    }
    if let Some(line) = whole {
        of.describe(&line["metadata"], plans);
    }
    let invoice = key(object, &["/id"]).ok_or_else(|| missing("data.object.id"))?;
    if !paid {
        return Ok(Told::Unpaid { of, invoice });
    }
    let reason = object["billing_reason"].as_str();
    let is_period = whole.is_some() || (lines.is_empty() && reason != Some("subscription_update"));
    let period = whole.and_then(|line| period(&line["period"], "start", "end"));
    Ok(Told::Paid { of, invoice, is_period, period })
}

impl Subject {
    /// Takes what our checkout wrote into an object, where nothing better is known.
    fn describe(&mut self, metadata: &Value, plans: &Plans) {
        self.project = self.project.or_else(|| text(metadata, "/project").and_then(|text| text.parse().ok()));
        if self.plan.is_none() {
            let plan = text(metadata, "/plan").filter(|name| plans.get(name).is_some());
            let interval = text(metadata, "/interval").and_then(|text| Interval::parse(&text));
            self.plan = plan.zip(interval);
        }
    }
}

fn plan_of_price(price: Option<&str>, plans: &Plans) -> Option<(String, Interval)> {
    plans.of_stripe_price(price?).map(|(name, interval)| (name.to_owned(), interval))
}

fn is_proration(line: &Value) -> bool {
    ["/proration", "/parent/subscription_item_details/proration", "/parent/invoice_item_details/proration"]
        .into_iter()
        .any(|place| line.pointer(place) == Some(&Value::Bool(true)))
}

fn period(object: &Value, start: &str, end: &str) -> Option<(Millis, Millis)> {
    let at = |name: &str| object[name].as_i64().map(|seconds| Millis(seconds.saturating_mul(SECOND)));
    Some((at(start)?, at(end)?))
}

fn text(value: &Value, place: &str) -> Option<String> {
    value.pointer(place)?.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

/// A key at the first of these places that has one; an object that was expanded there has it as `id`.
fn key(value: &Value, places: &[&str]) -> Option<String> {
    places.iter().find_map(|place| text(value, place).or_else(|| text(value.pointer(place)?, "/id")))
}

fn missing(field: &str) -> Error {
    Error::invalid(field, format!("The event has no {field}."))
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
