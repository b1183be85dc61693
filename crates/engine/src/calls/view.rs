//! How calls look in answers. Reads; decides nothing.

use std::collections::BTreeMap;

use outrider_domain::id::{ActionId, AgentId, CallId, IdentityId, LeadId};
use outrider_domain::telephony::SANDBOX;
use outrider_domain::time::{Millis, SECOND};
use outrider_store::calls as rows;
use outrider_voice::Line;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::status;
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its gates, or for a person.
    Queued,
    /// The carrier dials.
    Dialing,
    /// Somebody, or something, picked up.
    InProgress,
    /// It was answered and is over.
    Completed,
    /// It could not be put through.
    Failed,
    /// Nobody picked up, or the line was busy.
    NoAnswer,
    /// It was ended before it was dialled.
    Canceled,
    /// It may or may not have taken place; see its action.
    Unknown,
}

impl Status {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => status::QUEUED,
            Self::Dialing => status::DIALING,
            Self::InProgress => status::IN_PROGRESS,
            Self::Completed => status::COMPLETED,
            Self::Failed => status::FAILED,
            Self::NoAnswer => status::NO_ANSWER,
            Self::Canceled => status::CANCELED,
            Self::Unknown => status::UNKNOWN,
        }
    }
}

/// A phone call.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Call {
    /// Key.
    pub id: CallId,
    /// The action that places it: its approval, its gates, its end.
    pub action_id: Option<ActionId>,
    /// The person at the other end.
    pub lead_id: LeadId,
    /// The agent that speaks.
    pub agent_id: Option<AgentId>,
    /// The number it is placed from, or came to.
    pub phone_number_id: Option<IdentityId>,
    /// `outbound` or `inbound`.
    pub direction: String,
    /// The lead's number, E.164.
    pub lead_phone: String,
    /// Our number, E.164.
    pub agent_phone: Option<String>,
    /// `queued`, `dialing`, `in_progress`, `completed`, `failed`, `no_answer`, `canceled` or `unknown`.
    pub status: String,
    /// `connected`, `voicemail` or `no_answer`, once known.
    pub outcome: Option<String>,
    /// How the conversation ended, such as `completed`, `opted_out`, `declined` or `callback_requested`.
    pub ending: Option<String>,
    /// Why it failed or was canceled, in words.
    pub reason: Option<String>,
    /// Why it waits, in words: what its gate says.
    pub hold_reason: Option<String>,
    /// The carrier it went through; `sandbox` when nobody was really called.
    pub carrier: Option<String>,
    /// Whether a scripted callee answered and nobody was really called.
    pub sandbox: bool,
    /// Id of its call template; the agent's own when null.
    pub template: Option<String>,
    /// Why the lead is called.
    pub call_reason: Option<String>,
    /// What is said instead of the usual first message.
    pub first_message_override: Option<String>,
    /// What is said first, as an approver should read it.
    pub opening: String,
    /// Values given for this call.
    pub variables: BTreeMap<String, String>,
    /// What the conversation found out.
    pub output_variables: BTreeMap<String, Value>,
    /// Minutes it was expected to take.
    pub estimated_minutes: Option<i64>,
    /// Minutes to be paid: as expected until it ends, then as begun.
    pub billable_minutes: i64,
    /// How long it lasted from when it was answered, in seconds.
    pub duration_seconds: Option<i64>,
    /// What happened, in words; what the callee said in it came from outside.
    pub summary: Option<String>,
    /// Whether `get_call_recording` has its sound.
    pub has_recording: bool,
    /// When queued.
    pub created_at: Millis,
    /// When dialled.
    pub started_at: Option<Millis>,
    /// When answered.
    pub answered_at: Option<Millis>,
    /// When it ended.
    pub finished_at: Option<Millis>,
}

impl Call {
    /// From its row.
    ///
    /// # Errors
    /// When the row holds what can't be read.
    pub fn of(row: rows::Call) -> Result<Self> {
        let live = matches!(row.status.as_str(), status::QUEUED | status::DIALING | status::IN_PROGRESS);
        let finished_at = row.finished_at.filter(|_| !live);
        Ok(Self {
            id: row.id,
            action_id: row.action_id,
            lead_id: row.lead_id,
            agent_id: row.agent_id,
            phone_number_id: row.identity_id,
            direction: row.direction,
            lead_phone: row.lead_phone,
            agent_phone: row.agent_phone,
            status: row.status,
            outcome: row.outcome,
            ending: row.ending,
            reason: row.reason,
            hold_reason: None,
            sandbox: row.carrier.as_deref() == Some(SANDBOX),
            carrier: row.carrier,
            template: row.template,
            call_reason: row.call_reason,
            first_message_override: row.first_message,
            opening: row.opening,
            variables: read_json(&row.variables, "a call's variables")?,
            output_variables: read_json(&row.output, "what a call found out")?,
            estimated_minutes: row.estimated_minutes,
            billable_minutes: row.billable_minutes,
            duration_seconds: finished_at
                .and_then(|end| row.answered_at.map(|from| (end.0 - from.0 + SECOND / 2).max(0) / SECOND)),
            summary: row.summary,
            has_recording: row.recording_type.is_some(),
            created_at: row.created_at,
            started_at: row.started_at,
            answered_at: row.answered_at,
            finished_at,
        })
    }
}

/// What was said in a call, in order.
///
/// # Errors
/// When the row holds what can't be read.
pub fn transcript(row: &rows::Call) -> Result<Vec<Line>> {
    row.transcript.lines().map(|line| read_json(line, "a call's transcript")).collect()
}
