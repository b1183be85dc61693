//! Who of some named leads a run of an agent would take up, and who not and why: what a preview of a run shows. Starts nothing.

use std::collections::{HashMap, HashSet};

use outrider_domain::id::{AgentId, LeadId, RunId, UserId};
use outrider_domain::time::Millis;
use outrider_store::leads::by_place;
use outrider_store::{agents, leads, playbooks, runs as rows, suppressions};

use super::Inputs;
use super::start::free_before;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::playbooks::save::check_ready;
use crate::playbooks::{monitoring, structure};
use crate::sequences::cost;

/// A named lead, and why it would not be taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// The lead.
    pub lead: LeadId,
    /// Its name; empty for one that is not there.
    pub name: String,
    /// Its address.
    pub email: Option<String>,
    /// `repeated`, `not_found`, `stopped`, `suppressed`, `already_running` or `already_run`; none when it would be taken up.
    pub skipped: Option<&'static str>,
}

/// Sorts named leads, in the order they were named. `seen` are those the caller may know of.
///
/// # Errors
/// `resource_not_found` for another project's agent; `wrong_state` and `agent_inactive` when it can't run.
pub fn sort_out(
    cx: &mut Context<'_, '_>,
    agent: AgentId,
    named: &[LeadId],
    seen: &HashSet<LeadId>,
) -> Result<Vec<Sorted>> {
    let agent = agents::get(cx.tx, cx.project, agent).map_err(|error| missing(error, "agent", "agent_id"))?;
    let playbook = check_ready(cx, &agent)?;
    let free_before = free_before(&monitoring(&playbook)?, false, cx.now);
    let known: Vec<LeadId> = named.iter().copied().filter(|id| seen.contains(id)).collect();
    let mut rows: HashMap<LeadId, leads::Lead> =
        leads::get_many(cx.tx, cx.project, &known)?.into_iter().map(|lead| (lead.id, lead)).collect();
    let taken: HashMap<LeadId, (Millis, bool)> = playbooks::taken(cx.tx, cx.project, agent.id, &known)?
        .into_iter()
        .map(|(lead, at, open)| (lead, (at, open)))
        .collect();
    let mut met = HashSet::new();
    let mut sorted = Vec::with_capacity(named.len());
    for id in named {
        if !met.insert(*id) {
            sorted.push(Sorted { lead: *id, name: String::new(), email: None, skipped: Some("repeated") });
            continue;
        }
        let Some(lead) = rows.remove(id) else {
            sorted.push(Sorted { lead: *id, name: String::new(), email: None, skipped: Some("not_found") });
            continue;
        };
        let skipped = match taken.get(id) {
            Some((_, true)) => Some("already_running"),
            Some((at, false)) if *at >= free_before => Some("already_run"),
            _ if lead.outreach_disabled => Some("stopped"),
            _ => {
                let (email, phone) = (lead.email.as_deref(), lead.phone.as_deref());
                let found = suppressions::matching(cx.tx, cx.project, email, phone)?;
                // A list of numbers not to be called says nothing about other channels.
                let holds = found.iter().any(|row| row.kind != "phone" || row.reason != "do_not_call");
                holds.then_some("suppressed")
            }
        };
        sorted.push(Sorted { lead: *id, name: lead.name, email: lead.email, skipped });
    }
    Ok(sorted)
}

/// Credits for one contact if every step of an agent's playbook happens.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn cost_of_contact(cx: &mut Context<'_, '_>, agent: AgentId) -> Result<i64> {
    let Some(playbook) = playbooks::find(cx.tx, cx.project, agent)? else { return Ok(0) };
    Ok(structure(&playbook)?.map_or(0, |structure| cost::of_playbook(&cx.core.settings, &structure)))
}

/// The version of an agent's playbook that a run begun now would follow, and when the agent itself was last changed.
///
/// # Errors
/// When the database fails.
pub fn version_of(cx: &mut Context<'_, '_>, agent: AgentId) -> Result<(Option<i64>, Millis)> {
    let playbook = playbooks::find(cx.tx, cx.project, agent)?;
    let row = agents::get(cx.tx, cx.project, agent).map_err(|error| missing(error, "agent", "agent_id"))?;
    Ok((playbook.map(|playbook| playbook.version), row.updated_at))
}

/// Whether a seller may see a run: it was started for leads of theirs, or has some.
///
/// # Errors
/// `resource_not_found` at `run_id`; others when the database fails.
pub fn is_of_owner(cx: &mut Context<'_, '_>, run: RunId, owner: UserId) -> Result<bool> {
    let row = rows::get(cx.tx, cx.project, run).map_err(|error| missing(error, "run", "run_id"))?;
    let named = Inputs::of(&row)?.contacts.unwrap_or_default();
    if !by_place::owned(cx.tx, cx.project, owner, &named)?.is_empty() {
        return Ok(true);
    }
    Ok(rows::has_contact_of_owner(cx.tx, cx.project, run, owner)?)
}
