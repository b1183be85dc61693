//! What leaves and what comes back by mail, free of any protocol. Shapes only; building and parsing bytes is the providers' work.

use serde::{Deserialize, Serialize};

use crate::address::Email;
use crate::time::Millis;

/// A mail ready to be built: all text final, no placeholder left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingMail {
    /// Without angle brackets; derived from the action, so the same on every attempt.
    pub message_id: String,
    /// Envelope sender (RFC 5321 MAIL FROM): where bounces go.
    pub envelope_from: Email,
    /// Display name and address of the author.
    pub from_name: Option<String>,
    /// Author address.
    pub from: Email,
    /// Reply-To, when replies should go elsewhere.
    pub reply_to: Option<Email>,
    /// Display name of the recipient.
    pub to_name: Option<String>,
    /// The one recipient.
    pub to: Email,
    /// Unencoded subject, any Unicode, one line.
    pub subject: String,
    /// Plain text body.
    pub text: String,
    /// HTML body; when present the mail is multipart/alternative.
    pub html: Option<String>,
    /// Message-ID this mail answers, without angle brackets.
    pub in_reply_to: Option<String>,
    /// The thread's Message-IDs, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// RFC 8058 URL; adds `List-Unsubscribe` and `List-Unsubscribe-Post`.
    pub unsubscribe_url: Option<String>,
    /// `mailto:` address for `List-Unsubscribe`.
    pub unsubscribe_mailto: Option<String>,
    /// The `Date` header.
    pub date: Millis,
}

/// How a hand-over ended, as far as we can know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Delivery {
    /// The server took responsibility (250 after the final dot). `response` is its text.
    Accepted {
        /// The server's last line.
        response: String,
    },
    /// Definitely not accepted, and trying again won't help (5xx, or our own refusal to build it).
    Refused {
        /// SMTP reply code, when there was one.
        code: Option<u16>,
        /// Enhanced status code (RFC 3463), such as `5.1.1`.
        enhanced: Option<String>,
        /// The server's text.
        response: String,
        /// True when the refusal is about this recipient's mailbox (RCPT refused with 5.1.x, 5.2.1 and the like): the address is bad.
        bad_address: bool,
    },
    /// Definitely not accepted; may be tried again (4xx, could not connect, connection lost before the final dot).
    Deferred {
        /// SMTP reply code, when there was one.
        code: Option<u16>,
        /// What happened.
        response: String,
        /// True when the trouble is the server or the connection and not this mail: the whole transport should pause.
        transport: bool,
    },
    /// The final dot was sent and no answer was heard: it may or may not have been accepted.
    Unknown {
        /// What happened.
        response: String,
    },
}

/// What kind of mail came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InboundKind {
    /// A person wrote.
    Reply,
    /// A person asks not to be written to any more; proposed as an opt-out.
    OptOutRequest,
    /// Out of office or vacation notice.
    OutOfOffice,
    /// Some other automatic answer (ticket received, list manager, …).
    AutoReply,
    /// Permanent delivery failure (RFC 3464, status 5.x.x).
    HardBounce,
    /// Temporary delivery failure or a delay notice (4.x.x).
    SoftBounce,
    /// Abuse report (RFC 5965).
    Complaint,
}

/// A mail that came in, decoded. Everything in it is untrusted text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboundMail {
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// Envelope sender, when the transport told; empty for `<>`.
    pub envelope_from: Option<String>,
    /// Author address, lower case; as written when it does not parse.
    pub from: Option<String>,
    /// Author display name.
    pub from_name: Option<String>,
    /// Recipient addresses from To and Cc and, when known, the envelope.
    pub to: Vec<String>,
    /// Decoded subject.
    pub subject: String,
    /// Plain text (converted from HTML when there is no plain part).
    pub text: String,
    /// Message-IDs from In-Reply-To, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Message-IDs from References.
    pub references: Vec<String>,
    /// All headers needed to tell machines from people: name in lower case, decoded value.
    pub headers: Vec<(String, String)>,
    /// `Date` header, when it parses.
    pub date: Option<Millis>,
    /// Filled when this is a delivery status notification.
    pub delivery_status: Option<DeliveryStatus>,
    /// Filled when this is an abuse feedback report.
    pub feedback_report: Option<FeedbackReport>,
    /// Message-ID of the mail quoted or attached as message/rfc822 or text/rfc822-headers, in DSNs and reports.
    pub original_message_id: Option<String>,
}

/// The machine-readable part of a DSN (RFC 3464).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeliveryStatus {
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    pub action: String,
    /// Enhanced status, such as `5.1.1`.
    pub status: String,
    /// Final-Recipient or Original-Recipient address.
    pub recipient: Option<String>,
    /// Diagnostic-Code text.
    pub diagnostic: Option<String>,
}

/// The machine-readable part of an abuse report (RFC 5965).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeedbackReport {
    /// `abuse`, `fraud`, `not-spam`, ….
    pub feedback_type: String,
    /// Original-Rcpt-To, when present.
    pub recipient: Option<String>,
}
