//! `approve_actions`: many approvals at once, each bound to the digest of what was shown.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Decisions, Shown, each};
use crate::actions::approve_action::{approve, check_approver, pending};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Effect, Operation, Spec};
use crate::principal::APPROVE;
use crate::runs::approve_run_action::check_digest;

/// Approves many actions.
pub struct ApproveActions;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The actions, 200 at most.
    #[schemars(length(min = 1, max = 200))]
    actions: Vec<Shown>,
}

impl Operation for ApproveActions {
    const SPEC: Spec = Spec::act(
        "approve_actions",
        "approvals",
        "/approvals/approve",
        APPROVE,
        "Approve many actions at once, each by the digest of what was shown.",
    )
    .describe("Those that can't be approved are named with the reason; the others are approved all the same.")
    .effect(Effect::Outward);
    type Input = Input;
    type Output = Decisions;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Decisions> {
        each(input.actions, |shown| {
            let row = pending(cx, shown.action_id)?;
            check_approver(cx, &row)?;
            check_digest(&row, Some(&shown.digest))?;
            Ok(approve(cx, row)?.state)
        })
    }
}
