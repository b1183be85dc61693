//! Owns bounces in prose: qmail, Exim, old Exchange and others that write no RFC 3464 report.
//! Must not run on mails that people wrote: sender or envelope must be a mail system's.

use outrider_domain::address::Email;
use outrider_domain::mail::{DeliveryStatus, InboundMail};

use super::fields::{enhanced_status, status_of_reply};
use super::headers::{address, cut, message_id, one_line};

/// How subjects of bounces begin or read, in lower case, and the action they speak of.
const SUBJECTS: &[(&str, &str)] = &[
    ("delayed", "delayed"),
    ("delay", "delayed"),
    ("still being retried", "delayed"),
    ("not yet been delivered", "delayed"),
    ("warning: message", "delayed"),
    ("warning: could not send", "delayed"),
    ("undeliver", "failed"),
    ("undelivered", "failed"),
    ("not delivered", "failed"),
    ("could not be delivered", "failed"),
    ("delivery status notification", "failed"),
    ("delivery failed", "failed"),
    ("delivery failure", "failed"),
    ("delivery has failed", "failed"),
    ("delivery problem", "failed"),
    ("failure notice", "failed"),
    ("failed delivery", "failed"),
    ("returned mail", "failed"),
    ("returned to sender", "failed"),
    ("mail system error", "failed"),
    ("mail delivery", "failed"),
    ("nondeliverable", "failed"),
    ("non-deliverable", "failed"),
    ("non remis", "failed"),
    ("unzustellbar", "failed"),
    ("nicht zugestellt", "failed"),
    ("no se puede entregar", "failed"),
    ("no entregado", "failed"),
    ("mancato recapito", "failed"),
    ("mancata consegna", "failed"),
    ("onbestelbaar", "failed"),
    ("não entregue", "failed"),
];

/// Local parts that mail systems write from.
const SYSTEMS: &[&str] = &["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mdaemon", "maildaemon"];

/// Where the copy of the mail begins in bounces that carry it as text.
const COPIES: &[&str] = &[
    "--- Below this line is a copy of the message.",
    "--- Enclosed are the original headers of the message.",
    "------ This is a copy of the message",
    "------ This is a copy of your message",
    "----- Original message -----",
    "Original message headers:",
    "--- Original message follows",
    "Message header follows",
    "   ----- Message header follows",
];

/// Fills the delivery status of a bounce that only people were meant to read.
pub(super) fn read(mail: &mut InboundMail) {
    let subject = mail.subject.to_lowercase();
    let system =
        mail.from.as_deref().and_then(|from| from.split('@').next()).is_some_and(|local| SYSTEMS.contains(&local));
    let null_sender = mail.envelope_from.as_deref() == Some("");
    let failed = header(mail, "x-failed-recipients").map(str::to_owned);
    let qmail = mail.text.trim_start().starts_with("Hi. This is the qmail-send program");
    if !(system || null_sender) {
        return;
    }
    let spoken = SUBJECTS.iter().find(|(words, _)| subject.contains(words)).map(|(_, action)| *action);
    let Some(action) = spoken.or_else(|| (failed.is_some() || qmail).then_some("failed")) else { return };
    let (prose, copy) = split(&mail.text);
    let delayed = action == "delayed";
    let (recipient, reason) = recipient(prose, failed.as_deref(), &mail.to);
    let found = enhanced_status(reason).or_else(|| status_of_reply(reason));
    let found = found.or_else(|| enhanced_status(prose)).or_else(|| status_of_reply(prose));
    let status = match (found, delayed) {
        (Some(status), false) if !status.starts_with('2') => status,
        (Some(status), true) if status.starts_with('4') => status,
        (_, true) => "4.0.0".to_owned(),
        // The subject says that delivery failed, and nothing says that it will be tried again.
        (_, false) => "5.0.0".to_owned(),
    };
    let diagnostic = one_line(cut(reason, 500));
    mail.original_message_id = mail.original_message_id.take().or_else(|| copied_id(copy));
    mail.delivery_status = Some(DeliveryStatus {
        action: action.to_owned(),
        status,
        recipient,
        diagnostic: Some(diagnostic).filter(|text| !text.is_empty()),
    });
}

fn header<'a>(mail: &'a InboundMail, name: &str) -> Option<&'a str> {
    mail.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// The prose of a bounce and the copy of the mail below it.
fn split(text: &str) -> (&str, &str) {
    let at = COPIES.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    (cut(&text[..at], 20_000), &text[at..])
}

/// The failed recipient and the text that follows its first mention.
fn recipient<'a>(prose: &'a str, failed: Option<&str>, own: &[String]) -> (Option<String>, &'a str) {
    if let Some(named) = failed.and_then(|list| list.split(',').next()).map(address).filter(|named| !named.is_empty()) {
        let after = prose.find(&named).map_or(prose, |at| &prose[at + named.len()..]);
        return (Some(named), after);
    }
    let mut from = 0;
    for word in prose.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',' | ';')) {
        let at = from;
        from += word.len() + prose[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        let bare = word.trim_matches(|c: char| matches!(c, ':' | '.' | '\'' | '[' | ']'));
        let bare = bare.strip_prefix("mailto:").unwrap_or(bare);
        let Ok(email) = Email::parse(bare) else { continue };
        let is_system = SYSTEMS.contains(&email.local());
        if !is_system && !own.iter().any(|own| own == email.as_str()) {
            return (Some(email.to_string()), prose.get(from..).unwrap_or(""));
        }
    }
    (None, prose)
}

/// The Message-ID of a mail copied into the text of a bounce.
fn copied_id(copy: &str) -> Option<String> {
    let line = copy.lines().take(400).find(|line| line.trim_start().to_ascii_lowercase().starts_with("message-id:"))?;
    message_id(line.split_once(':')?.1)
}
