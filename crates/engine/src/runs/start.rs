//! Starting a run: the row with what it begins with, and its job. Chooses no contact.

use outrider_domain::filter::Filter;
use outrider_domain::id::{AgentId, JobId, LeadId, RunId};
use outrider_domain::playbook::Structure;
use outrider_domain::time::Millis;
use outrider_store::runs::{self as rows, Run};
use outrider_store::{jobs, playbooks};
use serde_json::json;

use super::{Inputs, JOB, status};
use crate::context::{Context, Event};
use crate::error::Result;
use crate::fields::to_json;
use crate::gates::snapshot::read_json;
use crate::playbooks::{Monitoring, monitoring, structure};
use crate::segments;

/// What starts a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Somebody asked.
    Call,
    /// Its schedule came.
    Schedule,
    /// Something happened to a contact: the types of the events.
    Event(String),
}

/// The name of the source of what a schedule starts.
pub(super) const SCHEDULE: &str = "schedule";

/// A run to be started.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Whose playbook.
    pub agent: AgentId,
    /// Why it exists; unique in the project.
    pub cause: String,
    /// What starts it.
    pub source: Source,
    /// These contacts; those the filter finds when absent.
    pub contacts: Option<Vec<LeadId>>,
    /// Also contacts that the agent has had before.
    pub again: bool,
}

/// Only contacts that were taken up before this moment, if ever, are taken up again.
pub(super) fn free_before(watched: &Monitoring, again: bool, now: Millis) -> Millis {
    match (again, watched.repeat_after) {
        (true, _) => Millis(i64::MAX),
        (false, Some(after)) => now.plus(-after.as_millis()),
        (false, None) => Millis(0),
    }
}

/// Starts a run. `None` when the agent has no playbook that works, or a run with this cause exists.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn start(cx: &mut Context<'_, '_>, new: NewRun) -> Result<Option<Run>> {
    let Some(playbook) = playbooks::find(cx.tx, cx.project, new.agent)?.filter(|playbook| playbook.enabled) else {
        return Ok(None);
    };
    if rows::exists(cx.tx, cx.project, &new.cause)? {
        return Ok(None);
    }
    let watched = monitoring(&playbook)?;
    let structure = structure(&playbook)?;
    let filter = watched.filter_text()?;
    let mut names = Filter::parse(&filter).map(|filter| filter.segments()).unwrap_or_default();
    names.extend(structure.as_ref().map(Structure::segments).unwrap_or_default());
    let free_before = free_before(&watched, new.again, cx.now);
    let named = new.contacts.as_ref().map(Vec::len);
    let (source, detail) = match new.source {
        Source::Call => ("call", None),
        Source::Schedule => (SCHEDULE, None),
        Source::Event(kinds) => ("event", Some(kinds)),
    };
    let inputs = Inputs {
        playbook_md: playbook.markdown,
        version: playbook.version,
        structure,
        capabilities: read_json(&playbook.capabilities, "an agent's capabilities")?,
        filter,
        segments: segments::texts(cx, &names)?,
        contacts: new.contacts,
        max_contacts: watched.contacts(),
        free_before,
        detail,
        via: cx.via.stored().map(ToOwned::to_owned),
    };
    let run = Run {
        project_id: cx.project,
        id: new.id,
        agent_id: new.agent,
        cause: new.cause,
        source: source.to_owned(),
        status: status::QUEUED.to_owned(),
        reason: None,
        inputs: to_json(&inputs)?,
        requested_by: cx.actor.to_string(),
        scanned: 0,
        contacts: 0,
        open_contacts: 0,
        planned_to: 0,
        created_at: cx.now,
        updated_at: cx.now,
        paused_at: None,
        started_at: None,
        finished_at: None,
    };
    run.clone().insert(cx.tx)?;
    jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, run.id.0, cx.now, cx.now)?;
    // What a schedule starts is told of once it has found somebody: it may look each minute, and mostly for nothing.
    if source != SCHEDULE {
        tell(cx, &run, named);
    }
    Ok(Some(run))
}

/// Tells of a run that is there.
pub(super) fn tell(cx: &mut Context<'_, '_>, run: &Run, named: Option<usize>) {
    cx.emit(
        Event::new("run.queued")
            .agent(run.agent_id)
            .subject(run.id)
            .data(json!({ "source": run.source, "contacts_named": named })),
    );
    if run.source != "call" {
        // A call leaves its own line in the audit.
        cx.audit("start_run", Some(run.id.to_string()), &json!({ "cause": run.cause, "agent": run.agent_id }));
    }
}
