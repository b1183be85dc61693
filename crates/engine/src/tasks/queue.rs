//! Puts tasks where they belong: done and paid, or queued with their credits set aside. One transaction each, for one task or many.

use outrider_domain::id::{ActionId, JobId, TaskId};
use outrider_store::jobs::{self, Job};
use outrider_store::tasks::{self as rows, Task};
use serde_json::{Value, json};

use super::make::Made;
use super::{JOB, callback, state};
use crate::context::{Context, Event};
use crate::credits::payer::{Pay, Payer};
use crate::delivery::skill;
use crate::error::{Error, Result, code};
use crate::fields::to_json;

/// A task to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The skill or workflow.
    pub kind: &'static str,
    /// Checked.
    pub input: Value,
    /// Credits.
    pub price: i64,
    /// Where the result goes.
    pub callback_url: Option<String>,
    /// The campaign it belongs to.
    pub campaign: Option<i64>,
    /// The action of a run it is the work of.
    pub action: Option<ActionId>,
}

fn row(cx: &Context<'_, '_>, payer: &Payer, wanted: &Wanted) -> Result<Task> {
    let own = payer.agent.as_ref().and_then(|agent| agent.callback_url.clone());
    Ok(Task {
        project_id: cx.project,
        id: TaskId(cx.id()),
        kind: wanted.kind.to_owned(),
        state: state::QUEUED.to_owned(),
        sub_agent: payer.number(),
        campaign: wanted.campaign,
        action_id: wanted.action,
        about: about(&wanted.input),
        input: to_json(&wanted.input)?,
        output: None,
        made_by: None,
        error: None,
        cost: wanted.price,
        starred: false,
        callback_url: wanted.callback_url.clone().or(own),
        created_by: cx.actor.to_string(),
        created_at: cx.now,
        finished_at: None,
    })
}

/// Person and company of an input, for searching.
fn about(input: &Value) -> String {
    let texts =
        ["contactName", "name", "company", "domain", "topic"].into_iter().filter_map(|name| input.get(name)?.as_str());
    let leads = input.get("leads").and_then(Value::as_array).into_iter().flatten();
    let of_leads = leads.flat_map(|lead| {
        ["name", "first_name", "last_name", "company"].into_iter().filter_map(move |name| lead.get(name)?.as_str())
    });
    let mut seen: Vec<String> = Vec::new();
    for text in texts.chain(of_leads).map(str::to_lowercase) {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(" ").chars().take(2_000).collect()
}

fn reason(task: &Task) -> String {
    let about: String = task.about.chars().take(80).collect();
    if about.is_empty() { task.kind.clone() } else { format!("{} for {about}", task.kind) }
}

/// Queues tasks and sets their credits aside: all of them, or none.
///
/// # Errors
/// `insufficient_credits`.
pub fn queue(cx: &mut Context<'_, '_>, payer: &Payer, wanted: &[Wanted]) -> Result<Vec<Task>> {
    let total: i64 = wanted.iter().map(|each| each.price).sum();
    payer.expect(cx, total)?;
    let tasks: Vec<Task> = wanted.iter().map(|each| row(cx, payer, each)).collect::<Result<_>>()?;
    let mut due = Vec::with_capacity(tasks.len());
    for task in &tasks {
        payer.pay(cx, Pay::Later, &task.id.to_string(), task.cost, &reason(task))?;
        due.push(Job {
            project_id: cx.project,
            id: JobId(cx.id()),
            kind: JOB.to_owned(),
            subject_id: task.id.0,
            due_at: Some(cx.now),
            parked: None,
            attempts: 0,
            token: 0,
            payload: None,
            last_error: None,
            created_at: cx.now,
        });
    }
    rows::insert_all(cx.tx, tasks.clone())?;
    jobs::put_many(cx.tx, due)?;
    let first = tasks.first().map(|task| task.id.to_string()).unwrap_or_default();
    cx.emit(
        Event::new("tasks.queued")
            .subject(first)
            .data(json!({ "count": tasks.len(), "credits": total, "sub_agent": payer.number() })),
    );
    Ok(tasks)
}

/// Keeps a task with its output, paid for.
///
/// # Errors
/// `insufficient_credits`.
pub fn complete(cx: &mut Context<'_, '_>, payer: &Payer, wanted: &Wanted, made: &Made) -> Result<Task> {
    let task = Task {
        state: state::COMPLETED.to_owned(),
        output: Some(to_json(&made.output)?),
        made_by: Some(made.made_by.clone()),
        finished_at: Some(cx.now),
        ..row(cx, payer, wanted)?
    };
    payer.pay(cx, Pay::Now, &task.id.to_string(), task.cost, &reason(&task))?;
    task.clone().insert(cx.tx)?;
    told(cx, &task);
    callback::prepare(cx, &task)?;
    Ok(task)
}

/// Tells the log how a task ended.
pub(super) fn told(cx: &mut Context<'_, '_>, task: &Task) {
    let kind = match task.state.as_str() {
        state::COMPLETED => "task.completed",
        state::CANCELLED => "task.cancelled",
        _ => "task.failed",
    };
    let data = json!({ "task_type": task.kind, "credits": task.cost, "sub_agent": task.sub_agent, "made_by": task.made_by, "error": task.error });
    cx.emit(Event::new(kind).subject(task.id).data(data));
}

/// Ends a queued task that has no output to come; gives its credits back. `None` when it has ended before.
///
/// # Errors
/// When the database fails.
pub fn give_up(cx: &mut Context<'_, '_>, task: Task, ended: &'static str, why: Option<&str>) -> Result<Option<Task>> {
    crate::credits::lock(cx)?;
    let end = rows::End { state: ended, output: None, made_by: None, error: why };
    if !rows::end(cx.tx, cx.project, task.id, end, cx.now)? {
        return Ok(None);
    }
    let because = if ended == state::CANCELLED { "task cancelled" } else { "task failed" };
    crate::credits::release(cx, &task.id.to_string(), because)?;
    let task = Task { state: ended.to_owned(), error: why.map(ToOwned::to_owned), finished_at: Some(cx.now), ..task };
    told(cx, &task);
    skill::ended(cx, &task)?;
    if ended == state::FAILED {
        callback::prepare(cx, &task)?;
    }
    Ok(Some(task))
}

/// Ends a queued task with its output, and spends what was set aside. `None` when it has ended before.
///
/// # Errors
/// When the database fails.
pub fn finish(cx: &mut Context<'_, '_>, task: Task, made: &Made) -> Result<Option<Task>> {
    let output = to_json(&made.output)?;
    let end = rows::End { state: state::COMPLETED, output: Some(&output), made_by: Some(&made.made_by), error: None };
    if !rows::end(cx.tx, cx.project, task.id, end, cx.now)? {
        return Ok(None);
    }
    if task.cost > 0 && !outrider_store::credits::is_held(cx.tx, cx.project, &task.id.to_string())? {
        return Err(Error::new(code::INTERNAL_ERROR, "A queued task has no credits set aside."));
    }
    crate::credits::settle(cx, &task.id.to_string(), "task completed")?;
    let task = Task {
        state: state::COMPLETED.to_owned(),
        output: Some(output),
        made_by: Some(made.made_by.clone()),
        finished_at: Some(cx.now),
        ..task
    };
    told(cx, &task);
    skill::ended(cx, &task)?;
    callback::prepare(cx, &task)?;
    Ok(Some(task))
}
