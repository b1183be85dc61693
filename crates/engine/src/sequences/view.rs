//! How sequences and enrollments look in answers. Reads; decides nothing.

use std::collections::BTreeMap;

use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, AgentId, EnrollmentId, IdentityId, LeadId, SequenceId, ThreadId};
use outrider_domain::sequence::SequenceDefinition;
use outrider_domain::time::Millis;
use outrider_store::sequences as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::gates::snapshot::read_json;

/// A sequence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sequence {
    /// Key.
    pub id: SequenceId,
    /// Unique in the project.
    pub name: String,
    /// The agent in whose name it writes.
    pub agent_id: Option<AgentId>,
    /// `active`, `paused` or `archived`.
    pub status: Status,
    /// Counts changes of the definition.
    pub version: i64,
    /// Steps, hours, stop rules, senders, approval.
    pub definition: SequenceDefinition,
    /// Enrollments by state.
    pub enrollments: BTreeMap<String, i64>,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

/// Whether a sequence runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Runs.
    Active,
    /// Waits: what is due is held.
    Paused,
    /// Over: open enrollments are stopped.
    Archived,
}

impl Status {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Archived => "archived",
        }
    }

    fn of(text: &str) -> Self {
        match text {
            "paused" => Self::Paused,
            "archived" => Self::Archived,
            _ => Self::Active,
        }
    }
}

/// The view of a sequence's row, with counts.
///
/// # Errors
/// When the database fails or the definition can't be read.
pub fn view(cx: &mut Context<'_, '_>, row: rows::Sequence) -> Result<Sequence> {
    Ok(Sequence {
        id: row.id,
        agent_id: row.agent_id,
        status: Status::of(&row.status),
        version: row.version,
        definition: read_json(&row.definition, "a sequence's definition")?,
        enrollments: rows::counts(cx.tx, cx.project, row.id)?.into_iter().collect(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        name: row.name,
    })
}

/// Refuses a definition with problems.
///
/// # Errors
/// `validation_error` at the first problem's place.
pub fn check(cx: &mut Context<'_, '_>, agent: Option<AgentId>, definition: &SequenceDefinition) -> Result<()> {
    let problems = definition.validate();
    if let Some(first) = problems.first() {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(Error::invalid(format!("definition.{}", first.path), all.join("; ")));
    }
    let by_phone = definition.channels().into_iter().find(|channel| matches!(channel, Channel::Call | Channel::Sms));
    if let (None, Some(channel)) = (agent, by_phone) {
        let what = if channel == Channel::Call {
            "calls needs the agent that speaks"
        } else {
            "sends texts needs the agent whose number it is"
        };
        return Err(Error::invalid("agent_id", format!("A sequence that {what}.")));
    }
    for id in definition.call_templates() {
        if cx.core.catalog()?.get(id).is_none() {
            return Err(Error::invalid("definition.steps", format!("There is no call template {id:?}.")));
        }
    }
    for name in definition.template_names() {
        if outrider_store::templates::find(cx.tx, cx.project, name)?.is_none() {
            return Err(Error::invalid("definition.steps", format!("There is no template {name:?}.")));
        }
    }
    for email in &definition.identities {
        if outrider_store::identities::find(cx.tx, cx.project, &email.to_lowercase())?.is_none() {
            return Err(Error::invalid("definition.identities", format!("There is no identity {email}.")));
        }
    }
    Ok(())
}

/// One lead's way through a sequence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Enrollment {
    /// Key.
    pub id: EnrollmentId,
    /// The sequence.
    pub sequence_id: SequenceId,
    /// The lead.
    pub lead_id: LeadId,
    /// `active`, `paused`, `stopped` or `finished`.
    pub state: String,
    /// Key of the next step, or of the one whose action is under way; null when none is left.
    pub step: Option<String>,
    /// Key of the step that was done, or passed over, last.
    pub done_step: Option<String>,
    /// When that step is due, while no action is under way; when a task is overdue, or a pause ends, by itself.
    pub due_at: Option<Millis>,
    /// Why it stopped or paused.
    pub reason: Option<String>,
    /// Its sender.
    pub identity_id: Option<IdentityId>,
    /// Its thread.
    pub thread_id: Option<ThreadId>,
    /// The action under way.
    pub action_id: Option<ActionId>,
    /// When enrolled.
    pub created_at: Millis,
    /// When it stopped or finished.
    pub finished_at: Option<Millis>,
}

impl From<rows::Enrollment> for Enrollment {
    fn from(row: rows::Enrollment) -> Self {
        Self {
            id: row.id,
            sequence_id: row.sequence_id,
            lead_id: row.lead_id,
            state: row.state,
            step: row.step,
            done_step: row.done_step,
            due_at: row.due_at,
            reason: row.reason,
            identity_id: row.identity_id,
            thread_id: row.thread_id,
            action_id: row.action_id,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}
