//! Threads that own PostgreSQL connections: run closures in transactions, repeat what may be repeated, reconnect. They never
//! send a commit twice.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::{Bell, Connector, Session};
use crate::error::{Error, Fault};
use crate::task::Task;
use crate::tx::{Connection, Tx};

/// How often a closure is run again after serialization failures and deadlocks.
const REPEATS: u32 = 5;
/// Pauses between attempts to connect, doubling from the first to the last. Closures that come in a pause fail at once.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// What a thread's transactions may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One snapshot, no changes.
    Read,
    /// READ COMMITTED.
    Write,
}

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const END_AND_BEGIN_READ: &str = "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

impl Mode {
    fn begin(self) -> &'static str {
        match self {
            Self::Read => BEGIN_READ,
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        }
    }
}

/// Starts `count` threads that share one queue.
pub(crate) fn spawn_workers(
    connector: &Arc<Connector>,
    mode: Mode,
    count: usize,
    queue: &Receiver<Box<dyn Task>>,
    bell: &Bell,
) -> Result<Vec<JoinHandle<()>>, Error> {
    let start = |number| {
        let mut worker = Worker {
            connector: Arc::clone(connector),
            mode,
            bell: bell.clone(),
            session: None,
            pause: FIRST_PAUSE,
            not_before: None,
        };
        let queue = queue.clone();
        std::thread::Builder::new()
            .name(format!("store-{}-{number}", if mode == Mode::Read { "reader" } else { "writer" }))
            .spawn(move || worker.run(&queue))
            .map_err(|error| Error::Unavailable(format!("could not start a thread: {error}")))
    };
    (0..count).map(start).collect()
}

struct Worker {
    connector: Arc<Connector>,
    mode: Mode,
    bell: Bell,
    session: Option<Session>,
    pause: Duration,
    not_before: Option<Instant>,
}

/// How an attempt ended.
enum Attempt {
    /// The task holds the answer.
    Done,
    /// It may be tried again in the same way.
    Repeat(Error),
    /// The connection was lost before a commit was sent.
    Lost(Error),
    /// The answer is this, whatever the task holds.
    Failed(Error),
}

impl Worker {
    fn run(&mut self, queue: &Receiver<Box<dyn Task>>) {
        let mut next = queue.recv().ok();
        while let Some(task) = next {
            if self.mode == Mode::Write || task.is_awaited() {
                self.serve(task);
            }
            // A task that waits already ends the reading transaction before it together with its own beginning.
            next = queue.try_recv().ok().or_else(|| {
                if self.session.as_ref().is_some_and(|session| session.reading) {
                    self.roll_back();
                }
                queue.recv().ok()
            });
        }
    }

    fn serve(&mut self, mut task: Box<dyn Task>) {
        let mut repeats = 0;
        let mut lost_before = false;
        loop {
            match self.attempt(&mut *task) {
                Attempt::Done => return task.answer(),
                Attempt::Failed(error) => return task.fail(error),
                Attempt::Repeat(error) => {
                    if repeats == REPEATS {
                        return task.fail(error);
                    }
                    repeats += 1;
                    // Uneven pauses, so that two closures that met don't meet again.
                    std::thread::sleep(Duration::from_millis(u64::from(repeats * repeats) + thread_offset()));
                }
                Attempt::Lost(error) => {
                    self.session = None;
                    if lost_before {
                        return task.fail(error);
                    }
                    lost_before = true;
                }
            }
        }
    }

    fn attempt(&mut self, task: &mut dyn Task) -> Attempt {
        let mode = self.mode;
        let session = match self.session() {
            Ok(session) => session,
            Err(error) => return Attempt::Failed(error),
        };
        let begun = session.command(if session.reading { END_AND_BEGIN_READ } else { mode.begin() });
        session.reading = mode == Mode::Read;
        if let Err(trouble) = begun {
            return if trouble.fault == Fault::Lost {
                Attempt::Lost(trouble.error)
            } else {
                self.broken(trouble.error)
            };
        }
        let mut tx = Tx::new(Connection::Postgres(session));
        let commit = task.run(&mut tx);
        let (failure, topics) = (tx.failure().cloned(), tx.topics());
        match failure {
            Some(failure) if failure.fault == Fault::Lost => return Attempt::Lost(failure.error),
            Some(failure) if failure.fault == Fault::Repeat => {
                self.roll_back();
                return Attempt::Repeat(failure.error);
            }
            _ => {}
        }
        if mode == Mode::Read {
            return Attempt::Done;
        }
        if !commit {
            self.roll_back();
            return Attempt::Done;
        }
        match self.commit() {
            Attempt::Done => {
                self.bell.ring(topics);
                Attempt::Done
            }
            other => other,
        }
    }

    fn commit(&mut self) -> Attempt {
        let Some(session) = &mut self.session else {
            return Attempt::Failed(Error::sql("COMMIT", "there is no session"));
        };
        match session.command("COMMIT") {
            Ok(()) => Attempt::Done,
            Err(trouble) => match trouble.fault {
                Fault::Repeat => {
                    self.roll_back();
                    Attempt::Repeat(trouble.error)
                }
                Fault::Lost => self.broken(Error::Unavailable(format!(
                    "the connection was lost during the commit, so its outcome is unknown ({})",
                    trouble.error
                ))),
                Fault::Closure | Fault::Storage => {
                    self.roll_back();
                    Attempt::Failed(trouble.error)
                }
            },
        }
    }

    fn broken(&mut self, error: Error) -> Attempt {
        self.session = None;
        Attempt::Failed(error)
    }

    fn roll_back(&mut self) {
        let Some(session) = &mut self.session else { return };
        session.reading = false;
        if let Err(trouble) = session.command("ROLLBACK") {
            tracing::debug!(error = %trouble.error, "could not roll back: the connection is given up");
            self.session = None;
        }
    }

    fn session(&mut self) -> Result<&mut Session, Error> {
        if self.session.as_ref().is_none_or(|session| session.client.is_closed()) {
            if let Some(not_before) = self.not_before
                && Instant::now() < not_before
            {
                return Err(Error::Unavailable("the database could not be reached a moment ago".to_owned()));
            }
            match self.connector.connect() {
                Ok(session) => {
                    self.pause = FIRST_PAUSE;
                    self.not_before = None;
                    self.session = Some(session);
                }
                Err(trouble) => {
                    self.not_before = Some(Instant::now() + self.pause);
                    self.pause = (self.pause * 2).min(LAST_PAUSE);
                    return Err(match trouble.error {
                        Error::Unavailable(why) => Error::Unavailable(why),
                        other => Error::Unavailable(other.to_string()),
                    });
                }
            }
        }
        self.session.as_mut().ok_or_else(|| Error::Unavailable("there is no connection".to_owned()))
    }
}

/// 0 to 7 milliseconds, different for most threads.
fn thread_offset() -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(std::thread::current().id()) & 7
}
