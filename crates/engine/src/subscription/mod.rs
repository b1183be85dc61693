//! The project's plan: what a subscription opens, what it costs, where it is paid. Takes no payment: that is the provider's, whose
//! word comes to `crate::payments`.

pub mod create_billing_portal;
pub mod create_checkout;
pub mod get_subscription;
pub mod limits;
pub mod list_plans;
pub mod set_plan;

use outrider_domain::plan::{Limits, NONE, SELF_HOSTED};
use outrider_domain::time::Millis;
use outrider_store::subscriptions as rows;
use outrider_store::{jobs, projects};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::{Error, Result, code};
use crate::ports::PaymentsProblem;

/// Refuses outreach to a project without a plan. The gate of the same name holds what was asked for while there was one.
///
/// # Errors
/// `payment_required`.
pub fn require_plan(cx: &mut Context<'_, '_>) -> Result<()> {
    if projects::get(cx.tx, cx.project)?.plan != NONE {
        return Ok(());
    }
    Err(Error::new(code::PAYMENT_REQUIRED, "This project has no active subscription."))
}

/// Where the project stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Subscription {
    /// `self_hosted`, `none` or a plan's name.
    pub plan: String,
    /// Whether outreach may go out under it.
    pub active: bool,
    /// How the payment provider sees the project's latest subscription: `active`, `trialing`, `past_due` (still open, while
    /// payment is tried again), `unpaid`, `paused`, `incomplete`, `incomplete_expired` or `canceled`; null when there was none.
    pub status: Option<String>,
    /// `monthly` or `annual`; null when nothing is paid.
    pub interval: Option<String>,
    /// When the paid period began.
    pub period_start: Option<Millis>,
    /// When the paid period ends; then it is paid anew.
    pub period_end: Option<Millis>,
    /// Whether it ends then for good.
    pub cancel_at_period_end: bool,
    /// What the project may have under its plan.
    pub limits: Limits,
}

impl Subscription {
    /// Of the context's project.
    fn of(cx: &mut Context<'_, '_>) -> Result<Self> {
        let plan = projects::get(cx.tx, cx.project)?.plan;
        let paid = rows::of_project(cx.tx, cx.project)?;
        let gives = paid.iter().position(|row| is_live(&row.status) && row.plan == plan).unwrap_or(0);
        let row = paid.into_iter().nth(gives);
        Ok(Self {
            active: plan != NONE,
            limits: limits::of(cx, &plan),
            plan,
            status: row.as_ref().map(|row| row.status.clone()),
            interval: row.as_ref().map(|row| row.billing_interval.clone()),
            period_start: row.as_ref().and_then(|row| row.period_start),
            period_end: row.as_ref().and_then(|row| row.period_end),
            cancel_at_period_end: row.is_some_and(|row| row.cancel_at_period_end),
        })
    }
}

/// Whether a subscription of that status gives its plan. One in arrears does while the provider tries again: it ends it itself.
#[must_use]
pub(crate) fn is_live(status: &str) -> bool {
    matches!(status, "active" | "trialing" | "past_due")
}

/// Gives the project a plan, and wakes what waited for one. False when it has that plan.
pub(crate) fn change_plan(cx: &mut Context<'_, '_>, plan: &str) -> Result<bool> {
    let before = projects::get(cx.tx, cx.project)?.plan;
    if before == plan {
        return Ok(false);
    }
    cx.plan.push(json!({ "set_plan": { "from": before, "to": plan } }));
    projects::set_plan(cx.tx, cx.project, plan)?;
    cx.emit(Event::new("subscription.changed").data(json!({ "from": before, "to": plan })));
    jobs::wake(cx.tx, cx.project, "subscription", cx.now)?;
    Ok(true)
}

/// Refuses a name that is neither built in nor a plan of the settings.
///
/// # Errors
/// `validation_error` at `plan`, naming those there are.
pub(crate) fn check_name(core: &Core, plan: &str) -> Result<()> {
    let plans = &core.settings.plans;
    if plan == SELF_HOSTED || plan == NONE || plans.get(plan).is_some() {
        return Ok(());
    }
    let names: Vec<&str> = plans.by_price().into_iter().map(|(name, _)| name).chain([SELF_HOSTED, NONE]).collect();
    Err(Error::invalid("plan", format!("There is no such plan. There are: {}.", names.join(", "))))
}

/// What a caller hears when the payment provider made no page; the log has the rest.
fn no_page(problem: PaymentsProblem) -> Error {
    let message = match &problem {
        PaymentsProblem::Unavailable(_) => {
            "The payment provider is out of reach for now. Nothing was changed or charged; try again."
        }
        PaymentsProblem::Refused(_) => {
            "The payment provider refused to make the page, which its operator must mend: the log says why. Nothing was changed or charged."
        }
    };
    Error { source: Some(Box::new(problem)), ..Error::new(code::PAYMENTS_UNAVAILABLE, message) }
}
