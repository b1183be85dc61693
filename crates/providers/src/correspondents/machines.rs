//! Owns what scripted mail systems write: delivery reports (RFC 3464) and abuse reports (RFC 5965). All text is ASCII.

use super::Letter;

/// Envelope sender, recipient and the mail.
type Mail = (String, String, Vec<u8>);

struct Failure {
    action: &'static str,
    status: &'static str,
    diagnostic: &'static str,
    subject: &'static str,
    sentence: &'static str,
}

/// The mailbox does not exist: 5.1.1.
pub(super) fn bounce(letter: &Letter<'_>) -> Mail {
    report(
        letter,
        &Failure {
            action: "failed",
            status: "5.1.1",
            diagnostic: "smtp; 550 5.1.1 The email account that you tried to reach does not exist",
            subject: "Undelivered Mail Returned to Sender",
            sentence: "Your message could not be delivered. It will not be tried again.",
        },
    )
}

/// The mailbox is full, and the mail waits: 4.2.2.
pub(super) fn delay(letter: &Letter<'_>) -> Mail {
    report(
        letter,
        &Failure {
            action: "delayed",
            status: "4.2.2",
            diagnostic: "smtp; 452 4.2.2 The recipient's inbox is out of storage space",
            subject: "Delayed Mail (still being retried)",
            sentence: "Your message has not been delivered yet. It will be tried again.",
        },
    )
}

fn report(letter: &Letter<'_>, failure: &Failure) -> Mail {
    let Failure { action, status, diagnostic, subject, sentence } = failure;
    let (domain, recipient, to) = (letter.recipient.domain(), letter.recipient, letter.envelope_from);
    let boundary = boundary(letter);
    let date = date(letter);
    let id = &letter.message_id;
    let mut text = format!(
        "From: Mail Delivery System <mailer-daemon@{domain}>\n\
         To: <{to}>\n\
         Subject: {subject}\n\
         Date: {date}\n\
         Message-ID: <{id}>\n\
         Auto-Submitted: auto-replied\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"{boundary}\"\n\
         \n\
         --{boundary}\n\
         Content-Type: text/plain; charset=us-ascii\n\
         \n\
         This is the scripted mail system of {domain}.\n\
         {sentence}\n\
         \n\
         <{recipient}>: {diagnostic}\n\
         \n\
         --{boundary}\n\
         Content-Type: message/delivery-status\n\
         \n\
         Reporting-MTA: dns; mx.{domain}\n\
         \n\
         Final-Recipient: rfc822; {recipient}\n\
         Original-Recipient: rfc822; {recipient}\n\
         Action: {action}\n\
         Status: {status}\n\
         Diagnostic-Code: {diagnostic}\n\
         \n\
         --{boundary}\n\
         Content-Type: text/rfc822-headers\n\
         \n"
    );
    text.push_str(&headers(letter.raw));
    text.push_str(&format!("\n--{boundary}--\n"));
    (String::new(), to.to_owned(), crlf(&text))
}

/// The recipient pressed "this is spam".
pub(super) fn complaint(letter: &Letter<'_>) -> Mail {
    let (domain, recipient, to) = (letter.recipient.domain(), letter.recipient, letter.envelope_from);
    let boundary = boundary(letter);
    let date = date(letter);
    let id = &letter.message_id;
    let from = format!("feedback@{domain}");
    let mut text = format!(
        "From: Feedback loop <{from}>\n\
         To: <{to}>\n\
         Subject: Complaint about a message from you\n\
         Date: {date}\n\
         Message-ID: <{id}>\n\
         Auto-Submitted: auto-generated\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"{boundary}\"\n\
         \n\
         --{boundary}\n\
         Content-Type: text/plain; charset=us-ascii\n\
         \n\
         A scripted recipient at {domain} marked the attached message as unwanted.\n\
         \n\
         --{boundary}\n\
         Content-Type: message/feedback-report\n\
         \n\
         Feedback-Type: abuse\n\
         User-Agent: outrider-correspondents/1.0\n\
         Version: 1\n\
         Original-Mail-From: <{to}>\n\
         Original-Rcpt-To: <{recipient}>\n\
         Received-Date: {date}\n\
         \n\
         --{boundary}\n\
         Content-Type: text/rfc822-headers\n\
         \n"
    );
    text.push_str(&headers(letter.raw));
    text.push_str(&format!("\n--{boundary}--\n"));
    (from, to.to_owned(), crlf(&text))
}

/// Unlike anything in the headers it frames: they are folded at 78 columns and hold no such hash.
fn boundary(letter: &Letter<'_>) -> String {
    let local = letter.message_id.split('@').next().unwrap_or("");
    format!("=_report.{local}")
}

/// RFC 5322 section 3.3, in UTC.
fn date(letter: &Letter<'_>) -> String {
    letter.at.timestamp().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The header of the mail, LF line ends, ASCII, at most 16 KB.
fn headers(raw: &[u8]) -> String {
    let end = raw.windows(4).position(|part| part == b"\r\n\r\n").map_or(raw.len(), |at| at + 2);
    let header = String::from_utf8_lossy(&raw[..end.min(16_384)]).replace("\r\n", "\n");
    header.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}
