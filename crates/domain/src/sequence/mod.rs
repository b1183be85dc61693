//! What a sequence is: steps, delays, variants, hours, branches and what ends it, as stored and as written in files and requests.
//! Checks a definition in itself; whether the templates and identities it names exist is the engine's question.

mod branch;
mod check;
mod step;

use serde::{Deserialize, Serialize};

use crate::autonomy::Autonomy;
pub use crate::channel::Channel;
use crate::span::Span;
use crate::window::SendWindow;
pub use branch::{Branch, Happening, Then, first_on};
pub use check::MAX_SMS;
pub use step::{CallStep, GoesOn, Step, Variant};

/// Most steps of a sequence.
pub const MAX_STEPS: usize = 50;
/// Most variants of a step.
pub const MAX_VARIANTS: usize = 20;
/// Longest delay of a step.
pub const MAX_DELAY: Span = Span::days(365);

/// What ends a lead's way through a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StopEvent {
    /// A person answered, whatever they wrote.
    Reply,
    /// Their answer says that they want to know more, or to meet.
    Interested,
    /// Their answer says no.
    NotInterested,
    /// Their answer says: later.
    NotNow,
    /// Their answer names somebody else to talk to.
    Referral,
    /// They are not who was meant. Ends it unless a branch leads on.
    WrongPerson,
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
            Self::Interested => "interested",
            Self::NotInterested => "not_interested",
            Self::NotNow => "not_now",
            Self::Referral => "referral",
            Self::WrongPerson => "wrong_person",
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
    /// Where a lead goes on, wherever it stands, when it tells us something; those of the step done last are asked first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub branches: Vec<Branch>,
    /// Whether steps also happen on holidays: where the lead lives, and the project's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_holidays: bool,
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
        StopEvent::ALWAYS.contains(&event) || event == StopEvent::WrongPerson || self.stop_on.contains(&event)
    }

    /// What ends it, of what a lead has told: the closest word first.
    #[must_use]
    pub fn stopped_by(&self, happened: &[Happening]) -> Option<StopEvent> {
        happened.iter().filter_map(|happening| happening.stop_event()).find(|event| self.stops_on(*event))
    }

    /// The branch that what a lead told takes it to: one of the step done last, else one of the sequence.
    #[must_use]
    pub fn branch_on(&self, last_step: Option<&str>, happened: &[Happening]) -> Option<&Branch> {
        let own = last_step.and_then(|key| self.step(key)).and_then(|(_, step)| first_on(&step.branches, happened));
        own.or_else(|| first_on(&self.branches, happened))
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
}

#[cfg(test)]
mod tests;
