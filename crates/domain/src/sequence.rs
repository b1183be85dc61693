//! What a sequence is: steps, delays, variants, hours and what ends it, as stored and as written in files and requests.
//! Checks a definition in itself; whether the templates and identities it names exist is the engine's question.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::autonomy::Autonomy;
pub use crate::channel::Channel;
use crate::span::Span;
use crate::template::Template;
use crate::weights::choose;
use crate::window::SendWindow;

/// Most steps of a sequence.
pub const MAX_STEPS: usize = 50;
/// Most variants of a step.
pub const MAX_VARIANTS: usize = 20;
/// Longest delay of a step.
pub const MAX_DELAY: Span = Span::days(365);
/// Longest reason or first message of a call, in characters.
const MAX_CALL_TEXT: usize = 1_000;
/// Longest key of a step or variant, in characters.
const MAX_KEY: usize = 40;

/// What ends a lead's way through a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StopEvent {
    /// A person answered.
    Reply,
    /// A machine answered, and it is not an absence notice.
    AutoReply,
    /// An absence notice came.
    OutOfOffice,
    /// The address is dead. Always ends it.
    Bounce,
    /// The lead opted out. Always ends it.
    OptOut,
    /// A meeting was booked.
    Meeting,
    /// The lead reported abuse. Always ends it.
    Complaint,
}

impl StopEvent {
    /// What ends every sequence, whatever its definition says.
    pub const ALWAYS: [Self; 3] = [Self::Bounce, Self::OptOut, Self::Complaint];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::AutoReply => "auto_reply",
            Self::OutOfOffice => "out_of_office",
            Self::Bounce => "bounce",
            Self::OptOut => "opt_out",
            Self::Meeting => "meeting",
            Self::Complaint => "complaint",
        }
    }
}

pub(crate) fn default_stop_on() -> Vec<StopEvent> {
    vec![StopEvent::Reply, StopEvent::Bounce, StopEvent::OptOut, StopEvent::Meeting, StopEvent::Complaint]
}

/// The whole motion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SequenceDefinition {
    /// What is done, in order.
    #[schemars(length(min = 1, max = 50))]
    pub steps: Vec<Step>,
    /// When messages may leave, on the recipient's clock; a step may have its own.
    #[serde(default)]
    pub window: SendWindow,
    /// What ends a lead's way through it; bounce, opt_out and complaint must be among them.
    #[serde(default = "default_stop_on")]
    pub stop_on: Vec<StopEvent>,
    /// Names or addresses of the identities it may send as; any of the agent or project when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<String>,
    /// When a person must approve, in addition to what the agent's own policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Autonomy>,
}

/// One act of a sequence.
///
/// Its text is either one of `template` or `subject`, `text` and `html`, or a list of `variants` with one each.
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

/// What is wrong with a definition, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Problem {
    /// Where, such as `steps[2].variants[0].subject`.
    pub path: String,
    /// What; safe to show.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
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

    fn has_text_of_its_own(&self) -> bool {
        self.template.is_some() || self.subject.is_some() || self.text.is_some() || self.html.is_some()
    }
}

impl SequenceDefinition {
    /// The step of that key and its place.
    #[must_use]
    pub fn step(&self, key: &str) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.key == key)
    }

    /// The hours of a step: its own, or the sequence's.
    #[must_use]
    pub fn window_of(&self, step: &Step) -> SendWindow {
        step.window.unwrap_or(self.window)
    }

    /// Whether `event` ends a lead's way through it.
    #[must_use]
    pub fn stops_on(&self, event: StopEvent) -> bool {
        StopEvent::ALWAYS.contains(&event) || self.stop_on.contains(&event)
    }

    /// The channels of its steps, each once, in order of use.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let mut channels = Vec::new();
        for step in &self.steps {
            if !channels.contains(&step.channel) {
                channels.push(step.channel);
            }
        }
        channels
    }

    /// Ids of the call templates it uses, each once, in order of use.
    #[must_use]
    pub fn call_templates(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for id in self.steps.iter().filter_map(|step| step.call.as_ref()?.template.as_deref()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// Names of the stored templates it uses, each once, in order of use.
    #[must_use]
    pub fn template_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for step in &self.steps {
            for name in step.template.iter().chain(step.variants.iter().filter_map(|variant| variant.template.as_ref()))
            {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Everything wrong with it; empty when it can run.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        if self.steps.is_empty() {
            problems.add("steps", "a sequence needs at least one step");
        }
        if self.steps.len() > MAX_STEPS {
            problems.add("steps", format!("a sequence has at most {MAX_STEPS} steps"));
        }
        for event in StopEvent::ALWAYS {
            if !self.stop_on.contains(&event) {
                problems.add("stop_on", format!("{} always ends a sequence and can't be left out", event.as_str()));
            }
        }
        let mut keys = HashSet::new();
        for (index, step) in self.steps.iter().enumerate() {
            let path = format!("steps[{index}]");
            problems.key(&path, &step.key, &mut keys);
            step.validate(index == 0, &path, &mut problems);
        }
        for (index, identity) in self.identities.iter().enumerate() {
            if identity.trim().is_empty() {
                problems.add(format!("identities[{index}]"), "name an identity or its address");
            }
        }
        problems.0
    }
}

impl Step {
    fn validate(&self, first: bool, path: &str, problems: &mut Problems) {
        match self.channel {
            Channel::Email if self.call.is_some() => {
                problems.add(format!("{path}.call"), "only a step of the channel call has this");
            }
            Channel::Email => {}
            Channel::Call => return self.validate_call(path, problems),
            other => problems.add(
                format!("{path}.channel"),
                format!("sequences send email and call; {other} is not available as a step yet"),
            ),
        }
        if self.after > MAX_DELAY {
            problems.add(format!("{path}.after"), format!("a step waits at most {MAX_DELAY}"));
        }
        if first && self.thread {
            problems.add(format!("{path}.thread"), "the first step has no thread to continue");
        }
        if !self.variants.is_empty() && self.has_text_of_its_own() {
            problems.add(path, "give either variants or one text on the step itself, not both");
        }
        if self.variants.is_empty() {
            self.validate_text(&self.choices()[0], path, problems);
            return;
        }
        if self.variants.len() > MAX_VARIANTS {
            problems.add(format!("{path}.variants"), format!("a step has at most {MAX_VARIANTS} variants"));
        }
        if self.variants.iter().all(|variant| variant.weight == 0) {
            problems.add(format!("{path}.variants"), "at least one variant needs a weight above 0");
        }
        let mut keys = HashSet::new();
        for (index, variant) in self.variants.iter().enumerate() {
            let path = format!("{path}.variants[{index}]");
            problems.key(&path, &variant.key, &mut keys);
            self.validate_text(variant, &path, problems);
        }
    }

    fn validate_call(&self, path: &str, problems: &mut Problems) {
        if self.after > MAX_DELAY {
            problems.add(format!("{path}.after"), format!("a step waits at most {MAX_DELAY}"));
        }
        if !self.variants.is_empty() || self.has_text_of_its_own() || self.thread {
            problems.add(path, "a call has no text to send: say what it is about in call");
        }
        let Some(call) = &self.call else { return };
        for (name, text) in [("reason", &call.reason), ("first_message", &call.first_message)] {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > MAX_CALL_TEXT || text.chars().any(char::is_control))
            {
                problems.add(
                    format!("{path}.call.{name}"),
                    format!("write one line of at most {MAX_CALL_TEXT} characters"),
                );
            }
        }
        if call.estimated_minutes.is_some_and(|minutes| !(0..=600).contains(&minutes)) {
            problems.add(format!("{path}.call.estimated_minutes"), "a call takes 0 to 600 minutes");
        }
    }

    fn validate_text(&self, variant: &Variant, path: &str, problems: &mut Problems) {
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        if variant.template.is_some() {
            if variant.subject.is_some() || variant.text.is_some() || variant.html.is_some() {
                problems.add(path, "give either a template or a text, not both");
            }
            if blank(&variant.template) {
                problems.add(format!("{path}.template"), "name a template");
            }
            return;
        }
        if blank(&variant.text) && blank(&variant.html) {
            problems.add(format!("{path}.text"), "a step needs a template or a text");
        }
        if self.thread && variant.subject.is_some() {
            problems.add(
                format!("{path}.subject"),
                "a step that continues a thread keeps its subject: leave this out, or set thread to false",
            );
        }
        if !self.thread && blank(&variant.subject) {
            problems.add(format!("{path}.subject"), "a step that begins a thread needs a subject");
        }
        if variant.subject.as_ref().is_some_and(|subject| subject.contains(['\r', '\n'])) {
            problems.add(format!("{path}.subject"), "a subject is one line");
        }
        let parts = [("subject", &variant.subject), ("text", &variant.text), ("html", &variant.html)];
        for (name, source) in parts {
            let parse = if name == "html" { Template::parse_html } else { Template::parse };
            if let Some(Err(error)) = source.as_deref().map(parse) {
                problems.add(format!("{path}.{name}"), error.to_string());
            }
        }
    }
}

/// Problems found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    fn key<'a>(&mut self, path: &str, key: &'a str, seen: &mut HashSet<&'a str>) {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if key.is_empty() || key.len() > MAX_KEY || !key.chars().all(allowed) || key.starts_with(['-', '_']) {
            self.add(
                format!("{path}.key"),
                format!(
                    "a key has 1 to {MAX_KEY} lower-case letters, digits, - and _, and begins with a letter or digit"
                ),
            );
        }
        if !seen.insert(key) {
            self.add(format!("{path}.key"), format!("the key \"{key}\" is used twice"));
        }
    }
}

#[cfg(test)]
#[path = "sequence_tests.rs"]
mod tests;
