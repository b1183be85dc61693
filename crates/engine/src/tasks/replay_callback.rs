//! `replay_callback`: sends a result once more, byte for byte, with all its tries. Sends nothing itself: a worker does.

use outrider_domain::id::{JobId, TaskId};
use outrider_store::{Error as StoreError, callbacks as rows, jobs};
use schemars::JsonSchema;
use serde::Deserialize;

use super::callback::JOB;
use super::find;
use super::list_callbacks::View;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};

/// Replays a callback.
pub struct ReplayCallback;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The task whose result is sent again.
    task_id: TaskId,
}

impl Operation for ReplayCallback {
    const SPEC: Spec = Spec::act(
        "replay_callback",
        "tasks",
        "/callbacks/{task_id}/replay",
        "tasks:write",
        "Post a task's result once more.",
    )
    .describe(
        "The receiver gets the same bytes with the same signature, so it can tell a repetition by the task's key.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let task = find(cx, input.task_id)?;
        match rows::get(cx.tx, cx.project, task.id) {
            Ok(_) => {}
            Err(StoreError::NotFound) => return Err(Error::not_found("callback")),
            Err(other) => return Err(other.into()),
        }
        if !rows::replay(cx.tx, cx.project, task.id)? {
            return Err(Error::new(code::WRONG_STATE, "This result is on its way already."));
        }
        let id = JobId(cx.id());
        jobs::put(cx.tx, cx.project, id, JOB, task.id.0, cx.now, cx.now)?;
        cx.emit(Event::new("callback.replayed").subject(task.id));
        Ok(rows::get(cx.tx, cx.project, task.id)?.into())
    }
}
