//! Event triggers: a transaction that says something happened to a lead also starts the runs that wait for it. Chooses no
//! contact beyond those leads.

use std::collections::BTreeMap;

use outrider_domain::classify::ReplyClass;
use outrider_domain::filter::REPLY;
use outrider_domain::id::{AgentId, LeadId, RunId};
use outrider_store::playbooks as rows;

use crate::context::Context;
use crate::error::Result;
use crate::runs::start::{NewRun, Source, start as start_run};

/// Events that may start runs, beside signals and answers of a class. What goes out is not among them: an agent must not start itself.
pub const TRIGGERS: [&str; 9] = [
    "lead.created",
    "lead.updated",
    "email.replied",
    "email.out_of_office",
    "email.auto_replied",
    "email.bounced",
    "call.completed",
    "person_task.done",
    "person_task.dismissed",
];

/// Whether an event of that type may start runs.
#[must_use]
pub fn is_trigger(kind: &str) -> bool {
    let of_class = |name: &str| ReplyClass::ALL.iter().any(|class| class.as_str() == name);
    TRIGGERS.contains(&kind)
        || kind.strip_prefix("signal.").is_some_and(|name| !name.is_empty())
        || kind.strip_prefix(REPLY).is_some_and(of_class)
}

/// Starts the runs that this transaction's events start.
///
/// # Errors
/// When the database fails.
pub fn start(cx: &mut Context<'_, '_>) -> Result<()> {
    let mut happened: BTreeMap<String, Vec<LeadId>> = BTreeMap::new();
    for (kind, lead) in cx.lead_events() {
        if is_trigger(kind) {
            happened.entry(kind.to_owned()).or_default().push(lead);
        }
    }
    if happened.is_empty() {
        return Ok(());
    }
    let started = rows::triggered(cx.tx, cx.project, happened.keys().cloned().collect())?;
    let mut by_agent: BTreeMap<AgentId, (Vec<String>, Vec<LeadId>)> = BTreeMap::new();
    for (kind, agent) in started {
        let (kinds, leads) = by_agent.entry(agent).or_default();
        leads.extend(happened.get(&kind).into_iter().flatten());
        kinds.push(kind);
    }
    for (agent, (kinds, mut leads)) in by_agent {
        leads.sort_unstable();
        leads.dedup();
        let id = RunId(cx.id());
        start_run(
            cx,
            NewRun {
                id,
                agent,
                cause: format!("event:{id}"),
                source: Source::Event(kinds.join(", ")),
                contacts: Some(leads),
                again: false,
            },
        )?;
    }
    Ok(())
}
