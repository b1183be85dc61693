//! Driving queued tasks and callbacks: read, made or sent outside of any transaction, recorded in one. A process that dies in
//! between leaves the task queued and its credits set aside; another worker takes it up when the lease ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::id::{ProjectId, TaskId};
use outrider_domain::time::{MINUTE, Millis, SECOND};
use outrider_store::callbacks::{self as callback_rows, Callback, Tried};
use outrider_store::jobs::{self, Job};
use outrider_store::tasks::{self as rows, Task};
use outrider_store::{Error as StoreError, Store, actions, leads, sub_agents};
use serde_json::json;
use sha2::Sha256;

use super::allowance::{Allowance, count};
use super::make::{Made, Order, PATIENCE_QUEUED, make};
use super::queue::{finish, give_up};
use super::work::Work;
use super::{gather, parse, state};
use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::{Error, Kind, Result};
use crate::pipeline::hex;
use crate::ports::Ports;
use crate::principal::Principal;

/// How long after a failed delivery the next one comes; after the last, none does.
pub const RETRIES_MS: [i64; 3] = [10 * SECOND, MINUTE, 5 * MINUTE];

/// The header of a callback's signature: HMAC-SHA256 of the body in hexadecimal.
pub const SIGNATURE: &str = "x-dr-signature";

/// What became of an order.
type Outcome = std::result::Result<Made, String>;

/// Runs claimed tasks of any projects.
///
/// # Errors
/// When the database is out of reach; leases then end by themselves.
pub async fn drive_tasks(store: &Store, core: &Arc<Core>, ports: &Ports, claimed: Vec<Job>) -> Result<()> {
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

/// Sends claimed callbacks.
///
/// # Errors
/// When the database is out of reach.
pub async fn drive_callbacks(store: &Store, core: &Arc<Core>, ports: &Ports, claimed: Vec<Job>) -> Result<()> {
    let sent = join_all(claimed.into_iter().map(|job| deliver(store, core, ports, job))).await;
    sent.into_iter().collect()
}

async fn deliver(store: &Store, core: &Arc<Core>, ports: &Ports, job: Job) -> Result<()> {
    let (project, id) = (job.project_id, TaskId(job.subject_id));
    let found = store
        .read(move |tx| {
            let callback = match callback_rows::get(tx, project, id) {
                Ok(callback) if callback.state == "waiting" => callback,
                Ok(_) | Err(StoreError::NotFound) => return Ok(None),
                Err(other) => return Err(Error::from(other)),
            };
            let agent = sub_agents::get(tx, project, callback.sub_agent)?;
            Ok(Some((callback, agent.signing_secret)))
        })
        .await?;
    let answered = match &found {
        Some((callback, secret)) => Some(send(ports, callback, secret).await),
        None => None,
    };
    let core = Arc::clone(core);
    store
        .write(move |tx| {
            let principal = Principal::engine(project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            if !jobs::holds(cx.tx, job.id, job.token)? {
                return Ok(());
            }
            match (&found, &answered) {
                (Some((callback, _)), Some(answered)) => record(&mut cx, &job, callback, answered)?,
                _ => drop(jobs::finish(cx.tx, job.id, job.token)?),
            }
            cx.finish()?;
            Ok::<_, Error>(())
        })
        .await
}

/// The status that was answered, or why none was.
type Answered = std::result::Result<u16, String>;

async fn send(ports: &Ports, callback: &Callback, secret: &str) -> Answered {
    let Some(poster) = &ports.poster else { return Err("this server sends nothing to web addresses".to_owned()) };
    let headers = vec![(SIGNATURE, signature(secret, &callback.body))];
    poster.post(callback.url.clone(), headers, callback.body.clone()).await
}

/// HMAC-SHA256 of a body in hexadecimal.
#[must_use]
pub fn signature(secret: &str, body: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()));
    mac.update(body.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn record(cx: &mut Context<'_, '_>, job: &Job, callback: &Callback, answered: &Answered) -> Result<()> {
    let (status, error) = match answered {
        Ok(status) if (200..300).contains(status) => (Some(i64::from(*status)), None),
        Ok(status) => (Some(i64::from(*status)), Some(format!("it answered {status}"))),
        Err(why) => (None, Some(why.clone())),
    };
    let again = usize::try_from(callback.attempts).ok().and_then(|tries| RETRIES_MS.get(tries)).copied();
    let (stands, finished_at): (&str, Option<Millis>) = match (&error, again) {
        (None, _) => ("delivered", Some(cx.now)),
        (Some(_), Some(_)) => ("waiting", None),
        (Some(_), None) => ("failed", Some(cx.now)),
    };
    let tried = Tried { state: stands, status, error: error.as_deref(), finished_at };
    callback_rows::tried(cx.tx, cx.project, callback.id, tried)?;
    match again.filter(|_| stands == "waiting") {
        Some(wait) => {
            jobs::reschedule(cx.tx, job.id, job.token, cx.now.plus(wait), error.as_deref())?;
        }
        None => {
            jobs::finish(cx.tx, job.id, job.token)?;
            let kind = if stands == "delivered" { "callback.delivered" } else { "callback.failed" };
            let data = json!({ "attempts": callback.attempts + 1, "status": status, "error": error });
            cx.emit(Event::new(kind).subject(callback.id).data(data));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn a_signature_is_the_hmac_of_the_body() {
        // RFC 4231, section 4.3.
        assert_eq!(
            signature("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
