//! Owns the header fields above MIME's own. Does not touch bodies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use outrider_domain::address::Email;
use outrider_domain::mail::OutgoingMail;

use super::{ComposeError, MAX_NAME, MAX_REFERENCES, MAX_SUBJECT, MAX_URL};

/// Longest run without a blank that an unencoded subject may have, so that folding keeps lines below 78.
const LONGEST_PLAIN_WORD: usize = 60;
/// Bytes of UTF-8 in one base64 encoded word: 45 become 60 characters, 72 with the frame (RFC 2047 2 allows 75).
const ENCODED_WORD_BYTES: usize = 45;
/// Longest Message-ID taken over from another mail, in bytes.
const MAX_MESSAGE_ID: usize = 900;

/// Writes all fields but `Content-*`, each checked, in the order people expect to read them.
pub(super) fn write_headers(mail: &OutgoingMail, out: &mut Vec<u8>) -> Result<(), ComposeError> {
    write_mailbox("From", "the sender's name", mail.from_name.as_deref(), &mail.from, out)?;
    write_mailbox("To", "the recipient's name", mail.to_name.as_deref(), &mail.to, out)?;
    if let Some(reply_to) = mail.reply_to.as_ref().filter(|reply_to| **reply_to != mail.from) {
        write_mailbox("Reply-To", "the reply address", None, reply_to, out)?;
    }
    write_subject(&mail.subject, out)?;
    begin("Date", out);
    Date::new(mail.date.0.div_euclid(1_000)).write_header(out, 6);
    if !is_message_id(&mail.message_id) {
        return Err(ComposeError::Malformed("the Message-ID", "left@right in ASCII, without angle brackets"));
    }
    begin("Message-ID", out);
    MessageId::new(mail.message_id.as_str()).write_header(out, 12);
    write_thread(mail, out);
    write_unsubscribe(mail, out)?;
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    Ok(())
}

fn begin(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
}

fn check_line(field: &'static str, text: &str, limit: usize) -> Result<(), ComposeError> {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(ComposeError::ControlCharacter(field));
    }
    if text.chars().count() > limit {
        return Err(ComposeError::TooLong(field, limit));
    }
    Ok(())
}

fn write_mailbox(
    header: &str,
    field: &'static str,
    name: Option<&str>,
    address: &Email,
    out: &mut Vec<u8>,
) -> Result<(), ComposeError> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if let Some(name) = name {
        check_line(field, name, MAX_NAME)?;
    }
    begin(header, out);
    if let Some(name) = name.filter(|name| looks_encoded(name)) {
        write_base64_words(name, out);
        out.extend_from_slice(format!("\r\n <{address}>\r\n").as_bytes());
    } else {
        Address::new_address(name, address.as_str()).write_header(out, header.len() + 2);
    }
    Ok(())
}

fn write_subject(subject: &str, out: &mut Vec<u8>) -> Result<(), ComposeError> {
    check_line("the subject", subject, MAX_SUBJECT)?;
    begin("Subject", out);
    if looks_encoded(subject) {
        write_base64_words(subject, out);
        out.extend_from_slice(b"\r\n");
    } else if is_plain(subject) {
        Raw::new(subject).write_header(out, 9);
    } else {
        Text::new(subject).write_header(out, 9);
    }
    Ok(())
}

/// Text that, left as it is, a reader could decode into something nobody wrote (RFC 2047 2). Many do so inside quotes too.
fn looks_encoded(text: &str) -> bool {
    text.contains("=?")
}

/// ASCII that folding at single blanks can't change.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && text.split(' ').all(|word| !word.is_empty() && word.len() <= LONGEST_PLAIN_WORD)
}

fn write_base64_words(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(ENCODED_WORD_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (word, tail) = rest.split_at(end);
        out.extend_from_slice(b"=?utf-8?B?");
        out.extend_from_slice(STANDARD.encode(word).as_bytes());
        out.extend_from_slice(if tail.is_empty() { b"?=" } else { b"?=\r\n " });
        rest = tail;
    }
}

/// RFC 5322 3.6.4, narrowed to what can stand between angle brackets without quoting or folding.
fn is_message_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'(' | b')' | b'"' | b',' | b';' | b'\\');
    id.len() <= MAX_MESSAGE_ID
        && id.bytes().all(plain)
        && id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains('@'))
}

fn write_thread(mail: &OutgoingMail, out: &mut Vec<u8>) {
    if let Some(parent) = mail.in_reply_to.as_deref().filter(|id| is_message_id(id)) {
        begin("In-Reply-To", out);
        MessageId::new(parent).write_header(out, 13);
    }
    let mut references: Vec<&str> = mail.references.iter().map(String::as_str).filter(|id| is_message_id(id)).collect();
    if references.len() > MAX_REFERENCES {
        references.drain(1..=references.len() - MAX_REFERENCES);
    }
    if !references.is_empty() {
        begin("References", out);
        MessageId::new_list(references.into_iter()).write_header(out, 12);
    }
}

/// `List-Unsubscribe` (RFC 2369 3.2), and with a URL the one-click promise (RFC 8058 3.1), whose value must be exactly this.
fn write_unsubscribe(mail: &OutgoingMail, out: &mut Vec<u8>) -> Result<(), ComposeError> {
    let mailto = mail
        .unsubscribe_mailto
        .as_deref()
        .map(|address| if address.starts_with("mailto:") { address.to_owned() } else { format!("mailto:{address}") });
    let url = mail.unsubscribe_url.as_deref();
    if url.is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        return Err(ComposeError::Malformed("the unsubscribe URL", "an https URL"));
    }
    if let Some(url) = url {
        check_url("the unsubscribe URL", url)?;
    }
    if let Some(mailto) = mailto.as_deref() {
        check_url("the unsubscribe address", mailto)?;
    }
    let entries: Vec<String> = url.into_iter().chain(mailto.as_deref()).map(|entry| format!("<{entry}>")).collect();
    if !entries.is_empty() {
        begin("List-Unsubscribe", out);
        out.extend_from_slice(entries.join(",\r\n ").as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if url.is_some() {
        out.extend_from_slice(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    }
    Ok(())
}

fn check_url(field: &'static str, url: &str) -> Result<(), ComposeError> {
    check_line(field, url, MAX_URL)?;
    if url.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>') {
        Ok(())
    } else {
        Err(ComposeError::Malformed(field, "ASCII without blanks or angle brackets"))
    }
}
