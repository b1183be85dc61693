//! `get_task`: one task with its output.

use outrider_domain::id::TaskId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{View, find, view};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets a task.
pub struct GetTask;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The task.
    task_id: TaskId,
}

impl Operation for GetTask {
    const SPEC: Spec =
        Spec::get("get_task", "tasks", "/tasks/{task_id}", "tasks:read", "Get a task with what came of it.");
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        view(find(cx, input.task_id)?)
    }
}
