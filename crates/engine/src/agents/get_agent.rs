//! `get_agent`: one agent with what it has done.

use outrider_domain::id::AgentId;
use outrider_store::{agents as rows, calls, leads, messages};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Agent;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets an agent.
pub struct GetAgent;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The agent.
    agent_id: AgentId,
}

/// An agent and its totals.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentDetail {
    /// The agent.
    #[serde(flatten)]
    pub agent: Agent,
    /// Leads assigned to it.
    pub total_leads_assigned: i64,
    /// Calls dialled in its name.
    pub total_calls: i64,
    /// Mails handed over in its name.
    pub total_emails: i64,
}

impl Operation for GetAgent {
    const SPEC: Spec =
        Spec::get("get_agent", "agents", "/agents/{agent_id}", "agents:read", "Get an agent and its totals.");
    type Input = Input;
    type Output = AgentDetail;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<AgentDetail> {
        let row = rows::get(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?;
        Ok(AgentDetail {
            total_leads_assigned: leads::count_of_agent(cx.tx, cx.project, row.id)?,
            total_calls: calls::count_of_agent(cx.tx, cx.project, row.id)?,
            total_emails: messages::count_sent_by_agent(cx.tx, cx.project, row.id)?,
            agent: Agent::of(cx, row)?,
        })
    }
}
