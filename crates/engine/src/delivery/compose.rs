//! From an action and its message to the mail that leaves. Reads; decides nothing.

use outrider_domain::address::Email;
use outrider_domain::mail::OutgoingMail;
use outrider_store::actions::Action;
use outrider_store::identities::Identity;
use outrider_store::leads::Lead;
use outrider_store::messages::{self, Message};

use crate::context::Context;
use crate::error::Result;
use crate::opt_out::link_url;

/// Builds the mail of an action.
///
/// # Errors
/// When the database fails; `validation_error` when an address does not parse.
pub fn mail(
    cx: &mut Context<'_, '_>,
    action: &Action,
    message: &Message,
    identity: &Identity,
    lead: &Lead,
) -> Result<OutgoingMail> {
    let parse = |field: &str, text: &str| {
        Email::parse(text).map_err(|error| crate::error::Error::invalid(field, error.to_string()))
    };
    let from = parse("from", &identity.address)?;
    let references = match message.thread_id {
        Some(thread) => messages::thread_headers(cx.tx, cx.project, thread)?,
        None => Vec::new(),
    };
    Ok(OutgoingMail {
        message_id: message.header_id.clone(),
        envelope_from: from.clone(),
        from_name: identity.name.clone(),
        reply_to: identity.reply_to.as_deref().map(|text| parse("reply_to", text)).transpose()?,
        from,
        to_name: (lead.first_name.is_some() || lead.last_name.is_some()).then(|| lead.name.clone()),
        to: parse("to", &message.address)?,
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        in_reply_to: message.reply_to_header.clone(),
        references,
        unsubscribe_url: Some(link_url(cx.core, cx.project, action.lead_id, action.id)),
        unsubscribe_mailto: None,
        date: cx.now,
    })
}
