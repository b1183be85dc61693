//! Skills at work for runs: an action that every gate let through becomes a task, and ends with it. Makes no output: tasks do, and
//! their output, its charge and the action's end are one transaction.

use outrider_store::actions::{self as rows, Action};
use outrider_store::jobs::{self, Job};
use outrider_store::runs;
use outrider_store::tasks::{self as task_rows, Task};
use serde_json::Value;

use crate::actions::content::ActionContent;
use crate::actions::{conclude, state};
use crate::context::Context;
use crate::credits::payer::Payer;
use crate::error::{Kind, Result};
use crate::tasks::queue::{self, Wanted};
use crate::tasks::work::Work;
use crate::tasks::{JOB, state as task_state};

/// Where the job of an action waits while its skill is at work.
const AT_WORK: &str = "skill";

/// Has a skill begin; the action waits for its end.
///
/// # Errors
/// When the database fails.
pub fn begin(cx: &mut Context<'_, '_>, mut action: Action, job: &Job) -> Result<()> {
    if task_rows::of_action(cx.tx, cx.project, action.id)?.is_none() {
        let content = ActionContent::read(action.content.as_deref())?.unwrap_or_default();
        match ask(cx, &action, content) {
            Ok(()) => action.attempts += 1,
            // What the skill can't take is the action's end, not the worker's.
            Err(error) if !matches!(error.code.kind, Kind::Internal | Kind::Unavailable) => {
                return conclude(cx, action, state::FAILED, "not_possible", &error.message);
            }
            Err(error) => return Err(error),
        }
    }
    action.hold_gate = Some(AT_WORK.to_owned());
    action.hold_reason = Some("the skill is at work".to_owned());
    action.due_at = None;
    action.updated_at = cx.now;
    rows::advance(cx.tx, &action)?;
    jobs::park(cx.tx, job.id, job.token, AT_WORK)?;
    Ok(())
}

/// Queues the task, with its credits set aside.
fn ask(cx: &mut Context<'_, '_>, action: &Action, content: ActionContent) -> Result<()> {
    let (name, input) = content.skill.map(|work| (work.name, Value::Object(work.input))).unwrap_or_default();
    let work = Work::skill(&name)?;
    work.check(&cx.core.settings, &input)?;
    let wanted = Wanted {
        kind: work.name(),
        input,
        // What the gate and the approver saw.
        price: action.cost,
        callback_url: None,
        campaign: None,
        action: Some(action.id),
    };
    let payer = Payer::project(cx)?;
    queue::queue(cx, &payer, &[wanted]).map(drop)
}

/// A task has ended: so has the action it was the work of.
///
/// # Errors
/// When the database fails.
pub fn ended(cx: &mut Context<'_, '_>, task: &Task) -> Result<()> {
    let Some(action) = task.action_id else { return Ok(()) };
    let action = rows::lock(cx.tx, cx.project, action)?;
    if state::is_final(&action.state) {
        return Ok(());
    }
    if let (Some(id), Some(output)) = (action.decision_id, &task.output)
        && let Some(mut decision) = runs::find_decision(cx.tx, cx.project, id)?
    {
        decision.output = Some(output.clone());
        decision.updated_at = cx.now;
        runs::save_decisions(cx.tx, vec![decision])?;
    }
    let detail = task.error.clone().unwrap_or_else(|| task.id.to_string());
    match task.state.as_str() {
        task_state::COMPLETED => conclude(cx, action, state::DELIVERED, "found", &detail),
        task_state::CANCELLED => conclude(cx, action, state::REFUSED, "task_cancelled", "its task was cancelled"),
        _ => conclude(cx, action, state::FAILED, "no_output", &detail),
    }
}

/// An action has ended before its skill: the task is taken back, and its credits return.
///
/// # Errors
/// When the database fails.
pub fn give_up(cx: &mut Context<'_, '_>, action: &Action) -> Result<()> {
    match task_rows::of_action(cx.tx, cx.project, action.id)? {
        Some(task) if task.state == task_state::QUEUED => {
            let id = task.id.0;
            if queue::give_up(cx, task, task_state::CANCELLED, None)?.is_some() {
                jobs::remove(cx.tx, cx.project, JOB, id)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
