//! Actions: the one place where outward acts begin and end. Hands nothing over (that is `delivery`) and judges nothing (`gates`).

pub mod approve_action;
pub mod at_once;
pub mod content;
pub mod edit_action;
pub mod get_action;
pub mod list_actions;
pub mod open;
pub mod propose;
pub mod propose_act;
pub mod reject_action;
pub mod resolve_action;
pub mod send_email;
pub mod slots;
pub mod view;
pub mod why;

use outrider_domain::id::IdentityId;
use outrider_domain::time::Millis;
use outrider_store::actions::{self as rows, Action};
use outrider_store::{identities, jobs, messages};
use serde_json::json;

use crate::calls;
use crate::context::{Claimed, Context, Event};
use crate::credits;
use crate::delivery::{claim, skill};
use crate::error::Result;
use crate::runs::progress;
use crate::sequences::way;

/// The kind of an action's job.
pub const JOB: &str = "action";

/// Where an action stands. The last four are final.
pub mod state {
    /// Waits for a person.
    pub const PENDING_APPROVAL: &str = "pending_approval";
    /// Will leave when due and every gate passes.
    pub const SCHEDULED: &str = "scheduled";
    /// Is being handed over.
    pub const SENDING: &str = "sending";
    /// The provider took it.
    pub const DELIVERED: &str = "delivered";
    /// It was definitely not delivered.
    pub const FAILED: &str = "failed";
    /// A gate, a person or a stop rule ended it before it left.
    pub const REFUSED: &str = "refused";
    /// It may or may not have left.
    pub const UNKNOWN: &str = "unknown";

    /// Whether a state is one of the final four.
    #[must_use]
    pub fn is_final(state: &str) -> bool {
        matches!(state, DELIVERED | FAILED | REFUSED | UNKNOWN)
    }
}

/// Ends an action that has not left: a gate, a person or a stop rule says no.
///
/// # Errors
/// When the database fails.
pub fn refuse(cx: &mut Context<'_, '_>, action: Action, reason: &str, detail: &str) -> Result<()> {
    conclude(cx, action, state::REFUSED, reason, detail)
}

/// Ends an action: writes its final state, frees what it held, tells the log and its sequence.
///
/// # Errors
/// When the database fails.
pub fn conclude(
    cx: &mut Context<'_, '_>,
    mut action: Action,
    final_state: &str,
    reason: &str,
    detail: &str,
) -> Result<()> {
    let gave_up_its_line = action.state == state::SCHEDULED && action.hold_gate.as_deref() == Some(claim::LINE_GATE);
    release_slot(cx, &mut action)?;
    let subject = action.id.to_string();
    match final_state {
        _ if action.cost == 0 => {}
        state::DELIVERED => credits::settle(cx, &subject, "delivered")?,
        // What may have left stays paid for until a person or evidence settles it.
        state::UNKNOWN => {}
        _ => credits::release(cx, &subject, reason)?,
    }
    final_state.clone_into(&mut action.state);
    action.reason = Some(reason.to_owned());
    action.detail = (!detail.is_empty()).then(|| detail.to_owned());
    action.hold_gate = None;
    action.hold_reason = None;
    action.due_at = None;
    action.updated_at = cx.now;
    action.finished_at = Some(cx.now);
    rows::advance(cx.tx, &action)?;
    jobs::remove(cx.tx, cx.project, JOB, action.id.0)?;
    if let (Some(message), true) = (action.message_id, final_state != state::DELIVERED) {
        messages::set_status(
            cx.tx,
            cx.project,
            message,
            &messages::Progress { status: final_state, response: Some(detail), ..Default::default() },
        )?;
    }
    let kind = match (action.kind.as_str(), final_state) {
        ("place_call", _) => calls::finish::follow(cx, &action)?,
        ("send_sms", state::DELIVERED) => "sms.sent",
        ("send_sms", state::FAILED) => "sms.failed",
        ("send_sms", state::REFUSED) => "sms.refused",
        ("send_sms", _) => "sms.unknown",
        ("send_email", state::DELIVERED) => "email.sent",
        ("send_email", state::FAILED) => "email.failed",
        ("send_email", state::REFUSED) => "email.refused",
        ("send_email", _) => "email.unknown",
        (_, state::DELIVERED) => "action.done",
        (_, state::FAILED) => "action.failed",
        (_, state::REFUSED) => "action.refused",
        _ => "action.unknown",
    };
    cx.emit(Event::new(kind).lead(action.lead_id).agent(action.agent_id).subject(action.id).data(json!({
        "channel": action.channel, "reason": reason, "detail": detail, "cause": action.cause, "sequence": action.sequence_id, "step": action.step, "variant": action.variant
    })));
    cx.audit(
        kind_of_audit(final_state),
        Some(subject),
        &json!({ "cause": action.cause, "reason": reason, "digest": action.digest }),
    );
    if action.kind == propose_act::SKILL {
        skill::give_up(cx, &action)?;
    }
    progress::after_action(cx, &action)?;
    if gave_up_its_line {
        calls::finish::free_line(cx, action.identity_id)?;
    }
    way::after_action(cx, &action)
}

fn kind_of_audit(final_state: &str) -> &'static str {
    match final_state {
        state::DELIVERED => "deliver",
        state::FAILED => "fail",
        state::REFUSED => "refuse",
        _ => "lose_sight",
    }
}

/// Gives an action's reserved slot back.
///
/// # Errors
/// When the database fails.
pub fn release_slot(cx: &mut Context<'_, '_>, action: &mut Action) -> Result<()> {
    if let (Some(day), Some(identity)) = (action.slot_day.take(), action.identity_id) {
        identities::release_slot(cx.tx, cx.project, identity, day)?;
    }
    Ok(())
}

/// Makes a scheduled action due at its next possible moment, with a slot of its sender's day.
///
/// # Errors
/// When the database fails.
pub fn schedule(cx: &mut Context<'_, '_>, action: &mut Action, when: &slots::Wanted) -> Result<()> {
    let due = match action.identity_id {
        Some(identity) => {
            let hours = calls::hours_of(cx, action)?;
            place(cx, action, identity, when, hours.as_ref())?
        }
        None => when.open_from(when.earliest),
    };
    action.due_at = Some(due);
    if due <= cx.now
        && let Claimed::Tick(job) = std::mem::take(&mut cx.claimed)
        && let Some(job) = jobs::hand_on(cx.tx, job, JOB, action.id.0, cx.now)?
    {
        cx.claimed = Claimed::Action(job);
        return Ok(());
    }
    jobs::put(cx.tx, cx.project, outrider_domain::id::JobId(cx.id()), JOB, action.id.0, due, cx.now)?;
    Ok(())
}

/// Takes a place in its sender's days for an action, and says why when that is on a later day than it could have left; gives when
/// it is due.
///
/// # Errors
/// When the database fails.
pub fn place(
    cx: &mut Context<'_, '_>,
    action: &mut Action,
    identity: IdentityId,
    when: &slots::Wanted,
    hours: Option<&slots::CallingHours>,
) -> Result<Millis> {
    let slot = slots::reserve(cx, identity, when, hours)?;
    action.slot_day = slot.day;
    if slot.passed_a_full_day {
        action.hold_gate = Some(slots::GATE.to_owned());
        action.hold_reason = Some(slots::places_are_taken(slot.at));
    }
    Ok(slot.at)
}

/// When an action waits for a person, its job comes due at the end of the wait.
///
/// # Errors
/// When the database fails.
pub fn await_approval(cx: &mut Context<'_, '_>, action: &mut Action) -> Result<()> {
    let expires = action.expires_at.unwrap_or_else(|| cx.now.plus(cx.core.settings.approval_ms));
    action.expires_at = Some(expires);
    action.due_at = None;
    jobs::put(cx.tx, cx.project, outrider_domain::id::JobId(cx.id()), JOB, action.id.0, expires, cx.now)?;
    Ok(())
}

/// Never before this moment, for jobs that must not come due by themselves.
pub const NEVER: Millis = Millis(i64::MAX);
