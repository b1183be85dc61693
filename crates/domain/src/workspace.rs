//! A workspace as a file: what `apply` reads and `export` writes, in TOML or JSON. Checks the file in itself; comparing it with
//! what is stored, and changing that, is the engine's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Email;
use crate::autonomy::{Autonomy, ChannelAutonomy};
use crate::holidays::OwnHoliday;
use crate::ramp::Ramp;
use crate::sequence::{Branch, SequenceDefinition, Step, StopEvent, default_stop_on};
use crate::span::Span;
use crate::window::{SendWindow, TimeZone};

pub use crate::workspace_check::Problem;
pub use crate::workspace_parts::{PhoneNumberEntry, SegmentEntry};

/// Everything an organization has set up, save what happens by itself: leads, messages and logs are not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Workspace {
    /// The organization's name.
    pub organization: String,
    /// Who signs in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserEntry>,
    /// Its projects and all that is in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ProjectEntry>,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct UserEntry {
    /// Their address; names the user.
    pub email: Email,
    /// Display name.
    pub name: String,
    /// What they may do.
    #[serde(default)]
    pub role: UserRole,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum UserRole {
    /// Everything, including users and credits.
    Owner,
    /// Everything in the projects.
    Admin,
    /// Their own leads.
    #[default]
    Seller,
    /// Look only.
    Viewer,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct ProjectEntry {
    /// Its short name in addresses and commands: 1 to 60 lower-case letters, digits and `-`.
    #[schemars(length(min = 1, max = 60), regex(pattern = "^[a-z0-9][a-z0-9-]*$"))]
    pub slug: String,
    /// Display name.
    pub name: String,
    /// Subscription plan; `self_hosted` has no limits.
    #[serde(default = "self_hosted")]
    pub plan: String,
    /// For identities and reports that have none of their own.
    #[serde(default)]
    pub time_zone: TimeZone,
    /// When a person must approve, for agents that have no policy of their own.
    #[serde(default)]
    pub autonomy: ChannelAutonomy,
    /// What connected agents (over MCP) may do alone; where it is not given, native tools ask always and a dialect's do what its
    /// contract says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_agents: Option<ChannelAutonomy>,
    /// Whether the key that proposed an action may also approve it; left as it is when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_approval: Option<bool>,
    /// True stops every channel at once, false lets go; left as it is when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_switch: Option<bool>,
    /// Days on which its sequences rest, beside the holidays where each lead lives: the whole list; left as it is when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 366))]
    pub holidays: Option<Vec<OwnHoliday>>,
    /// Credits granted when the project is first made; nothing later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<u32>,
    /// AI workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<AgentEntry>,
    /// Senders of mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<IdentityEntry>,
    /// Numbers that call and are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<PhoneNumberEntry>,
    /// Filters over leads with names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<SegmentEntry>,
    /// Stored texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<TemplateEntry>,
    /// Ordered motions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<SequenceEntry>,
    /// Who must not be contacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<SuppressionEntry>,
}

fn self_hosted() -> String {
    "self_hosted".to_owned()
}

fn yes() -> bool {
    true
}

/// An AI worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct AgentEntry {
    /// Its name; unique in the project.
    pub name: String,
    /// Whether it writes first or answers.
    #[serde(default, rename = "type")]
    pub kind: AgentKind,
    /// Whether it may act at all.
    #[serde(default = "yes")]
    pub active: bool,
    /// Whether it acts without being asked.
    #[serde(default)]
    pub automation_enabled: bool,
    /// How it reaches leads.
    #[serde(default)]
    pub outreach_model: OutreachModel,
    /// Language it writes in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When a person must approve; the project's policy when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autonomy: Option<ChannelAutonomy>,
    /// What it knows.
    #[serde(default, skip_serializing_if = "Brain::is_empty")]
    pub brain: Brain,
    /// How it calls, as the field `calling` of an agent: template, values, what calls find out, when a person takes over. A short
    /// outreach from its brain when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calling: Option<Value>,
    /// The playbook it follows, as the field `playbook` of an agent, with `identity` (an address) in place of `identity_id`; left
    /// as it is when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<Value>,
}

/// Whether an agent writes first or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AgentKind {
    /// Writes first.
    #[default]
    Outbound,
    /// Answers.
    Inbound,
}

/// How an agent reaches leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OutreachModel {
    /// By phone.
    Call,
    /// By mail.
    #[default]
    Email,
    /// By either.
    Both,
}

/// The texts an agent works from. The names are those of the Cora contract.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Brain {
    /// Standing orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// What is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_explanation: Option<String>,
    /// Why anyone would want it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_proposition: Option<String>,
    /// What troubles the leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pain_points: Option<String>,
    /// What they gain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benefits: Option<String>,
    /// What others don't have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features_differentiators: Option<String>,
    /// All of it in half a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevator_pitch: Option<String>,
    /// How a call begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_message: Option<String>,
    /// What to know when writing mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_knowledge: Option<String>,
    /// A mail to write like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example_email: Option<String>,
}

impl Brain {
    /// Whether nothing is written in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct IdentityEntry {
    /// The address mail comes from; names the identity.
    pub email: Email,
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where replies go, when not to `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Email>,
    /// Name of a transport in the settings; `capture` keeps mail in the process.
    #[serde(default = "capture")]
    pub transport: String,
    /// Name of a mailbox in the settings, where its replies and bounces are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// Name of the agent that alone sends as it; any agent may when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Mails a day.
    #[serde(default)]
    pub ramp: Ramp,
    /// Shortest time between two mails.
    #[serde(default = "thirty_seconds")]
    pub min_gap: Span,
    /// Where its day begins; the project's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Whether it may send.
    #[serde(default = "yes")]
    pub active: bool,
}

fn capture() -> String {
    "capture".to_owned()
}

fn thirty_seconds() -> Span {
    Span::seconds(30)
}

/// A stored text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct TemplateEntry {
    /// Its name; unique in the project.
    pub name: String,
    /// Subject with placeholders.
    #[serde(default)]
    pub subject: String,
    /// Plain text with placeholders.
    #[serde(default)]
    pub text: String,
    /// HTML with placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

/// An ordered motion: a name and state, and the fields of [`SequenceDefinition`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SequenceEntry {
    /// Its name; unique in the project.
    pub name: String,
    /// Name of the agent it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    pub status: SequenceStatus,
    /// See [`SequenceDefinition`].
    #[serde(default)]
    pub window: SendWindow,
    /// See [`SequenceDefinition`].
    #[serde(default = "default_stop_on")]
    pub stop_on: Vec<StopEvent>,
    /// See [`SequenceDefinition`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<String>,
    /// See [`SequenceDefinition`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Autonomy>,
    /// See [`SequenceDefinition`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_holidays: bool,
    /// See [`SequenceDefinition`].
    pub steps: Vec<Step>,
    /// See [`SequenceDefinition`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
}

/// Whether a sequence runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SequenceStatus {
    /// It does.
    #[default]
    Active,
    /// Not now.
    Paused,
}

impl SequenceEntry {
    /// Its definition alone.
    #[must_use]
    pub fn definition(&self) -> SequenceDefinition {
        SequenceDefinition {
            steps: self.steps.clone(),
            window: self.window,
            stop_on: self.stop_on.clone(),
            identities: self.identities.clone(),
            approval: self.approval,
            branches: self.branches.clone(),
            on_holidays: self.on_holidays,
        }
    }

    /// The entry of a stored sequence.
    #[must_use]
    pub fn new(name: String, agent: Option<String>, status: SequenceStatus, definition: SequenceDefinition) -> Self {
        let SequenceDefinition { steps, window, stop_on, identities, approval, branches, on_holidays } = definition;
        Self { name, agent, status, window, stop_on, identities, approval, on_holidays, steps, branches }
    }
}

/// Someone who must not be contacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SuppressionEntry {
    /// What `value` is.
    pub kind: SuppressionKind,
    /// The address, number or domain.
    pub value: String,
    /// Why.
    #[serde(default = "manual")]
    pub reason: String,
}

fn manual() -> String {
    "manual".to_owned()
}

/// What is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum SuppressionKind {
    /// One mail address.
    Email,
    /// Every address at a domain.
    Domain,
    /// One phone number.
    Phone,
}

/// How a workspace is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// TOML 1.0.
    Toml,
    /// JSON.
    Json,
}

impl Format {
    /// By a file name's ending: JSON for `.json`, TOML for everything else.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        if name.to_ascii_lowercase().ends_with(".json") { Self::Json } else { Self::Toml }
    }
}

/// A text that is no workspace, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {message}", if path.is_empty() || path == "." { String::new() } else { format!(", {path}") })]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Field, such as `projects[0].agents[1].autonomy`; empty when the text is not even TOML or JSON.
    pub path: String,
    /// What is wrong; safe to show.
    pub message: String,
}

/// Reads a workspace.
///
/// # Errors
/// With the line and field of the first thing that is wrong in form. [`Workspace::validate`] finds what is wrong in meaning.
pub fn parse(text: &str, format: Format) -> Result<Workspace, ParseError> {
    match format {
        Format::Json => {
            let mut source = serde_json::Deserializer::from_str(text);
            let parsed = serde_path_to_error::deserialize(&mut source).map_err(|error| {
                let path = error.path().to_string();
                let inner = error.into_inner();
                ParseError { line: inner.line().max(1), path, message: without_place(&inner.to_string()) }
            })?;
            source.end().map_err(|error| ParseError {
                line: error.line(),
                path: String::new(),
                message: without_place(&error.to_string()),
            })?;
            Ok(parsed)
        }
        Format::Toml => {
            let place = |error: &toml::de::Error| {
                let end = error.span().map_or(0, |span| span.start.min(text.len()));
                text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
            };
            let source = toml::Deserializer::parse(text).map_err(|error| ParseError {
                line: place(&error),
                path: String::new(),
                message: error.message().to_owned(),
            })?;
            serde_path_to_error::deserialize(source).map_err(|error| {
                let path = error.path().to_string();
                let inner = error.into_inner();
                ParseError { line: place(&inner), path, message: inner.message().to_owned() }
            })
        }
    }
}

fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(before, _)| before).to_owned()
}

impl Workspace {
    /// Writes it so that [`parse`] reads the same again.
    ///
    /// # Errors
    /// Never for a workspace that was parsed or built from parsed parts.
    pub fn to_text(&self, format: Format) -> Result<String, String> {
        match format {
            Format::Json => serde_json::to_string_pretty(self).map_err(|error| error.to_string()),
            Format::Toml => toml::to_string_pretty(self).map_err(|error| error.to_string()),
        }
    }
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
