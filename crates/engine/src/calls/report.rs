//! What carriers report: each report is taken once, in whatever order it comes, and moves the call where it can only be. Asks
//! nobody.

use outrider_domain::id::{CallId, ProjectId};
use outrider_domain::telephony::{CallEvent, CallReport, Line};
use outrider_domain::time::Millis;
use outrider_store::actions::{self as rows, Action};
use outrider_store::calls::{self, Call, Recording, Report};
use outrider_store::{Error as StoreError, Tx};
use serde_json::json;

use super::{action_of, finish, status};
use crate::actions::state;
use crate::context::{Context, Event};
use crate::error::Result;

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It moved the call.
    Moved,
    /// It was kept and changes nothing: it came late.
    Kept,
    /// It was heard before.
    Again,
    /// We have no such call.
    Stranger,
}

/// Largest recording kept, in bytes.
const LARGEST_RECORDING: usize = 64 * 1024 * 1024;

/// The call a carrier speaks of: by its own id, else by what we gave it when it dialled.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Tx<'_>, line: &Line) -> Result<Option<(ProjectId, CallId)>> {
    if let Some(found) = calls::by_carrier(tx, &line.carrier, &line.carrier_id)? {
        return Ok(Some(found));
    }
    let Some(reference) = line.reference else { return Ok(None) };
    match calls::get(tx, reference.project, reference.call) {
        // A call that has another id at the carrier is another call.
        Ok(call) if call.carrier.as_deref() == Some(&line.carrier) && call.carrier_id.is_none() => {
            Ok(Some((reference.project, reference.call)))
        }
        Ok(_) | Err(StoreError::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The action and the row of a call, held, in the order every writer takes them in.
pub(super) fn hold(cx: &mut Context<'_, '_>, id: CallId) -> Result<Option<(Action, Call)>> {
    let action = match rows::lock(cx.tx, cx.project, action_of(id)) {
        Ok(action) => action,
        Err(StoreError::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    Ok(Some((action, calls::lock(cx.tx, cx.project, id)?)))
}

/// Takes a carrier's report of a call of the context's project: the one way in for all carriers. Taking it again changes nothing.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn record_call_event(cx: &mut Context<'_, '_>, id: CallId, report: &CallReport) -> Result<Taken> {
    let Some((mut action, mut call)) = hold(cx, id)? else { return Ok(Taken::Stranger) };
    let detail = match &report.event {
        CallEvent::Failed { reason } => Some(clip(reason)),
        CallEvent::Recording { content_type, bytes } => Some(format!("{content_type}, {} bytes", bytes.len())),
        _ => None,
    };
    let heard = Report {
        project_id: cx.project,
        call_id: id,
        sequence: report.sequence,
        kind: report.event.as_str().to_owned(),
        detail,
        happened_at: report.at,
        heard_at: cx.now,
    };
    if !calls::heard(cx.tx, &heard)? {
        return Ok(Taken::Again);
    }
    if call.carrier_id.is_none() {
        call.carrier_id = Some(report.line.carrier_id.clone());
        call.updated_at = cx.now;
        call.clone().save(cx.tx)?;
    }
    if let CallEvent::Recording { content_type, bytes } = &report.event {
        return recording(cx, call, content_type, bytes);
    }
    if !matches!(action.state.as_str(), state::SENDING | state::UNKNOWN) {
        return Ok(Taken::Kept);
    }
    // A carrier's clock may differ from ours; a call neither ends before it began nor in the future.
    let at = Millis(report.at.0.clamp(call.started_at.unwrap_or(cx.now).0.min(cx.now.0), cx.now.0));
    match &report.event {
        CallEvent::Ringing => return Ok(Taken::Kept),
        CallEvent::Answered => {
            if call.status == status::IN_PROGRESS {
                return Ok(Taken::Kept);
            }
            answered(cx, &mut action, call, at)?;
        }
        CallEvent::Completed => finish::completed(cx, action, call, at)?,
        CallEvent::NoAnswer | CallEvent::Busy | CallEvent::Failed { .. } | CallEvent::Canceled
            if call.answered_at.is_some() =>
        {
            // Answered and then broken off is a call that took place.
            finish::completed(cx, action, call, at)?;
        }
        CallEvent::NoAnswer => {
            finish::not_answered(cx, action, call, at, (status::NO_ANSWER, "no_answer"), "nobody picked up")?;
        }
        CallEvent::Busy => {
            finish::not_answered(cx, action, call, at, (status::NO_ANSWER, "busy"), "the line was busy")?;
        }
        CallEvent::Failed { reason } => {
            let text = clip(reason);
            finish::not_answered(cx, action, call, at, (status::FAILED, "carrier_failed"), &text)?;
        }
        CallEvent::Canceled => {
            let end = (status::CANCELED, "canceled");
            finish::not_answered(cx, action, call, at, end, "the carrier ended it before anybody picked up")?;
        }
        CallEvent::Recording { .. } => {}
    }
    Ok(Taken::Moved)
}

/// Somebody, or something, picked up: notes it, and gives the call its time.
pub(super) fn answered(cx: &mut Context<'_, '_>, action: &mut Action, mut call: Call, at: Millis) -> Result<Call> {
    finish::revive(cx, action, &call)?;
    status::IN_PROGRESS.clone_into(&mut call.status);
    call.answered_at.get_or_insert(at);
    call.updated_at = cx.now;
    call.clone().save(cx.tx)?;
    finish::watch(cx, &call)?;
    cx.emit(
        Event::new("call.answered")
            .lead(call.lead_id)
            .agent(call.agent_id)
            .subject(call.id)
            .data(json!({ "carrier": call.carrier })),
    );
    Ok(call)
}

fn recording(cx: &mut Context<'_, '_>, mut call: Call, content_type: &str, bytes: &[u8]) -> Result<Taken> {
    if bytes.is_empty() || bytes.len() > LARGEST_RECORDING {
        tracing::warn!(call = %call.id, bytes = bytes.len(), "a recording is empty or too large to keep");
        return Ok(Taken::Kept);
    }
    let row = Recording {
        project_id: cx.project,
        call_id: call.id,
        content_type: clip(content_type),
        bytes: bytes.to_vec(),
        created_at: cx.now,
    };
    call.recording_type = Some(row.content_type.clone());
    call.updated_at = cx.now;
    row.save(cx.tx)?;
    cx.emit(
        Event::new("call.recorded")
            .lead(call.lead_id)
            .agent(call.agent_id)
            .subject(call.id)
            .data(json!({ "bytes": bytes.len() })),
    );
    call.save(cx.tx)?;
    Ok(Taken::Moved)
}

/// Words from outside, short and without control characters.
fn clip(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(500).collect()
}
