//! Owns what scripted people write. Knows no protocol beyond the mail it builds.

use outrider_domain::address::Email;
use outrider_domain::mail::OutgoingMail;

use super::Letter;
use crate::compose::compose;

/// Envelope sender, recipient and the mail.
type Mail = (String, String, Vec<u8>);

const INTERESTED: &[&str] = &[
    "Thanks for reaching out, {sender}. This is timely: we are looking at exactly this for next quarter.\nCould you send two or three times that suit you for a short call?",
    "Hi {sender},\n\nsounds interesting. What would it cost for a team of twelve, and how long does it take to get going?",
    "Hello {sender},\n\nyes, happy to talk. Thursday afternoon works on my side, half an hour is plenty.",
    "Good timing. We tried something similar last year and it did not stick, so I would like to hear what you do differently.\nCan you share a customer story from a company of our size?",
    "Interesting. I am bringing in my colleague who owns this topic, but please go ahead and send me a short overview first.",
    "Hi, thank you for the note. Do you have something I can read before we talk? If it fits, let us find a slot next week.",
];

const OPT_OUTS: &[&str] = &[
    "Please remove me from your list.",
    "Not interested. Please take me off your mailing list and do not contact me again.",
    "Unsubscribe",
    "Hi {sender},\n\nplease stop emailing me and delete my data.\n\nThank you",
    "Bitte nehmen Sie mich aus Ihrem Verteiler.",
];

const AWAY: &[&str] = &[
    "Thank you for your message. I am out of the office until {day} and have limited access to email.\nI will answer when I am back.",
    "Hello,\n\nI am on annual leave and will be back on {day}. In urgent cases please ask my team.",
    "Vielen Dank für Ihre Nachricht. Ich bin bis zum {day} nicht im Büro und antworte Ihnen danach.",
];

const SCRIPTED: &str = "(A scripted correspondent of the capture mailbox wrote this.)";

/// A person who wants to know more.
pub(super) fn interested(letter: &Letter<'_>) -> Option<Mail> {
    let text =
        format!("{}\n\nBest regards\n{}\n{SCRIPTED}\n\n{}", pick(INTERESTED, letter), name(letter), quoted(letter));
    reply(letter, text)
}

/// A person who wants no more mail.
pub(super) fn opts_out(letter: &Letter<'_>) -> Option<Mail> {
    let text = format!("{}\n\n-- \n{}\n{SCRIPTED}\n\n{}", pick(OPT_OUTS, letter), name(letter), quoted(letter));
    reply(letter, text)
}

/// An out-of-office notice: from the empty sender to where bounces go (RFC 3834 sections 3.3 and 4).
pub(super) fn away(letter: &Letter<'_>) -> Option<Mail> {
    let to = Email::parse(letter.envelope_from).ok()?;
    let days = i64::try_from(letter.choice % 12).unwrap_or(0) + 3;
    let back = letter.at.plus(days * outrider_domain::time::DAY).to_string();
    let text = format!("{}\n\n{}\n{SCRIPTED}", pick(AWAY, letter).replace("{day}", back.get(..10)?), name(letter));
    let subject = format!("Automatic reply: {}", letter.mail.subject);
    let mail = outgoing(letter, to.clone(), subject, text);
    let mut raw = b"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n".to_vec();
    raw.extend(compose(&mail).ok()?);
    Some((String::new(), to.to_string(), raw))
}

fn reply(letter: &Letter<'_>, text: String) -> Option<Mail> {
    let reply_to = letter.mail.headers.iter().find(|(name, _)| name == "reply-to").map(|(_, value)| value.as_str());
    let reply_to = reply_to.and_then(|value| Email::parse(value.rsplit('<').next()?.trim_end_matches('>')).ok());
    let author = letter.mail.from.as_deref().and_then(|from| Email::parse(from).ok());
    let to = reply_to.or(author)?;
    let subject = &letter.mail.subject;
    let is_reply = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    let subject = if is_reply { subject.clone() } else { format!("Re: {subject}") };
    let raw = compose(&outgoing(letter, to.clone(), subject, text)).ok()?;
    Some((letter.recipient.to_string(), to.to_string(), raw))
}

fn outgoing(letter: &Letter<'_>, to: Email, subject: String, text: String) -> OutgoingMail {
    let mut references = letter.mail.references.clone();
    references.extend(letter.mail.message_id.clone());
    OutgoingMail {
        message_id: letter.message_id.clone(),
        envelope_from: letter.recipient.clone(),
        from_name: Some(name(letter)),
        from: letter.recipient.clone(),
        reply_to: None,
        to_name: None,
        to,
        subject: subject.chars().take(200).collect(),
        text,
        html: None,
        in_reply_to: letter.mail.message_id.clone(),
        references: references.split_off(references.len().saturating_sub(10)),
        unsubscribe_url: None,
        unsubscribe_mailto: None,
        date: letter.at,
    }
}

fn pick(texts: &[&str], letter: &Letter<'_>) -> String {
    let count = u64::try_from(texts.len()).unwrap_or(1);
    let at = usize::try_from((letter.choice >> 8) % count).unwrap_or(0);
    let sender = letter.mail.from_name.as_deref().and_then(|name| name.split_whitespace().next()).unwrap_or("there");
    texts[at].replace("{sender}", sender)
}

/// A display name from the local part: `ana.lopez+x` is Ana Lopez.
fn name(letter: &Letter<'_>) -> String {
    let local = letter.recipient.local().split('+').next().unwrap_or("");
    let words = local.split(['.', '_', '-']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}

/// The mail as mail programs quote it.
fn quoted(letter: &Letter<'_>) -> String {
    let sent = letter.mail.date.unwrap_or(letter.at).to_string();
    let day = sent.get(..16).unwrap_or("").replace('T', " at ");
    let from = letter.mail.from.as_deref().unwrap_or("");
    let author = letter.mail.from_name.as_deref().map_or_else(|| from.to_owned(), |name| format!("{name} <{from}>"));
    let mut text = format!("On {day}, {author} wrote:\n");
    for line in letter.mail.text.lines().take(60) {
        text.push_str(if line.starts_with('>') { ">" } else { "> " });
        text.extend(line.chars().take(500));
        text.push('\n');
    }
    text
}
