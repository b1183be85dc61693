//! One step of a sequence: its channel, its texts and what becomes of it afterwards. Checks nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::branch::{Branch, Happening, first_on};
use crate::channel::Channel;
use crate::span::Span;
use crate::weights::choose;
use crate::window::SendWindow;

/// One act of a sequence.
///
/// The text of a mail is either one of `template` or `subject`, `text` and `html`, or a list of `variants` with one each. A text message
/// has `text` or variants with `text`, a LinkedIn step `text`, a task `title` and `text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Step {
    /// Unique in the sequence and kept when steps are edited or moved: a lead never gets a step of the same key twice.
    /// Lower-case letters, digits, `-` and `_`.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z0-9][a-z0-9_-]*$"))]
    pub key: String,
    /// How long after the enrollment, for the first step, or after the step before.
    #[serde(default)]
    pub after: Span,
    /// How the lead is reached.
    #[serde(default = "email")]
    pub channel: Channel,
    /// Texts to choose from by weight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub variants: Vec<Variant>,
    /// Name of a stored template, when there is one variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Subject with placeholders, when there is one variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Plain text with placeholders, when there is one variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// HTML with placeholders, when there is one variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Continue the thread of the step before, under its subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub thread: bool,
    /// Hours of this step alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<SendWindow>,
    /// What a step of the channel `call` is about; the agent calls as it does by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallStep>,
    /// What a person is to do, in a line with placeholders, for the channels `task` and `linkedin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub title: Option<String>,
    /// When the sequence goes on after a step that a person carries out; when it is `done` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_on: Option<GoesOn>,
    /// How long a person has for it; then it is taken back as overdue, and the sequence goes on. As long as they like when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// Where the lead goes on after this step when one of these happens, instead of the next step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub branches: Vec<Branch>,
}

/// When a sequence goes on after a step that a person carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum GoesOn {
    /// When the person says that it is done, or will not be.
    Done,
    /// As soon as it is on the person's list.
    Given,
}

/// What a call of a sequence is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct CallStep {
    /// Id of a call template; the agent's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Why the lead is called, as the end of "I'm calling about …".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub reason: Option<String>,
    /// Said after the disclosure instead of the usual first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub first_message: Option<String>,
    /// Values for these calls, over the agent's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// Minutes a call is expected to take, 0 to 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 600))]
    pub estimated_minutes: Option<i64>,
}

fn email() -> Channel {
    Channel::Email
}

/// One text of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Variant {
    /// Unique in the step.
    #[schemars(length(min = 1, max = 40), regex(pattern = "^[a-z0-9][a-z0-9_-]*$"))]
    pub key: String,
    /// How often it is chosen, relative to the others; 0 switches it off.
    #[serde(default = "one")]
    pub weight: u32,
    /// Name of a stored template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Subject with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Plain text with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// HTML with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

fn one() -> u32 {
    1
}

impl Step {
    /// Its texts: the list as written, or the one given on the step itself, under the key `a`.
    #[must_use]
    pub fn choices(&self) -> Vec<Variant> {
        if !self.variants.is_empty() {
            return self.variants.clone();
        }
        vec![Variant {
            key: "a".to_owned(),
            weight: 1,
            template: self.template.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
        }]
    }

    /// The text a lead gets, by weight; `seed` names enrollment and step (see [`crate::weights::seed`]).
    #[must_use]
    pub fn choice(&self, seed: &[u8]) -> Variant {
        let mut choices = self.choices();
        let weights: Vec<u32> = choices.iter().map(|variant| variant.weight).collect();
        choices.swap_remove(choose(seed, &weights))
    }

    /// Whether a person carries it out.
    #[must_use]
    pub const fn is_by_hand(&self) -> bool {
        matches!(self.channel, Channel::Linkedin | Channel::Task)
    }

    /// Whether the sequence waits until a person says that it is done, or will not be.
    #[must_use]
    pub fn waits_for_a_person(&self) -> bool {
        self.is_by_hand() && self.goes_on != Some(GoesOn::Given)
    }

    /// Where the lead goes on after what came of it; `None` for the next step.
    #[must_use]
    pub fn branch_on(&self, happened: &[Happening]) -> Option<&Branch> {
        first_on(&self.branches, happened)
    }

    pub(super) fn has_text_of_its_own(&self) -> bool {
        self.template.is_some() || self.subject.is_some() || self.text.is_some() || self.html.is_some()
    }
}
