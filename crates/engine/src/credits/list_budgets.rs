//! `list_budgets`: who may spend how much, and has.

use outrider_domain::id::UserId;
use outrider_store::budgets::{self as rows, Budget};
use schemars::JsonSchema;
use serde::Serialize;

use super::budget::{self, Holder};
use super::payer::Payer;
use super::set_budget::may_set;
use super::{AVAILABLE, balance};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists budgets.
pub struct ListBudgets;

/// What one holder may spend.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct View {
    /// `project`, a person's id, or a sub-agent's number behind `agent:`.
    pub holder: String,
    /// `project`, `user` or `agent`.
    pub kind: &'static str,
    /// The project's name, the person's address, the sub-agent's name.
    pub name: String,
    /// Whether it has a purse of its own; a person or sub-agent without one spends from the purse above it.
    pub own_purse: bool,
    /// What its own purse holds; null without one.
    pub balance: Option<i64>,
    /// Credits it may spend in a calendar month (UTC), its sub-agents' included; 0 is no cap.
    pub monthly_cap: i64,
    /// Credits spent or set aside in this month, its sub-agents' included.
    pub spent_this_month: i64,
    /// What the cap leaves in this month; null without one.
    pub left_this_month: Option<i64>,
}

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Budgets {
    /// The project's first, then people's, then sub-agents'.
    pub budgets: Vec<View>,
    /// Whether the caller may set them.
    pub may_set: bool,
}

impl Operation for ListBudgets {
    const SPEC: Spec =
        Spec::get("list_budgets", "credits", "/budgets", "credits:read", "List who may spend how much, and has.")
            .describe("A seller and a sub-agent see those that their own spending counts against. Who has no cap, no purse and has spent nothing is not listed.");
    type Input = Empty;
    type Output = Budgets;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Budgets> {
        let own: Vec<(Holder, Budget)> =
            Payer::of(cx)?.budgets().map(|(holder, budget)| (holder, budget.clone())).collect();
        let mut found: Vec<(Holder, Budget)> = if sees_all(cx)? {
            let all = rows::list(cx.tx, cx.project)?;
            let mut all: Vec<_> = all.into_iter().filter_map(|row| Some((Holder::parse(&row.holder)?, row))).collect();
            if !all.iter().any(|(holder, _)| *holder == Holder::Project) {
                all.push((Holder::Project, budget::of(cx, Holder::Project)?));
            }
            all
        } else {
            own
        };
        found.sort_by_key(|(holder, _)| match holder {
            Holder::Project => (0, 0),
            Holder::User(UserId(id)) => (1, *id),
            Holder::Agent(number) => (2, *number),
        });
        let mut budgets = Vec::with_capacity(found.len());
        for (holder, row) in found {
            budgets.extend(view(cx, holder, &row)?);
        }
        Ok(Budgets { budgets, may_set: may_set(cx)? })
    }
}

fn sees_all(cx: &mut Context<'_, '_>) -> Result<bool> {
    Ok(crate::users::caller::sees_only(cx)?.is_none() && crate::sub_agents::is_owner(cx)?)
}

/// A budget as it is shown; `None` for a holder that is gone.
pub(super) fn view(cx: &mut Context<'_, '_>, holder: Holder, row: &Budget) -> Result<Option<View>> {
    let Some(name) = holder.name(cx)? else { return Ok(None) };
    let purse = match holder {
        Holder::Project => Some(AVAILABLE),
        _ => row.own_purse.then_some(&*row.holder),
    };
    Ok(Some(View {
        holder: holder.to_string(),
        kind: holder.kind(),
        name,
        own_purse: purse.is_some(),
        balance: purse.map(|purse| balance(cx, purse)).transpose()?,
        monthly_cap: row.monthly_cap,
        spent_this_month: budget::spent(row, cx.now),
        left_this_month: budget::left(row, cx.now),
    }))
}
