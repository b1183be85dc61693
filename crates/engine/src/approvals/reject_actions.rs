//! `reject_actions`: many rejections at once, with one reason.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Decisions, Shown, each};
use crate::actions::approve_action::pending;
use crate::actions::{refuse, state};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};
use crate::principal::APPROVE;
use crate::runs::approve_run_action::check_digest;

/// Rejects many actions.
pub struct RejectActions;

/// Which, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The actions, 200 at most.
    #[schemars(length(min = 1, max = 200))]
    actions: Vec<Shown>,
    /// Why, for the log.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reason: String,
}

impl Operation for RejectActions {
    const SPEC: Spec = Spec::act(
        "reject_actions",
        "approvals",
        "/approvals/reject",
        APPROVE,
        "Reject many actions at once, each by the digest of what was shown.",
    )
    .describe("Those that can't be rejected are named with the reason; the others are rejected all the same.");
    type Input = Input;
    type Output = Decisions;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Decisions> {
        let reason = match input.reason.trim() {
            "" => "a person rejected it".to_owned(),
            given => given.to_owned(),
        };
        each(input.actions, |shown| {
            let row = pending(cx, shown.action_id)?;
            check_digest(&row, Some(&shown.digest))?;
            refuse(cx, row, "rejected", &reason)?;
            Ok(state::REFUSED.to_owned())
        })
    }
}
