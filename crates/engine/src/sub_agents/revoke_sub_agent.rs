//! `revoke_sub_agent`: its key stops at once, and what its purse holds goes back to whom it came from.

use outrider_store::keys;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{caller, lock_working, owner_only, revoke};
use crate::context::Context;
use crate::credits::budget;
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};

/// Revokes a sub-agent.
pub struct RevokeSubAgent;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its number.
    #[schemars(range(min = 1))]
    sub_agent: i64,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revoked {
    /// Its number.
    pub id: i64,
    /// Always true.
    pub revoked: bool,
    /// Credits that went back to its owner's purse.
    pub credits_returned: i64,
}

impl Operation for RevokeSubAgent {
    const SPEC: Spec = Spec::delete(
        "revoke_sub_agent",
        "sub_agents",
        "/sub-agents/{sub_agent}",
        "keys:write",
        "Revoke a sub-agent: its key stops at once, its credits go back.",
    )
    .describe("A sub-agent can't revoke itself. Credits go to the purse of the person behind its key, else to the project's. What it has queued goes on and was paid for; what of that is cancelled or fails is given back there too.")
    .fails(&[code::WRONG_STATE]);
    type Input = Input;
    type Output = Revoked;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Revoked> {
        let agent = lock_working(cx, input.sub_agent)?;
        if caller(cx)?.is_some_and(|own| own.id == agent.id) {
            return Err(Error::new(code::INSUFFICIENT_SCOPE, "An agent key can't revoke itself."));
        }
        owner_only(cx, "revoke sub-agents")?;
        let key = keys::get(cx.tx, cx.project, agent.key_id)?;
        let owner = budget::purse_of(cx, key.user_id)?;
        let returned = revoke(cx, &agent, &owner, "sub-agent revoked")?;
        Ok(Revoked { id: agent.id, revoked: true, credits_returned: returned })
    }
}
