//! Notes on leads, and what people shall do: written by people and by agents' actions. Reminds nobody and sends nothing.

pub mod complete_person_task;
pub mod create_note;
pub mod list_lead_notes;
pub mod list_person_tasks;

use outrider_domain::id::{ActionId, AgentId, LeadId, NoteId, PersonTaskId};
use outrider_domain::time::Millis;
use outrider_store::notes as rows;
use schemars::JsonSchema;
use serde::Serialize;

/// A note on a lead.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Note {
    /// Key.
    pub id: NoteId,
    /// The lead.
    pub lead_id: LeadId,
    /// The agent that wrote it.
    pub agent_id: Option<AgentId>,
    /// The action that wrote it.
    pub action_id: Option<ActionId>,
    /// What it says.
    pub text: String,
    /// Who wrote it, or asked the agent to.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
}

impl From<rows::Note> for Note {
    fn from(row: rows::Note) -> Self {
        Self {
            id: row.id,
            lead_id: row.lead_id,
            agent_id: row.agent_id,
            action_id: row.action_id,
            text: row.text,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}

/// Something a person shall do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonTask {
    /// Key.
    pub id: PersonTaskId,
    /// `task`, `linkedin`, `call` or `escalation`.
    pub kind: String,
    /// The lead it is about.
    pub lead_id: Option<LeadId>,
    /// The agent that asks.
    pub agent_id: Option<AgentId>,
    /// The action behind it.
    pub action_id: Option<ActionId>,
    /// What, in a line.
    pub title: String,
    /// More, or the text to send.
    pub text: Option<String>,
    /// Where: a profile's address or a number.
    pub link: Option<String>,
    /// `open`, `done` or `dismissed`.
    pub status: String,
    /// Who asked.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
    /// Who ended it.
    pub done_by: Option<String>,
    /// When.
    pub done_at: Option<Millis>,
}

impl From<rows::PersonTask> for PersonTask {
    fn from(row: rows::PersonTask) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            lead_id: row.lead_id,
            agent_id: row.agent_id,
            action_id: row.action_id,
            title: row.title,
            text: row.text,
            link: row.link,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at,
            done_by: row.done_by,
            done_at: row.done_at,
        }
    }
}
