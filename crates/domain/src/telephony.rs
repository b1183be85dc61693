//! What passes between the engine and a telephone carrier: calls to dial, what became of dialling, and reports. Dials nothing.

use serde::{Deserialize, Serialize};

use crate::address::Phone;
use crate::id::{CallId, ProjectId, TextId};
use crate::time::Millis;

/// Name of the carrier that calls nobody: a scripted callee answers.
pub const SANDBOX: &str = "sandbox";

/// Names a call of ours to a carrier that gives it back with every report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// Whose.
    pub project: ProjectId,
    /// Which.
    pub call: CallId,
}

/// A call to be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingCall {
    /// Given back with every report.
    pub reference: Reference,
    /// Our number.
    pub from: Phone,
    /// The number to dial.
    pub to: Phone,
    /// How long it may ring, in milliseconds.
    pub ring_ms: i64,
    /// How long it may last once answered, in milliseconds.
    pub longest_ms: i64,
    /// Which scripted callee answers in the sandbox; one chosen by the number's hash when absent. Other carriers pass over it.
    pub sandbox_persona: Option<String>,
}

/// A text message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingText {
    /// Whose.
    pub project: ProjectId,
    /// Which; the same at every attempt, for the carrier's own check against doubles.
    pub text: TextId,
    /// Our number.
    pub from: Phone,
    /// The number to write to.
    pub to: Phone,
    /// What it says.
    pub words: String,
    /// Which scripted person reads it in the sandbox; one chosen by the number's hash when absent. Other carriers pass over it.
    pub sandbox_persona: Option<String>,
}

/// A text message that came to one of our numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingText {
    /// The carrier's name.
    pub carrier: String,
    /// The carrier's own id of it.
    pub carrier_id: String,
    /// Who wrote it.
    pub from: Phone,
    /// Our number.
    pub to: Phone,
    /// What it says.
    pub words: String,
}

/// What became of asking a carrier to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dial {
    /// It dials; reports follow.
    Accepted {
        /// The carrier's own id of the call.
        carrier_id: String,
    },
    /// It will never dial this.
    Refused {
        /// What it said.
        response: String,
        /// Whether the number itself is at fault.
        bad_number: bool,
    },
    /// It has not dialled and may do so later.
    Deferred {
        /// What it said.
        response: String,
        /// Whether the trouble is the carrier's and not this call's.
        carrier: bool,
    },
    /// It may have dialled.
    Unknown {
        /// What is known.
        response: String,
    },
}

/// Which call a carrier speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// The carrier's name.
    pub carrier: String,
    /// The carrier's own id of the call.
    pub carrier_id: String,
    /// What we gave it when it dialled, for reports that come before its answer was recorded.
    pub reference: Option<Reference>,
}

/// A carrier's report of a call. It may come twice, late and in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// Of which call.
    pub line: Line,
    /// The carrier's number of the report within the call, from 0.
    pub sequence: i64,
    /// When it happened, by the carrier.
    pub at: Millis,
    /// What happened.
    pub event: CallEvent,
}

/// What happens to a call at the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// It rings.
    Ringing,
    /// Somebody, or something, picked up.
    Answered,
    /// It was answered and is over.
    Completed,
    /// Nobody picked up.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// It could not be put through.
    Failed {
        /// Why.
        reason: String,
    },
    /// It was ended before anybody picked up.
    Canceled,
    /// Its sound.
    Recording {
        /// Media type.
        content_type: String,
        /// The sound.
        bytes: Vec<u8>,
    },
}

impl CallEvent {
    /// Its name in the log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Completed => "completed",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Failed { .. } => "failed",
            Self::Canceled => "canceled",
            Self::Recording { .. } => "recording",
        }
    }
}

/// What the carrier is to do with what the engine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Say this; nothing when empty.
    pub say: String,
    /// How long it takes to say, in milliseconds.
    pub spoken_ms: u32,
    /// Then put the phone down.
    pub hang_up: bool,
    /// Before that, connect the callee with this number (E.164): a person who takes over. Only ever beside `hang_up`, for our part of
    /// the call ends there.
    pub transfer_to: Option<Phone>,
}

impl Answer {
    /// Say nothing and put the phone down.
    #[must_use]
    pub const fn silence() -> Self {
        Self { say: String::new(), spoken_ms: 0, hang_up: true, transfer_to: None }
    }
}
