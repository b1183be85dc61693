//! What a plan lets a project have. Counts; the nouns ask before they make one more.

use outrider_domain::plan::Limits;
use outrider_store::{agents, identities, projects};

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::principal::Actor;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// Agents.
    Agents,
    /// Senders: mailboxes and phone numbers.
    Identities,
}

/// The limits of a plan; none for one that is built in or no longer in the settings.
#[must_use]
pub fn of(cx: &Context<'_, '_>, plan: &str) -> Limits {
    cx.core.settings.plans.get(plan).map(|plan| plan.limits).unwrap_or_default()
}

/// Refuses one more than the project's plan has. The operator and the engine are not held to it.
///
/// # Errors
/// `plan_limit_reached`, naming the plan and its limit.
pub fn check(cx: &mut Context<'_, '_>, what: Limited) -> Result<()> {
    if matches!(cx.actor, Actor::Operator | Actor::Engine) {
        return Ok(());
    }
    let plan = projects::get(cx.tx, cx.project)?.plan;
    let limits = of(cx, &plan);
    let (limit, noun) = match what {
        Limited::Agents => (limits.agents, "agents"),
        Limited::Identities => (limits.identities, "identities"),
    };
    let Some(limit) = limit else { return Ok(()) };
    let count = match what {
        Limited::Agents => agents::count(cx.tx, cx.project)?,
        Limited::Identities => identities::count(cx.tx, cx.project)?,
    };
    if count < i64::from(limit) {
        return Ok(());
    }
    Err(Error::new(
        code::PLAN_LIMIT_REACHED,
        format!("The plan {plan} has {limit} {noun}, and there are {count}. Remove one, or take a larger plan."),
    ))
}
