//! Outputs: what tasks came to, searched and starred.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::Error;
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::tasks::{get_task, list_tasks};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::task::{DONE, Output, Pagination};
use super::tasks::{ById, StarInput, Starred, star, task_id};

/// `GET /api/v1/outputs`.
pub struct ListOutputs;

/// Which.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ListInput {
    /// Only of this task type.
    task_type: Option<String>,
    /// Only those whose contact or company has this text.
    #[schemars(length(max = 200))]
    search: Option<String>,
    /// Only starred ones, or only others.
    starred: Option<bool>,
    /// Results, 1 to 200; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// Results passed over.
    #[schemars(range(min = 0))]
    offset: Option<i64>,
}

/// A page of outputs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutputsPage {
    /// Newest first.
    outputs: Vec<Output>,
    /// Where the page stands.
    pagination: Pagination,
}

impl Operation for ListOutputs {
    const SPEC: Spec =
        Spec::get("list_outputs", "outputs", "/api/v1/outputs", "tasks:read", "List outputs, newest first.");
    type Input = ListInput;
    type Output = OutputsPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<OutputsPage> {
        let asked = json!({ "task_type": input.task_type, "search": input.search, "starred": input.starred, "status": DONE,
            "limit": input.limit, "offset": input.offset });
        let page = within::<list_tasks::ListTasks>(cx, asked)?;
        let outputs: Vec<Output> = page.tasks.into_iter().map(Output::from).collect();
        let count = i64::try_from(outputs.len()).unwrap_or(0);
        Ok(OutputsPage {
            pagination: Pagination { limit: page.limit, offset: page.offset, total: page.total, count },
            outputs,
        })
    }
}

/// `GET /api/v1/outputs/{taskId}`.
pub struct GetOutput;

impl Operation for GetOutput {
    const SPEC: Spec = Spec::get("get_output", "outputs", "/api/v1/outputs/{taskId}", "tasks:read", "Get one output.");
    type Input = ById;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Output> {
        let id = task_id(&input.task_id)?;
        let task = within::<get_task::GetTask>(cx, json!({ "task_id": id }))?;
        if task.status != DONE {
            return Err(Error::not_found("output"));
        }
        Ok(Output::from(task))
    }
}

/// `POST /api/v1/outputs/{taskId}/star`.
pub struct StarOutput;

impl Operation for StarOutput {
    const SPEC: Spec = Spec::act(
        "star_output",
        "outputs",
        "/api/v1/outputs/{taskId}/star",
        "tasks:write",
        "Star an output, or take the star away; without a body, the other of what it is.",
    );
    type Input = StarInput;
    type Output = Starred;

    fn run(cx: &mut Context<'_, '_>, input: StarInput) -> Result<Starred> {
        star(cx, &input)
    }
}
