//! What follows from a conversation, in the transaction in which it ended: opt-outs, meetings, the lead's state. Speaks to nobody.

use outrider_domain::address::Phone;
use outrider_domain::sequence::{Happening, StopEvent};
use outrider_store::Error as StoreError;
use outrider_store::agents;
use outrider_store::calls::Call;
use outrider_store::leads::{self, Lead};
use outrider_voice::{Ending, Outcome};
use serde_json::json;

use super::outcome;
use crate::agents::calling::Calling;
use crate::context::{Context, Event};
use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::opt_out;
use crate::sequences::{stop, way};

/// What came of it in the words of other APIs.
#[must_use]
pub fn outcome_of(ending: &Ending) -> &'static str {
    match ending.outcome {
        Outcome::Voicemail => outcome::VOICEMAIL,
        Outcome::NoAnswer => outcome::NO_ANSWER,
        _ => outcome::CONNECTED,
    }
}

/// Acts on the end of a conversation. What the callee said about contact holds at once and everywhere.
///
/// # Errors
/// When the database fails.
pub fn apply(cx: &mut Context<'_, '_>, call: &Call, ending: &Ending) -> Result<()> {
    let before = match leads::lock(cx.tx, cx.project, call.lead_id) {
        Ok(lead) => lead,
        Err(StoreError::NotFound) => {
            if ending.opt_out.is_some() {
                opt_out::suppress(cx, "phone", &call.lead_phone, "opt_out", "said in a call", None)?;
            }
            return Ok(());
        }
        Err(other) => return Err(other.into()),
    };
    let spoke = spoke_with_the_lead(ending.outcome);
    let booked = ending.meeting.is_some() && !before.meeting_booked;
    let after = Lead {
        replied_at: if spoke { Some(cx.now) } else { before.replied_at },
        meeting_booked: before.meeting_booked || booked,
        stage: if spoke && before.stage == "new" { "in_progress".to_owned() } else { before.stage.clone() },
        last_activity_at: Some(cx.now),
        updated_at: cx.now,
        ..before.clone()
    };
    leads::update(cx.tx, &before, after)?;
    if let Some(evidence) = &ending.opt_out {
        // The number that was called, whatever the lead's number is by now.
        opt_out::suppress(cx, "phone", &call.lead_phone, "opt_out", "said in a call", Some(call.lead_id))?;
        opt_out::record(cx, call.lead_id, "opt_out", &format!("said in a call: {}", clip(evidence)))?;
        return Ok(());
    }
    if ending.outcome == Outcome::WrongNumber {
        let why = "whoever answered said that it is the wrong number";
        opt_out::suppress(cx, "phone", &call.lead_phone, "do_not_call", why, Some(call.lead_id))?;
        opt_out::stop_calls(cx, call.lead_id, "wrong_number", why)?;
        return Ok(());
    }
    if ending.outcome == Outcome::Transferred {
        let to = takes_over(cx, call)?;
        cx.emit(
            Event::new("call.transferred")
                .lead(call.lead_id)
                .agent(call.agent_id)
                .subject(call.id)
                .data(json!({ "to": to, "untrusted": { "reason": ending.transfer_reason } })),
        );
    }
    if booked {
        cx.emit(
            Event::new("meeting.booked")
                .lead(call.lead_id)
                .agent(call.agent_id)
                .subject(call.id)
                .data(json!({ "meeting": ending.meeting })),
        );
        stop::on_event(cx, call.lead_id, StopEvent::Meeting, "meeting_booked")?;
    }
    if spoke {
        // A branch of the step that called is asked when the call is over.
        if !way::answers_call(cx, call.lead_id, call.action_id, ending.outcome.as_str())? {
            way::told(cx, call.lead_id, &[Happening::Replied], None, "lead_replied")?;
        }
    }
    Ok(())
}

/// The number of the person who takes over from a call's agent; none when it was taken away in the meantime.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn takes_over(cx: &mut Context<'_, '_>, call: &Call) -> Result<Option<Phone>> {
    let Some(agent) = call.agent_id else { return Ok(None) };
    match agents::get(cx.tx, cx.project, agent) {
        Ok(agent) => {
            let calling = agent.calling.as_deref().map(|json| read_json::<Calling>(json, "how an agent calls"));
            Ok(calling.transpose()?.and_then(|calling| calling.transfer_to))
        }
        Err(StoreError::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Whether the lead in person answered something.
const fn spoke_with_the_lead(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Voicemail | Outcome::NoAnswer | Outcome::Silent | Outcome::WrongNumber)
}

fn clip(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(300).collect()
}
