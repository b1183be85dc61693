//! `star_task`: marks a task that a person wants to find again.

use outrider_domain::id::TaskId;
use outrider_store::tasks as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{View, find, view};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Stars a task.
pub struct StarTask;

/// Which, and whether.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The task.
    task_id: TaskId,
    /// Whether it is starred; the other of what it is when absent.
    #[serde(default)]
    starred: Option<bool>,
}

impl Operation for StarTask {
    const SPEC: Spec =
        Spec::act("star_task", "tasks", "/tasks/{task_id}/star", "tasks:write", "Star a task, or take the star away.");
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let mut task = find(cx, input.task_id)?;
        task.starred = input.starred.unwrap_or(!task.starred);
        rows::star(cx.tx, cx.project, task.id, task.starred)?;
        view(task)
    }
}
