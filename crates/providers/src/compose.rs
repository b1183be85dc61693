//! Owns the bytes of an outgoing mail (RFC 5322, MIME). Decides no wording, signs nothing and sends nothing.
//!
//! The same [`OutgoingMail`] always gives the same bytes: the date and Message-ID are given, and the MIME boundary is a hash of
//! the Message-ID.
//!
//! Header injection: a line break or control character in a field the author or operator gave (names, subject, Message-ID,
//! unsubscribe addresses) refuses the mail, because text silently changed is text nobody approved. Message-IDs of *other*
//! people's mails (In-Reply-To, References) come from outside; one that is not a plain identifier is left out, since losing a
//! threading hint is better than not answering. Control characters in bodies are dropped.

mod body;
mod header;
#[cfg(test)]
mod tests;

use outrider_domain::mail::OutgoingMail;

/// Longest subject, in characters.
pub const MAX_SUBJECT: usize = 1_000;
/// Longest display name, in characters.
pub const MAX_NAME: usize = 256;
/// Longest unsubscribe URL or `mailto:`, in bytes: its header line must stay below the 998 of RFC 5322 2.1.1.
pub const MAX_URL: usize = 900;
/// Most Message-IDs in References; the oldest (the thread's root) and the newest are kept.
pub const MAX_REFERENCES: usize = 20;

/// Why a mail can't be built. The text is safe to show and names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A line break or control character in a header field.
    #[error("{0} contains a line break or control character")]
    ControlCharacter(&'static str),
    /// A field longer than a header can sensibly carry.
    #[error("{0} is longer than {1} characters")]
    TooLong(&'static str, usize),
    /// A field that is not of its form.
    #[error("{0} must be {1}")]
    Malformed(&'static str, &'static str),
}

/// Builds the mail: headers, an empty line, and one text part or `multipart/alternative`; every line ends in CRLF and is far
/// below 998 bytes (RFC 5322 2.1.1), every byte is ASCII.
///
/// # Errors
/// When a field can't be put in a header safely; see the module's note on injection.
pub fn compose(mail: &OutgoingMail) -> Result<Vec<u8>, ComposeError> {
    let html = mail.html.as_deref().unwrap_or("");
    let mut message = Vec::with_capacity(1_024 + (mail.text.len() + html.len()) * 5 / 4);
    header::write_headers(mail, &mut message)?;
    body::write_body(mail, &mut message);
    Ok(message)
}
