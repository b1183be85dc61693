//! Workflows: listing and submitting them.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Effect, Operation, Spec};
use outrider_engine::outside::Stage;
use outrider_engine::tasks::list_workflows::{Listed, listed};
use outrider_engine::tasks::submit::{Submission, Submits};
use outrider_engine::tasks::work::Work;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agents::Nothing;
use super::task::Task;

/// `GET /api/v1/workflows`.
pub struct ListWorkflows;

/// The workflows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Workflows {
    /// In the order of the documentation.
    workflows: Vec<Listed>,
    /// How many.
    count: i64,
}

impl Operation for ListWorkflows {
    const SPEC: Spec = Spec::get("list_workflows", "workflows", "/api/v1/workflows", "tasks:read", "List workflows.");
    type Input = Nothing;
    type Output = Workflows;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Workflows> {
        let workflows = listed(&cx.core.settings);
        Ok(Workflows { count: i64::try_from(workflows.len()).unwrap_or(0), workflows })
    }
}

/// `POST /api/v1/workflows`.
pub struct SubmitWorkflow;

/// Which, with what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// A workflow of `GET /api/v1/workflows`.
    #[schemars(length(min = 1, max = 100))]
    workflow_id: String,
    /// What it works on.
    input_payload: Value,
    /// Where the result goes.
    #[serde(default)]
    callback_url: Option<String>,
    /// A campaign to link the task to.
    #[serde(default)]
    campaign_id: Option<i64>,
}

impl Submits for SubmitWorkflow {
    fn submission(input: Input) -> Result<Submission> {
        Ok(Submission {
            work: Work::workflow(&input.workflow_id)?,
            input: input.input_payload,
            callback_url: input.callback_url,
            campaign: input.campaign_id,
        })
    }
}

impl Operation for SubmitWorkflow {
    const SPEC: Spec =
        Spec::act("submit_workflow", "workflows", "/api/v1/workflows", "tasks:write", "Submit a workflow.")
            .effect(Effect::Outward)
            .accepts()
            .fails(&[code::WORKFLOW_NOT_FOUND, code::INSUFFICIENT_CREDITS, code::RESOURCE_NOT_FOUND]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = Task;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Task> {
        Self::submit(cx, input).map(Task::from)
    }
}
