//! From an event to the project's plan and credits, in one transaction. Trusts nothing but what is signed and known: an event
//! of nobody here changes nothing.

use outrider_domain::id::ProjectId;
use outrider_domain::plan::{self, Interval};
use outrider_domain::time::Millis;
use outrider_store::subscriptions::{self as rows, Subscription};
use outrider_store::{Error as StoreError, Tx, projects};
use serde_json::json;

use super::bought::{self, Purchase};
use super::event::{self, Event, State, Subject, Told};
use super::{APPLIED, IGNORED, Receipt, WAITING};
use crate::context::{Context, Event as Happening};
use crate::core::Core;
use crate::credits;
use crate::error::{Error, Result, code};
use crate::principal::Principal;
use crate::subscription::{change_plan, is_live};

impl Told {
    /// Which subscription it is about.
    pub(super) fn subject(&self) -> Option<&Subject> {
        match self {
            Self::CheckedOut { of, .. }
            | Self::Subscription { of, .. }
            | Self::Paid { of, .. }
            | Self::Unpaid { of, .. } => Some(of),
            Self::Bought { .. } | Self::Nothing => None,
        }
    }
}

/// Applies an event, and those that waited for what it tells.
pub(super) fn apply(tx: &mut Tx<'_>, core: &Core, event: &Event) -> Result<Receipt> {
    if let Told::Bought { project, session, pack, holder } = &event.told {
        return bought::apply(tx, core, event, *project, Purchase { session, pack, holder: *holder });
    }
    let Some(of) = event.told.subject() else {
        return Ok(Receipt { outcome: IGNORED, project: None });
    };
    let Some(project) = whose(tx, of)? else {
        return Ok(Receipt { outcome: WAITING, project: None });
    };
    let known_before = rows::find(tx, project, &of.subscription)?.is_some();
    let outcome = apply_to(tx, core, project, event)?;
    if !known_before {
        for waiting in rows::waiting(tx, &of.subscription)? {
            let outcome = match event::read(waiting.payload.as_bytes(), &core.settings.plans) {
                Ok(event) => apply_to(tx, core, project, &event)?,
                Err(_) => IGNORED,
            };
            rows::settle_event(tx, &waiting.id, outcome, Some(project))?;
        }
    }
    Ok(Receipt { outcome, project: Some(project) })
}

/// The project an event is about: the one our checkout wrote into it, else the one whose subscription or customer it names.
fn whose(tx: &mut Tx<'_>, of: &Subject) -> Result<Option<ProjectId>> {
    // What is known wins: a subscription does not move to another project because its metadata was edited.
    if let Some(project) = rows::project_of(tx, &of.subscription)? {
        return Ok(Some(project));
    }
    if let Some(project) = of.project {
        return match projects::get(tx, project) {
            Ok(_) => Ok(Some(project)),
            Err(StoreError::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        };
    }
    Ok(rows::project_of_customer(tx, &of.customer)?)
}

fn apply_to(tx: &mut Tx<'_>, core: &Core, project: ProjectId, event: &Event) -> Result<&'static str> {
    let principal = Principal::engine(project);
    let mut cx = Context::new(tx, core, &principal, core.now());
    let outcome = match &event.told {
        Told::CheckedOut { of, paid } => checked_out(&mut cx, of, *paid)?,
        Told::Subscription { of, state } => subscription(&mut cx, of, state, event.at)?,
        Told::Paid { of, invoice, is_period, period } => paid(&mut cx, of, invoice, *is_period, *period, event.at)?,
        Told::Unpaid { of, invoice } => unpaid(&mut cx, of, invoice, event.at)?,
        Told::Bought { .. } | Told::Nothing => IGNORED,
    };
    if outcome == APPLIED {
        cx.audit("payment_webhook", Some(event.id.clone()), &json!({ "kind": event.kind }));
    }
    cx.finish()?;
    Ok(outcome)
}

/// The subscription as it is known, or as an event is the first to tell of it. `None` when it is for something else that a
/// customer of ours buys.
fn known_or_new(cx: &mut Context<'_, '_>, of: &Subject) -> Result<Option<(Option<Subscription>, Subscription)>> {
    let known = rows::find(cx.tx, cx.project, &of.subscription)?;
    let mut row = match known.clone() {
        Some(row) => row,
        None => {
            let (plan, interval) = match &of.plan {
                Some(plan) => plan.clone(),
                None if of.project.is_none() => return Ok(None),
                None => return Err(unknown_price(of)),
            };
            Subscription {
                project_id: cx.project,
                id: of.subscription.clone(),
                customer: of.customer.clone(),
                plan,
                billing_interval: interval.as_str().to_owned(),
                status: "incomplete".to_owned(),
                period_start: None,
                period_end: None,
                cancel_at_period_end: false,
                told_at: Millis(0),
                told_rank: 0,
                created_at: cx.now,
                updated_at: cx.now,
            }
        }
    };
    row.updated_at = cx.now;
    Ok(Some((known, row)))
}

/// Nothing is lost: Stripe sends the event again until the operator has given a plan that price.
fn unknown_price(of: &Subject) -> Error {
    let price = of.price.as_deref().unwrap_or("none");
    tracing::error!(price, subscription = of.subscription, "somebody pays for what no plan in the settings has");
    Error::new(code::WRONG_STATE, format!("No plan in the settings has the price {price}."))
}

fn checked_out(cx: &mut Context<'_, '_>, of: &Subject, paid: bool) -> Result<&'static str> {
    let Some((known, mut row)) = known_or_new(cx, of)? else { return Ok(IGNORED) };
    if known.is_some() {
        // Its own events tell more, and have been here.
        return Ok(IGNORED);
    }
    if paid {
        "active".clone_into(&mut row.status);
    }
    settle(cx, None, row)?;
    Ok(APPLIED)
}

fn subscription(cx: &mut Context<'_, '_>, of: &Subject, state: &State, at: Millis) -> Result<&'static str> {
    let Some((known, mut row)) = known_or_new(cx, of)? else { return Ok(IGNORED) };
    if is_stale(&row, state, at) {
        return Ok(IGNORED);
    }
    if let Some((plan, interval)) = &of.plan {
        row.plan.clone_from(plan);
        interval.as_str().clone_into(&mut row.billing_interval);
    }
    row.customer.clone_from(&of.customer);
    row.status.clone_from(&state.status);
    if let Some((start, end)) = state.period {
        (row.period_start, row.period_end) = (Some(start), Some(end));
    }
    row.cancel_at_period_end = state.cancel_at_period_end;
    (row.told_at, row.told_rank) = (at, state.rank);
    settle(cx, known, row)?;
    Ok(APPLIED)
}

/// Whether something later is known. Stripe's clock counts seconds and much happens within one: there the kind decides. An end is
/// final, and a subscription that has begun does not go back to its beginning, whatever the times.
fn is_stale(row: &Subscription, state: &State, at: Millis) -> bool {
    if row.told_rank == ENDED || state.rank == ENDED {
        return row.told_rank == ENDED;
    }
    (at, state.rank) < (row.told_at, row.told_rank) || (state.status == "incomplete" && row.status != "incomplete")
}

/// The rank of a subscription's end.
const ENDED: i64 = 3;

fn paid(
    cx: &mut Context<'_, '_>,
    of: &Subject,
    invoice: &str,
    is_period: bool,
    period: Option<(Millis, Millis)>,
    at: Millis,
) -> Result<&'static str> {
    let Some((known, mut row)) = known_or_new(cx, of)? else { return Ok(IGNORED) };
    let (plan, interval) = of.plan.clone().unwrap_or_else(|| (row.plan.clone(), interval_of(&row)));
    let amount =
        cx.core.settings.plans.get(&plan).and_then(|plan| plan.price(interval)).map_or(0, |price| price.credits);
    let amount = if is_period { i64::from(amount) } else { 0 };
    if !rows::pay(cx.tx, cx.project, invoice, &of.subscription, amount, cx.now)? {
        return Ok(IGNORED);
    }
    // Until its own events tell, a subscription that is paid for stands; and one that was in arrears is no more.
    let first = known.is_none() || row.told_at == Millis(0);
    if first || (row.status == PAST_DUE && at >= row.told_at) {
        "active".clone_into(&mut row.status);
    }
    if let Some((start, end)) = period.filter(|(_, end)| row.period_end.is_none_or(|known| known < *end)) {
        (row.period_start, row.period_end) = (Some(start), Some(end));
    }
    settle(cx, known, row)?;
    if amount > 0 {
        credits::grant(cx, amount, &format!("{plan} plan, {} period, invoice {invoice}", interval.as_str()))?;
    }
    cx.emit(Happening::new("subscription.paid").subject(invoice).data(json!({ "plan": plan, "credits": amount })));
    Ok(APPLIED)
}

const PAST_DUE: &str = "past_due";

fn unpaid(cx: &mut Context<'_, '_>, of: &Subject, invoice: &str, at: Millis) -> Result<&'static str> {
    let Some((known, mut row)) = known_or_new(cx, of)? else { return Ok(IGNORED) };
    if known.is_some() && row.status == "active" && at >= row.told_at {
        PAST_DUE.clone_into(&mut row.status);
    }
    let plan = row.plan.clone();
    settle(cx, known, row)?;
    cx.emit(Happening::new("subscription.payment_failed").subject(invoice).data(json!({ "plan": plan })));
    Ok(APPLIED)
}

fn interval_of(row: &Subscription) -> Interval {
    Interval::parse(&row.billing_interval).unwrap_or(Interval::Monthly)
}

/// Keeps what is known of a subscription now, and changes the project's plan when the subscription gives another than before.
fn settle(cx: &mut Context<'_, '_>, before: Option<Subscription>, now: Subscription) -> Result<()> {
    let given = |row: &Subscription| is_live(&row.status).then(|| row.plan.clone());
    let (gave, gives) = (before.as_ref().and_then(given), given(&now));
    if before.as_ref() != Some(&now) {
        now.clone().save(cx.tx)?;
    }
    if gave == gives {
        return Ok(());
    }
    if let Some(plan) = gives {
        return change_plan(cx, &plan).map(drop);
    }
    // What it gave is over, unless the operator has given something else since, or another subscription lives.
    let current = projects::get(cx.tx, cx.project)?.plan;
    if Some(&current) != gave.as_ref() {
        return Ok(());
    }
    let others = rows::of_project(cx.tx, cx.project)?;
    let next = others.iter().find_map(given).unwrap_or_else(|| plan::NONE.to_owned());
    change_plan(cx, &next).map(drop)
}
