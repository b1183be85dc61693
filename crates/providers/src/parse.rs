//! Owns the way from raw bytes to a decoded mail: MIME trees, charsets, delivery status and abuse reports.
//! Must not judge what kind of mail it is (`outrider_domain::classify` does) and never fails on content, only on form and size.

mod bounce;
mod fields;
mod headers;
mod html;
mod report;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Message, MessageParser, PartType};
use outrider_domain::mail::InboundMail;
use outrider_domain::time::Millis;

pub use html::html_to_text;
/// The text above the quoted mail, and the text above the signature.
pub use outrider_domain::classify::{new_text, without_signature};

/// The largest mail that is decoded, in bytes: 25 MB as the capture mailbox and the IMAP watcher admit, with room for headers.
pub const MAX_MAIL: usize = 26 * 1024 * 1024;
/// The longest text that is kept, in bytes.
pub const MAX_TEXT: usize = 512 * 1024;
/// More mails within mails, or multipart bodies, than this are not decoded: parsers recurse over them.
const MAX_CONTAINERS: usize = 200;

/// What the transport knew beside the mail itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// MAIL FROM, without angle brackets; empty for `<>`.
    pub from: String,
    /// RCPT TO addresses.
    pub to: Vec<String>,
}

/// Why bytes were not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More than [`MAX_MAIL`].
    #[error("the mail has {size} bytes; more than {MAX_MAIL} are not decoded")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// Nested so deeply that it can only be an attack.
    #[error("the mail holds more than {MAX_CONTAINERS} mails or multipart bodies within each other")]
    TooNested,
    /// No header field at all.
    #[error("not a mail: no header field was found")]
    NotAMail,
}

/// Decodes one mail (RFC 5322, MIME). Without an envelope, the sender comes from `Return-Path`, when there is one.
///
/// Invalid encodings are replaced, over-long parts cut: a hostile mail gives a poor result, never a panic.
///
/// # Errors
/// When it is too large, too deeply nested, or has no header.
pub fn parse(raw: &[u8], envelope: Option<&Envelope>) -> Result<InboundMail, ParseError> {
    if raw.len() > MAX_MAIL {
        return Err(ParseError::TooLarge { size: raw.len() });
    }
    if containers(raw) > MAX_CONTAINERS {
        return Err(ParseError::TooNested);
    }
    let message = guarded(|parser| parser.parse(raw));
    if let Some(message) = message {
        return decode(&message, text(&message), envelope);
    }
    // What the decoder cannot take apart still has a header and, below it, something to look at.
    let headers = guarded(|parser| parser.parse_headers(raw)).ok_or(ParseError::NotAMail)?;
    decode(&headers, undecoded_body(raw), envelope)
}

/// Runs the decoder. It is written not to panic, yet mutated mails reach assertions in it (`Invalid part ID`) when those are
/// compiled in; such a mail must not end a worker.
fn guarded<'x>(decode: impl FnOnce(&MessageParser) -> Option<Message<'x>>) -> Option<Message<'x>> {
    let parser = MessageParser::default();
    catch_unwind(AssertUnwindSafe(|| decode(&parser))).ok().flatten()
}

/// Everything below the header, as it is.
fn undecoded_body(raw: &[u8]) -> String {
    let find = |mark: &[u8]| raw.windows(mark.len()).position(|part| part == mark).map(|at| at + mark.len());
    let start = find(b"\r\n\r\n").or_else(|| find(b"\n\n")).unwrap_or(raw.len());
    let body = &raw[start..raw.len().min(start + MAX_TEXT)];
    headers::cut(&String::from_utf8_lossy(body).replace("\r\n", "\n"), MAX_TEXT).to_owned()
}

/// How often the bytes may open a mail within a mail or a multipart body; an upper bound that costs one pass.
fn containers(raw: &[u8]) -> usize {
    let marks: [&[u8]; 3] = [b"message/rfc822", b"message/global", b"multipart/"];
    (0..raw.len())
        .filter(|at| matches!(raw[*at], b'm' | b'M'))
        .filter(|at| {
            marks.iter().any(|mark| raw.get(*at..at + mark.len()).is_some_and(|part| part.eq_ignore_ascii_case(mark)))
        })
        .count()
}

fn decode(message: &Message<'_>, text: String, envelope: Option<&Envelope>) -> Result<InboundMail, ParseError> {
    if message.headers().is_empty() {
        return Err(ParseError::NotAMail);
    }
    let mut mail = InboundMail {
        message_id: message.message_id().and_then(headers::message_id),
        envelope_from: match envelope {
            Some(envelope) => Some(headers::address(&envelope.from)),
            None => headers::return_path(message),
        },
        subject: headers::one_line(message.subject().unwrap_or("")),
        text,
        in_reply_to: headers::message_ids(message.in_reply_to()),
        references: headers::message_ids(message.references()),
        headers: headers::kept(message),
        date: message
            .date()
            .filter(|date| date.is_valid())
            .map(|date| Millis(date.to_timestamp().saturating_mul(1_000))),
        ..InboundMail::default()
    };
    (mail.from, mail.from_name) = headers::author(message);
    mail.to = headers::recipients(message, envelope.map_or(&[], |envelope| &envelope.to));
    report::read(message, &mut mail);
    if mail.delivery_status.is_none() && mail.feedback_report.is_none() {
        bounce::read(&mut mail);
    }
    Ok(mail)
}

/// The text of all text parts in order; HTML where an alternative has nothing else.
fn text(message: &Message<'_>) -> String {
    let mut text = String::new();
    for part in message.text_bodies() {
        if text.len() >= MAX_TEXT {
            break;
        }
        let piece = match &part.body {
            PartType::Text(piece) => piece.replace("\r\n", "\n"),
            PartType::Html(html) => html_to_text(headers::cut(html, MAX_TEXT * 2)),
            _ => continue,
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&piece);
    }
    text.truncate(headers::cut(&text, MAX_TEXT).len());
    text
}
