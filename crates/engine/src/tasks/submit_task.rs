//! `submit_task`: a skill or a workflow at work for one input.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::View;
use super::submit::{Submission, Submits};
use super::work::Work;
use crate::context::Context;
use crate::error::{Result, code};
use crate::operation::{Effect, Operation, Spec};
use crate::outside::Stage;

/// Asks for a task.
pub struct SubmitTask;

/// Which, with what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A skill such as `lead_scoring`, or a workflow such as `prospect_and_outreach`.
    task_type: String,
    /// What it works on; `list_workflows` and the manifest say what each takes.
    input: Value,
    /// The campaign it belongs to.
    #[serde(default)]
    campaign: Option<i64>,
}

impl Submits for SubmitTask {
    fn submission(input: Input) -> Result<Submission> {
        let work = Work::find(&input.task_type).map_err(|error| error.at("task_type"))?;
        Ok(Submission { work, input: input.input, callback_url: None, campaign: input.campaign })
    }
}

impl Operation for SubmitTask {
    const SPEC: Spec =
        Spec::create("submit_task", "tasks", "/tasks", "tasks:write", "Have a skill or a workflow work on one input.")
            .effect(Effect::Outward)
            .previews()
            .describe("Costs credits, and nothing when it comes to no output. Most skills answer with the output; research, lists and workflows are queued: poll get_task.")
            .fails(&[code::UNSUPPORTED_TASK_TYPE, code::INSUFFICIENT_CREDITS, code::RESOURCE_NOT_FOUND]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        Self::submit(cx, input)
    }
}
