//! Owns machine-readable reports: delivery status (RFC 3464, RFC 6533), abuse (RFC 5965) and the Message-ID of the mail they are about.
//! Must not guess from prose (`bounce` does).

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use outrider_domain::mail::{DeliveryStatus, FeedbackReport, InboundMail};

use super::fields::{Group, enhanced_status, groups, status_of_reply, without_type};
use super::headers::{address, message_id};

/// Fills what the parts of the mail say about deliveries and complaints.
pub(super) fn read(message: &Message<'_>, mail: &mut InboundMail) {
    let is_report = of_type(message.root_part(), "multipart", "report");
    for part in &message.parts {
        if is_status(part) && mail.delivery_status.is_none() {
            mail.delivery_status = delivery_status(&groups(&bytes(part)));
        } else if of_type(part, "message", "feedback-report") && mail.feedback_report.is_none() {
            mail.feedback_report = feedback_report(&groups(&bytes(part)));
        }
    }
    // A person's forwarded mail is none of our business; only reports are about another mail.
    if !is_report && mail.delivery_status.is_none() && mail.feedback_report.is_none() {
        return;
    }
    let Some((id, recipient)) = message.parts.iter().skip(1).find_map(original) else { return };
    mail.original_message_id = id;
    if let Some(report) = mail.feedback_report.as_mut().filter(|report| report.recipient.is_none()) {
        report.recipient = recipient;
    }
}

fn of_type(part: &MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|own| {
        own.ctype().eq_ignore_ascii_case(kind) && own.subtype().is_some_and(|own| own.eq_ignore_ascii_case(subtype))
    })
}

fn is_status(part: &MessagePart<'_>) -> bool {
    of_type(part, "message", "delivery-status") || of_type(part, "message", "global-delivery-status")
}

fn bytes(part: &MessagePart<'_>) -> Vec<u8> {
    match &part.body {
        PartType::Message(message) => message.raw_message.to_vec(),
        _ => part.contents().to_vec(),
    }
}

/// The group of the first failed recipient, else the first delayed, else the first.
fn delivery_status(groups: &[Group]) -> Option<DeliveryStatus> {
    let is_recipient = |group: &&Group| {
        ["action", "final-recipient", "original-recipient", "status"].iter().any(|name| group.get(name).is_some())
    };
    let recipients: Vec<&Group> = groups.iter().filter(is_recipient).collect();
    let acted = |wanted: &str| {
        recipients.iter().find(|group| group.get("action").is_some_and(|action| action.eq_ignore_ascii_case(wanted)))
    };
    let group = acted("failed").or_else(|| acted("delayed")).or_else(|| recipients.first())?;
    let diagnostic = group.get("diagnostic-code").map(without_type).filter(|text| !text.is_empty());
    let written = group.get("status").and_then(enhanced_status);
    let said = diagnostic.as_deref().and_then(|text| enhanced_status(text).or_else(|| status_of_reply(text)));
    // Some servers write 5.0.0 and put the exact code into the diagnostic text.
    let status = match (written, said) {
        (Some(written), Some(said)) if written.ends_with(".0.0") && said.starts_with(&written[..2]) => said,
        (Some(written), _) => written,
        (None, said) => said.unwrap_or_default(),
    };
    // Where both are given, the original one is the address we wrote to; the final one may be behind a forward.
    let recipient = group.get("original-recipient").or_else(|| group.get("final-recipient"));
    let action = group.get("action").and_then(|action| action.split_whitespace().next()).unwrap_or("failed");
    Some(DeliveryStatus {
        action: action.to_ascii_lowercase(),
        status,
        recipient: recipient.map(|value| address(&without_type(value))).filter(|address| !address.is_empty()),
        diagnostic,
    })
}

fn feedback_report(groups: &[Group]) -> Option<FeedbackReport> {
    let get = |name: &str| groups.iter().find_map(|group| group.get(name));
    let feedback_type = get("feedback-type")?.split_whitespace().next()?.to_ascii_lowercase();
    let recipient = get("original-rcpt-to").map(|value| address(&without_type(value)));
    Some(FeedbackReport { feedback_type, recipient: recipient.filter(|address| !address.is_empty()) })
}

/// Message-ID and first recipient of an attached mail or its headers.
fn original(part: &MessagePart<'_>) -> Option<(Option<String>, Option<String>)> {
    if let PartType::Message(message) = &part.body {
        return Some(identity(message));
    }
    let headers_only = of_type(part, "text", "rfc822-headers") || of_type(part, "message", "global-headers");
    let whole = of_type(part, "message", "rfc822") || of_type(part, "message", "global");
    if !headers_only && !whole {
        return None;
    }
    let bytes = bytes(part);
    let message = MessageParser::default().parse_headers(bytes.as_slice())?;
    Some(identity(&message))
}

fn identity(message: &Message<'_>) -> (Option<String>, Option<String>) {
    let to = message.to().and_then(mail_parser::Address::first).and_then(|to| to.address.as_deref()).map(address);
    (message.message_id().and_then(message_id), to)
}
