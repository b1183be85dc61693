//! `transfer_credits`: from the project's own purse to a sub-agent's, in one posting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{lock_working, owner_only};
use crate::context::{Context, Event};
use crate::credits::{self, AVAILABLE};
use crate::error::{Error, Kind, Result, code};
use crate::operation::{Effect, Operation, Spec};

/// Transfers credits.
pub struct TransferCredits;

/// To whom, how many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The sub-agent's number.
    #[schemars(range(min = 1))]
    pub sub_agent: i64,
    /// Whole credits.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub credits: i64,
}

/// Where the purses stand.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Transferred {
    /// The sub-agent's number.
    pub sub_agent: i64,
    /// What was moved.
    pub credits_transferred: i64,
    /// What the project's own purse holds now.
    pub project_balance: i64,
    /// What the sub-agent's purse holds now.
    pub agent_balance: i64,
}

impl Operation for TransferCredits {
    const SPEC: Spec = Spec::act(
        "transfer_credits",
        "credits",
        "/credits/transfers",
        "credits:write",
        "Move credits from the project's purse to a sub-agent's.",
    )
    .effect(Effect::Write)
    .describe("All of it or nothing. Needs the provisioning right.")
    .fails(&[code::INSUFFICIENT_CREDITS, code::AGENT_NOT_OWNED, code::WRONG_STATE]);
    type Input = Input;
    type Output = Transferred;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Transferred> {
        owner_only(cx, "transfer credits")?;
        if input.credits < 1 {
            return Err(Error::invalid("credits", "A transfer is a whole number of credits, at least 1."));
        }
        let agent = lock_working(cx, input.sub_agent).map_err(|error| match error.code.kind {
            Kind::NotFound => Error::new(code::AGENT_NOT_OWNED, "There is no such agent of yours.").at("sub_agent"),
            _ => error,
        })?;
        if agent.purse == AVAILABLE {
            let text = "This agent spends from the project's own purse; there is nothing to move.";
            return Err(Error::new(code::WRONG_STATE, text).at("sub_agent"));
        }
        let subject = format!("sub_agent:{}", agent.id);
        let reason = format!("transfer to {}", agent.name);
        if !credits::transfer(cx, AVAILABLE, &agent.purse, input.credits, &reason, &subject)? {
            let has = credits::balance(cx, AVAILABLE)?;
            let text = format!("The account holds {has} credits, fewer than {}.", input.credits);
            return Err(Error::new(code::INSUFFICIENT_CREDITS, text));
        }
        cx.emit(
            Event::new("credits.transferred")
                .subject(agent.id)
                .data(json!({ "sub_agent": agent.id, "credits": input.credits, "event_type": "credit_purchased" })),
        );
        tracing::info!(agent = agent.id, credits = input.credits, by = %cx.actor, project = %cx.project, "[Audit][provision] transfer");
        Ok(Transferred {
            sub_agent: agent.id,
            credits_transferred: input.credits,
            project_balance: credits::balance(cx, AVAILABLE)?,
            agent_balance: credits::balance(cx, &agent.purse)?,
        })
    }
}
