//! `grant_credits`: the operator gives the project credits.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::get_credits::{Credits, GetCredits};
use crate::context::Context;
use crate::error::Result;
use crate::fields::{operator_only, required};
use crate::operation::{Empty, Operation, Spec};

/// Grants credits.
pub struct GrantCredits;

/// How many, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Whole credits.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    amount: i64,
    /// For the statement; `granted by the operator` when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    reason: Option<String>,
}

impl Operation for GrantCredits {
    const SPEC: Spec = Spec::act(
        "grant_credits",
        "credits",
        "/credits/grants",
        "credits:write",
        "Give the project credits; for the operator.",
    )
    .describe("What was held for want of credits goes on.")
    .previews();
    type Input = Input;
    type Output = Credits;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Credits> {
        operator_only(cx, "grant credits")?;
        let reason = required("reason", input.reason.unwrap_or_else(|| "granted by the operator".to_owned()))?;
        cx.plan.push(json!({ "grant_credits": { "amount": input.amount, "reason": reason } }));
        super::grant(cx, input.amount, &reason)?;
        GetCredits::run(cx, Empty {})
    }
}
