//! Delivery: the one place that hands actions over. Claims what is due, asks the gates again, hands over, records the end.

pub mod claim;
pub mod compose;
pub mod inside;
pub mod record;
pub mod skill;
pub mod transports;

use outrider_domain::id::{ActionId, JobId, ProjectId};
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_domain::telephony::{Dial, OutgoingCall, OutgoingText};
use outrider_domain::time::Millis;

/// One claimed action, ready to leave.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// Whose.
    pub project: ProjectId,
    /// Which.
    pub action: ActionId,
    /// Its job.
    pub job: JobId,
    /// The claim's fencing token.
    pub token: i64,
    /// When the claim runs out.
    pub lease_until: Millis,
    /// The mail server's or carrier's name.
    pub transport: String,
    /// What leaves.
    pub cargo: Cargo,
}

/// What a provider answered.
#[derive(Debug, Clone)]
pub enum Answered {
    /// A mail server.
    Mail(Delivery),
    /// A carrier that was asked to dial.
    Call(Dial),
    /// A carrier that was given a text message.
    Text(Delivery),
}

/// What leaves.
#[derive(Debug, Clone)]
pub enum Cargo {
    /// A mail, for a mail server.
    Mail(Box<OutgoingMail>),
    /// A call, for a carrier.
    Call(OutgoingCall),
    /// A text message, for a carrier.
    Text(OutgoingText),
}
