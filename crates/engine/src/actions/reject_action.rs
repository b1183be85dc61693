//! `reject_action`: a person says no, with a reason.

use outrider_domain::id::ActionId;
use outrider_store::actions as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{self, Action};
use super::{refuse, state};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::principal::APPROVE;

/// Rejects an action that has not left.
pub struct RejectAction;

/// Which, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The action.
    action_id: ActionId,
    /// Why, for the log.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reason: String,
}

impl Operation for RejectAction {
    const SPEC: Spec = Spec::act(
        "reject_action",
        "actions",
        "/actions/{action_id}/reject",
        APPROVE,
        "Reject an action that has not left; its enrollment stops.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let row =
            rows::lock(cx.tx, cx.project, input.action_id).map_err(|error| missing(error, "action", "action_id"))?;
        if !matches!(row.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) {
            return Err(Error::new(
                code::WRONG_STATE,
                format!("This action can't be rejected any more: it is {}.", row.state),
            ));
        }
        let detail = if input.reason.trim().is_empty() { "a person rejected it" } else { input.reason.trim() };
        refuse(cx, row.clone(), "rejected", detail)?;
        let row = rows::get(cx.tx, cx.project, row.id)?;
        view::view(cx, row, true)
    }
}
