//! Batches: one queued task for each contact.

use outrider_domain::id::TaskId;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Effect, Operation, Spec};
use outrider_engine::tasks::submit_batch::{Contact, Input as Native, SubmitBatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/batch`.
pub struct CreateBatch;

/// The contacts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// One to a hundred.
    #[schemars(length(min = 1, max = 100))]
    contacts: Vec<Contact>,
    /// Where the results go, one by one.
    #[serde(default)]
    callback_url: Option<String>,
}

/// What was queued.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// In the order of the contacts.
    task_ids: Vec<TaskId>,
    /// How many.
    count: i64,
    /// Credits deducted for all of them.
    total_credits_charged: i64,
    /// The same in words.
    message: String,
}

impl Operation for CreateBatch {
    const SPEC: Spec = Spec::act(
        "create_batch",
        "tasks",
        "/api/v1/batch",
        "tasks:write",
        "Submit up to 100 contacts; one task is queued for each.",
    )
    .effect(Effect::Outward)
    .describe("Credits are deducted upfront, for all contacts or for none.")
    .fails(&[code::UNSUPPORTED_TASK_TYPE, code::INSUFFICIENT_CREDITS, code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Batch;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Batch> {
        let native = Native { contacts: input.contacts, callback_url: input.callback_url };
        let batch = SubmitBatch::run(cx, native)?;
        let count = i64::try_from(batch.tasks.len()).unwrap_or(0);
        Ok(Batch {
            task_ids: batch.tasks.into_iter().map(|task| task.id).collect(),
            count,
            total_credits_charged: batch.credits,
            message: format!("{count} task(s) queued. Poll GET /api/v1/tasks/{{taskId}} for results."),
        })
    }
}
