//! A2A 1.0 over JSON-RPC: a message with a data part is a task for a skill or workflow, which can be polled and cancelled. Knows no
//! rule of tasks: it asks the same operations as the REST endpoints.
//!
//! What a method refuses is a JSON-RPC error in an answer with status 200; who has no valid key is refused as everywhere else.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::id::TaskId;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, Kind, code};
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::outside::{Outside, Stage};
use outrider_engine::ports::Ports;
use outrider_engine::tasks::make::{Made, Order};
use outrider_engine::tasks::submit::{self, Submission};
use outrider_engine::tasks::work::Work;
use outrider_engine::tasks::{View, cancel_task, get_task, state};
use outrider_skills::SKILLS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::tasks::task_id;

/// The version that is spoken.
pub(super) const PROTOCOL: &str = "1.0";
/// JSON-RPC's and A2A's numbers of errors (JSON-RPC 2.0, section 5.1; A2A 1.0, section 9.5).
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
const REFUSED: i64 = -32_000;
const TASK_NOT_FOUND: i64 = -32_001;
const TASK_NOT_CANCELABLE: i64 = -32_002;

/// `POST /a2a`.
pub struct Rpc;

/// A request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Input {
    /// Always `2.0`.
    jsonrpc: String,
    /// What the answer repeats: a text or a number.
    #[serde(default)]
    id: Value,
    /// `SendMessage`, `GetTask` or `CancelTask`.
    #[schemars(length(min = 1, max = 100))]
    method: String,
    /// What the method takes.
    #[serde(default)]
    params: Value,
}

/// An answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Answer {
    /// Always `2.0`.
    jsonrpc: &'static str,
    /// As asked.
    id: Value,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    /// Why nothing did: `code` and `message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

/// What a method refuses.
#[derive(Debug, Clone)]
struct Refusal {
    number: i64,
    message: String,
}

impl Refusal {
    fn new(number: i64, message: impl Into<String>) -> Self {
        Self { number, message: message.into() }
    }

    /// An error of a task's operation.
    fn of(error: &Error) -> Self {
        let number = match error.code.kind {
            Kind::NotFound if error.code == code::RESOURCE_NOT_FOUND => TASK_NOT_FOUND,
            Kind::Conflict => TASK_NOT_CANCELABLE,
            Kind::Invalid | Kind::NotFound | Kind::Unprocessable => INVALID_PARAMS,
            _ => REFUSED,
        };
        let field = error.field.as_ref().map_or_else(String::new, |field| format!("{field}: "));
        Self::new(number, format!("{field}{}", error.message))
    }
}

/// What is to be done.
enum Method {
    /// A task is asked for.
    Send(Submission),
    /// Something was said that is no task.
    Talk,
    Get(TaskId),
    Cancel(TaskId),
}

impl Method {
    fn of(input: &Input) -> std::result::Result<Self, Refusal> {
        let id = || {
            let text = input.params["id"].as_str().unwrap_or_default();
            task_id(text).map_err(|_| Refusal::new(TASK_NOT_FOUND, "There is no such task."))
        };
        match input.method.as_str() {
            _ if input.jsonrpc != "2.0" => Err(Refusal::new(INVALID_PARAMS, "jsonrpc must be 2.0.")),
            "SendMessage" => message(&input.params["message"]),
            "GetTask" => id().map(Self::Get),
            "CancelTask" => id().map(Self::Cancel),
            other => Err(Refusal::new(METHOD_NOT_FOUND, format!("There is no method {other} here."))),
        }
    }
}

/// What a message asks for: its first data part names a skill or workflow, and has the input.
fn message(message: &Value) -> std::result::Result<Method, Refusal> {
    let Some(parts) = message["parts"].as_array().filter(|parts| !parts.is_empty()) else {
        return Err(Refusal::new(INVALID_PARAMS, "message.parts must have a part."));
    };
    let Some(data) = parts.iter().map(|part| &part["data"]).find(|data| data.is_object()) else {
        return Ok(Method::Talk);
    };
    let kind =
        data["skill"].as_str().ok_or_else(|| Refusal::new(INVALID_PARAMS, "The data part must name a skill."))?;
    let work = Work::find(kind).map_err(|error| Refusal::of(&error))?;
    let input = data.get("input").cloned().unwrap_or_else(|| json!({}));
    Ok(Method::Send(Submission { work, input, callback_url: None, campaign: None }))
}

/// What was found out before the writing transaction.
pub struct Prepared(std::result::Result<Option<Order>, Refusal>);

/// What was made in between.
pub struct Brought(std::result::Result<Option<Made>, Refusal>);

impl Outside for Rpc {
    type Question = Prepared;
    type Answer = Brought;

    fn question(cx: &mut Context<'_, '_>, input: Input) -> Result<Prepared> {
        let asked = match Method::of(&input) {
            Ok(Method::Send(asked)) => asked,
            Ok(_) => return Ok(Prepared(Ok(None))),
            Err(refusal) => return Ok(Prepared(Err(refusal))),
        };
        match submit::order(cx, asked) {
            Ok(order) => Ok(Prepared(Ok(order))),
            Err(error) if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) => Err(error),
            Err(error) => Ok(Prepared(Err(Refusal::of(&error)))),
        }
    }

    fn ask(ports: &Ports, Prepared(prepared): Prepared) -> BoxFuture<'_, Result<Brought>> {
        async move {
            Ok(Brought(match prepared {
                Ok(order) => Ok(submit::made(ports, order).await?),
                Err(refusal) => Err(refusal),
            }))
        }
        .boxed()
    }
}

impl Operation for Rpc {
    const SPEC: Spec = Spec::act("a2a", "a2a", "/a2a", "tasks:write", "Speak A2A 1.0 over JSON-RPC.")
        .effect(Effect::Outward)
        .describe("SendMessage with a data part { \"skill\": …, \"input\": … } is a task; GetTask polls it, CancelTask cancels it. A refusal is an error of JSON-RPC.")
        .fails(&[code::INSUFFICIENT_CREDITS]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = Answer;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Answer> {
        let brought = cx.answer::<Brought>()?;
        let done = match (&brought.0, Method::of(&input)) {
            (Err(refusal), _) => Err(refusal.clone()),
            (_, Err(refusal)) => Err(refusal),
            (Ok(made), Ok(Method::Send(asked))) => Ok(json!({ "task": task(submit::keep(cx, asked, made.as_ref())?) })),
            (Ok(_), Ok(Method::Talk)) => Ok(json!({ "message": introduction(cx) })),
            (Ok(_), Ok(Method::Get(id))) => read(within::<get_task::GetTask>(cx, json!({ "task_id": id })))?,
            // A task that can't be cancelled is refused before anything is written.
            (Ok(_), Ok(Method::Cancel(id))) => read(within::<cancel_task::CancelTask>(cx, json!({ "task_id": id })))?,
        };
        let (result, error) = match done {
            Ok(result) => (Some(result), None),
            Err(refusal) => (None, Some(json!({ "code": refusal.number, "message": refusal.message }))),
        };
        Ok(Answer { jsonrpc: "2.0", id: input.id, result, error })
    }
}

/// A task as an answer, or its refusal; what is this server's own fault stays an error.
fn read(found: Result<View>) -> Result<std::result::Result<Value, Refusal>> {
    match found {
        Ok(view) => Ok(Ok(task(view))),
        Err(error) if matches!(error.code.kind, Kind::NotFound | Kind::Conflict) => Ok(Err(Refusal::of(&error))),
        Err(error) => Err(error),
    }
}

/// A task as A2A shows it (A2A 1.0, section 4.1.1). Each is a conversation of its own.
fn task(view: View) -> Value {
    let standing = match view.status.as_str() {
        state::COMPLETED => "TASK_STATE_COMPLETED",
        state::FAILED => "TASK_STATE_FAILED",
        state::CANCELLED => "TASK_STATE_CANCELED",
        _ => "TASK_STATE_SUBMITTED",
    };
    let charged = view.charged();
    let mut shown = json!({
        "id": view.id,
        "contextId": view.id,
        "status": { "state": standing, "timestamp": view.completed_at.unwrap_or(view.created_at) },
        "metadata": { "skill": view.task_type, "creditsCharged": charged },
    });
    if let Some(output) = view.output {
        shown["artifacts"] = json!([{ "artifactId": "output", "name": view.task_type, "parts": [{ "data": output, "mediaType": "application/json" }] }]);
    }
    if let Some(error) = view.error {
        shown["metadata"]["error"] = json!(error);
    }
    shown
}

/// What is said to somebody who said nothing that is a task.
fn introduction(cx: &Context<'_, '_>) -> Value {
    let names: Vec<&str> = SKILLS.iter().map(|skill| skill.name).collect();
    let text = format!(
        "Send a data part such as {{ \"skill\": \"lead_scoring\", \"input\": {{ … }} }}. There are {}.",
        names.join(", ")
    );
    json!({ "messageId": format!("message_{}", cx.id()), "role": "ROLE_AGENT", "parts": [{ "text": text }] })
}
