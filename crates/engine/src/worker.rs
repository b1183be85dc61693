//! The worker: claims due jobs, runs them, hands mails and calls over and records what became of them. Knows no protocol.

mod crash;
mod outside_work;
mod recording;
mod room;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use outrider_domain::channel::Channel;
use outrider_domain::id::ProjectId;
use outrider_domain::mail::Delivery;
use outrider_domain::telephony::Dial;
use outrider_domain::time::{Millis, SECOND};
use outrider_store::jobs::{self, Job};
use outrider_store::{Backend, Store, Topic, Tx};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::core::Core;
use crate::delivery::transports::KnownTransports;
use crate::delivery::{Answered, Cargo, HandOver};
use crate::error::{Error, Result};
use crate::ports::{Carrier, DELIVER_DEADLINE_MS, Mailer, NoCarrier, Planner, Ports};
use crate::round::{Round, run_jobs};
use crate::runs::drive::{RunWork, drive};
use crate::runs::plan::BuiltInPlanner;
use crate::{tasks, webhooks};

pub use crash::Crash;
use outside_work::OutsideWork;
use room::Room;

/// How long the worker sleeps at the most when nothing wakes it.
const LONGEST_SLEEP_MS: i64 = 5 * SECOND;
/// How long a claim waits for half of the room before it takes what there is.
const BREATH: std::time::Duration = std::time::Duration::from_millis(20);
/// After a database error.
const ERROR_PAUSE_MS: u64 = 500;

/// What a worker has done; for metrics and tests.
#[derive(Debug, Default)]
pub struct Counters {
    /// Jobs claimed.
    pub claimed: AtomicU64,
    /// Mails and calls accepted.
    pub accepted: AtomicU64,
    /// Mails and calls refused.
    pub refused: AtomicU64,
    /// Hand-overs put off.
    pub deferred: AtomicU64,
    /// Hand-overs whose end is unknown.
    pub unknown: AtomicU64,
}

/// Runs jobs of one process.
pub struct Worker {
    store: Store,
    core: Arc<Core>,
    mailer: Arc<dyn Mailer>,
    planner: Arc<dyn Planner>,
    carrier: Arc<dyn Carrier>,
    ports: Ports,
    transports: Arc<KnownTransports>,
    /// Jobs per claim.
    batch: i64,
    /// Hand-overs claimed at once at the least: enough to keep every connection busy while others are claimed and recorded.
    room: usize,
    counters: Arc<Counters>,
}

impl Worker {
    /// A worker over a store and a mailer, which calls nobody.
    #[must_use]
    pub fn new(store: Store, core: Arc<Core>, mailer: Arc<dyn Mailer>) -> Self {
        let carrier: Arc<dyn Carrier> = Arc::new(NoCarrier);
        let transports = Arc::new(KnownTransports::new(Arc::clone(&mailer), Arc::clone(&carrier)));
        let mailer_room = (2 * mailer.connections()).clamp(4, 512);
        Self {
            store,
            core,
            mailer,
            planner: Arc::new(BuiltInPlanner),
            carrier,
            ports: Ports::default(),
            transports,
            batch: 128,
            room: mailer_room,
            counters: Arc::default(),
        }
    }

    /// The same with another planner.
    #[must_use]
    pub fn with_planner(mut self, planner: Arc<dyn Planner>) -> Self {
        self.planner = planner;
        self
    }

    /// The same with carriers.
    #[must_use]
    pub fn with_carrier(self, carrier: Arc<dyn Carrier>) -> Self {
        let transports = Arc::new(KnownTransports::new(Arc::clone(&self.mailer), Arc::clone(&carrier)));
        Self { carrier, transports, ..self }
    }

    /// The same with ways out of the process for tasks.
    #[must_use]
    pub fn with_ports(self, ports: Ports) -> Self {
        Self { ports, ..self }
    }

    /// What it has done.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Mail servers as the gates see them here.
    #[must_use]
    pub fn transports(&self) -> Arc<KnownTransports> {
        Arc::clone(&self.transports)
    }

    /// Claims what is due now, `most` jobs at the most, and takes it as far as the database alone can.
    ///
    /// # Errors
    /// When the database fails; nothing is claimed then.
    pub async fn claim(&self, most: usize) -> Result<Round> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX).min(self.batch);
        let now = self.core.now();
        // SQLite writes one thing after the other: claiming and running in one transaction is one commit less to wait for. On
        // PostgreSQL those who stop something hold it and then its job, so that a claim must not go on holding jobs.
        let round = match self.store.backend() {
            Backend::Sqlite => match self.claim_at_once(now, limit).await {
                Err(error) if !is_unavailable(&error) => self.claim_apart(now, limit).await?,
                at_once => at_once?,
            },
            Backend::Postgres => self.claim_apart(now, limit).await?,
        };
        self.counters.claimed.fetch_add(round.claimed as u64, Ordering::Relaxed);
        Ok(round)
    }

    /// Claims what is due and runs it, all or nothing.
    async fn claim_at_once(&self, now: Millis, limit: i64) -> Result<Round> {
        let (core, transports) = (Arc::clone(&self.core), Arc::clone(&self.transports));
        self.store
            .write(move |tx| {
                let claimed = claim_jobs(tx, &core, now, limit)?;
                let (mut round, by_project) = Round::begin(claimed);
                for (project, jobs) in by_project {
                    round.hand_overs.extend(run_jobs(tx, &core, &transports, project, &jobs)?);
                }
                Ok(round)
            })
            .await
    }

    /// Claims what is due, and runs it project by project: a job that fails does not keep the others back.
    async fn claim_apart(&self, now: Millis, limit: i64) -> Result<Round> {
        let core = Arc::clone(&self.core);
        let claimed = self.store.write(move |tx| claim_jobs(tx, &core, now, limit)).await?;
        let (mut round, by_project) = Round::begin(claimed);
        for (project, jobs) in by_project {
            round.hand_overs.extend(self.run_project(project, jobs).await?);
        }
        Ok(round)
    }

    /// Does claimed tasks.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn drive_tasks(&self, tasks: Vec<Job>) -> Result<()> {
        tasks::drive::drive_tasks(&self.store, &self.core, &self.ports, tasks).await
    }

    /// Does claimed tasks, then sends claimed results and tells claimed webhooks.
    async fn drive_outside(&self, work: OutsideWork) -> Result<()> {
        self.drive_tasks(work.tasks).await?;
        tasks::deliver::drive_callbacks(&self.store, &self.core, &self.ports, work.callbacks).await?;
        webhooks::drive::drive_webhooks(&self.store, &self.core, &self.ports, work.webhooks).await
    }

    /// Runs one project's claimed jobs in one transaction; when that fails for one job, each in its own.
    async fn run_project(&self, project: ProjectId, claimed: Vec<Job>) -> Result<Vec<HandOver>> {
        let claimed = Arc::new(claimed);
        match self.run_jobs(project, Arc::clone(&claimed)).await {
            Ok(hand_overs) => Ok(hand_overs),
            Err(error) if is_unavailable(&error) => Err(error),
            Err(error) if claimed.len() == 1 => {
                self.put_off(&claimed[0], &error).await?;
                Ok(Vec::new())
            }
            Err(_) => {
                let mut hand_overs = Vec::new();
                for job in claimed.iter() {
                    match self.run_jobs(project, Arc::new(vec![job.clone()])).await {
                        Ok(more) => hand_overs.extend(more),
                        Err(error) => self.put_off(job, &error).await?,
                    }
                }
                Ok(hand_overs)
            }
        }
    }

    async fn run_jobs(&self, project: ProjectId, claimed: Arc<Vec<Job>>) -> Result<Vec<HandOver>> {
        let core = Arc::clone(&self.core);
        let transports = Arc::clone(&self.transports);
        self.store.write(move |tx| run_jobs(tx, &core, &transports, project, &claimed)).await
    }

    /// A job that can't be run now is tried again later, with its error kept where `doctor` shows it.
    async fn put_off(&self, job: &Job, error: &Error) -> Result<()> {
        tracing::error!(job = %job.id, kind = job.kind, subject = job.subject_id, error = %error, source = ?error.source, "a job failed and is put off");
        let (id, token, attempts, text) = (job.id, job.token, job.attempts, error.to_string());
        let due = self.core.now().plus(crate::delivery::transports::backoff(attempts));
        self.store.write(move |tx| Ok::<_, Error>(jobs::reschedule(tx, id, token, due, Some(&text)).map(drop)?)).await
    }

    /// Goes on with claimed runs, one after the other; what fails is tried again later.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn drive_runs(&self, works: &[RunWork]) -> Result<()> {
        for work in works {
            match drive(&self.store, &self.core, self.planner.as_ref(), work).await {
                Ok(()) => {}
                Err(error) if is_unavailable(&error) => return Err(error),
                Err(error) => self.put_off(&work.job, &error).await?,
            }
        }
        Ok(())
    }

    /// Hands one mail or call over, unless its claim could run out meanwhile.
    async fn hand_over(&self, hand_over: &HandOver) -> Answered {
        let needed = DELIVER_DEADLINE_MS.min(self.core.settings.lease_ms / 2);
        if hand_over.lease_until.0 - self.core.now().0 < needed {
            return put_back(hand_over, "it waited too long for its turn in this process");
        }
        let answered = match &hand_over.cargo {
            Cargo::Mail(mail) => Answered::Mail(self.mailer.deliver(&hand_over.transport, mail).await),
            Cargo::Call(call) => Answered::Call(self.carrier.dial(&hand_over.transport, call).await),
            Cargo::Text(text) => Answered::Text(self.carrier.text(&hand_over.transport, text).await),
        };
        // A carrier that gives trouble with texts gives it with calls.
        let channel = if matches!(answered, Answered::Mail(_)) { Channel::Email } else { Channel::Call };
        let (counter, trouble) = match &answered {
            Answered::Mail(delivery) | Answered::Text(delivery) => match delivery {
                Delivery::Accepted { .. } => (&self.counters.accepted, false),
                Delivery::Refused { .. } => (&self.counters.refused, false),
                Delivery::Deferred { transport, .. } => (&self.counters.deferred, *transport),
                Delivery::Unknown { .. } => (&self.counters.unknown, false),
            },
            Answered::Call(dial) => match dial {
                Dial::Accepted { .. } => (&self.counters.accepted, false),
                Dial::Refused { .. } => (&self.counters.refused, false),
                Dial::Deferred { carrier, .. } => (&self.counters.deferred, *carrier),
                Dial::Unknown { .. } => (&self.counters.unknown, false),
            },
        };
        if trouble {
            self.transports.trouble(channel, &hand_over.transport, self.core.now());
        } else {
            self.transports.works(channel, &hand_over.transport);
        }
        counter.fetch_add(1, Ordering::Relaxed);
        answered
    }

    /// Hands mails over one after the other and records what became of them: for tests and the simulator.
    pub async fn hand_over_all(&self, hand_overs: Vec<HandOver>) {
        let mut ended = Vec::with_capacity(hand_overs.len());
        for hand_over in hand_overs {
            let delivery = self.hand_over(&hand_over).await;
            ended.push((hand_over, delivery));
        }
        self.record(ended).await;
    }

    /// Runs everything due at this moment, one thing after the other, until nothing is: for tests and the simulator. Gives
    /// how many jobs ran.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_due(&self) -> Result<usize> {
        let mut ran = 0;
        loop {
            let mut round = self.claim(usize::MAX).await?;
            ran += round.claimed;
            self.drive_runs(&round.runs).await?;
            self.drive_outside(OutsideWork::of(&mut round)).await?;
            self.hand_over_all(round.hand_overs).await;
            if round.claimed == 0 {
                return Ok(ran);
            }
        }
    }

    /// The same, with one death on the way: true when the worker died there and must not be used again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_due_until(&self, crash: Crash) -> Result<bool> {
        if crash == Crash::Never {
            return self.run_due().await.map(|_| false);
        }
        let mut round = self.claim(usize::MAX).await?;
        if crash == Crash::BeforeTasks {
            return Ok(true);
        }
        self.drive_runs(&round.runs).await?;
        self.drive_outside(OutsideWork::of(&mut round)).await?;
        if round.hand_overs.is_empty() || crash == Crash::BeforeHandOver {
            return Ok(true);
        }
        // Dies somewhere among the hand-overs: of the first half the answers were heard, one answer more was not.
        let half = round.hand_overs.len() / 2;
        let mut ended = Vec::new();
        for hand_over in round.hand_overs.into_iter().take(half + 1) {
            let delivery = self.hand_over(&hand_over).await;
            ended.push((hand_over, delivery));
        }
        ended.truncate(half);
        if crash == Crash::AfterRecording {
            self.record(ended).await;
        }
        Ok(true)
    }

    /// When something is due next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&self) -> Result<Option<Millis>> {
        self.store.read(|tx| Ok::<_, Error>(jobs::next_due(tx)?)).await
    }

    /// Drives runs; once told to stop, ends the one at hand and gives the others back, for nobody else may have them before their
    /// leases are over.
    async fn drive_until(&self, works: Vec<RunWork>, stop: &watch::Receiver<bool>) {
        let mut left = works.into_iter();
        while let Some(work) = left.next() {
            if *stop.borrow() {
                let rest: Vec<Job> = std::iter::once(work.job).chain(left.map(|work| work.job)).collect();
                let now = self.core.now();
                let given = self.store.write(move |tx| {
                    for job in &rest {
                        jobs::reschedule(tx, job.id, job.token, now, None)?;
                    }
                    Ok::<_, Error>(())
                });
                if let Err(error) = given.await {
                    tracing::warn!(error = %error, "runs wait for the end of their leases");
                }
                return;
            }
            if let Err(error) = self.drive_runs(std::slice::from_ref(&work)).await {
                tracing::warn!(error = %error, source = ?error.source, "runs wait for the database");
                return;
            }
        }
    }

    /// Runs until told to stop; then hears out what is under way.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut wakeups = self.store.subscribe();
        let room = Room::new(self.room);
        let (ends, ended) = mpsc::unbounded_channel();
        let recorder = tokio::spawn(Arc::clone(&self).record_all(Arc::clone(&room), ended));
        let mut driving = JoinSet::new();
        let listening = tokio::spawn(webhooks::listen::wake_idle(self.store.clone(), Arc::clone(&self.core)));
        while !*stop.borrow() {
            while driving.try_join_next().is_some() {}
            // Wait for room before claiming: what is claimed and not begun is lost sight of in a crash.
            room.wait(BREATH).await;
            let most = room.free().max(1);
            let claimed = match self.claim(most).await {
                Ok(mut round) => {
                    if !round.runs.is_empty() {
                        // In a task of its own: a planner may think for long, and mails must not wait for it.
                        let works = std::mem::take(&mut round.runs);
                        let (worker, stop) = (Arc::clone(&self), stop.clone());
                        driving.spawn(async move { worker.drive_until(works, &stop).await });
                    }
                    for work in OutsideWork::of(&mut round).apart() {
                        // A receiver may hang: neither mails nor tasks nor other receivers wait for it.
                        let worker = Arc::clone(&self);
                        tokio::spawn(async move {
                            if let Err(error) = worker.drive_outside(work).await {
                                tracing::warn!(error = %error, source = ?error.source, "tasks wait for the database");
                            }
                        });
                    }
                    self.begin(round.hand_overs, &room, &ends, &stop);
                    round.claimed
                }
                Err(error) => {
                    tracing::warn!(error = %error, source = ?error.source, "claiming failed");
                    tokio::time::sleep(std::time::Duration::from_millis(ERROR_PAUSE_MS)).await;
                    continue;
                }
            };
            if claimed < most.min(usize::try_from(self.batch).unwrap_or(usize::MAX)) {
                let pause = self.pause().await;
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = heard(&mut wakeups) => {}
                    _ = stop.changed() => {}
                }
            }
        }
        listening.abort();
        drop(ends);
        while driving.join_next().await.is_some() {}
        if let Err(error) = recorder.await {
            tracing::error!(%error, "the recorder ended badly");
        }
    }

    /// Begins hand-overs, each in a task of its own: there was room when they were claimed. Once stopping, none is begun: nothing
    /// has left, and they are put back.
    fn begin(
        self: &Arc<Self>,
        hand_overs: Vec<HandOver>,
        room: &Arc<Room>,
        ends: &mpsc::UnboundedSender<(HandOver, Answered)>,
        stop: &watch::Receiver<bool>,
    ) {
        for hand_over in hand_overs {
            let ends = ends.clone();
            if *stop.borrow() {
                let delivery = put_back(&hand_over, "the process is stopping");
                let _ = ends.send((hand_over, delivery));
                continue;
            }
            let (worker, place) = (Arc::clone(self), room.take());
            tokio::spawn(async move {
                let delivery = worker.hand_over(&hand_over).await;
                // The recorder outlives every sender, so this can't fail.
                let _ = ends.send((hand_over, delivery));
                drop(place);
            });
        }
    }

    /// How long nothing will be due.
    async fn pause(&self) -> std::time::Duration {
        let now = self.core.now();
        let wait = match self.next_due().await {
            Ok(Some(due)) => (due.0 - now.0).clamp(0, LONGEST_SLEEP_MS),
            Ok(None) => LONGEST_SLEEP_MS,
            Err(_) => SECOND,
        };
        std::time::Duration::from_millis(u64::try_from(wait).unwrap_or(0))
    }
}

/// Claims what is due: tasks for their own short lease, all else for one that outlasts a hand-over.
fn claim_jobs(tx: &mut Tx<'_>, core: &Core, now: Millis, limit: i64) -> Result<Vec<Job>> {
    let claimed = jobs::claim(tx, now, now.plus(core.settings.lease_ms), limit)?;
    tasks::lease::hold(tx, core, claimed.iter().filter(|job| job.kind == tasks::JOB))?;
    Ok(claimed)
}

fn is_unavailable(error: &Error) -> bool {
    error.code.retryable && error.code.kind == crate::error::Kind::Unavailable
}

/// Not handed over at all.
fn put_back(hand_over: &HandOver, why: &str) -> Answered {
    let response = why.to_owned();
    match hand_over.cargo {
        Cargo::Mail(_) => Answered::Mail(Delivery::Deferred { code: None, response, transport: true }),
        Cargo::Call(_) => Answered::Call(Dial::Deferred { response, carrier: true }),
        Cargo::Text(_) => Answered::Text(Delivery::Deferred { code: None, response, transport: true }),
    }
}

/// Waits until another transaction says that jobs are due.
async fn heard(wakeups: &mut outrider_store::Wakeups) {
    loop {
        if wakeups.recv().await == Topic::Jobs {
            return;
        }
    }
}
