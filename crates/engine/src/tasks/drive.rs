//! Driving queued tasks: read in one transaction, made outside of any, recorded in another. A process that dies in between leaves
//! the task queued and its credits set aside; another worker takes it up when the lease ends, which is renewed only while this one lives.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use outrider_domain::id::{ProjectId, TaskId};
use outrider_store::jobs::{self, Job};
use outrider_store::tasks::{self as rows, Task};
use outrider_store::{Error as StoreError, Store, actions, leads};

use super::allowance::{Allowance, count};
use super::make::{Made, Order, PATIENCE_QUEUED, make};
use super::queue::{finish, give_up};
use super::work::Work;
use super::{gather, lease, parse, state};
use crate::context::Context;
use crate::core::Core;
use crate::credits;
use crate::error::{Error, Kind, Result};
use crate::ports::Ports;
use crate::principal::Principal;

/// What became of an order.
type Outcome = std::result::Result<Made, String>;

/// Runs claimed tasks of any projects.
///
/// # Errors
/// When the database is out of reach; leases then end by themselves.
pub async fn drive_tasks(store: &Store, core: &Arc<Core>, ports: &Ports, claimed: Vec<Job>) -> Result<()> {
    let held = claimed.clone();
    tokio::select! {
        driven = drive_all(store, core, ports, claimed) => driven,
        never = lease::renew(store, core, &held) => match never {},
    }
}

async fn drive_all(store: &Store, core: &Arc<Core>, ports: &Ports, claimed: Vec<Job>) -> Result<()> {
    let mut by_project: BTreeMap<ProjectId, Vec<Job>> = BTreeMap::new();
    for job in claimed {
        by_project.entry(job.project_id).or_default().push(job);
    }
    for (project, jobs) in by_project {
        drive_project(store, core, ports, project, jobs).await?;
    }
    Ok(())
}

async fn drive_project(
    store: &Store,
    core: &Arc<Core>,
    ports: &Ports,
    project: ProjectId,
    jobs: Vec<Job>,
) -> Result<()> {
    let jobs = Arc::new(jobs);
    let looked = {
        let (core, jobs) = (Arc::clone(core), Arc::clone(&jobs));
        store
            .read(move |tx| {
                let principal = Principal::engine(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let allowance = Allowance::today(&mut cx)?;
                jobs.iter().map(|job| look(&mut cx, &allowance, TaskId(job.subject_id))).collect::<Result<Vec<_>>>()
            })
            .await?
    };
    let outcomes: Vec<Option<(Task, Outcome)>> = join_all(looked.into_iter().map(async |found| match found {
        None => None,
        Some((task, Ok(order))) => Some((task, make(ports, order).await)),
        Some((task, Err(why))) => Some((task, Err(why))),
    }))
    .await;
    let outcomes = Arc::new(outcomes);
    let core = Arc::clone(core);
    store
        .write(move |tx| {
            let principal = Principal::engine(project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            credits::lock(&mut cx)?;
            for (job, outcome) in jobs.iter().zip(outcomes.iter()) {
                if !jobs::finish(cx.tx, job.id, job.token)? {
                    // Somebody else has it, or it was cancelled.
                    continue;
                }
                match outcome {
                    Some((task, Ok(made))) => {
                        count(&mut cx, made.tokens)?;
                        finish(&mut cx, task.clone(), made)?;
                    }
                    Some((task, Err(why))) => drop(give_up(&mut cx, task.clone(), state::FAILED, Some(why))?),
                    None => {}
                }
            }
            cx.finish()?;
            Ok::<_, Error>(())
        })
        .await
}

/// A queued task with what is to be made for it.
fn look(
    cx: &mut Context<'_, '_>,
    allowance: &Allowance,
    id: TaskId,
) -> Result<Option<(Task, std::result::Result<Order, String>)>> {
    let task = match rows::get(cx.tx, cx.project, id) {
        Ok(task) if task.state == state::QUEUED => task,
        Ok(_) | Err(StoreError::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let order = order_of(cx, allowance, &task);
    match order {
        Ok(order) => Ok(Some((task, Ok(order)))),
        Err(error) if error.code.kind == Kind::Unavailable => Err(error),
        // What can't be read now will not be readable later: the task fails, and costs nothing.
        Err(error) => Ok(Some((task, Err(error.message)))),
    }
}

fn order_of(cx: &mut Context<'_, '_>, allowance: &Allowance, task: &Task) -> Result<Order> {
    let work = Work::find(&task.kind)?;
    let input = parse(&task.input)?;
    let checked = work.check(&cx.core.settings, &input)?;
    let background = match task.action_id {
        // A run works for one lead, whatever others are called.
        Some(action) => {
            let lead = actions::get(cx.tx, cx.project, action)?.lead_id;
            let lead = leads::get(cx.tx, cx.project, lead)?;
            gather::background_of(cx, lead)?
        }
        None => gather::background(cx, &checked.needs, task.campaign)?,
    };
    Ok(Order {
        kind: work.name(),
        input,
        look_at: checked.needs.looked_at(&background),
        background,
        allowance: allowance.clone(),
        patience: PATIENCE_QUEUED,
    })
}
