//! `complete_person_task`: a person has done what was asked, or will not.

use outrider_domain::id::PersonTaskId;
use outrider_store::notes as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::PersonTask;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::sequences::way;

/// Ends a task.
pub struct CompletePersonTask;

/// Which, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The task.
    person_task_id: PersonTaskId,
    /// It will not be done.
    #[serde(default)]
    dismissed: bool,
}

impl Operation for CompletePersonTask {
    const SPEC: Spec = Spec::act(
        "complete_person_task",
        "person_tasks",
        "/person-tasks/{person_task_id}/complete",
        "leads:write",
        "Say that a task is done, or will not be.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = PersonTask;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<PersonTask> {
        complete(cx, input.person_task_id, input.dismissed)
    }
}

/// Ends a task, and goes on with the sequence that waits for it.
///
/// # Errors
/// `resource_not_found`; `wrong_state` when it has ended; others when the database fails.
pub(crate) fn complete(cx: &mut Context<'_, '_>, id: PersonTaskId, dismissed: bool) -> Result<PersonTask> {
    let mut row = rows::lock_task(cx.tx, cx.project, id).map_err(|error| missing(error, "task", "person_task_id"))?;
    if row.status != "open" {
        return Err(Error::new(code::WRONG_STATE, format!("This task is {} already.", row.status)));
    }
    let (status, event) = if dismissed { ("dismissed", "person_task.dismissed") } else { ("done", "person_task.done") };
    status.clone_into(&mut row.status);
    row.done_by = Some(cx.actor.to_string());
    row.done_at = Some(cx.now);
    row.clone().save(cx.tx)?;
    cx.emit(Event::new(event).lead(row.lead_id).agent(row.agent_id).subject(row.id).data(json!({ "kind": row.kind })));
    if let Some(action) = row.action_id {
        way::after_task(cx, action, !dismissed)?;
    }
    Ok(row.into())
}
