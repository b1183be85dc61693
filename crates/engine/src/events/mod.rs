//! The project's gap-free event log: read forwards by number, backwards as a feed. Writes nothing.

pub mod list_activity;
pub mod list_events;

use std::collections::HashMap;

use outrider_domain::id::{AgentId, LeadId};
use outrider_domain::time::Millis;
use outrider_store::{agents, leads, logs};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::error::Result;

/// A line of the event log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventView {
    /// 1, 2, 3, … without a gap; give the last one as `after`.
    pub number: i64,
    /// `noun.verb_past`, such as `lead.created`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub at: Millis,
    /// Who acted: `engine`, `operator`, `recipient`, or the id of a key or user.
    pub actor: String,
    /// The lead it is about.
    pub lead_id: Option<LeadId>,
    /// The agent it is about.
    pub agent_id: Option<AgentId>,
    /// Id of the thing it is about.
    pub subject: Option<String>,
    /// Details; what came from outside stands under `untrusted`.
    pub data: Value,
}

impl From<logs::EventRow> for EventView {
    fn from(row: logs::EventRow) -> Self {
        Self {
            number: row.sequence,
            kind: row.kind,
            at: row.at,
            actor: row.actor,
            lead_id: row.lead_id,
            agent_id: row.agent_id,
            subject: row.subject,
            data: serde_json::from_str(&row.data).unwrap_or_default(),
        }
    }
}

/// A line of the feed: an event with words for people.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Activity {
    /// The event.
    #[serde(flatten)]
    pub event: EventView,
    /// The type in words.
    pub title: String,
    /// The lead's name, when it still exists.
    pub lead_name: Option<String>,
    /// The agent's name, when it still exists.
    pub agent_name: Option<String>,
    /// `outbound` or `inbound`, when the agent still exists.
    pub agent_type: Option<String>,
}

/// `lead.opted_out` as `Lead opted out`.
fn title(kind: &str) -> String {
    let words = kind.replace(['.', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Adds titles and names.
///
/// # Errors
/// When the database fails.
pub(crate) fn in_words(cx: &mut Context<'_, '_>, rows: Vec<logs::EventRow>) -> Result<Vec<Activity>> {
    let mut ids: Vec<LeadId> = rows.iter().filter_map(|row| row.lead_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let leads: HashMap<LeadId, String> =
        leads::get_many(cx.tx, cx.project, &ids)?.into_iter().map(|lead| (lead.id, lead.name)).collect();
    let mut ids: Vec<AgentId> = rows.iter().filter_map(|row| row.agent_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let agents: HashMap<AgentId, (String, String)> = agents::get_many(cx.tx, cx.project, &ids)?
        .into_iter()
        .map(|agent| (agent.id, (agent.name, agent.kind)))
        .collect();
    let view = |row: logs::EventRow| {
        let agent = row.agent_id.and_then(|id| agents.get(&id).cloned());
        let (agent_name, agent_type) = agent.unzip();
        Activity {
            title: title(&row.kind),
            lead_name: row.lead_id.and_then(|id| leads.get(&id).cloned()),
            agent_name,
            agent_type,
            event: row.into(),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn types_become_words() {
        assert_eq!(title("lead.opted_out"), "Lead opted out");
        assert_eq!(title(""), "");
    }
}
