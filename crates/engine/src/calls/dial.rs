//! Dialling: the last step before the carrier is asked, and what its answer means. Asks no carrier itself.

use outrider_domain::address::Phone;
use outrider_domain::id::JobId;
use outrider_domain::telephony::{Dial, OutgoingCall, Reference};
use outrider_store::actions::{self as rows, Action};
use outrider_store::calls::{self, Call};
use outrider_store::jobs::{self, Job};
use outrider_store::{Error as StoreError, identities};
use serde_json::json;

use super::prepare::prepare;
use super::{of_action, status};
use crate::actions::{conclude, refuse, state};
use crate::context::{Context, Event};
use crate::delivery::claim::{counted_day, hand_over, leave, paid_for};
use crate::delivery::transports::backoff;
use crate::delivery::{Cargo, HandOver};
use crate::error::Result;
use crate::fields::to_json;
use crate::gates::snapshot::{Gatherer, Snapshot};

/// Takes a call whose gates are all open to the carrier's door, in the claim's transaction. `Some` when it must be dialled now.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn go(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    mut action: Action,
    job: &Job,
    snapshot: &Snapshot,
) -> Result<Option<HandOver>> {
    let (Some(identity_id), Some(sender), Some(lead)) = (action.identity_id, &snapshot.identity, &snapshot.lead) else {
        refuse(cx, action, "incomplete", "the call has no number or no lead")?;
        return Ok(None);
    };
    let Some(built) = prepare(cx, gatherer, &mut action)? else {
        refuse(cx, action, "incomplete", "the call is gone")?;
        return Ok(None);
    };
    let Some(identity) = gatherer.identity(cx, identity_id)? else {
        refuse(cx, action, "incomplete", "the number is gone")?;
        return Ok(None);
    };
    let mut call = calls::lock(cx.tx, cx.project, of_action(action.id))?;
    let (Ok(from), Ok(to)) = (Phone::parse(&identity.address), Phone::parse(&call.lead_phone)) else {
        refuse(cx, action, "undialable", "a number is not in E.164")?;
        return Ok(None);
    };
    let Some(action) = paid_for(cx, gatherer, action, job, snapshot, "call")? else { return Ok(None) };
    let Some(action) = leave(cx, gatherer, action, job, snapshot, sender, to.as_str())? else { return Ok(None) };
    status::DIALING.clone_into(&mut call.status);
    call.started_at = Some(cx.now);
    call.carrier = Some(identity.transport.clone());
    call.script = Some(to_json(&built.script)?);
    call.updated_at = cx.now;
    let outgoing = OutgoingCall {
        reference: Reference { project: cx.project, call: call.id },
        from,
        to,
        ring_ms: cx.core.settings.ring_ms,
        longest_ms: cx.core.settings.longest_call_ms,
        sandbox_persona: persona(lead),
    };
    call.save(cx.tx)?;
    Ok(Some(hand_over(cx, action.id, job, identity.transport, Cargo::Call(outgoing))))
}

/// The scripted callee a lead's custom field asks for, in the sandbox.
pub(crate) fn persona(lead: &outrider_store::leads::Lead) -> Option<String> {
    let custom: serde_json::Value = serde_json::from_str(&lead.custom_fields).unwrap_or_default();
    custom.get("sandbox_persona").and_then(serde_json::Value::as_str).map(ToOwned::to_owned)
}

/// Records what the carrier answered when it was asked to dial.
///
/// An answer that comes after the lease was lost is evidence, as for mail. Reports may have come before it; what they said
/// stands.
///
/// # Errors
/// When the database fails.
pub fn record(cx: &mut Context<'_, '_>, hand_over: &HandOver, dial: &Dial) -> Result<()> {
    let action = match rows::lock(cx.tx, cx.project, hand_over.action) {
        Ok(action) => action,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let mut call = calls::lock(cx.tx, cx.project, of_action(action.id))?;
    if let Dial::Accepted { carrier_id } = dial
        && call.carrier_id.is_none()
    {
        call.carrier_id = Some(carrier_id.clone());
        call.updated_at = cx.now;
        call.clone().save(cx.tx)?;
    }
    let ours = action.state == state::SENDING && action.token == Some(hand_over.token);
    let late = action.state == state::UNKNOWN && action.token == Some(hand_over.token);
    if !ours && !late {
        tracing::warn!(action = %action.id, state = action.state, "a carrier's answer came for a call that has moved on");
        return Ok(());
    }
    match dial {
        Dial::Accepted { .. } => accepted(cx, &action, &call, late),
        Dial::Refused { response, bad_number } => {
            rows::settle(cx.tx, &action, &call.lead_phone, "failed", cx.now)?;
            let reason = if *bad_number { "bad_number" } else { "refused_by_carrier" };
            end(cx, action, call, (status::FAILED, state::FAILED), reason, response)
        }
        Dial::Deferred { response, carrier } if ours => deferred(cx, action, call, hand_over, response, *carrier),
        Dial::Deferred { response, .. } => {
            rows::settle(cx.tx, &action, &call.lead_phone, "failed", cx.now)?;
            end(cx, action, call, (status::FAILED, state::FAILED), "not_accepted", response)
        }
        Dial::Unknown { .. } if late => Ok(()),
        Dial::Unknown { response } => {
            rows::settle(cx.tx, &action, &call.lead_phone, "unknown", cx.now)?;
            end(cx, action, call, (status::UNKNOWN, state::UNKNOWN), "no_answer_from_carrier", response)
        }
    }
}

fn accepted(cx: &mut Context<'_, '_>, action: &Action, call: &Call, late: bool) -> Result<()> {
    cx.emit(
        Event::new("call.started")
            .lead(call.lead_id)
            .agent(call.agent_id)
            .subject(call.id)
            .data(json!({ "carrier": call.carrier, "from": call.agent_phone, "to": call.lead_phone })),
    );
    if late || call.status != status::DIALING {
        return Ok(());
    }
    // From here on reports move it; when none comes, its job does.
    let due = cx.now.plus(cx.core.settings.ring_ms + cx.core.settings.report_grace_ms);
    jobs::put(cx.tx, cx.project, JobId(cx.id()), crate::actions::JOB, action.id.0, due, cx.now)?;
    Ok(())
}

fn end(
    cx: &mut Context<'_, '_>,
    action: Action,
    mut call: Call,
    (status, state): (&str, &str),
    reason: &str,
    detail: &str,
) -> Result<()> {
    status.clone_into(&mut call.status);
    call.reason = Some(detail.to_owned());
    call.finished_at = Some(cx.now);
    call.updated_at = cx.now;
    let identity = call.identity_id;
    call.save(cx.tx)?;
    conclude(cx, action, state, reason, detail)?;
    super::finish::free_line(cx, identity)
}

/// Definitely not dialled: the ledger's place is open again and the call waits, unless it has waited too often.
fn deferred(
    cx: &mut Context<'_, '_>,
    mut action: Action,
    mut call: Call,
    hand_over: &HandOver,
    said: &str,
    carrier: bool,
) -> Result<()> {
    if let Some(id) = action.identity_id
        && let Ok(identity) = identities::get(cx.tx, cx.project, id)
    {
        identities::add_to_day(cx.tx, cx.project, id, counted_day(&identity, cx.now), 0, -1)?;
    }
    call.started_at = None;
    if carrier {
        action.attempts -= 1;
    }
    if action.attempts >= cx.core.settings.max_attempts {
        rows::settle(cx.tx, &action, &call.lead_phone, "failed", cx.now)?;
        let text = format!("not dialled after {} tries; the last answer: {said}", cx.core.settings.max_attempts);
        return end(cx, action, call, (status::FAILED, state::FAILED), "gave_up", &text);
    }
    rows::settle(cx.tx, &action, &call.lead_phone, "open", cx.now)?;
    let due = cx.now.plus(if carrier { 0 } else { backoff(action.attempts) });
    state::SCHEDULED.clone_into(&mut action.state);
    action.hold_gate = Some(if carrier { "transport" } else { "retry" }.to_owned());
    action.hold_reason = Some(said.to_owned());
    action.due_at = Some(due);
    action.updated_at = cx.now;
    rows::advance(cx.tx, &action)?;
    status::QUEUED.clone_into(&mut call.status);
    call.carrier = None;
    call.updated_at = cx.now;
    let identity = call.identity_id;
    call.save(cx.tx)?;
    jobs::reschedule(cx.tx, hand_over.job, hand_over.token, due, Some(said))?;
    super::finish::free_line(cx, identity)
}
