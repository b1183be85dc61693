//! Handing text messages over, and what the carrier's answer means. Asks no carrier itself.

use outrider_domain::address::Phone;
use outrider_domain::telephony::OutgoingText;
use outrider_store::actions::{self as rows, Action};
use outrider_store::jobs::Job;
use outrider_store::leads;
use outrider_store::texts::{self, Text};

use super::{of_action, status};
use crate::actions::content::ActionContent;
use crate::actions::{conclude, refuse, state};
use crate::calls::dial::persona;
use crate::context::Context;
use crate::delivery::claim::{hand_over, leave, paid_for};
use crate::delivery::{Cargo, HandOver};
use crate::error::Result;
use crate::gates::snapshot::{Gatherer, Snapshot};

/// Takes a message whose gates are all open to the carrier's door, in the claim's transaction. `Some` when it must be sent now.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn go(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    action: Action,
    job: &Job,
    snapshot: &Snapshot,
) -> Result<Option<HandOver>> {
    let content = ActionContent::read(action.content.as_deref())?.unwrap_or_default();
    let (Some(identity_id), Some(sender), Some(lead), Some(words)) =
        (action.identity_id, &snapshot.identity, &snapshot.lead, content.text)
    else {
        refuse(cx, action, "incomplete", "the message has no number, no text or no lead")?;
        return Ok(None);
    };
    let Some(identity) = gatherer.identity(cx, identity_id)? else {
        refuse(cx, action, "incomplete", "the number is gone")?;
        return Ok(None);
    };
    let (Ok(from), Ok(to)) = (Phone::parse(&identity.address), Phone::parse(lead.phone.as_deref().unwrap_or("")))
    else {
        refuse(cx, action, "undialable", "a number is not in E.164")?;
        return Ok(None);
    };
    let Some(action) = paid_for(cx, gatherer, action, job, snapshot, "sms")? else { return Ok(None) };
    let Some(action) = leave(cx, gatherer, action, job, snapshot, sender, to.as_str())? else { return Ok(None) };
    let row = Text {
        project_id: cx.project,
        id: of_action(action.id),
        direction: "out".to_owned(),
        lead_id: lead.id,
        agent_id: action.agent_id,
        identity_id: Some(identity_id),
        lead_phone: to.to_string(),
        our_phone: from.to_string(),
        text: words.clone(),
        status: status::SENDING.to_owned(),
        class: None,
        evidence: None,
        carrier: identity.transport.clone(),
        carrier_id: None,
        response: None,
        created_at: cx.now,
        sent_at: None,
    };
    row.save(cx.tx)?;
    let text = OutgoingText {
        project: cx.project,
        text: of_action(action.id),
        from,
        to,
        words,
        sandbox_persona: persona(lead),
    };
    Ok(Some(hand_over(cx, action.id, job, identity.transport, Cargo::Text(text))))
}

/// Settles a message as taken by the carrier.
///
/// # Errors
/// When the database fails.
pub fn accepted(cx: &mut Context<'_, '_>, action: Action, response: &str) -> Result<()> {
    let address = ended(cx, &action, status::SENT, Some(response))?;
    rows::settle(cx.tx, &action, &address, "delivered", cx.now)?;
    leads::touch(cx.tx, cx.project, action.lead_id, cx.now, true)?;
    conclude(cx, action, state::DELIVERED, "accepted", response)
}

/// Notes how a message's hand-over ended; gives the number it went to.
///
/// # Errors
/// When the database fails.
pub fn ended(cx: &mut Context<'_, '_>, action: &Action, now_is: &str, response: Option<&str>) -> Result<String> {
    let mut row = texts::get(cx.tx, cx.project, of_action(action.id))?;
    now_is.clone_into(&mut row.status);
    row.response = response.map(ToOwned::to_owned);
    if now_is == status::SENT {
        row.sent_at = Some(cx.now);
        row.carrier_id = response.map(ToOwned::to_owned);
    }
    let address = row.lead_phone.clone();
    row.save(cx.tx)?;
    Ok(address)
}
