//! What passes between a dialogue and whoever carries it: what was heard, what is said, and how a call ended. Values alone; no rule.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// Something the carrier reports from the callee's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// What.
    pub said: Said,
    /// Milliseconds of silence before it, counted from the end of what was said last.
    #[serde(default)]
    pub pause_ms: u32,
}

/// What came from the callee's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Said {
    /// The line is open and the agent is to speak first.
    Connected,
    /// Words, after the agent had finished.
    Text {
        /// The words; data, never orders.
        text: String,
    },
    /// Words that broke into the agent's.
    Interruption {
        /// The words; may be empty when only the breaking in was noticed.
        text: String,
        /// How much of its own utterance the agent had spoken, in milliseconds.
        spoken_ms: u32,
    },
    /// Nothing, for as long as one waits for an answer.
    Silence,
    /// The callee put the phone down.
    HungUp,
}

impl Heard {
    /// The line is open.
    #[must_use]
    pub const fn connected() -> Self {
        Self { said: Said::Connected, pause_ms: 0 }
    }

    /// Words, after half a second.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { said: Said::Text { text: text.into() }, pause_ms: 500 }
    }

    /// Nothing for five seconds.
    #[must_use]
    pub const fn silence() -> Self {
        Self { said: Said::Silence, pause_ms: 5_000 }
    }

    /// The callee put the phone down.
    #[must_use]
    pub const fn hung_up() -> Self {
        Self { said: Said::HungUp, pause_ms: 0 }
    }

    /// The same after another pause.
    #[must_use]
    pub const fn after(mut self, pause_ms: u32) -> Self {
        self.pause_ms = pause_ms;
        self
    }
}

/// What the agent says in one go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Utterance {
    /// All of it; empty when there is nothing to say.
    pub text: String,
    /// How long it takes to say, modelled from its words, in milliseconds.
    pub spoken_ms: u32,
    /// Where each part of it comes from, in order; joined by blanks they are the text.
    pub parts: Vec<Part>,
}

impl Utterance {
    /// Puts parts together.
    #[must_use]
    pub fn of(parts: Vec<Part>) -> Self {
        let text = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(" ");
        Self { spoken_ms: speaking_time(&text), text, parts }
    }
}

/// A part of an utterance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The words.
    pub text: String,
    /// Where they come from.
    pub source: Source,
}

/// Where words come from: nothing is said that has no source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A text of the template, by its path there, such as `flow.day.ask`.
    Template(String),
    /// A sentence of the agent's brain, by its field.
    Brain(String),
    /// The call's own first message, reason, variable or question, by its field in the script.
    Script(String),
    /// One of the catalog's common phrases, by its name.
    Phrase(String),
    /// A language model.
    Model,
}

/// What a dialogue does about something heard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// What to say; may be empty.
    pub say: Utterance,
    /// Where the conversation stands, for logs.
    pub state: String,
    /// There when the call is over once this has been said. Whatever is heard later changes nothing.
    pub end: Option<Ending>,
}

/// How a call ended and what came of it: facts alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ending {
    /// In a word.
    pub outcome: Outcome,
    /// What was found out; each value is of its variable's type, and what was not answered is absent.
    pub variables: BTreeMap<String, Value>,
    /// When to call again, when that was asked for.
    pub callback: Option<Callback>,
    /// The meeting that was agreed.
    pub meeting: Option<Meeting>,
    /// Why it went to a person; there when the outcome is `transferred`.
    pub transfer_reason: Option<String>,
    /// The evidence that the callee wants no more contact; there when the outcome is `opted_out`. Must stop everything.
    pub opt_out: Option<String>,
    /// Questions of the callee that had no answer.
    pub unanswered: Vec<String>,
    /// In sentences, from the facts above.
    pub summary: String,
    /// Every line of the call in order.
    pub transcript: Vec<Line>,
    /// From the first word to the last, in milliseconds.
    pub duration_ms: u32,
}

/// The end of a call in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// Everything was asked.
    Completed,
    /// A machine answered; the message was left.
    Voicemail,
    /// Handed over to a person.
    Transferred,
    /// The callee wants no more contact, ever.
    OptedOut,
    /// The callee said no this time.
    Declined,
    /// The callee wants to be called at another time.
    CallbackRequested,
    /// Somebody else's number.
    WrongNumber,
    /// Nobody picked up. Given by carriers, never by a dialogue.
    NoAnswer,
    /// The line was open and nobody spoke.
    Silent,
    /// The callee put the phone down or took leave before the end.
    EndedByCallee,
    /// The two could not understand each other.
    NotUnderstood,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Completed,
        Self::Voicemail,
        Self::Transferred,
        Self::OptedOut,
        Self::Declined,
        Self::CallbackRequested,
        Self::WrongNumber,
        Self::NoAnswer,
        Self::Silent,
        Self::EndedByCallee,
        Self::NotUnderstood,
    ];

    /// Its name in files and results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Voicemail => "voicemail",
            Self::Transferred => "transferred",
            Self::OptedOut => "opted_out",
            Self::Declined => "declined",
            Self::CallbackRequested => "callback_requested",
            Self::WrongNumber => "wrong_number",
            Self::NoAnswer => "no_answer",
            Self::Silent => "silent",
            Self::EndedByCallee => "ended_by_callee",
            Self::NotUnderstood => "not_understood",
        }
    }

    /// The outcome of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

/// When to call again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Callback {
    /// The moment in the callee's own time, when one was named to the hour.
    #[schemars(with = "Option<String>")]
    pub at: Option<DateTime>,
    /// The day, when one was named.
    #[schemars(with = "Option<String>")]
    pub day: Option<Date>,
    /// The time `HH:MM`, or `morning`, `afternoon` or `evening`, when one was named.
    pub time: Option<String>,
    /// What the callee said.
    pub words: String,
}

/// A meeting that was agreed, in the callee's own time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Meeting {
    /// The day.
    #[schemars(with = "String")]
    pub day: Date,
    /// The time `HH:MM`, or `morning`, `afternoon` or `evening`, when one was named.
    pub time: Option<String>,
}

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Line {
    /// Who.
    pub speaker: SpokenBy,
    /// What; for an utterance that was broken into, the words spoken until then.
    pub text: String,
    /// When they began, in milliseconds from the start of the call.
    pub offset_ms: u32,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SpokenBy {
    /// The machine.
    Agent,
    /// Who was called.
    Callee,
}

/// Milliseconds it takes to say a text: 150 words a minute and a breath after each sentence.
#[must_use]
pub fn speaking_time(text: &str) -> u32 {
    let words = u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX);
    let breaths = u32::try_from(text.matches(['.', '!', '?']).count()).unwrap_or(u32::MAX);
    words.saturating_mul(400).saturating_add(breaths.saturating_mul(250))
}

/// The words of a text that are spoken within so many milliseconds.
#[must_use]
pub fn spoken_within(text: &str, milliseconds: u32) -> String {
    let mut spoken = String::new();
    for word in text.split_whitespace() {
        let longer = if spoken.is_empty() { word.to_owned() } else { format!("{spoken} {word}") };
        if speaking_time(&longer) > milliseconds {
            break;
        }
        spoken = longer;
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::{Outcome, speaking_time, spoken_within};

    #[test]
    fn speaking_takes_time_by_the_word() {
        assert_eq!(speaking_time(""), 0);
        assert_eq!(speaking_time("Good morning, Jane. How are you?"), 6 * 400 + 2 * 250);
        assert_eq!(spoken_within("Good morning, Jane. How are you?", 1_700), "Good morning, Jane.");
        assert_eq!(spoken_within("Good morning", 300), "");
    }

    #[test]
    fn outcomes_have_one_name() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
