//! `resolve_action`: a person says what became of an action whose end nobody knows.

use outrider_domain::id::ActionId;
use outrider_store::{actions as rows, messages};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::approve_action::wanted;
use super::view::{self, Action};
use super::{conclude, schedule, state};
use crate::calls;
use crate::context::{Context, Event};
use crate::delivery::record::accepted;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Effect, Operation, Spec};
use crate::principal::APPROVE;

/// Settles an action in state `unknown`.
pub struct ResolveAction;

/// What became of it.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It arrived: the sequence goes on.
    Delivered,
    /// It did not arrive, and shall not be sent again.
    Failed,
    /// It did not arrive, and shall be sent again: the one way to a second hand-over.
    SendAgain,
}

/// Which, and what became of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The action.
    action_id: ActionId,
    /// What became of it.
    ending: Ending,
}

impl Operation for ResolveAction {
    const SPEC: Spec = Spec::act("resolve_action", "actions", "/actions/{action_id}/resolve", APPROVE, "Say what became of an action whose end is unknown.")
        .describe("After looking at the mail server's log or the carrier's, say `delivered`, `failed` or `send_again`. Nothing else ever sends an unknown action a second time.")
        .effect(Effect::Outward)
        .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let mut row =
            rows::lock(cx.tx, cx.project, input.action_id).map_err(|error| missing(error, "action", "action_id"))?;
        if row.state != state::UNKNOWN {
            return Err(Error::new(
                code::WRONG_STATE,
                format!("The end of this action is known: it is {}.", row.state),
            ));
        }
        if calls::is_call(&row) {
            calls::finish::resolve(cx, row.clone(), input.ending)?;
            let row = rows::get(cx.tx, cx.project, row.id)?;
            return view::view(cx, row, true);
        }
        let Some(message_id) = row.message_id else {
            return Err(Error::new(code::WRONG_STATE, "This action has no message."));
        };
        let message = messages::get(cx.tx, cx.project, message_id)?;
        let by = cx.actor.to_string();
        cx.emit(
            Event::new("action.resolved")
                .lead(row.lead_id)
                .subject(row.id)
                .data(json!({ "ending": format!("{:?}", input.ending), "by": by })),
        );
        match input.ending {
            Ending::Delivered => accepted(cx, row.clone(), &message, &format!("{by} says it arrived"))?,
            Ending::Failed => {
                rows::settle(cx.tx, &row, &message.address, "failed", cx.now)?;
                conclude(cx, row.clone(), state::FAILED, "not_accepted", &format!("{by} says it did not arrive"))?;
            }
            Ending::SendAgain => {
                rows::settle(cx.tx, &row, &message.address, "open", cx.now)?;
                schedule_again(cx, &mut row)?;
            }
        }
        let row = rows::get(cx.tx, cx.project, row.id)?;
        view::view(cx, row, true)
    }
}

/// An action whose place in the ledger is open again waits for its turn once more.
///
/// # Errors
/// When the database fails.
pub(crate) fn schedule_again(cx: &mut Context<'_, '_>, row: &mut rows::Action) -> Result<()> {
    state::SCHEDULED.clone_into(&mut row.state);
    row.reason = None;
    row.detail = None;
    row.finished_at = None;
    row.updated_at = cx.now;
    reopen_enrollment(cx, row)?;
    let wanted = wanted(cx, row)?;
    schedule(cx, row, &wanted)?;
    row.clone().save(cx.tx)?;
    Ok(())
}

/// The enrollment that paused because of the unknown end goes on.
fn reopen_enrollment(cx: &mut Context<'_, '_>, row: &rows::Action) -> Result<()> {
    let Some(id) = row.enrollment_id else { return Ok(()) };
    let mut enrollment = match outrider_store::sequences::lock_enrollment(cx.tx, cx.project, id) {
        Ok(enrollment) => enrollment,
        Err(outrider_store::Error::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    if enrollment.state == "paused" && enrollment.reason.as_deref() == Some("unknown_outcome") {
        "active".clone_into(&mut enrollment.state);
        enrollment.reason = None;
        enrollment.updated_at = cx.now;
        outrider_store::sequences::advance(cx.tx, &enrollment)?;
    }
    Ok(())
}
