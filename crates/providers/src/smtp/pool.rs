//! Owns the connections to one mail server: how many, which is reused, when one is closed. Interprets no reply.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use outrider_domain::mail::Delivery;
use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::connection::Connection;
use super::deadlines::{Deadlines, Timeouts};
use super::outcome::{Cause, Failure, Phase};
use super::reply::Reply;
use super::tls::client_config;
use super::transaction::Envelope;
use super::transport::{Transport, TransportError};
use super::wire::Early;

/// The connections to one mail server.
pub struct Pool {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) transport: Transport,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) timeouts: Timeouts,
    slots: Semaphore,
    /// The most recently used last: it is taken first, so that the others can age.
    idle: Mutex<Vec<Connection>>,
    reaping: AtomicBool,
}

impl Pool {
    /// Prepares a pool; connects nowhere yet.
    ///
    /// # Errors
    /// When the settings can't work or the extra certificates can't be read.
    pub fn new(transport: Transport, timeouts: Timeouts) -> Result<Self, TransportError> {
        transport.validate()?;
        let tls = client_config(&transport)?;
        let slots = Semaphore::new(transport.max_connections);
        let inner =
            Inner { transport, tls, timeouts, slots, idle: Mutex::new(Vec::new()), reaping: AtomicBool::new(false) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How many connections it opens at the most.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inner.transport.max_connections
    }

    /// Hands over one built mail, waiting for a free connection when all are busy. Answers within the timeouts given.
    ///
    /// A reused connection that turns out to be closed before the content was sent is replaced once; nothing else is tried twice.
    pub async fn send(&self, envelope: Envelope<'_>, message: &[u8]) -> Delivery {
        match self.try_send(envelope, message).await {
            Ok(reply) => Delivery::Accepted { response: reply.as_line() },
            Err(failure) => {
                tracing::debug!(host = %self.inner.transport.host, "not handed over: {}", failure.describe());
                failure.into_delivery()
            }
        }
    }

    async fn try_send(&self, envelope: Envelope<'_>, message: &[u8]) -> Result<Reply, Failure> {
        let inner = &self.inner;
        let deadlines = Deadlines::starting_now(inner.timeouts);
        let slot = timeout_at(deadlines.before_dot(), inner.slots.acquire()).await;
        let Ok(Ok(_slot)) = slot else {
            return Err(Failure::new(Phase::Slot, Cause::Timeout));
        };
        if let Some(mut connection) = inner.take_idle() {
            let outcome = connection.send(envelope, message, &deadlines).await;
            match outcome {
                Err(failure) if failure.is_stale_connection() => {
                    tracing::debug!(host = %inner.transport.host, "a kept connection had gone: {}", failure.describe());
                }
                outcome => {
                    self.give_back(connection);
                    return outcome;
                }
            }
        }
        let mut connection = Connection::open(&inner.transport, inner.tls.as_ref(), &deadlines, &mut |_, _| {}).await?;
        let outcome = connection.send(envelope, message, &deadlines).await;
        self.give_back(connection);
        outcome
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    fn give_back(&self, mut connection: Connection) {
        if connection.broken {
            return;
        }
        if connection.mails >= self.inner.transport.max_mails_per_connection {
            connection.close();
            return;
        }
        connection.idle_since = Instant::now();
        self.inner.idle().push(connection);
        if !self.inner.reaping.swap(true, Ordering::AcqRel) {
            tokio::spawn(reap(Arc::downgrade(&self.inner), self.inner.idle_limit()));
        }
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle_limit(&self) -> Duration {
        Duration::from_secs(self.transport.idle_seconds)
    }

    /// The kept connection used last that still looks alive; dead ones met on the way are dropped.
    fn take_idle(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle().pop()?;
            if connection.idle_since.elapsed() < self.idle_limit() && connection.wire.early() == Early::Quiet {
                return Some(connection);
            }
        }
    }

    /// Takes out those unused for too long.
    fn take_expired(&self) -> Vec<Connection> {
        let limit = self.idle_limit();
        self.idle().extract_if(.., |connection| connection.idle_since.elapsed() >= limit).collect()
    }
}

/// Closes connections nobody has used for a while; ends when none is kept or the pool is gone.
async fn reap(pool: Weak<Inner>, limit: Duration) {
    loop {
        tokio::time::sleep((limit / 2).max(Duration::from_millis(50))).await;
        let Some(pool) = pool.upgrade() else { return };
        for connection in pool.take_expired() {
            connection.close();
        }
        let idle = pool.idle();
        if idle.is_empty() {
            // Under the lock, so that a connection given back now starts the next reaper.
            pool.reaping.store(false, Ordering::Release);
            return;
        }
    }
}
