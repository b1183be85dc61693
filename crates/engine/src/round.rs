//! A round of a worker: claimed jobs, sorted by who goes on with them, and one project's jobs run in one transaction. Claims
//! nothing and hands nothing over.

use std::collections::BTreeMap;

use outrider_domain::id::ProjectId;
use outrider_store::Tx;
use outrider_store::jobs::{self, Job};

use crate::context::{Claimed, Context};
use crate::core::Core;
use crate::credits::budget;
use crate::delivery::transports::KnownTransports;
use crate::delivery::{HandOver, claim};
use crate::error::Result;
use crate::principal::Principal;
use crate::runs::drive::RunWork;
use crate::sequences::tick;
use crate::{actions, ahead, playbooks, runs, sequences, tasks, webhooks};

/// What one round did.
#[derive(Debug, Default)]
pub struct Round {
    /// Jobs claimed.
    pub claimed: usize,
    /// Mails and calls to hand over.
    pub hand_overs: Vec<HandOver>,
    /// Runs to go on with.
    pub runs: Vec<RunWork>,
    /// Tasks to do.
    pub tasks: Vec<Job>,
    /// Results to send.
    pub callbacks: Vec<Job>,
    /// Webhooks to tell of events.
    pub webhooks: Vec<Job>,
}

impl Round {
    /// Of these jobs: runs, tasks, callbacks and webhooks go on by themselves, the others by project.
    pub(crate) fn begin(claimed: Vec<Job>) -> (Self, BTreeMap<ProjectId, Vec<Job>>) {
        let mut round = Self { claimed: claimed.len(), ..Self::default() };
        let mut by_project: BTreeMap<ProjectId, Vec<Job>> = BTreeMap::new();
        for job in claimed {
            match job.kind.as_str() {
                runs::JOB | runs::CONTACT_JOB => round.runs.push(RunWork { project: job.project_id, job }),
                tasks::JOB => round.tasks.push(job),
                tasks::callback::JOB => round.callbacks.push(job),
                webhooks::JOB => round.webhooks.push(job),
                _ => by_project.entry(job.project_id).or_default().push(job),
            }
        }
        (round, by_project)
    }
}

/// Runs one project's claimed jobs; gives what is to be handed over when the transaction has committed.
///
/// # Errors
/// When the database fails, or holds what can't be read.
pub(crate) fn run_jobs(
    tx: &mut Tx<'_>,
    core: &Core,
    transports: &KnownTransports,
    project: ProjectId,
    claimed: &[Job],
) -> Result<Vec<HandOver>> {
    let principal = Principal::engine(project);
    let mut cx = Context::new(tx, core, &principal, core.now());
    let held = jobs::held(cx.tx, claimed.iter().map(|job| (job.id, job.token)))?;
    ahead::of_jobs(&mut cx, claimed)?;
    let mut batch = tick::Batch::holding();
    let mut hand_overs = Vec::new();
    for job in claimed.iter().filter(|job| held.contains(&job.id)) {
        match job.kind.as_str() {
            playbooks::JOB => playbooks::schedule::tick(&mut cx, job)?,
            budget::JOB => budget::month_begins(&mut cx, job)?,
            sequences::JOB => {
                // What is due at once leaves in this round, instead of being claimed in the next.
                let Some(action) = tick::tick(&mut cx, &mut batch, job)? else { continue };
                let job = match std::mem::take(&mut cx.claimed) {
                    Claimed::Action(job) => Some(job),
                    _ => {
                        let lease = job.due_at.unwrap_or(cx.now);
                        jobs::take(cx.tx, project, actions::JOB, action.0, cx.now, lease)?
                    }
                };
                if let Some(job) = job {
                    hand_overs.extend(claim::claim(&mut cx, &mut batch.gatherer, transports, &job)?);
                }
            }
            actions::JOB => hand_overs.extend(claim::claim(&mut cx, &mut batch.gatherer, transports, job)?),
            other => {
                tracing::error!(job = %job.id, kind = other, "a job of a kind this binary does not know stays for a newer one")
            }
        }
    }
    cx.finish()?;
    Ok(hand_overs)
}
