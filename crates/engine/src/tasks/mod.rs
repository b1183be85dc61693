//! Tasks: work of skills and workflows for credits. An output and its charge are one transaction, whatever fails; a task that does
//! not come to an output costs nothing. Writes no text itself.

pub mod allowance;
mod ask_model;
pub mod callback;
pub mod cancel_task;
pub mod deliver;
pub mod drive;
pub mod estimate_tasks;
pub mod gather;
pub mod get_task;
pub mod lease;
pub mod list_callbacks;
pub mod list_tasks;
pub mod list_workflows;
pub mod look_up;
pub mod make;
pub mod queue;
pub mod replay_callback;
pub mod star_task;
pub mod submit;
pub mod submit_batch;
pub mod submit_task;
pub mod task_statistics;
pub mod work;
pub mod workflows;

use outrider_domain::id::TaskId;
use outrider_domain::time::Millis;
use outrider_store::Error as StoreError;
use outrider_store::tasks::{self as rows, Task};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::sub_agents::sight;

/// Jobs of this kind run a task.
pub const JOB: &str = "task";

/// The states of a task.
pub mod state {
    /// Waits for a worker.
    pub const QUEUED: &str = "queued";
    /// Has its output, and was paid for.
    pub const COMPLETED: &str = "completed";
    /// Came to no output, and cost nothing.
    pub const FAILED: &str = "failed";
    /// Was taken back before a worker was done with it, and cost nothing.
    pub const CANCELLED: &str = "cancelled";
}

/// A task as it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct View {
    /// Key.
    pub id: TaskId,
    /// The skill or workflow.
    pub task_type: String,
    /// `queued`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// The sub-agent it was asked by.
    pub sub_agent: Option<i64>,
    /// The campaign it belongs to.
    pub campaign: Option<i64>,
    /// Credits it costs; nothing unless it completes.
    pub credits: i64,
    /// Whether a person wants to find it again.
    pub starred: bool,
    /// What it was given.
    pub input: Value,
    /// What came of it.
    pub output: Option<Value>,
    /// What made the output: `built_in`, or a language model.
    pub made_by: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// Where its result goes.
    pub callback_url: Option<String>,
    /// When asked.
    pub created_at: Millis,
    /// When ended.
    pub completed_at: Option<Millis>,
}

impl View {
    /// What it was charged: its price once there is an output, nothing when there will be none.
    #[must_use]
    pub fn charged(&self) -> i64 {
        match self.status.as_str() {
            state::FAILED | state::CANCELLED => 0,
            _ => self.credits,
        }
    }
}

/// Reads a stored value back.
///
/// # Errors
/// `internal_error`.
pub fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "A stored task could not be read.")
    })
}

/// A stored task as it is shown.
///
/// # Errors
/// When it can't be read.
pub fn view(row: Task) -> Result<View> {
    Ok(View {
        id: row.id,
        task_type: row.kind,
        status: row.state,
        sub_agent: row.sub_agent,
        campaign: row.campaign,
        credits: row.cost,
        starred: row.starred,
        input: parse(&row.input)?,
        output: row.output.as_deref().map(parse).transpose()?,
        made_by: row.made_by,
        error: row.error,
        callback_url: row.callback_url,
        created_at: row.created_at,
        completed_at: row.finished_at,
    })
}

/// A task the caller may see.
///
/// # Errors
/// `resource_not_found`, also for another's.
pub fn find(cx: &mut Context<'_, '_>, id: TaskId) -> Result<Task> {
    let own = sight(cx)?;
    match rows::get(cx.tx, cx.project, id) {
        Ok(task) if own.is_none() || task.sub_agent == own => Ok(task),
        Ok(_) | Err(StoreError::NotFound) => Err(Error::not_found("task")),
        Err(other) => Err(other.into()),
    }
}
