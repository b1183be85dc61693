//! Owns what is read from header fields: addresses, Message-IDs and the fields that tell machines from people.
//! Must not look at bodies.

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser};
use outrider_domain::address::Email;

/// Header fields that classification and people need; all others stay in the raw mail.
const KEPT: &[&str] = &[
    "auto-submitted",
    "precedence",
    "x-precedence",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-auto-response-suppress",
    "x-failed-recipients",
    "x-loop",
    "x-mailer",
    "user-agent",
    "feedback-id",
    "list-id",
    "list-unsubscribe",
    "return-path",
    "reply-to",
    "sender",
    "content-type",
    "content-language",
    "delivered-to",
    "x-original-to",
    "importance",
    "received-spf",
    "authentication-results",
];

const MAX_VALUE: usize = 2_000;
const MAX_KEPT: usize = 100;
const MAX_IDS: usize = 100;
const MAX_RECIPIENTS: usize = 200;

/// At most `limit` bytes of a text, at a character boundary.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A header value as one line without control characters.
pub(super) fn one_line(text: &str) -> String {
    cut(text, MAX_VALUE).split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).collect()
}

/// An address without brackets, in lower case when it parses, else as written.
pub(super) fn address(text: &str) -> String {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
    Email::parse(bare).map_or_else(|_| one_line(bare), |email| email.to_string())
}

/// A Message-ID without angle brackets; none when nothing is left.
pub(super) fn message_id(text: &str) -> Option<String> {
    let bare = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
    (!bare.is_empty() && bare.len() <= MAX_VALUE && !bare.contains(char::is_whitespace)).then(|| one_line(bare))
}

/// The Message-IDs of In-Reply-To or References, oldest first; the newest are kept when there are too many.
pub(super) fn message_ids(value: &HeaderValue<'_>) -> Vec<String> {
    let mut ids: Vec<String> = match value {
        HeaderValue::Text(text) => text.split_whitespace().filter_map(message_id).collect(),
        HeaderValue::TextList(list) => list.iter().filter_map(|text| message_id(text)).collect(),
        _ => Vec::new(),
    };
    ids.drain(..ids.len().saturating_sub(MAX_IDS));
    ids
}

/// Address and display name of the author (From, else Sender).
pub(super) fn author(message: &Message<'_>) -> (Option<String>, Option<String>) {
    let author = message.from().and_then(Address::first).or_else(|| message.sender().and_then(Address::first));
    let Some(author) = author else { return (None, None) };
    let name = author.name.as_deref().map(one_line).filter(|name| !name.is_empty());
    (author.address.as_deref().map(address).filter(|address| !address.is_empty()), name)
}

/// To, Cc and the envelope's recipients, each once.
pub(super) fn recipients(message: &Message<'_>, envelope: &[String]) -> Vec<String> {
    let mut recipients: Vec<String> = Vec::new();
    let headers = message.all_to().chain(message.all_cc());
    let written = headers.flat_map(Address::iter).filter_map(|recipient| recipient.address.as_deref());
    for recipient in envelope.iter().map(String::as_str).chain(written).take(MAX_RECIPIENTS) {
        let recipient = address(recipient);
        if !recipient.is_empty() && !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    recipients
}

/// The envelope sender as the last server wrote it down; empty for `<>`.
pub(super) fn return_path(message: &Message<'_>) -> Option<String> {
    let raw = message.header_raw(HeaderName::ReturnPath)?;
    Some(address(raw))
}

/// The fields of [`KEPT`], names in lower case, values decoded.
pub(super) fn kept(message: &Message<'_>) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for header in message.headers() {
        let name = header.name.as_str().to_ascii_lowercase();
        if !KEPT.contains(&name.as_str()) || kept.len() >= MAX_KEPT {
            continue;
        }
        let value = match &header.value {
            HeaderValue::Text(text) => one_line(text),
            _ => {
                let (start, end) = (header.offset_start as usize, header.offset_end as usize);
                let raw = message.raw_message.get(start..end).unwrap_or_default();
                one_line(&unencoded(&String::from_utf8_lossy(raw)))
            }
        };
        kept.push((name, value));
    }
    kept
}

/// A raw value with its encoded words (RFC 2047) decoded.
fn unencoded(raw: &str) -> String {
    if !raw.contains("=?") {
        return raw.to_owned();
    }
    let field = format!("Comments: {}\r\n\r\n", raw.trim());
    let decoded = MessageParser::default().parse_headers(field.as_bytes());
    decoded.and_then(|message| message.comments().as_text().map(str::to_owned)).unwrap_or_else(|| raw.to_owned())
}
