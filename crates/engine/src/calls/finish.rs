//! Finishing: how a call that was dialled ends, what it costs, and whose turn it is next on the line. Knows no carrier.

use outrider_domain::id::{IdentityId, JobId};
use outrider_domain::time::{MINUTE, Millis};
use outrider_store::actions::{self as rows, Action};
use outrider_store::calls::{self, Call};
use outrider_store::{Error as StoreError, identities, jobs};
use serde_json::json;

use super::{converse, of_action, outcome, status};
use crate::actions::resolve_action::{Ending, schedule_again};
use crate::actions::{conclude, state};
use crate::context::{Context, Event};
use crate::credits;
use crate::error::Result;

/// Where jobs wait for a free line of a number.
#[must_use]
pub fn line_parking(identity: IdentityId) -> String {
    format!("line:{identity}")
}

/// Lets the next call that waits for a line of this number try its gates.
///
/// # Errors
/// When the database fails.
pub fn free_line(cx: &mut Context<'_, '_>, identity: Option<IdentityId>) -> Result<()> {
    let Some(identity) = identity else { return Ok(()) };
    // Held, so that a claim that has just found every line in use has parked its job before we look for it.
    match identities::lock(cx.tx, cx.project, identity) {
        Ok(_) => jobs::wake_one(cx.tx, cx.project, &line_parking(identity), cx.now)?,
        Err(StoreError::NotFound) => jobs::wake(cx.tx, cx.project, &line_parking(identity), cx.now)?,
        Err(other) => return Err(other.into()),
    };
    Ok(())
}

/// Minutes begun.
#[must_use]
pub fn minutes_begun(milliseconds: i64) -> i64 {
    (milliseconds.max(0) + MINUTE - 1) / MINUTE
}

/// Ends a call that was answered: conversation, minutes, credits, ledger, action. The action may be the engine's to settle
/// or one of unknown end, for which this is the evidence.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn completed(cx: &mut Context<'_, '_>, action: Action, mut call: Call, at: Millis) -> Result<()> {
    let answered = call.answered_at.unwrap_or(at);
    call.answered_at = Some(answered);
    call.finished_at = Some(at.max(answered));
    if call.ending.is_none() && call.direction == "outbound" {
        converse::line_went_dead(cx, &mut call)?;
    }
    status::COMPLETED.clone_into(&mut call.status);
    call.outcome.get_or_insert_with(|| outcome::CONNECTED.to_owned());
    // A call that was answered has begun its first minute.
    call.billable_minutes = minutes_begun(at.0 - answered.0).max(1);
    call.updated_at = cx.now;
    let (identity, price, minutes) = (call.identity_id, call.minute_price, call.billable_minutes);
    let (address, end) = (call.lead_phone.clone(), call.ending.clone().unwrap_or_default());
    call.save(cx.tx)?;
    rows::settle(cx.tx, &action, &address, "delivered", cx.now)?;
    let due = minutes.saturating_mul(price);
    let short = credits::settle_amount(cx, &action.id.to_string(), due, "call")?;
    if short > 0 {
        cx.emit(Event::new("credits.short").subject(action.id).data(json!({ "owed": due, "missing": short })));
    }
    conclude(cx, action, state::DELIVERED, if end.is_empty() { "completed" } else { &end }, "")?;
    free_line(cx, identity)
}

/// Ends a call that nobody answered or that was not put through.
///
/// # Errors
/// When the database fails.
pub fn not_answered(
    cx: &mut Context<'_, '_>,
    action: Action,
    mut call: Call,
    at: Millis,
    (status, reason): (&str, &str),
    detail: &str,
) -> Result<()> {
    status.clone_into(&mut call.status);
    if status == status::NO_ANSWER {
        call.outcome = Some(outcome::NO_ANSWER.to_owned());
    }
    call.reason = Some(detail.to_owned());
    call.billable_minutes = 0;
    call.finished_at = Some(at);
    call.updated_at = cx.now;
    let (identity, address) = (call.identity_id, call.lead_phone.clone());
    call.save(cx.tx)?;
    rows::settle(cx.tx, &action, &address, "failed", cx.now)?;
    conclude(cx, action, state::FAILED, reason, detail)?;
    free_line(cx, identity)
}

/// The job of a call came due although it is under way: reports stayed away, or the process that dialled is gone. What the
/// conversation itself proves is taken; otherwise nobody knows.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn lose_sight(cx: &mut Context<'_, '_>, action: Action) -> Result<()> {
    let mut call = calls::lock(cx.tx, cx.project, of_action(action.id))?;
    if let (Some(_), Some(end)) = (&call.ending, call.finished_at) {
        return completed(cx, action, call, end);
    }
    let (reason, detail) = match (&call.carrier_id, call.answered_at) {
        (None, _) => ("lease_lost", "the process that dialled it ended before it heard whether the carrier took it"),
        (Some(_), None) => ("no_reports", "the carrier took it and reported nothing in time"),
        (Some(_), Some(_)) => ("no_reports", "it was answered, and the carrier never reported its end"),
    };
    status::UNKNOWN.clone_into(&mut call.status);
    call.reason = Some(detail.to_owned());
    call.updated_at = cx.now;
    let (identity, address) = (call.identity_id, call.lead_phone.clone());
    call.save(cx.tx)?;
    rows::settle(cx.tx, &action, &address, "unknown", cx.now)?;
    conclude(cx, action, state::UNKNOWN, reason, detail)?;
    free_line(cx, identity)
}

/// Makes a call follow its action's end when a gate, a person or a stop rule ended that before it was dialled; gives the
/// event to tell.
///
/// # Errors
/// When the database fails.
pub(crate) fn follow(cx: &mut Context<'_, '_>, action: &Action) -> Result<&'static str> {
    let Some(mut call) = super::find(cx, action)? else { return Ok("call.canceled") };
    if call.status == status::QUEUED {
        status::CANCELED.clone_into(&mut call.status);
        call.reason = action.detail.clone().or_else(|| action.reason.clone());
        call.billable_minutes = 0;
        call.finished_at = Some(cx.now);
        call.updated_at = cx.now;
        call.clone().save(cx.tx)?;
    }
    Ok(match call.status.as_str() {
        status::COMPLETED => "call.completed",
        status::NO_ANSWER => "call.no_answer",
        status::FAILED => "call.failed",
        status::UNKNOWN => "call.unknown",
        _ => "call.canceled",
    })
}

/// A person says what became of a call whose end nobody knows.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn resolve(cx: &mut Context<'_, '_>, mut action: Action, said: Ending) -> Result<()> {
    let mut call = calls::lock(cx.tx, cx.project, of_action(action.id))?;
    let by = cx.actor.to_string();
    cx.emit(
        Event::new("action.resolved")
            .lead(action.lead_id)
            .subject(action.id)
            .data(json!({ "ending": format!("{said:?}"), "by": by })),
    );
    let at = call.finished_at.or(call.answered_at).unwrap_or(cx.now);
    match said {
        Ending::Delivered => completed(cx, action, call, at),
        Ending::Failed => {
            let text = format!("{by} says it did not take place");
            not_answered(cx, action, call, cx.now, (status::FAILED, "not_accepted"), &text)
        }
        Ending::SendAgain => {
            rows::settle(cx.tx, &action, &call.lead_phone, "open", cx.now)?;
            status::QUEUED.clone_into(&mut call.status);
            call.carrier = None;
            call.carrier_id = None;
            call.started_at = None;
            call.answered_at = None;
            call.finished_at = None;
            call.reason = None;
            call.script = None;
            call.heard.clear();
            call.transcript.clear();
            call.turn = 0;
            call.updated_at = cx.now;
            call.save(cx.tx)?;
            schedule_again(cx, &mut action)
        }
    }
}

/// Brings a call back that was given up for unknown, when a report shows that it lives.
///
/// # Errors
/// When the database fails.
pub fn revive(cx: &mut Context<'_, '_>, action: &mut Action, call: &Call) -> Result<()> {
    if action.state != state::UNKNOWN {
        return Ok(());
    }
    rows::settle(cx.tx, action, &call.lead_phone, "handed", cx.now)?;
    state::SENDING.clone_into(&mut action.state);
    action.reason = None;
    action.detail = None;
    action.finished_at = None;
    action.updated_at = cx.now;
    rows::advance(cx.tx, action)?;
    cx.emit(Event::new("call.found_again").lead(call.lead_id).agent(call.agent_id).subject(call.id));
    Ok(())
}

/// Gives a call that was answered the time it may last before its job gives it up.
///
/// # Errors
/// When the database fails.
pub fn watch(cx: &mut Context<'_, '_>, call: &Call) -> Result<()> {
    let Some(action) = call.action_id else { return Ok(()) };
    let due = cx.now.plus(cx.core.settings.longest_call_ms + 2 * cx.core.settings.report_grace_ms);
    jobs::put(cx.tx, cx.project, JobId(cx.id()), crate::actions::JOB, action.0, due, cx.now)?;
    Ok(())
}
