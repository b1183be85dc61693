//! Text messages that come in: matched to a lead, recorded as untrusted, and acted on by rules. Who writes STOP is stopped at once and
//! everywhere, for that is what carriers and people mean by it.

use outrider_domain::classify::{ReplyClass, classify_text};
use outrider_domain::id::{LeadId, TextId};
use outrider_domain::telephony::IncomingText;
use outrider_store::identities::Identity;
use outrider_store::texts::{self, Text};
use outrider_store::{Error as StoreError, leads};
use serde_json::json;

use super::status;
use crate::context::{Context, Event};
use crate::error::Result;
use crate::{opt_out, replies};

/// What became of a text message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was here before.
    Again,
    /// Nobody we know wrote it; only an event remains.
    Stranger,
    /// It belongs to a lead.
    Matched {
        /// The lead.
        lead: LeadId,
        /// What they want.
        class: ReplyClass,
    },
}

/// Longest text kept, in characters.
const KEPT: usize = 4_000;

/// Takes one text message that came to a number of the context's project. Taking it again changes nothing.
///
/// # Errors
/// When the database fails.
pub fn take(cx: &mut Context<'_, '_>, number: &Identity, text: &IncomingText) -> Result<Taken> {
    if texts::is_known(cx.tx, &text.carrier, &text.carrier_id)? {
        return Ok(Taken::Again);
    }
    let words: String = text.words.chars().filter(|letter| *letter != '\0').take(KEPT).collect();
    let written = texts::last_to(cx.tx, text.from.as_str(), text.to.as_str())?;
    let named = match written {
        Some((project, lead)) if project == cx.project => Some(lead),
        _ => leads::find_by_phone(cx.tx, cx.project, text.from.as_str())?.map(|lead| lead.id),
    };
    let found = classify_text(&words, cx.now);
    let class = found.class.unwrap_or(ReplyClass::Other);
    let lead = match named.map(|id| leads::lock(cx.tx, cx.project, id)).transpose() {
        Ok(lead) => lead,
        Err(StoreError::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let Some(lead) = lead else {
        if class == ReplyClass::OptOut {
            opt_out::suppress(cx, "phone", text.from.as_str(), "opt_out", "asked by text message", None)?;
        }
        cx.emit(
            Event::new("sms.unmatched")
                .subject(number.id)
                .data(json!({ "class": class, "untrusted": { "from": text.from } })),
        );
        return Ok(Taken::Stranger);
    };
    let id = TextId(cx.id());
    let row = Text {
        project_id: cx.project,
        id,
        direction: "in".to_owned(),
        lead_id: lead.id,
        agent_id: number.agent_id,
        identity_id: Some(number.id),
        lead_phone: text.from.to_string(),
        our_phone: text.to.to_string(),
        text: words,
        status: status::RECEIVED.to_owned(),
        class: Some(class.as_str().to_owned()),
        evidence: Some(json!(found.evidence).to_string()),
        carrier: text.carrier.clone(),
        carrier_id: Some(text.carrier_id.clone()),
        response: None,
        created_at: cx.now,
        sent_at: None,
    };
    row.insert(cx.tx)?;
    cx.emit(
        Event::new(if class == ReplyClass::OptOut { "sms.opted_out" } else { "sms.replied" })
            .lead(lead.id)
            .agent(number.agent_id)
            .subject(id)
            .data(json!({ "class": class, "evidence": found.evidence, "number": number.id, "until": found.back_on })),
    );
    replies::follow(cx, &lead, number.agent_id, &found, &id.to_string())?;
    if class == ReplyClass::OptOut {
        opt_out::suppress(cx, "phone", text.from.as_str(), "opt_out", "asked by text message", Some(lead.id))?;
        opt_out::record(cx, lead.id, "opt_out", "asked by text message")?;
    }
    Ok(Taken::Matched { lead: lead.id, class })
}
