//! `trigger_agent`: a run of an agent's playbook now, over named leads or those its filter finds.

use std::collections::HashSet;

use outrider_domain::id::{AgentId, LeadId, RunId};
use outrider_store::{agents, leads};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::start::{NewRun, Source, start};
use super::view::Run;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Effect, Operation, Spec};
use crate::playbooks::monitoring::MOST_CONTACTS;
use crate::playbooks::save::check_ready;

/// Starts a run.
pub struct TriggerAgent;

/// Whose playbook, over whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The agent.
    pub agent_id: AgentId,
    /// These leads, 10,000 at most; those the agent's filter finds when absent.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub lead_ids: Option<Vec<LeadId>>,
    /// Also leads that the agent has had before. Without it a lead is taken up once, or again after `repeat_after`.
    #[serde(default)]
    pub again: bool,
}

impl Operation for TriggerAgent {
    const SPEC: Spec = Spec::act(
        "trigger_agent",
        "runs",
        "/agents/{agent_id}/trigger",
        "agents:trigger",
        "Run an agent's playbook now.",
    )
    .describe(
        "What the playbook proposes passes the agent's policy, approval and every gate. Poll get_run for how it goes.",
    )
    .effect(Effect::Outward)
    .accepts()
    .fails(&[code::RESOURCE_NOT_FOUND, code::AGENT_INACTIVE, code::WRONG_STATE]);
    type Input = Input;
    type Output = Run;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Run> {
        let agent =
            agents::get(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?;
        check_ready(cx, &agent)?;
        let contacts = input.lead_ids.map(|ids| check_leads(cx, ids)).transpose()?;
        let id = RunId(cx.id());
        cx.plan.push(json!({ "trigger_agent": { "agent": agent.id, "contacts": contacts } }));
        let new = NewRun {
            id,
            agent: agent.id,
            cause: format!("call:{id}"),
            source: Source::Call,
            contacts,
            again: input.again,
        };
        let run = start(cx, new)?
            .ok_or_else(|| Error::new(code::AGENT_INACTIVE, "This agent is not enabled: enable it first."))?;
        Run::of(run)
    }
}

fn check_leads(cx: &mut Context<'_, '_>, ids: Vec<LeadId>) -> Result<Vec<LeadId>> {
    if ids.is_empty() || i64::try_from(ids.len()).unwrap_or(i64::MAX) > MOST_CONTACTS {
        let text = format!("Name 1 to {MOST_CONTACTS} leads, or leave lead_ids out for those the filter finds.");
        return Err(Error::invalid("lead_ids", text));
    }
    let known: HashSet<LeadId> = leads::existing(cx.tx, cx.project, &ids)?.into_iter().collect();
    if let Some(place) = ids.iter().position(|id| !known.contains(id)) {
        return Err(Error::not_found("lead").at(format!("lead_ids[{place}]")));
    }
    let mut seen = HashSet::new();
    Ok(ids.into_iter().filter(|id| seen.insert(*id)).collect())
}
