//! `get_action`: one action with its content.

use outrider_domain::id::ActionId;
use outrider_store::actions as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{self, Action};
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets an action.
pub struct GetAction;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The action.
    action_id: ActionId,
}

impl Operation for GetAction {
    const SPEC: Spec = Spec::get(
        "get_action",
        "actions",
        "/actions/{action_id}",
        "actions:read",
        "Get an action with its content and where it stands.",
    );
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let row =
            rows::get(cx.tx, cx.project, input.action_id).map_err(|error| missing(error, "action", "action_id"))?;
        view::view(cx, row, true)
    }
}
