//! `cancel_task`: takes a queued task back; its credits return.

use outrider_domain::id::TaskId;
use outrider_store::jobs;
use schemars::JsonSchema;
use serde::Deserialize;

use super::queue::give_up;
use super::{JOB, View, find, state, view};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};

/// Cancels a task.
pub struct CancelTask;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The task.
    task_id: TaskId,
}

impl Operation for CancelTask {
    const SPEC: Spec = Spec::delete(
        "cancel_task",
        "tasks",
        "/tasks/{task_id}",
        "tasks:write",
        "Take a queued task back; its credits return.",
    )
    .describe("Only while it is queued: what has its output stays paid.")
    .fails(&[code::WRONG_STATE]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let task = find(cx, input.task_id)?;
        let stands = task.state.clone();
        let id = task.id;
        match give_up(cx, task, state::CANCELLED, None)? {
            Some(task) => {
                jobs::remove(cx.tx, cx.project, JOB, id.0)?;
                view(task)
            }
            None => {
                let text = format!("The task is {stands}; only a queued one can be cancelled.");
                Err(Error::new(code::WRONG_STATE, text).at("task_id"))
            }
        }
    }
}
