//! The one thread that writes to SQLite: commits waiting closures together and answers them afterwards. Knows no SQL of its own
//! beyond beginning and ending transactions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rusqlite::Connection;

use super::trouble;
use crate::error::{Error, Fault, Trouble};
use crate::task::Task;
use crate::tx::{Connection as TxConnection, Tx};
use crate::wake::{Hub, Topics};

/// The most closures that share a commit.
const BATCH: usize = 256;
/// How long a batch goes on taking closures that are already waiting.
const BATCH_TIME: Duration = Duration::from_millis(5);
/// The same while filling: long enough that most pages of the indexes take several rows before they are written, and with its
/// commit well below what others wait for the lock.
const FILLING_TIME: Duration = Duration::from_secs(2);

/// What the writer is asked to do.
pub(crate) enum Message {
    /// Run and commit.
    Write(Box<dyn Task>),
    /// Run without a right to change anything: reads of a database in memory, which has only this connection.
    Read(Box<dyn Task>),
    /// Use the connection outside of any transaction.
    Exclusive(Box<dyn FnOnce(&mut Connection) + Send>),
}

pub(crate) fn spawn_writer(
    connection: Connection,
    queue: Receiver<Message>,
    filling: bool,
    hub: Arc<Hub>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
        Writer { connection, queue, together: if filling { FILLING_TIME } else { BATCH_TIME }, hub }.run()
    })
}

struct Writer {
    connection: Connection,
    queue: Receiver<Message>,
    /// How long a batch goes on taking closures that are already waiting.
    together: Duration,
    hub: Arc<Hub>,
}

impl Writer {
    fn run(&mut self) {
        let mut next = self.queue.recv().ok();
        while let Some(message) = next.take() {
            match message {
                Message::Exclusive(work) => self.exclusive(work),
                Message::Read(task) => self.read(task),
                Message::Write(task) => next = self.batch(task),
            }
            if next.is_none() {
                next = self.queue.recv().ok();
            }
        }
    }

    /// Commits `first` and what waits behind it. Gives back a message of another kind that it came upon.
    fn batch(&mut self, first: Box<dyn Task>) -> Option<Message> {
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            let error = trouble("BEGIN", &error).error;
            first.fail(error.clone());
            return self.fail_waiting(&error);
        }
        let started = Instant::now();
        let mut batch = Batch::default();
        let mut other = None;
        let mut next = Some(first);
        while let Some(task) = next.take() {
            if !batch.run(&self.connection, task) {
                self.again(batch.done);
                return other;
            }
            if batch.broken.is_some() || batch.done.len() >= BATCH || started.elapsed() >= self.together {
                break;
            }
            match self.queue.try_recv() {
                Ok(Message::Write(task)) => next = Some(task),
                Ok(message) => other = Some(message),
                Err(_) => {}
            }
        }
        self.finish(batch);
        other
    }

    /// The last of these closures changed something and failed. What all have done is undone; then each runs once more, between
    /// savepoints, unless it was alone.
    fn again(&self, tasks: Vec<Box<dyn Task>>) {
        self.roll_back();
        if tasks.len() == 1 {
            tasks.into_iter().for_each(|task| task.answer());
            return;
        }
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            let error = trouble("BEGIN", &error).error;
            tasks.into_iter().for_each(|task| task.fail(error.clone()));
            return;
        }
        let mut batch = Batch::default();
        for task in tasks {
            if batch.broken.is_some() {
                batch.done.push(task);
            } else {
                batch.run_apart(&self.connection, task);
            }
        }
        self.finish(batch);
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "could not roll back");
        }
    }

    fn finish(&self, mut batch: Batch) {
        if batch.broken.is_none()
            && let Err(error) = self.connection.execute_batch("COMMIT")
        {
            let error = trouble("COMMIT", &error).error;
            batch.broken = Some(Error::Unavailable(format!("the commit failed: {error}")));
        }
        match batch.broken {
            None => {
                for task in batch.done {
                    task.answer();
                }
                self.hub.wake(batch.topics);
            }
            Some(error) => {
                self.roll_back();
                tracing::warn!(%error, closures = batch.done.len(), "a batch of writes was rolled back");
                for task in batch.done {
                    task.fail(error.clone());
                }
            }
        }
    }

    /// The database could not even be locked: what is already waiting would only wait as long again, one by one.
    fn fail_waiting(&self, error: &Error) -> Option<Message> {
        for message in self.queue.try_iter().take(self.queue.len()) {
            match message {
                Message::Write(task) => task.fail(error.clone()),
                other => return Some(other),
            }
        }
        None
    }

    /// A panic in it, such as one of a progress report, must not end the only writer.
    fn exclusive(&mut self, work: Box<dyn FnOnce(&mut Connection) + Send>) {
        if catch_unwind(AssertUnwindSafe(|| work(&mut self.connection))).is_err() {
            tracing::error!("work on the writing connection panicked");
        }
        self.roll_back();
    }

    fn read(&self, mut task: Box<dyn Task>) {
        let begun = self.connection.execute_batch("PRAGMA query_only = 1; BEGIN");
        if begun.is_ok() {
            task.run(&mut Tx::new(TxConnection::Sqlite(&self.connection)));
        }
        let rolled_back =
            if self.connection.is_autocommit() { Ok(()) } else { self.connection.execute_batch("ROLLBACK") };
        let ended = begun.and(rolled_back).and(self.connection.execute_batch("PRAGMA query_only = 0"));
        match ended {
            Ok(()) => task.answer(),
            Err(error) => task.fail(trouble("read", &error).error),
        }
    }
}

/// Closures that wait for one commit.
#[derive(Default)]
struct Batch {
    done: Vec<Box<dyn Task>>,
    topics: Topics,
    /// Why nothing of this batch can be committed.
    broken: Option<Error>,
}

impl Batch {
    /// Runs one closure. False when it failed after it had changed something: its changes stand among those of the others.
    ///
    /// Savepoints would take them apart, at the price of a copy of every page that each closure touches, so that they are only
    /// used when it comes to that.
    fn run(&mut self, connection: &Connection, mut task: Box<dyn Task>) -> bool {
        let before = connection.total_changes();
        let mut tx = Tx::new(TxConnection::Sqlite(connection));
        let commit = task.run(&mut tx);
        let (failure, topics) = (tx.failure().cloned(), tx.topics());
        self.done.push(task);
        if self.is_broken(connection, failure.as_ref()) {
            return true;
        }
        if commit {
            self.topics.merge(topics);
        }
        commit || (failure.is_none() && connection.total_changes() == before)
    }

    /// Runs one closure between savepoints, so that only its own changes are undone when it fails.
    fn run_apart(&mut self, connection: &Connection, mut task: Box<dyn Task>) {
        if let Err(error) = cached(connection, "SAVEPOINT closure") {
            self.broken = Some(Error::Unavailable(trouble("SAVEPOINT", &error).error.to_string()));
            self.done.push(task);
            return;
        }
        let mut tx = Tx::new(TxConnection::Sqlite(connection));
        let commit = task.run(&mut tx);
        let (failure, topics) = (tx.failure().cloned(), tx.topics());
        self.done.push(task);
        if self.is_broken(connection, failure.as_ref()) {
            return;
        }
        let ended = if commit {
            self.topics.merge(topics);
            cached(connection, "RELEASE closure")
        } else {
            cached(connection, "ROLLBACK TO closure").and_then(|()| cached(connection, "RELEASE closure"))
        };
        if let Err(error) = ended {
            self.broken = Some(Error::Unavailable(trouble("RELEASE", &error).error.to_string()));
        }
    }

    /// Whether a closure's failure was the storage's: SQLite may have rolled back the whole transaction, and the changes of
    /// those before are gone too.
    fn is_broken(&mut self, connection: &Connection, failure: Option<&Trouble>) -> bool {
        if let Some(failure) = failure.filter(|failure| failure.fault == Fault::Storage) {
            self.broken = Some(match &failure.error {
                Error::Unavailable(why) => Error::Unavailable(why.clone()),
                other => Error::Unavailable(other.to_string()),
            });
        } else if connection.is_autocommit() {
            self.broken = Some(Error::Unavailable("the database rolled back the transaction".to_owned()));
        }
        self.broken.is_some()
    }
}

fn cached(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.raw_execute().map(|_| ())
}
