//! `get_credits`: what the project has, holds and has spent.

use outrider_store::credits as rows;
use schemars::JsonSchema;
use serde::Serialize;

use super::payer::Payer;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Gets the balances.
pub struct GetCredits;

/// The project's credits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Credits {
    /// What the project's own purse holds.
    pub credits_remaining: i64,
    /// What the caller can spend now: what its purse holds, within every monthly cap above it.
    pub spendable: i64,
    /// What the purses of people and sub-agents hold together.
    pub in_purses: i64,
    /// What is set aside for actions under way.
    pub held: i64,
    /// What was spent.
    pub spent: i64,
    /// What was ever granted.
    pub granted: i64,
    /// Always `credits`.
    pub unit: &'static str,
}

impl Operation for GetCredits {
    const SPEC: Spec = Spec::get("get_credits", "credits", "/credits", "credits:read", "See the project's credits.")
        .describe("granted is always the sum of credits_remaining, in_purses, held and spent.");
    type Input = Empty;
    type Output = Credits;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Credits> {
        let mut credits = Credits {
            credits_remaining: 0,
            spendable: 0,
            in_purses: 0,
            held: 0,
            spent: 0,
            granted: 0,
            unit: "credits",
        };
        for (account, balance) in rows::balances(cx.tx, cx.project)? {
            match account.as_str() {
                super::AVAILABLE => credits.credits_remaining = balance,
                super::HELD => credits.held = balance,
                super::SPENT => credits.spent = balance,
                super::ISSUED => credits.granted = -balance,
                _ => credits.in_purses += balance,
            }
        }
        credits.spendable = Payer::of(cx)?.spendable(cx)?;
        Ok(credits)
    }
}
