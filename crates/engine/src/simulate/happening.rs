//! What a sandbox exchange has to tell and what goes wrong there on purpose. Shapes only; the exchange makes them up.

use outrider_domain::id::TextId;
use outrider_domain::telephony::{CallReport, IncomingText, Line, Reference};
use outrider_domain::time::Millis;
use outrider_voice::{Heard, Persona};

/// Chances in a thousand, per call unless said otherwise.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// The carrier puts a request to dial off. Per request.
    pub deferrals: u32,
    /// The carrier refuses the number.
    pub refusals: u32,
    /// The answer to the request is lost, and the call takes place.
    pub lost_answers: u32,
    /// The answer to the request is lost, and there is no call.
    pub lost_dials: u32,
    /// A report comes up to ten minutes late. Per report.
    pub late: u32,
    /// A report comes twice. Per report.
    pub doubled: u32,
    /// A report comes up to two minutes late, so that later ones overtake it. Per report.
    pub overtaken: u32,
    /// No report ever comes; the conversation goes on.
    pub unreported: u32,
    /// Nothing at all is heard of the call after the carrier took it.
    pub dead: u32,
}

impl Faults {
    /// Everything goes wrong often: for looking for broken promises.
    #[must_use]
    pub const fn hostile() -> Self {
        Self {
            deferrals: 80,
            refusals: 20,
            lost_answers: 30,
            lost_dials: 20,
            late: 60,
            doubled: 120,
            overtaken: 120,
            unreported: 30,
            dead: 20,
        }
    }
}

/// What an exchange has for the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A report.
    Report(CallReport),
    /// Something was heard on a line.
    Heard {
        /// On which.
        line: Line,
        /// How many times something was heard there by then.
        turn: i64,
        /// What.
        heard: Heard,
    },
    /// Somebody wrote back.
    Text(IncomingText),
}

/// A call that really rang at the exchange: what tests hold against the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rang {
    /// Which call.
    pub reference: Reference,
    /// From which number.
    pub from: String,
    /// To which.
    pub to: String,
    /// Who answered, or would have.
    pub persona: Persona,
    /// When it was dialled.
    pub at: Millis,
    /// When it was answered.
    pub answered_at: Option<Millis>,
    /// When the line was free again.
    pub ended_at: Option<Millis>,
}

/// A text message that really arrived at the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texted {
    /// Which.
    pub text: TextId,
    /// From which number.
    pub from: String,
    /// To which.
    pub to: String,
    /// What it says.
    pub words: String,
    /// When.
    pub at: Millis,
}
