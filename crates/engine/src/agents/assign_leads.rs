//! `assign_leads`: gives leads to an agent, named ones or all that have none.

use std::collections::HashSet;

use outrider_domain::id::{AgentId, LeadId};
use outrider_store::{agents, leads};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Assigns leads to an agent.
pub struct AssignLeads;

/// Most leads named in one call.
const MOST: usize = 500;

/// Whom to whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The agent.
    agent_id: AgentId,
    /// These leads, 500 at most.
    #[serde(default)]
    #[schemars(length(max = 500))]
    lead_ids: Option<Vec<LeadId>>,
    /// Every lead that has no agent.
    #[serde(default)]
    assign_all_unassigned: bool,
}

/// How many.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Assigned {
    /// Leads that have changed hands.
    pub assigned: u64,
    /// Leads asked for; the others were this agent's already.
    pub total: u64,
}

impl Operation for AssignLeads {
    const SPEC: Spec = Spec::act(
        "assign_leads",
        "agents",
        "/agents/{agent_id}/assign-leads",
        "leads:write",
        "Assign leads to an agent.",
    )
    .describe("Give either lead_ids or assign_all_unassigned. A lead that had another agent changes hands.")
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Assigned;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Assigned> {
        let agent =
            agents::get(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?.id;
        let (assigned, total) = match (input.lead_ids, input.assign_all_unassigned) {
            (Some(_), true) => {
                return Err(Error::invalid(
                    "assign_all_unassigned",
                    "Give lead_ids or assign_all_unassigned, not both.",
                ));
            }
            (None, false) => return Err(Error::invalid("lead_ids", "Give lead_ids, or assign_all_unassigned: true.")),
            (None, true) => {
                let assigned = leads::assign_unassigned(cx.tx, cx.project, agent, cx.now)?;
                (assigned, assigned)
            }
            (Some(ids), false) => assign(cx, agent, &ids)?,
        };
        cx.plan.push(json!({ "assign_leads": { "agent": agent, "assigned": assigned, "total": total } }));
        if assigned > 0 {
            cx.emit(Event::new("leads.assigned").agent(agent).subject(agent).data(json!({ "count": assigned })));
        }
        Ok(Assigned { assigned, total })
    }
}

fn assign(cx: &mut Context<'_, '_>, agent: AgentId, ids: &[LeadId]) -> Result<(u64, u64)> {
    if ids.len() > MOST {
        return Err(Error::invalid("lead_ids", format!("Name at most {MOST} leads in one call.")));
    }
    let known: HashSet<LeadId> = leads::existing(cx.tx, cx.project, ids)?.into_iter().collect();
    if let Some(place) = ids.iter().position(|id| !known.contains(id)) {
        return Err(Error::not_found("lead").at(format!("lead_ids[{place}]")));
    }
    let total = u64::try_from(known.len()).unwrap_or(u64::MAX);
    Ok((leads::assign(cx.tx, cx.project, agent, ids, cx.now)?, total))
}
