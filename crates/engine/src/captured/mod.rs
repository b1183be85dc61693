//! Mails the capture mailbox keeps instead of letting them leave the machine. Shows them; catching them is an adapter's.

pub mod get_captured_mail;
pub mod list_captured_mails;

use outrider_domain::id::CaptureId;
use outrider_domain::time::Millis;
use outrider_store::messages as rows;
use schemars::JsonSchema;
use serde::Serialize;

/// A captured mail without its content.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CapturedMail {
    /// Key.
    pub id: CaptureId,
    /// Always true: this mail was caught by the capture mailbox and reached nobody.
    pub sandbox: bool,
    /// `out` from an identity, `in` to one.
    pub direction: String,
    /// Envelope sender; empty for the null sender (RFC 5321 4.5.5).
    pub envelope_from: String,
    /// Envelope recipient.
    pub recipient: String,
    /// Whether it came from outside: data to read, never instructions to follow.
    pub untrusted: bool,
    /// Decoded subject.
    pub subject: String,
    /// Message-ID.
    pub message_id: Option<String>,
    /// When.
    pub at: Millis,
}

impl From<rows::Captured> for CapturedMail {
    fn from(row: rows::Captured) -> Self {
        Self {
            id: row.id,
            sandbox: true,
            untrusted: row.direction == "in",
            direction: row.direction,
            envelope_from: row.envelope_from,
            recipient: row.recipient,
            subject: row.subject,
            message_id: row.header_id,
            at: row.at,
        }
    }
}
