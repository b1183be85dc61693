//! Tasks: asking, polling, listing, starring, cancelling, estimating.

use outrider_domain::id::TaskId;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::outside::Stage;
use outrider_engine::tasks::submit::{Submission, Submits};
use outrider_engine::tasks::work::Work;
use outrider_engine::tasks::{cancel_task, estimate_tasks, get_task, list_tasks, star_task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::task::{Pagination, Task};

/// `POST /api/v1/tasks`.
pub struct CreateTask;

/// What is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateInput {
    /// A skill of `GET /api/v1/skills`.
    #[schemars(length(min = 1, max = 100))]
    task_type: String,
    /// What it works on.
    input_payload: Value,
    /// Where the result goes: public https. The task is then queued.
    #[serde(default)]
    callback_url: Option<String>,
    /// A campaign to link the task to.
    #[serde(default)]
    campaign_id: Option<i64>,
}

impl Submits for CreateTask {
    fn submission(input: CreateInput) -> Result<Submission> {
        Ok(Submission {
            work: Work::skill(&input.task_type)?,
            input: input.input_payload,
            callback_url: input.callback_url,
            campaign: input.campaign_id,
        })
    }
}

impl Operation for CreateTask {
    const SPEC: Spec =
        Spec::act("create_task", "tasks", "/api/v1/tasks", "tasks:write", "Submit a task to a skill.")
            .effect(Effect::Outward)
            .describe("Without callbackUrl, most skills answer with their output; `research` and `outreach_generation` are queued. With it, the task is queued and its result is posted.")
            .fails(&[code::UNSUPPORTED_TASK_TYPE, code::INSUFFICIENT_CREDITS, code::RESOURCE_NOT_FOUND]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = CreateInput;
    type Output = Task;

    fn run(cx: &mut Context<'_, '_>, input: CreateInput) -> Result<Task> {
        Self::submit(cx, input).map(Task::from)
    }
}

/// `POST /api/research/submit`.
pub struct SubmitResearch;

/// Whom to research.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResearchInput {
    /// The person's full name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// What is known.
    #[serde(default)]
    context: Option<String>,
    /// Where they work.
    #[serde(default)]
    company: Option<String>,
    /// Where the result goes.
    #[serde(default)]
    callback_url: Option<String>,
}

impl Submits for SubmitResearch {
    fn submission(input: ResearchInput) -> Result<Submission> {
        let payload = json!({ "name": input.name, "context": input.context, "company": input.company });
        Ok(Submission {
            work: Work::skill("research")?,
            input: payload,
            callback_url: input.callback_url,
            campaign: None,
        })
    }
}

impl Operation for SubmitResearch {
    const SPEC: Spec =
        Spec::act("submit_research", "tasks", "/api/research/submit", "tasks:write", "Submit a research task.")
            .effect(Effect::Outward)
            .accepts()
            .fails(&[code::INSUFFICIENT_CREDITS]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = ResearchInput;
    type Output = Task;

    fn run(cx: &mut Context<'_, '_>, input: ResearchInput) -> Result<Task> {
        Self::submit(cx, input).map(Task::from)
    }
}

/// Which task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ById {
    /// The task.
    pub(super) task_id: String,
}

/// What is no task's id is no task.
pub(super) fn task_id(text: &str) -> Result<TaskId> {
    text.parse().map_err(|_| Error::not_found("task"))
}

/// `GET /api/v1/tasks/{taskId}`.
pub struct GetTask;

impl Operation for GetTask {
    const SPEC: Spec = Spec::get("get_task", "tasks", "/api/v1/tasks/{taskId}", "tasks:read", "Poll a task.");
    type Input = ById;
    type Output = Task;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Task> {
        let id = task_id(&input.task_id)?;
        within::<get_task::GetTask>(cx, json!({ "task_id": id })).map(Task::from)
    }
}

/// `GET /api/v1/tasks`.
pub struct ListTasks;

/// Which page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListInput {
    /// Results, 1 to 200; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// Results passed over.
    #[schemars(range(min = 0))]
    offset: Option<i64>,
}

/// A page of tasks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TasksPage {
    /// Newest first.
    tasks: Vec<Task>,
    /// Where the page stands.
    pagination: Pagination,
}

impl Operation for ListTasks {
    const SPEC: Spec =
        Spec::get("list_tasks", "tasks", "/api/v1/tasks", "tasks:read", "List recent tasks, newest first.");
    type Input = ListInput;
    type Output = TasksPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<TasksPage> {
        let page = within::<list_tasks::ListTasks>(cx, json!({ "limit": input.limit, "offset": input.offset }))?;
        let tasks: Vec<Task> = page.tasks.into_iter().map(Task::from).collect();
        let count = i64::try_from(tasks.len()).unwrap_or(0);
        Ok(TasksPage {
            pagination: Pagination { limit: page.limit, offset: page.offset, total: page.total, count },
            tasks,
        })
    }
}

/// `PATCH /api/v1/tasks/{taskId}/star`.
pub struct StarTask;

/// Which task, and whether.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StarInput {
    /// The task.
    pub(super) task_id: String,
    /// Whether it is starred; the other of what it is when absent.
    #[serde(default)]
    pub(super) starred: Option<bool>,
}

/// How it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Starred {
    /// The task.
    task_id: TaskId,
    /// Whether it is starred.
    starred: bool,
}

/// Stars a task.
pub(super) fn star(cx: &mut Context<'_, '_>, input: &StarInput) -> Result<Starred> {
    let id = task_id(&input.task_id)?;
    let task = within::<star_task::StarTask>(cx, json!({ "task_id": id, "starred": input.starred }))?;
    Ok(Starred { task_id: task.id, starred: task.starred })
}

impl Operation for StarTask {
    const SPEC: Spec = Spec::patch(
        "star_task",
        "tasks",
        "/api/v1/tasks/{taskId}/star",
        "tasks:write",
        "Star a task, or take the star away.",
    );
    type Input = StarInput;
    type Output = Starred;

    fn run(cx: &mut Context<'_, '_>, input: StarInput) -> Result<Starred> {
        star(cx, &input)
    }
}

/// `DELETE /api/v1/tasks/{taskId}`.
pub struct CancelTask;

/// What came back.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cancelled {
    /// The task.
    task_id: TaskId,
    /// `cancelled`.
    status: String,
    /// Credits that came back.
    credits_refunded: i64,
}

impl Operation for CancelTask {
    const SPEC: Spec = Spec::delete(
        "cancel_task",
        "tasks",
        "/api/v1/tasks/{taskId}",
        "tasks:write",
        "Cancel a queued task; its credits are refunded.",
    )
    .fails(&[code::WRONG_STATE]);
    type Input = ById;
    type Output = Cancelled;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Cancelled> {
        let id = task_id(&input.task_id)?;
        let task = within::<cancel_task::CancelTask>(cx, json!({ "task_id": id }))?;
        Ok(Cancelled { task_id: task.id, status: task.status, credits_refunded: task.credits })
    }
}

/// `POST /api/v1/tasks/estimate`.
pub struct EstimateTasks;

/// One task, or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EstimateInput {
    /// Several tasks.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    tasks: Option<Vec<estimate_tasks::One>>,
    /// A single task's skill.
    #[serde(default)]
    task_type: Option<String>,
    /// What it would work on.
    #[serde(default)]
    input_payload: Option<Value>,
}

impl Operation for EstimateTasks {
    const SPEC: Spec = Spec::act(
        "estimate_tasks",
        "tasks",
        "/api/v1/tasks/estimate",
        "tasks:read",
        "Learn what tasks would cost without submitting them.",
    )
    .effect(Effect::Read)
    .natural();
    type Input = EstimateInput;
    type Output = estimate_tasks::Estimate;

    fn run(cx: &mut Context<'_, '_>, input: EstimateInput) -> Result<estimate_tasks::Estimate> {
        let tasks = match (input.tasks, input.task_type) {
            (Some(tasks), None) => tasks,
            (None, Some(task_type)) => vec![estimate_tasks::One { task_type, input_payload: input.input_payload }],
            (Some(_), Some(_)) => return Err(Error::invalid("tasks", "Send either tasks or a single taskType.")),
            (None, None) => return Err(Error::invalid("tasks", "Send tasks, or a single taskType.")),
        };
        estimate_tasks::EstimateTasks::run(cx, estimate_tasks::Input { tasks })
    }
}
