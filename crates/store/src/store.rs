//! The handle that the rest of the program holds: opens a database, hands closures to its threads, answers when they are done.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use crate::error::Error;
use crate::migrate;
use crate::postgresql::{self, Connector, Mode};
use crate::sqlite::{self, Access, Location, Message};
use crate::statement::{Backend, Bulk, Statement};
use crate::task::{Task, task};
use crate::tx::Tx;
use crate::wake::{Hub, Wakeups};

/// Which database, and how many threads read and write.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the data is.
    pub target: Target,
    /// Threads that read, at least 1. A SQLite database in memory has none: its writer also reads.
    pub readers: usize,
    /// Threads that write to PostgreSQL, at least 1. SQLite always has one.
    pub writers: usize,
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// A SQLite file; made when there is none.
    Sqlite(PathBuf),
    /// A SQLite database that ends with the store.
    SqliteMemory,
    /// A PostgreSQL URL or `key=value` string.
    Postgres(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::SqliteMemory => f.write_str("SqliteMemory"),
            // The URL may hold a password.
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl Config {
    /// Threads that suit a small machine.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { target, readers: 4, writers: 8 }
    }
}

/// A database. Cloning gives another handle to the same threads; they end with the last one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.backend()).finish()
    }
}

// Fields are dropped in this order: the queues end, then the threads are waited for.
struct Inner {
    pub(crate) engine: Engine,
    _threads: Threads,
    hub: Arc<Hub>,
}

pub(crate) enum Engine {
    Sqlite { location: Location, writes: Sender<Message>, reads: Option<Sender<Box<dyn Task>>> },
    Postgres { connector: Arc<Connector>, writes: Sender<Box<dyn Task>>, reads: Sender<Box<dyn Task>> },
}

struct Threads {
    handles: Vec<JoinHandle<()>>,
    closing: Arc<AtomicBool>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        for handle in self.handles.drain(..) {
            // The last handle may have been dropped by a closure, on the thread itself.
            if handle.thread().id() != std::thread::current().id() && handle.join().is_err() {
                tracing::error!("a store thread had panicked");
            }
        }
    }
}

impl Store {
    /// Opens a database and starts its threads. Does not migrate: see [`Store::migrate`].
    ///
    /// # Errors
    /// [`Error::NewerSchema`] when a newer binary has migrated it, [`Error::Unavailable`] when it can't be reached.
    pub async fn open(config: &Config) -> Result<Self, Error> {
        let config = config.clone();
        on_thread("store-open", move || Self::open_blocking(&config)).await
    }

    /// [`Store::open`] for threads without a runtime.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_blocking(config: &Config) -> Result<Self, Error> {
        Self::open_with(config, false)
    }

    /// [`Store::open`] for a process that fills a SQLite database: more closures share a commit and more pages are kept in
    /// memory, so that a page of an index is written once for many rows. Whoever else writes waits longer.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_to_fill(config: &Config) -> Result<Self, Error> {
        let config = config.clone();
        on_thread("store-open", move || Self::open_with(&config, true)).await
    }

    fn open_with(config: &Config, filling: bool) -> Result<Self, Error> {
        let hub = Arc::new(Hub::default());
        let closing = Arc::new(AtomicBool::new(false));
        let (engine, handles) = match &config.target {
            Target::Sqlite(path) => open_sqlite(Location::File(path.clone()), config.readers.max(1), filling, &hub)?,
            Target::SqliteMemory => open_sqlite(Location::Memory, 0, filling, &hub)?,
            Target::Postgres(url) => {
                let connector = Arc::new(Connector::new(url)?);
                let mut session = connector.connect().map_err(|trouble| trouble.error)?;
                migrate::pending(&migrate::postgres_versions(&mut session)?)?;
                let bell = postgresql::start_notifications(&connector, &hub, &closing)?;
                let (writes, write_queue) = crossbeam_channel::unbounded();
                let (reads, read_queue) = crossbeam_channel::unbounded();
                let mut handles =
                    postgresql::spawn_workers(&connector, Mode::Read, config.readers.max(1), &read_queue, &bell)?;
                handles.extend(postgresql::spawn_workers(
                    &connector,
                    Mode::Write,
                    config.writers.max(1),
                    &write_queue,
                    &bell,
                )?);
                (Engine::Postgres { connector, writes, reads }, handles)
            }
        };
        Ok(Self { inner: Arc::new(Inner { engine, _threads: Threads { handles, closing }, hub }) })
    }

    /// Runs a closure that only looks, in one snapshot.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Busy`] or [`Error::Unavailable`] as the database says.
    pub async fn read<T, E>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.send_read(task(f, reply));
        answer.await.unwrap_or_else(|_| Err(E::from(stopped())))
    }

    /// Runs a closure and commits: what it did is durable when this returns `Ok`, and undone when it returns `Err`.
    ///
    /// The closure may run more than once, each time from the beginning, so it must do nothing but use its transaction.
    /// Dropping the future does not stop it.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Busy`] or [`Error::Unavailable`] as the database says. The text of `Unavailable`
    /// says when the outcome is unknown.
    pub async fn write<T, E>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.send_write(task(f, reply));
        answer.await.unwrap_or_else(|_| Err(E::from(stopped())))
    }

    /// [`Store::read`] for threads without a runtime. Must not be called on a runtime's thread.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, E>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = std::sync::mpsc::channel();
        self.send_read(task(f, reply));
        answer.recv().unwrap_or_else(|_| Err(E::from(stopped())))
    }

    /// [`Store::write`] for threads without a runtime. Must not be called on a runtime's thread.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, E>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = std::sync::mpsc::channel();
        self.send_write(task(f, reply));
        answer.recv().unwrap_or_else(|_| Err(E::from(stopped())))
    }

    /// Starts to listen for wake-ups.
    #[must_use]
    pub fn subscribe(&self) -> Wakeups {
        self.inner.hub.subscribe()
    }

    /// Which database is underneath.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.inner.engine {
            Engine::Sqlite { .. } => Backend::Sqlite,
            Engine::Postgres { .. } => Backend::Postgres,
        }
    }

    /// Brings the schema to this binary's version; gives the names of the migrations it applied.
    ///
    /// Nodes that do so at the same time wait for each other.
    ///
    /// # Errors
    /// [`Error::NewerSchema`]; otherwise as the database says. A migration that failed left nothing behind.
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        match &self.inner.engine {
            Engine::Sqlite { .. } => self.exclusive(|connection| migrate::migrate_sqlite(connection, i64::MAX)).await,
            Engine::Postgres { connector, .. } => {
                let connector = Arc::clone(connector);
                on_thread("store-migrate", move || {
                    let mut session = connector.connect_unlimited().map_err(|trouble| trouble.error)?;
                    migrate::migrate_postgres(&mut session)
                })
                .await
            }
        }
    }

    /// The names of the migrations that [`Store::migrate`] would apply.
    ///
    /// # Errors
    /// [`Error::NewerSchema`]; otherwise as the database says.
    pub async fn pending(&self) -> Result<Vec<String>, Error> {
        let applied = match &self.inner.engine {
            Engine::Sqlite { .. } => self.exclusive(|connection| migrate::sqlite_versions(connection)).await?,
            Engine::Postgres { connector, .. } => {
                let connector = Arc::clone(connector);
                on_thread("store-pending", move || {
                    let mut session = connector.connect().map_err(|trouble| trouble.error)?;
                    migrate::postgres_versions(&mut session)
                })
                .await?
            }
        };
        Ok(migrate::pending(&applied)?.iter().map(|migration| migration.name.to_owned()).collect())
    }

    /// Prepares every statement and gives those that can't be, each with the database's reason. For tests.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn prepare_all(
        &self,
        statements: &[&'static Statement],
        bulks: &[&'static Bulk],
    ) -> Result<Vec<(&'static str, String)>, Error> {
        let backend = self.backend();
        let mut texts: Vec<(&'static str, String)> = Vec::new();
        for statement in statements {
            let text = if backend == Backend::Sqlite { statement.for_sqlite() } else { statement.for_postgres() };
            texts.push((statement.name, text.to_owned()));
        }
        texts.extend(bulks.iter().map(|bulk| (bulk.name, bulk.text(backend).as_ref().to_owned())));
        match &self.inner.engine {
            Engine::Sqlite { .. } => {
                self.exclusive(move |connection| {
                    let failure = |(name, text): (_, String)| {
                        connection.prepare(&text).err().map(|error| (name, error.to_string()))
                    };
                    Ok(texts.into_iter().filter_map(failure).collect())
                })
                .await
            }
            Engine::Postgres { connector, .. } => {
                let connector = Arc::clone(connector);
                on_thread("store-prepare", move || {
                    let mut session = connector.connect().map_err(|trouble| trouble.error)?;
                    let failure = |(name, text): (_, String)| {
                        session
                            .client
                            .prepare(&text)
                            .err()
                            .map(|error| (name, postgresql::trouble(name, &error).error.to_string()))
                    };
                    Ok(texts.into_iter().filter_map(failure).collect())
                })
                .await
            }
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Uses SQLite's writing connection outside of any transaction, between batches.
    pub(crate) async fn exclusive<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Engine::Sqlite { writes, .. } = &self.inner.engine else {
            return Err(Error::sql("exclusive", "only SQLite has one writer"));
        };
        let (reply, answer) = tokio::sync::oneshot::channel();
        let message = Message::Exclusive(Box::new(move |connection| {
            // The caller may have stopped waiting.
            let _ = reply.send(work(connection));
        }));
        if writes.send(message).is_err() {
            return Err(stopped());
        }
        answer.await.unwrap_or_else(|_| Err(Error::sql("exclusive", "the work panicked")))
    }

    fn send_read(&self, task: Box<dyn Task>) {
        // A task that can't be sent is dropped, which the caller sees as a store that has stopped.
        let _ = match &self.inner.engine {
            Engine::Sqlite { reads: Some(reads), .. } | Engine::Postgres { reads, .. } => reads.send(task).is_ok(),
            Engine::Sqlite { reads: None, writes, .. } => writes.send(Message::Read(task)).is_ok(),
        };
    }

    fn send_write(&self, task: Box<dyn Task>) {
        let _ = match &self.inner.engine {
            Engine::Sqlite { writes, .. } => writes.send(Message::Write(task)).is_ok(),
            Engine::Postgres { writes, .. } => writes.send(task).is_ok(),
        };
    }
}

fn open_sqlite(
    location: Location,
    readers: usize,
    filling: bool,
    hub: &Arc<Hub>,
) -> Result<(Engine, Vec<JoinHandle<()>>), Error> {
    let connection = sqlite::open(&location, if filling { Access::Fill } else { Access::Write })?;
    migrate::pending(&migrate::sqlite_versions(&connection)?)?;
    let (writes, write_queue) = crossbeam_channel::unbounded();
    let mut handles = Vec::new();
    let mut reads = None;
    if readers > 0 {
        let (sender, queue) = crossbeam_channel::unbounded();
        handles = sqlite::spawn_readers(&location, readers, &queue)?;
        reads = Some(sender);
    }
    let writer = sqlite::spawn_writer(connection, write_queue, filling, Arc::clone(hub));
    handles.push(writer.map_err(|error| Error::Unavailable(format!("could not start a thread: {error}")))?);
    Ok((Engine::Sqlite { location, writes, reads }, handles))
}

fn stopped() -> Error {
    Error::Unavailable("the store has stopped".to_owned())
}

/// Runs blocking work on a thread of its own: PostgreSQL's synchronous driver must not run on a runtime's thread.
pub(crate) async fn on_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            // The caller may have stopped waiting.
            let _ = reply.send(work());
        })
        .map_err(|error| Error::Unavailable(format!("could not start a thread: {error}")))?;
    answer.await.unwrap_or_else(|_| Err(Error::sql(name, "the thread panicked")))
}
