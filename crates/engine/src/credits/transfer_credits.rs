//! `transfer_credits`: from the caller's purse, or the project's, to a sub-agent's or a person's, in one posting.

use outrider_domain::id::UserId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::budget::{self, Holder};
use super::set_budget::people_only;
use super::{AVAILABLE, balance, transfer};
use crate::context::{Context, Event};
use crate::error::{Error, Kind, Result, code};
use crate::operation::{Effect, Operation, Spec};
use crate::sub_agents::{lock_working, owner_only};
use crate::users::caller::sees_only;

/// Transfers credits.
pub struct TransferCredits;

/// To whom, how many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The sub-agent's number; this or `user_id`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub sub_agent: Option<i64>,
    /// The person, who spends from a purse of their own from then on; this or `sub_agent`.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Whole credits.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub credits: i64,
}

/// Where the purses stand.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Transferred {
    /// Whose purse they went to: a person's id, or a sub-agent's number behind `agent:`.
    pub holder: String,
    /// What was moved.
    pub credits_transferred: i64,
    /// What the purse holds now that they came from.
    pub owner_balance: i64,
    /// What the purse holds now that they went to.
    pub balance: i64,
}

impl Operation for TransferCredits {
    const SPEC: Spec = Spec::act(
        "transfer_credits",
        "credits",
        "/credits/transfers",
        "credits:write",
        "Move credits to a sub-agent's or a person's purse.",
    )
    .effect(Effect::Write)
    .describe("All of it or nothing. To a sub-agent: from the purse of the person behind the key, else the project's; needs the provisioning right. To a person: from the project's; for an owner or admin, or the operator. A seller gives from a purse of their own alone.")
    .fails(&[code::INSUFFICIENT_CREDITS, code::AGENT_NOT_OWNED, code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Transferred;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Transferred> {
        if input.credits < 1 {
            return Err(Error::invalid("credits", "A transfer is a whole number of credits, at least 1."));
        }
        let (holder, name, from) = match (input.sub_agent, input.user_id) {
            (Some(number), None) => to_agent(cx, number)?,
            (None, Some(user)) => to_person(cx, user)?,
            _ => return Err(Error::invalid("sub_agent", "Name one to transfer to: sub_agent or user_id.")),
        };
        let purse = holder.to_string();
        let reason = format!("transfer to {name}");
        if !transfer(cx, &from, &purse, input.credits, &reason, &purse)? {
            let has = balance(cx, &from)?;
            let text = format!("The account holds {has} credits, fewer than {}.", input.credits);
            return Err(Error::new(code::INSUFFICIENT_CREDITS, text));
        }
        let data = json!({ "sub_agent": input.sub_agent, "user_id": input.user_id, "credits": input.credits, "event_type": "credit_purchased" });
        cx.emit(Event::new("credits.transferred").subject(&purse).data(data));
        tracing::info!(holder = purse, credits = input.credits, by = %cx.actor, project = %cx.project, "[Audit][provision] transfer");
        let owner_balance = balance(cx, &from)?;
        let balance = balance(cx, &purse)?;
        Ok(Transferred { holder: purse, credits_transferred: input.credits, owner_balance, balance })
    }
}

fn to_agent(cx: &mut Context<'_, '_>, number: i64) -> Result<(Holder, String, String)> {
    owner_only(cx, "transfer credits")?;
    let agent = lock_working(cx, number).map_err(|error| match error.code.kind {
        Kind::NotFound => Error::new(code::AGENT_NOT_OWNED, "There is no such agent of yours.").at("sub_agent"),
        _ => error,
    })?;
    let holder = Holder::Agent(agent.id);
    if !budget::of(cx, holder)?.own_purse {
        let text = "This agent spends from the purse of whoever made its key; there is nothing to move.";
        return Err(Error::new(code::WRONG_STATE, text).at("sub_agent"));
    }
    let from = budget::purse_of(cx, cx.principal.user)?;
    if from == AVAILABLE && sees_only(cx)?.is_some() {
        let text = "You have no purse of your own to give from; whoever runs the project can give you one.";
        return Err(Error::new(code::INSUFFICIENT_CREDITS, text));
    }
    Ok((holder, agent.name, from))
}

/// The person's purse is opened with the first credits.
fn to_person(cx: &mut Context<'_, '_>, user: UserId) -> Result<(Holder, String, String)> {
    people_only(cx)?;
    let holder = Holder::User(user);
    let name = holder.name(cx)?.ok_or_else(|| Error::not_found("user").at("user_id"))?;
    let now = budget::lock(cx, holder)?;
    if now.closed {
        return Err(Error::not_found("user").at("user_id"));
    }
    if !now.own_purse {
        budget::set(cx, holder, true, now.monthly_cap)?;
    }
    Ok((holder, name, AVAILABLE.to_owned()))
}
