//! Tasks as Data Reaktor shows them: ours, with its names.

use outrider_domain::id::TaskId;
use outrider_domain::time::Millis;
use outrider_engine::tasks::{View, state};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Key.
    pub task_id: TaskId,
    /// The skill or workflow.
    pub task_type: String,
    /// `queued`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// Whether it is starred.
    pub starred: bool,
    /// Credits it was charged; 0 when there is no output to come.
    pub credits_charged: i64,
    /// What it was given.
    pub input_payload: Value,
    /// What came of it.
    pub output_payload: Option<Value>,
    /// The same, as callbacks call it.
    pub output: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The campaign it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<i64>,
    /// When asked.
    pub created_at: Millis,
    /// When ended.
    pub completed_at: Option<Millis>,
    /// Where its result goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

impl From<View> for Task {
    fn from(view: View) -> Self {
        Self {
            credits_charged: view.charged(),
            task_id: view.id,
            task_type: view.task_type,
            status: view.status,
            starred: view.starred,
            input_payload: view.input,
            output: view.output.clone(),
            output_payload: view.output,
            error: view.error,
            campaign_id: view.campaign,
            created_at: view.created_at,
            completed_at: view.completed_at,
            callback_url: view.callback_url,
        }
    }
}

/// An output in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Key of its task.
    task_id: TaskId,
    /// The skill or workflow.
    task_type: String,
    /// Always `completed`.
    status: String,
    /// Whether it is starred.
    starred: bool,
    /// Credits it was charged.
    credits_charged: i64,
    /// What the task was given.
    input_payload: Value,
    /// What came of it.
    output_payload: Option<Value>,
    /// When asked.
    created_at: Millis,
    /// When ended.
    completed_at: Option<Millis>,
}

impl From<View> for Output {
    fn from(view: View) -> Self {
        Self {
            credits_charged: view.charged(),
            task_id: view.id,
            task_type: view.task_type,
            status: view.status,
            starred: view.starred,
            input_payload: view.input,
            output_payload: view.output,
            created_at: view.created_at,
            completed_at: view.completed_at,
        }
    }
}

/// Where a page stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pagination {
    /// As asked.
    pub limit: i64,
    /// As asked.
    pub offset: i64,
    /// How many there are altogether.
    pub total: i64,
    /// How many are on this page.
    pub count: i64,
}

/// The state of an output that is there.
pub(super) const DONE: &str = state::COMPLETED;
