//! Credits as Cora shows them.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::credits::get_credits;
use outrider_engine::operation::{Operation, Spec, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// `GET /api/v1/credits`.
pub struct GetCredits;

/// Nothing is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Nothing {}

/// What is left.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Credits {
    /// Credits that can be spent.
    credits_remaining: i64,
    /// Always `credits`.
    unit: &'static str,
}

impl Operation for GetCredits {
    const SPEC: Spec =
        Spec::get("get_credits", "account", "/api/v1/credits", "credits:read", "See the credits left on your account.")
            .describe("Numbers, calls and outreach are paid with them, where the operator has set a price.");
    type Input = Nothing;
    type Output = Credits;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Credits> {
        let credits = within::<get_credits::GetCredits>(cx, json!({}))?;
        Ok(Credits { credits_remaining: credits.spendable, unit: credits.unit })
    }
}
