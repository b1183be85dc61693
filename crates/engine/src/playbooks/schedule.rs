//! The schedule of an agent: one job that starts a run and sets itself for the next time. Missed times are not made up.

use outrider_domain::id::{AgentId, JobId, RunId};
use outrider_domain::time::Millis;
use outrider_domain::window::TimeZone;
use outrider_store::jobs::{self, Job};
use outrider_store::playbooks as rows;
use outrider_store::{Error as StoreError, agents, projects, runs};
use serde_json::json;

use super::{JOB, Monitoring, monitoring};
use crate::context::{Context, Event};
use crate::error::Result;
use crate::runs::start::{NewRun, Source, start};

/// When a schedule comes next.
///
/// # Errors
/// When the database fails.
pub fn next(cx: &mut Context<'_, '_>, monitoring: &Monitoring) -> Result<Option<Millis>> {
    let Some(cron) = monitoring.schedule()? else { return Ok(None) };
    let zone = match &monitoring.time_zone {
        Some(zone) => zone.clone(),
        None => TimeZone::parse(&projects::get(cx.tx, cx.project)?.time_zone).unwrap_or(TimeZone::UTC),
    };
    Ok(cron.next_after(&zone, cx.now))
}

/// Sets the job of an agent's schedule, or removes it.
///
/// # Errors
/// When the database fails.
pub fn set(cx: &mut Context<'_, '_>, agent: AgentId, enabled: bool, monitoring: &Monitoring) -> Result<()> {
    match next(cx, monitoring)?.filter(|_| enabled) {
        Some(due) => jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, agent.0, due, cx.now)?,
        None => jobs::remove(cx.tx, cx.project, JOB, agent.0)?,
    }
    Ok(())
}

/// One coming of the schedule.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn tick(cx: &mut Context<'_, '_>, job: &Job) -> Result<()> {
    let agent = AgentId(job.subject_id);
    let playbook = rows::lock(cx.tx, cx.project, agent)?.filter(|playbook| playbook.enabled);
    let active = match agents::get(cx.tx, cx.project, agent) {
        Ok(agent) => agent.active,
        Err(StoreError::NotFound) => false,
        Err(other) => return Err(other.into()),
    };
    let Some(playbook) = playbook else {
        jobs::finish(cx.tx, job.id, job.token)?;
        return Ok(());
    };
    if let Some(earlier) = runs::under_way(cx.tx, cx.project, agent)?.filter(|_| active) {
        cx.emit(
            Event::new("run.skipped")
                .agent(agent)
                .subject(earlier)
                .data(json!({ "reason": "the run before is still choosing or planning" })),
        );
    } else if active {
        let id = RunId(cx.id());
        // The token grows with every coming of the schedule, so one coming is one run whatever happens to this process.
        let cause = format!("schedule:{agent}:{}:{}", job.id, job.token);
        start(cx, NewRun { id, agent, cause, source: Source::Schedule, contacts: None, again: false })?;
    }
    match next(cx, &monitoring(&playbook)?)? {
        Some(due) => jobs::reschedule(cx.tx, job.id, job.token, due, None)?,
        None => jobs::finish(cx.tx, job.id, job.token)?,
    };
    Ok(())
}
