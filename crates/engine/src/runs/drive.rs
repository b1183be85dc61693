//! Driving runs: a claimed job becomes one look for contacts or one batch of plans, read outside and written inside a
//! transaction of its own. Holds no connection while a planner thinks.

use outrider_domain::id::{ProjectId, RunContactId, RunId};
use outrider_store::jobs::{self, Job};
use outrider_store::runs::{self as rows, Run, RunContact};
use outrider_store::{Error as StoreError, Store, Topic, agents, playbooks};

use super::choose::{Found, choose};
use super::plan::{PlanBatch, gather, shared};
use super::progress::{LEAD_DELETED, end_run, finish, untouched};
use super::record::{TOGETHER, record, take_up};
use super::{CONTACT_JOB, Inputs, PAUSED, status};
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::ports::Planner;
use crate::principal::Principal;

/// A claimed job of a run or of one of its contacts.
#[derive(Debug, Clone)]
pub struct RunWork {
    /// Whose.
    pub project: ProjectId,
    /// The job.
    pub job: Job,
}

/// What a claimed job asks for.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack of the job it is for")]
enum Task {
    /// Contacts were found.
    TakeUp(Box<Run>, Inputs, Found),
    /// Contacts are to be planned.
    Plan(Box<Run>, PlanBatch, Vec<RunContact>),
    /// Something has it wait; the gate's name.
    Park(&'static str),
    /// Contacts of a cancelled run are to be ended.
    Cancel(Vec<RunContact>),
    /// Nothing more is to be done.
    Done,
}

/// Does what a claimed job asks for, as far as one transaction goes.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub async fn drive(store: &Store, core: &std::sync::Arc<Core>, planner: &dyn Planner, work: &RunWork) -> Result<()> {
    let task = {
        let (work, core) = (work.clone(), std::sync::Arc::clone(core));
        store.read(move |tx| look(tx, &core, &work)).await?
    };
    let plans = match &task {
        Task::Plan(_, batch, _) => planner.plan(batch).await,
        _ => Vec::new(),
    };
    let (work, core) = (work.clone(), std::sync::Arc::clone(core));
    let shared = std::sync::Arc::new((task, plans));
    store
        .write(move |tx| {
            let principal = Principal::engine(work.project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            if !jobs::holds(cx.tx, work.job.id, work.job.token)? {
                return Ok(());
            }
            let (task, plans) = &*shared;
            match task {
                Task::Done => {
                    jobs::finish(cx.tx, work.job.id, work.job.token)?;
                }
                Task::Park(gate) => {
                    jobs::park(cx.tx, work.job.id, work.job.token, gate)?;
                }
                Task::Cancel(contacts) => cancel(&mut cx, &work.job, contacts)?,
                Task::TakeUp(run, inputs, found) => {
                    if let Some(run) = still(&mut cx, run.id, status::QUEUED)? {
                        take_up(&mut cx, &work.job, run, inputs, found.clone())?;
                    }
                }
                Task::Plan(run, batch, contacts) => {
                    if work.job.kind == CONTACT_JOB {
                        // First, for what is recorded may set the job again.
                        jobs::finish(cx.tx, work.job.id, work.job.token)?;
                        record(&mut cx, run, batch, plans)?;
                    } else if let Some(run) = still(&mut cx, run.id, status::RUNNING)? {
                        record(&mut cx, &run, batch, plans)?;
                        end_of_batch(&mut cx, &work.job, run.id, batch, contacts)?;
                    }
                }
            }
            cx.finish()?;
            Ok::<_, Error>(())
        })
        .await
}

/// The run, if it still stands where it did.
fn still(cx: &mut Context<'_, '_>, id: RunId, wanted: &str) -> Result<Option<Run>> {
    match rows::lock(cx.tx, cx.project, id) {
        Ok(run) => Ok((run.status == wanted).then_some(run)),
        Err(StoreError::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn look(tx: &mut outrider_store::Tx<'_>, core: &Core, work: &RunWork) -> Result<Task> {
    let (project, subject) = (work.project, work.job.subject_id);
    let contact = if work.job.kind == CONTACT_JOB {
        match rows::get_contact(tx, project, RunContactId(subject)) {
            Ok(contact) if contact.finished_at.is_none() => Some(contact),
            Ok(_) | Err(StoreError::NotFound) => return Ok(Task::Done),
            Err(other) => return Err(other.into()),
        }
    } else {
        None
    };
    let id = contact.as_ref().map_or(RunId(subject), |contact| contact.run_id);
    let run = match rows::get(tx, project, id) {
        Ok(run) => run,
        Err(StoreError::NotFound) => return Ok(Task::Done),
        Err(other) => return Err(other.into()),
    };
    if run.status == status::CANCELLED && contact.is_none() {
        let open = rows::open_contacts(tx, project, run.id, TOGETHER)?;
        return Ok(if open.is_empty() { Task::Done } else { Task::Cancel(open) });
    }
    let active = match agents::get(tx, project, run.agent_id) {
        Ok(agent) => agent.active,
        Err(StoreError::NotFound) => return Ok(Task::Done),
        Err(other) => return Err(other.into()),
    };
    if !active || !playbooks::find(tx, project, run.agent_id)?.is_some_and(|playbook| playbook.enabled) {
        return Ok(Task::Park("agent"));
    }
    if run.paused_at.is_some() {
        return Ok(Task::Park(PAUSED));
    }
    let now = core.now();
    if let Some(contact) = contact {
        let shared = shared(tx, core, &run)?;
        let batch = gather(tx, shared, vec![contact.clone()], now)?;
        return Ok(Task::Plan(Box::new(run), batch, vec![contact]));
    }
    match run.status.as_str() {
        status::QUEUED => {
            let inputs = Inputs::of(&run)?;
            let found = choose(tx, &run, &inputs, now)?;
            Ok(Task::TakeUp(Box::new(run), inputs, found))
        }
        status::RUNNING => {
            let contacts = rows::contacts(tx, project, run.id, None, run.planned_to, (TOGETHER, 0))?;
            let queued = contacts.iter().filter(|contact| contact.status == status::QUEUED).cloned().collect();
            let shared = shared(tx, core, &run)?;
            let batch = gather(tx, shared, queued, now)?;
            Ok(Task::Plan(Box::new(run), batch, contacts))
        }
        _ => Ok(Task::Done),
    }
}

/// After a batch: contacts whose lead was gone end, and the run goes on to the next batch, to waiting, or to its end.
fn end_of_batch(
    cx: &mut Context<'_, '_>,
    job: &Job,
    run: RunId,
    batch: &PlanBatch,
    contacts: &[RunContact],
) -> Result<()> {
    let planned: std::collections::HashSet<RunContactId> = batch.contacts.iter().map(|contact| contact.id).collect();
    for contact in contacts.iter().filter(|contact| contact.status == status::QUEUED && !planned.contains(&contact.id))
    {
        let contact = rows::lock_contact(cx.tx, cx.project, contact.id)?;
        finish(cx, contact, status::CANCELLED, LEAD_DELETED)?;
    }
    let mut run = rows::lock(cx.tx, cx.project, run)?;
    run.updated_at = cx.now;
    if let Some(last) = contacts.last() {
        run.planned_to = last.id.0;
        run.save(cx.tx)?;
        return again(cx, job);
    }
    jobs::finish(cx.tx, job.id, job.token)?;
    if run.open_contacts <= 0 {
        return end_run(cx, run, status::COMPLETED, "every contact is at its end");
    }
    status::WAITING.clone_into(&mut run.status);
    run.save(cx.tx)?;
    Ok(())
}

fn cancel(cx: &mut Context<'_, '_>, job: &Job, contacts: &[RunContact]) -> Result<()> {
    for contact in contacts {
        let contact = rows::lock_contact(cx.tx, cx.project, contact.id)?;
        let (lead, untouched) = (contact.lead_id, untouched(cx, &contact)?);
        let (agent, run) = (contact.agent_id, contact.run_id);
        finish(cx, contact, status::CANCELLED, "run_cancelled")?;
        if untouched {
            playbooks::give_back(cx.tx, cx.project, agent, lead, run)?;
        }
    }
    again(cx, job)
}

/// The job is due again at once.
///
/// # Errors
/// When the database fails.
pub(super) fn again(cx: &mut Context<'_, '_>, job: &Job) -> Result<()> {
    jobs::reschedule(cx.tx, job.id, job.token, cx.now, None)?;
    cx.tx.wake(Topic::Jobs);
    Ok(())
}
