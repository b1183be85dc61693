//! Recording: what became of a hand-over, in one transaction with everything that follows from it.

use outrider_domain::id::ThreadId;
use outrider_domain::mail::Delivery;
use outrider_store::actions::{self as rows, Action};
use outrider_store::leads;
use outrider_store::messages::{self, Message, Progress, Thread};
use outrider_store::{Error as StoreError, identities, jobs};

use super::claim::counted_day;
use super::transports::backoff;
use super::{Answered, HandOver};
use crate::actions::{conclude, state};
use crate::calls;
use crate::context::Context;
use crate::error::Result;
use crate::{opt_out, texts};

/// Records how a hand-over ended. `held` tells that the claim it was made under still stood when this transaction began.
///
/// An answer that comes after the lease was lost is evidence: it turns `unknown` into what it says. Any other state means
/// that somebody else has settled the matter, and the answer is only logged.
///
/// # Errors
/// When the database fails.
pub fn record(cx: &mut Context<'_, '_>, hand_over: &HandOver, answered: &Answered, held: bool) -> Result<()> {
    let delivery = match answered {
        Answered::Mail(delivery) | Answered::Text(delivery) => delivery,
        Answered::Call(dial) => return calls::dial::record(cx, hand_over, dial),
    };
    let action = match rows::lock(cx.tx, cx.project, hand_over.action) {
        Ok(action) => action,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let ours = held && action.state == state::SENDING && action.token == Some(hand_over.token);
    let late = action.state == state::UNKNOWN && action.token == Some(hand_over.token);
    if !ours && !late {
        tracing::warn!(action = %action.id, state = action.state, "an answer came for an action that has moved on");
        return Ok(());
    }
    let message = action.message_id.map(|id| messages::get(cx.tx, cx.project, id)).transpose()?;
    let is_text = texts::is_text(&action);
    if let Delivery::Accepted { response } = delivery {
        return match &message {
            Some(message) => accepted(cx, action, message, response),
            None if is_text => texts::deliver::accepted(cx, action, response),
            None => Ok(()),
        };
    }
    let address = match &message {
        Some(message) => message.address.clone(),
        None if is_text => {
            let unknown = matches!(delivery, Delivery::Unknown { .. });
            let now_is = if unknown { texts::status::UNKNOWN } else { texts::status::FAILED };
            texts::deliver::ended(cx, &action, now_is, None)?
        }
        None => return Ok(()),
    };
    match delivery {
        Delivery::Accepted { .. } => Ok(()),
        Delivery::Refused { code, enhanced, response, bad_address } => {
            rows::settle(cx.tx, &action, &address, "failed", cx.now)?;
            let text = said(*code, enhanced.as_deref(), response);
            let lead = action.lead_id;
            let reason = match (bad_address, is_text) {
                (true, false) => "bounced",
                (true, true) => "bad_number",
                (false, false) => "refused_by_server",
                (false, true) => "refused_by_carrier",
            };
            conclude(cx, action, state::FAILED, reason, &text)?;
            if *bad_address && !is_text {
                opt_out::suppress(cx, "email", &address, "bounce", &text, Some(lead))?;
                opt_out::stop_bounced(cx, lead, &text)?;
            }
            Ok(())
        }
        Delivery::Deferred { code, response, transport } if ours => {
            deferred(cx, action, &address, hand_over, said(*code, None, response), *transport)
        }
        Delivery::Deferred { code, response, .. } => {
            // Late, and definitely not accepted: a person sees it as failed rather than unknown.
            rows::settle(cx.tx, &action, &address, "failed", cx.now)?;
            conclude(cx, action, state::FAILED, "not_accepted", &said(*code, None, response))
        }
        Delivery::Unknown { .. } if late => Ok(()),
        Delivery::Unknown { response } => {
            rows::settle(cx.tx, &action, &address, "unknown", cx.now)?;
            conclude(cx, action, state::UNKNOWN, "no_answer", response)
        }
    }
}

fn said(code: Option<u16>, enhanced: Option<&str>, response: &str) -> String {
    match (code, enhanced) {
        (Some(code), Some(enhanced)) if !response.contains(enhanced) => format!("{code} {enhanced} {response}"),
        (Some(code), _) if !response.starts_with(&code.to_string()) => format!("{code} {response}"),
        _ => response.to_owned(),
    }
}

/// Settles an action as delivered: by the server's answer, by a person, or by other evidence.
///
/// # Errors
/// When the database fails.
pub fn accepted(cx: &mut Context<'_, '_>, action: Action, message: &Message, response: &str) -> Result<()> {
    rows::settle(cx.tx, &action, &message.address, "delivered", cx.now)?;
    let thread = match message.thread_id {
        Some(thread) => {
            messages::bump_thread(cx.tx, cx.project, thread, "out", cx.now)?;
            thread
        }
        None => {
            let thread = Thread {
                project_id: cx.project,
                id: ThreadId(cx.id()),
                lead_id: action.lead_id,
                identity_id: action.identity_id,
                subject: message.subject.clone(),
                last_direction: "out".to_owned(),
                last_at: cx.now,
                created_at: cx.now,
            };
            let id = thread.id;
            thread.insert(cx.tx)?;
            id
        }
    };
    let progress = Progress {
        status: "sent",
        response: Some(response),
        sent_at: Some(cx.now),
        identity: action.identity_id,
        thread: Some(thread),
        ..Default::default()
    };
    messages::set_status(cx.tx, cx.project, message.id, &progress)?;
    leads::touch(cx.tx, cx.project, action.lead_id, cx.now, true)?;
    conclude(cx, action, state::DELIVERED, "accepted", response)
}

/// Definitely not accepted: the ledger's place is open again and the action waits, unless it has waited too often. Trouble
/// that is the server's does not count against the mail.
fn deferred(
    cx: &mut Context<'_, '_>,
    mut action: Action,
    address: &str,
    hand_over: &HandOver,
    said: String,
    transport: bool,
) -> Result<()> {
    if let Some(id) = action.identity_id
        && let Ok(identity) = identities::get(cx.tx, cx.project, id)
    {
        identities::add_to_day(cx.tx, cx.project, id, counted_day(&identity, cx.now), 0, -1)?;
    }
    if transport {
        action.attempts -= 1;
    }
    if action.attempts >= cx.core.settings.max_attempts {
        rows::settle(cx.tx, &action, address, "failed", cx.now)?;
        return conclude(
            cx,
            action,
            state::FAILED,
            "gave_up",
            &format!("not accepted after {} tries; the last answer: {said}", cx.core.settings.max_attempts),
        );
    }
    rows::settle(cx.tx, &action, address, "open", cx.now)?;
    let due = cx.now.plus(if transport { 0 } else { backoff(action.attempts) });
    state::SCHEDULED.clone_into(&mut action.state);
    action.hold_gate = Some(if transport { "transport" } else { "retry" }.to_owned());
    action.hold_reason = Some(said.clone());
    action.due_at = Some(due);
    action.updated_at = cx.now;
    rows::advance(cx.tx, &action)?;
    jobs::reschedule(cx.tx, hand_over.job, hand_over.token, due, Some(&said))?;
    Ok(())
}
