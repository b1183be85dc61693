//! `delete_agent`: an agent that nothing works with goes; its leads stay, assigned to nobody.

use outrider_domain::id::AgentId;
use outrider_store::{agents as rows, identities, leads, sequences};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::Deleted;
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::playbooks::save::remove;
use crate::runs::progress::agent_gone;

/// Removes an agent.
pub struct DeleteAgent;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The agent.
    agent_id: AgentId,
}

impl Operation for DeleteAgent {
    const SPEC: Spec = Spec::delete(
        "delete_agent",
        "agents",
        "/agents/{agent_id}",
        "agents:write",
        "Delete an agent; its leads stay.",
    )
    .describe(
        "Refused while a sequence that is not archived, or a sender, belongs to it. Its runs go with it, and whatever was still to leave in its name is refused; what it sent stays on record.",
    )
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let agent =
            rows::get(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?;
        if let Some((id, name)) = sequences::running_of_agent(cx.tx, cx.project, agent.id)? {
            let message = format!(
                "The sequence {name} ({id}) writes in this agent's name. Give it another agent or archive it first."
            );
            return Err(Error::new(code::WRONG_STATE, message).at("agent_id"));
        }
        let mut own = identities::answered_by_agent(cx.tx, cx.project, agent.id)?;
        for kind in [identities::PHONE, identities::MAILBOX] {
            own = identities::address_of_agent(cx.tx, cx.project, agent.id, kind)?.or(own);
        }
        if let Some(address) = own {
            let message =
                format!("The sender {address} belongs to this agent. Give it to another agent or delete it first.");
            return Err(Error::new(code::WRONG_STATE, message).at("agent_id"));
        }
        let leads = leads::leave_agent(cx.tx, cx.project, agent.id, cx.now)?;
        cx.plan.push(json!({ "delete_agent": { "id": agent.id, "name": agent.name, "leads_unassigned": leads } }));
        let runs = agent_gone(cx, agent.id)?;
        remove(cx, agent.id)?;
        rows::delete(cx.tx, cx.project, agent.id)?;
        cx.emit(
            Event::new("agent.deleted")
                .agent(agent.id)
                .subject(agent.id)
                .data(json!({ "name": agent.name, "leads_unassigned": leads, "runs": runs })),
        );
        Ok(Deleted::of(agent.id))
    }
}
