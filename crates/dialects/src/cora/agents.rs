//! Agents as Cora shows and lists them, and gives them leads; making and changing them is [`super::agent_changes`]'s.

use outrider_domain::id::{AgentId, LeadId};
use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::agents::{self, AgentType, assign_leads, get_agent, list_agents};
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Page, Spec, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ids;

/// An agent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Agent {
    /// Key.
    id: AgentId,
    /// `outbound` or `inbound`.
    #[serde(rename = "type")]
    kind: String,
    /// Display name.
    name: String,
    /// What it reaches out by: `call`, `email` or `both`.
    mode: String,
    /// Whether it acts by itself.
    automation_enabled: bool,
    /// The number it calls from, or answers.
    twilio_number: Option<String>,
    /// The mailbox that is its own.
    email_address: Option<String>,
    /// Language it speaks and writes.
    language: Option<String>,
    /// Always null: voices are set where the carrier is.
    voice_id: Option<String>,
    /// Always null: this server runs its own agents.
    elevenlabs_agent_id: Option<String>,
    /// When made.
    created_at: Millis,
}

impl From<agents::Agent> for Agent {
    fn from(agent: agents::Agent) -> Self {
        Self {
            id: agent.id,
            kind: agent.kind,
            name: agent.name,
            mode: agent.outreach_model,
            automation_enabled: agent.automation_enabled,
            twilio_number: agent.phone_number,
            email_address: agent.email_address,
            language: agent.language,
            voice_id: None,
            elevenlabs_agent_id: None,
            created_at: agent.created_at,
        }
    }
}

/// `GET /api/v1/agents`.
pub struct ListAgents;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AgentFilter {
    /// Only agents of this type.
    #[serde(rename = "type")]
    kind: Option<AgentType>,
    /// How many to answer with: 1 to 100, 50 when absent.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent for the first page.
    cursor: Option<String>,
}

impl Operation for ListAgents {
    const SPEC: Spec =
        Spec::list("list_agents", "agents", "/api/v1/agents", "agents:read", "List agents, newest first.");
    type Input = AgentFilter;
    type Output = Page<Agent>;

    fn run(cx: &mut Context<'_, '_>, input: AgentFilter) -> Result<Page<Agent>> {
        let kind = input.kind.map(AgentType::as_str);
        let asked = json!({ "type": kind, "limit": input.limit, "cursor": input.cursor });
        Ok(within::<list_agents::ListAgents>(cx, asked)?.map(Agent::from))
    }
}

/// `GET /api/v1/agents/{agent_id}`.
pub struct GetAgent;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WhichAgent {
    /// The agent.
    agent_id: String,
}

/// An agent and what it has done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentDetail {
    /// The agent.
    #[serde(flatten)]
    agent: Agent,
    /// Leads assigned to it.
    total_leads_assigned: i64,
    /// Calls placed in its name.
    total_calls: i64,
    /// Mails handed over in its name.
    total_emails: i64,
}

impl Operation for GetAgent {
    const SPEC: Spec = Spec::get(
        "get_agent",
        "agents",
        "/api/v1/agents/{agent_id}",
        "agents:read",
        "Get an agent and what it has done.",
    );
    type Input = WhichAgent;
    type Output = AgentDetail;

    fn run(cx: &mut Context<'_, '_>, input: WhichAgent) -> Result<AgentDetail> {
        let id: AgentId = ids::read(&input.agent_id, "agent", "agent_id")?;
        let found = within::<get_agent::GetAgent>(cx, json!({ "agent_id": id }))?;
        Ok(AgentDetail {
            agent: found.agent.into(),
            total_leads_assigned: found.total_leads_assigned,
            total_calls: found.total_calls,
            total_emails: found.total_emails,
        })
    }
}

/// `POST /api/v1/agents/{agent_id}/assign-leads`.
pub struct AssignLeads;

/// Whom to whom.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Assignment {
    /// The agent.
    agent_id: String,
    /// These leads, 500 at most.
    #[serde(default)]
    #[schemars(length(max = 500))]
    lead_ids: Option<Vec<String>>,
    /// Every lead that has no agent, instead of named ones.
    #[serde(default)]
    assign_all_unassigned: Option<bool>,
}

/// How many.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Assigned {
    /// Leads that have changed hands.
    assigned: u64,
    /// Leads that were named, or had no agent.
    total: u64,
}

impl Operation for AssignLeads {
    const SPEC: Spec = Spec::act(
        "assign_leads",
        "agents",
        "/api/v1/agents/{agent_id}/assign-leads",
        "leads:write",
        "Assign leads to an agent.",
    )
    .describe("Give either lead_ids or assign_all_unassigned. A lead that had another agent changes hands.");
    type Input = Assignment;
    type Output = Assigned;

    fn run(cx: &mut Context<'_, '_>, input: Assignment) -> Result<Assigned> {
        let agent: AgentId = ids::read(&input.agent_id, "agent", "agent_id")?;
        let read = |(place, text): (usize, &String)| ids::read(text, "lead", &format!("lead_ids[{place}]"));
        let leads: Option<Vec<LeadId>> =
            input.lead_ids.as_ref().map(|named| named.iter().enumerate().map(read).collect()).transpose()?;
        let all = input.assign_all_unassigned.unwrap_or(false);
        let asked = json!({ "agent_id": agent, "lead_ids": leads, "assign_all_unassigned": all });
        let done = within::<assign_leads::AssignLeads>(cx, asked)?;
        Ok(Assigned { assigned: done.assigned, total: done.total })
    }
}
