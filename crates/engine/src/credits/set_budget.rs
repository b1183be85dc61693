//! `set_budget`: a cap for a calendar month, and a purse of a person's own.

use outrider_domain::id::UserId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::AVAILABLE;
use super::budget::{self, Holder};
use super::list_budgets::{View, view};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::principal::Actor;
use crate::users::role::Role;

/// Sets a budget.
pub struct SetBudget;

/// What to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `project`, a person's id, or a sub-agent's number behind `agent:`.
    #[schemars(length(min = 1, max = 64))]
    holder: String,
    /// Credits it may spend in a calendar month (UTC), its sub-agents' included; 0 is no cap.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    monthly_cap: Option<i64>,
    /// Whether a person spends from a purse of their own. What one holds goes back to the project when it is taken away.
    #[serde(default)]
    own_purse: Option<bool>,
}

impl Operation for SetBudget {
    const SPEC: Spec = Spec::patch(
        "set_budget",
        "credits",
        "/budgets/{holder}",
        "credits:write",
        "Set what the project, a person or a sub-agent may spend in a month.",
    )
    .describe("For an owner or admin, signed in or with a key of their own, or the operator. Budgets nest: what a sub-agent spends counts against its own cap, its person's and the project's, and the tightest holds. Outreach that the project's cap holds goes on when a month begins or the cap is raised.")
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let holder = find(cx, &input.holder)?;
        people_only(cx)?;
        let now = budget::lock(cx, holder)?;
        let own_purse = match (holder, input.own_purse) {
            (_, None) => now.own_purse,
            (Holder::User(_), Some(wanted)) => wanted,
            (_, Some(_)) => {
                let text = "Only a person is given a purse or loses it: the project always has one, and a sub-agent as it was made.";
                return Err(Error::new(code::WRONG_STATE, text).at("own_purse"));
            }
        };
        let cap = input.monthly_cap.unwrap_or(now.monthly_cap);
        cx.plan.push(json!({ "budget": { "holder": holder.to_string(), "monthly_cap": cap, "own_purse": own_purse } }));
        if now.own_purse && !own_purse {
            budget::empty(cx, holder, AVAILABLE, "purse taken away")?;
        }
        budget::set(cx, holder, own_purse, cap)?;
        let data = json!({ "holder": holder.to_string(), "monthly_cap": cap, "own_purse": own_purse });
        cx.emit(Event::new("budget.set").subject(holder).data(data));
        let row = budget::of(cx, holder)?;
        view(cx, holder, &row)?.ok_or_else(|| Error::not_found("holder").at("holder"))
    }
}

/// Refuses all but the operator, and owners and admins who signed in or use a key of their own: no sub-agent, no application and no key
/// that acts for nobody changes what anybody may spend.
pub(crate) fn people_only(cx: &mut Context<'_, '_>) -> Result<()> {
    if may_set(cx)? {
        return Ok(());
    }
    let text =
        "Only an owner or admin, signed in or with a key of their own, or the operator, says what others may spend.";
    Err(Error::new(code::INSUFFICIENT_SCOPE, text))
}

/// Whether the caller may set budgets.
pub(super) fn may_set(cx: &mut Context<'_, '_>) -> Result<bool> {
    Ok(match (cx.actor, cx.principal.user) {
        (Actor::Operator | Actor::Engine, _) => true,
        (Actor::User(id), _) => runs_it(cx, id)?,
        (Actor::Key(_), Some(id)) => crate::sub_agents::caller(cx)?.is_none() && runs_it(cx, id)?,
        _ => false,
    })
}

fn runs_it(cx: &mut Context<'_, '_>, user: UserId) -> Result<bool> {
    let user = outrider_store::projects::user(cx.tx, user)?;
    Ok(user.is_some_and(|user| matches!(Role::of(&user.role), Role::Owner | Role::Admin)))
}

/// A holder of the project that is not gone.
pub(super) fn find(cx: &mut Context<'_, '_>, text: &str) -> Result<Holder> {
    let holder = Holder::parse(text).ok_or_else(|| {
        Error::invalid("holder", "A holder is project, the id of a person, or agent: and the number of a sub-agent.")
    })?;
    match holder.name(cx)? {
        Some(_) => Ok(holder),
        None => Err(Error::not_found(holder.kind()).at("holder")),
    }
}
