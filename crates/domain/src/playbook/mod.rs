//! Playbooks: what an agent does for the contacts it watches, as Markdown a person can read and as the steps the built-in
//! planner follows. Checks a playbook in itself; whether senders and templates exist is the engine's question.

mod catalog;
mod check;
mod markdown;
mod plan;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::filter::Fact;
use crate::sequence::StopEvent;
use crate::span::Span;
use crate::window::SendWindow;

pub use catalog::{CATALOG, CatalogPlaybook, find};
pub use check::MAX_STEPS;
pub use markdown::{read, title};
pub use plan::{Draft, Follower, Later, Plan, follow};

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StepKind {
    /// A mail to the contact.
    Email,
    /// A LinkedIn message: its text becomes a person's task with a link, for no program may act there.
    Linkedin,
    /// A text message.
    Sms,
    /// A phone call.
    Call,
    /// A note on the contact.
    Note,
    /// Something a person shall do.
    Task,
    /// Fields of the contact are set.
    Update,
    /// The contact's stage is set.
    Stage,
    /// A person is asked to take over.
    Escalate,
    /// A skill works on the contact, for credits: it researches, scores or writes. Later steps use what it found.
    Skill,
}

impl StepKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Linkedin,
        Self::Sms,
        Self::Call,
        Self::Note,
        Self::Task,
        Self::Update,
        Self::Stage,
        Self::Escalate,
        Self::Skill,
    ];

    /// The name in JSON, in Markdown and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Linkedin => "linkedin",
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Note => "note",
            Self::Task => "task",
            Self::Update => "update",
            Self::Stage => "stage",
            Self::Escalate => "escalate",
            Self::Skill => "skill",
        }
    }

    /// The channel whose policy of autonomy it is under; none for those that only tell a person something.
    #[must_use]
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::Email => Some(Channel::Email),
            Self::Linkedin => Some(Channel::Linkedin),
            Self::Sms => Some(Channel::Sms),
            Self::Call => Some(Channel::Call),
            Self::Note | Self::Update | Self::Stage | Self::Skill => Some(Channel::Task),
            Self::Task | Self::Escalate => None,
        }
    }

    /// Whether it reaches the contact.
    #[must_use]
    pub const fn is_outreach(self) -> bool {
        matches!(self, Self::Email | Self::Linkedin | Self::Sms | Self::Call)
    }
}

impl std::fmt::Display for StepKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for StepKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("\"{text}\" is no kind of step: expected one of {}", known.join(", "))
        })
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PlaybookStep {
    /// Unique in the playbook and kept when steps are edited: no contact gets a step of the same key twice. Lower-case
    /// letters, digits, `-` and `_`.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z0-9][a-z0-9_-]*$"))]
    pub key: String,
    /// What is done.
    pub kind: StepKind,
    /// How long after the steps before have ended; `0` is at once, together with them.
    #[serde(default)]
    pub after: Span,
    /// Done only for contacts for whom this filter holds then. `steps.KEY.FIELD` is what a skill before it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4000))]
    pub when: Option<String>,
    /// Why, for the person who approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub because: Option<String>,
    /// Subject of a mail; may have placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What the mail, message, note, task or escalation says; may have placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Name of a stored template for a mail, instead of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Title of a task or escalation; may have placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new stage: `new`, `in_progress` or `converted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Fields to set: `role`, `company`, `country`, `language`, `time_zone`, `linkedin_url`, or `custom.NAME`. Values may have
    /// placeholders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Name of the skill that works, such as `research`, `lead_scoring` or `personalized_email`. What it finds is `steps.KEY` in
    /// the conditions and placeholders of later steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
}

impl PlaybookStep {
    /// A step with nothing but its key and kind.
    #[must_use]
    pub fn new(key: &str, kind: StepKind) -> Self {
        Self {
            key: key.to_owned(),
            kind,
            after: Span::ZERO,
            when: None,
            because: None,
            subject: None,
            text: None,
            template: None,
            title: None,
            stage: None,
            set: BTreeMap::new(),
            skill: None,
        }
    }

    /// Its texts with placeholders, each with its name.
    #[must_use]
    pub fn texts(&self) -> [(&'static str, Option<&str>); 3] {
        [("subject", self.subject.as_deref()), ("text", self.text.as_deref()), ("title", self.title.as_deref())]
    }
}

/// What the built-in planner follows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Structure {
    /// What is done, in order.
    #[schemars(length(max = 50))]
    pub steps: Vec<PlaybookStep>,
    /// What ends it for a contact, beside opt-outs, bounces and complaints: a reply and a meeting when left out.
    #[serde(default = "default_stop_on")]
    pub stop_on: Vec<StopEvent>,
    /// When messages may leave, on the contact's clock; always when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<SendWindow>,
}

pub(crate) fn default_stop_on() -> Vec<StopEvent> {
    vec![StopEvent::Reply, StopEvent::Meeting]
}

/// Something wrong with a playbook; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PlaybookError {
    /// Line of the Markdown, from 1; absent for a structure given as JSON.
    pub line: Option<usize>,
    /// The field at fault below the structure, such as `steps[2].when`.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// A reason with the facts it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// In words.
    pub reason: String,
    /// What was found.
    pub facts: Vec<Fact>,
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
