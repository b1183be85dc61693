//! The simulator: the same engine, store and worker under a virtual clock, with seeded people, mail servers and crashes.
//!
//! It plays on a private copy of the data. Nothing it does reaches the world: its mailer is [`world::World`].

pub mod checks;
mod endings;
pub mod exchange;
mod happening;
mod telephone;
pub mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use outrider_domain::id::{IdSource, ProjectId};
use outrider_domain::time::{Clock, DAY, Millis};
use outrider_domain::weights::fraction;
use outrider_store::{Store, actions, identities, notes, projects};
use schemars::JsonSchema;
use serde::Serialize;

use crate::actions::approve_action::approve;
use crate::actions::state;
use crate::calls::switchboard::Switchboard;
use crate::context::Context;
use crate::core::{Core, Settings};
use crate::error::{Error, Result};
use crate::inbound;
use crate::notes::complete_person_task::complete;
use crate::ports::Mailer;
use crate::principal::Principal;
use crate::worker::{Crash, Worker};
use exchange::{Exchange, ExchangeCarrier, Faults};
use world::{People, World};

/// Actions approved in one transaction.
const TOGETHER: i64 = 200;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct VirtualClock(AtomicI64);

impl VirtualClock {
    /// A clock that shows a moment.
    #[must_use]
    pub const fn at(moment: Millis) -> Self {
        Self(AtomicI64::new(moment.0))
    }

    /// Moves it; also backwards, to try what a stepping clock does.
    pub fn set(&self, moment: Millis) {
        self.0.store(moment.0, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }
}

/// What to play.
#[derive(Debug, Clone)]
pub struct Options {
    /// The project.
    pub project: ProjectId,
    /// Where it begins.
    pub from: Millis,
    /// For how many days.
    pub days: i64,
    /// Everything random follows from it.
    pub seed: u64,
    /// How people and mail servers behave.
    pub people: People,
    /// What goes wrong with calls.
    pub faults: Faults,
    /// Chance in a thousand that the process is killed at each round.
    pub crashes_per_thousand: u32,
    /// Whether a person approves whatever waits, and does what they are asked to, at once.
    pub approve: bool,
    /// The engine's settings.
    pub settings: Settings,
    /// Node slot and floor of the ids made.
    pub node: (u8, Millis),
}

/// One day of a simulation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DayReport {
    /// From 1.
    pub day: i64,
    /// When it began.
    pub from: Millis,
    /// Mails the recipients' servers took.
    pub sent: u64,
    /// Calls that rang.
    pub calls: u64,
    /// Text messages that arrived.
    pub texts: u64,
    /// Tasks that people were given, LinkedIn messages among them.
    pub tasks: u64,
    /// People who wrote back.
    pub replies: u64,
    /// Requests for no more mail, by reply.
    pub opt_outs: u64,
    /// Out-of-office notes and other automatic answers.
    pub automatic: u64,
    /// Addresses that bounced.
    pub bounces: u64,
    /// Reported as spam.
    pub complaints: u64,
    /// Mails put off by the recipient's server.
    pub deferred: u64,
    /// Ends nobody knows.
    pub unknown: u64,
}

/// What a simulation gave.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// Each day.
    pub days: Vec<DayReport>,
    /// Actions by state at the end.
    pub actions: BTreeMap<String, i64>,
    /// Scheduled actions by the gate that holds them.
    pub held: BTreeMap<String, i64>,
    /// Calls that rang.
    pub calls: u64,
    /// Times the process was killed.
    pub crashes: u64,
    /// Broken promises; empty is the point.
    pub broken: Vec<String>,
}

/// Plays a project forward on a private copy of its data.
///
/// # Errors
/// When the database fails, which it should not.
pub async fn run(store: Store, options: Options, mut progress: impl FnMut(i64)) -> Result<Report> {
    let clock = Arc::new(VirtualClock::at(options.from));
    let core = Arc::new(Core {
        ids: IdSource::new(options.node.0, options.node.1),
        settings: options.settings.clone(),
        secret: b"simulation".to_vec(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    });
    let world = Arc::new(World::new(options.seed, options.people.clone(), Arc::clone(&clock)));
    let end = options.from.plus(options.days * DAY);
    let exchange = Arc::new(Exchange::new(options.seed, options.faults.clone()));
    let switchboard = Switchboard::new(store.clone(), Arc::clone(&core));
    let begin = || {
        let carrier = ExchangeCarrier::new(Arc::clone(&exchange), Arc::clone(&clock) as Arc<dyn Clock>);
        Worker::new(store.clone(), Arc::clone(&core), Arc::clone(&world) as Arc<dyn Mailer>)
            .with_carrier(Arc::new(carrier))
    };
    let mut worker = begin();
    let (mut crashes, mut round) = (0_u64, 0_u64);
    let mut day = 0;
    loop {
        round += 1;
        let lot =
            fraction(&outrider_domain::weights::seed("crash", &[options.seed.cast_signed(), round.cast_signed()]));
        let crash =
            if lot * 1_000.0 < f64::from(options.crashes_per_thousand) { Crash::at(round) } else { Crash::Never };
        let died = worker.run_due_until(crash).await?;
        if died {
            crashes += 1;
            worker = begin();
        }
        if options.approve {
            approve_all(&store, &core, options.project).await?;
            do_all(&store, &core, options.project).await?;
        }
        let now = clock.now();
        for (recipient, mail) in world.take_due(now) {
            take(&store, &core, options.project, recipient, mail).await?;
        }
        exchange.play(&switchboard, now).await;
        let next_job = worker.next_due().await?;
        let next = [next_job, world.next_due(), exchange.next_due()]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(end)
            .max(now.plus(1));
        let passed = (next.0.min(end.0) - options.from.0) / DAY;
        while day < passed {
            day += 1;
            progress(day);
        }
        if next >= end {
            break;
        }
        clock.set(next);
    }
    clock.set(end);
    let project = options.project;
    let (states, held, given) = store
        .read(move |tx| {
            let states = actions::count_by_state(tx, project)?;
            let held = actions::held_by_gate(tx, project)?;
            let given = notes::tasks_since(tx, project, options.from)?;
            Ok::<_, Error>((states, held, given))
        })
        .await?;
    let rang = exchange.rang();
    let calls = rang.len() as u64;
    let texted = exchange.texted();
    let mut days = world.days(options.from, options.days);
    let index = |at: Millis| usize::try_from((at.0 - options.from.0) / DAY).unwrap_or(usize::MAX);
    for at in rang.iter().map(|call| call.at) {
        days.get_mut(index(at)).into_iter().for_each(|day| day.calls += 1);
    }
    for at in texted.iter().map(|text| text.at) {
        days.get_mut(index(at)).into_iter().for_each(|day| day.texts += 1);
    }
    for at in given {
        days.get_mut(index(at)).into_iter().for_each(|day| day.tasks += 1);
    }
    let mut broken = checks::broken_promises(&store, world.arrived(), world.told(), project, options.from, end).await?;
    broken.extend(checks::broken_calls(&store, rang, texted, world.arrived(), project, end).await?);
    Ok(Report { days, actions: states.into_iter().collect(), held: held.into_iter().collect(), crashes, calls, broken })
}

async fn take(
    store: &Store,
    core: &Arc<Core>,
    project: ProjectId,
    recipient: String,
    mail: outrider_domain::mail::InboundMail,
) -> Result<()> {
    let core = Arc::clone(core);
    store
        .write(move |tx| {
            let Some(identity) = identities::find(tx, project, &recipient)? else { return Ok(()) };
            let principal = Principal::engine(project);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            inbound::take(&mut cx, &identity, &mail)?;
            cx.finish()?;
            Ok::<_, Error>(())
        })
        .await
}

/// Approves what waits for a person, page by page.
async fn approve_all(store: &Store, core: &Arc<Core>, project: ProjectId) -> Result<()> {
    let filter = actions::Filter { state: Some(state::PENDING_APPROVAL.to_owned()), ..Default::default() };
    loop {
        let (core, filter) = (Arc::clone(core), filter.clone());
        let approved = store
            .write(move |tx| {
                let waiting = actions::list(tx, project, &filter, i64::MAX, TOGETHER)?;
                let principal = Principal::operator(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let complete: Vec<_> = waiting.into_iter().filter(|action| action.problems == "[]").collect();
                let count = complete.len();
                for action in complete {
                    approve(&mut cx, action)?;
                }
                cx.finish()?;
                Ok::<_, Error>(count)
            })
            .await?;
        if approved == 0 {
            return Ok(());
        }
    }
}

/// Does what people are asked to, page by page.
async fn do_all(store: &Store, core: &Arc<Core>, project: ProjectId) -> Result<()> {
    let open = notes::TaskFilter { status: Some("open".to_owned()), ..Default::default() };
    loop {
        let (core, open) = (Arc::clone(core), open.clone());
        let done = store
            .write(move |tx| {
                let waiting = notes::list_tasks(tx, project, &open, i64::MAX, TOGETHER)?;
                let principal = Principal::operator(project);
                let mut cx = Context::new(tx, &core, &principal, core.now());
                let count = waiting.len();
                for task in waiting {
                    complete(&mut cx, task.id, false)?;
                }
                cx.finish()?;
                Ok::<_, Error>(count)
            })
            .await?;
        if done == 0 {
            return Ok(());
        }
    }
}

/// The project of a slug, for those who simulate by name.
///
/// # Errors
/// `resource_not_found`; others when the database fails.
pub async fn project_of(store: &Store, slug: &str) -> Result<ProjectId> {
    let slug = slug.to_owned();
    store
        .read(move |tx| projects::find(tx, &slug)?.map(|project| project.id).ok_or_else(|| Error::not_found("project")))
        .await
}
