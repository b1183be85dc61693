//! Wake-ups between nodes through NOTIFY and LISTEN. Hints only: a lost one costs time, never work.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use postgres::fallible_iterator::FallibleIterator;

use super::{Connector, Session, trouble};
use crate::error::{Error, Trouble};
use crate::wake::{Hub, Topic, Topics};

/// The name nodes of one database listen to.
const CHANNEL: &str = "outrider";
/// How long the listener waits before it looks whether the store is closing.
const LISTEN: Duration = Duration::from_millis(500);
/// Between two notifications of one node: commits in between share the next one, as PostgreSQL lets only one transaction that
/// notifies commit at a time.
const GAP: Duration = Duration::from_millis(5);
/// Between attempts to get a lost connection back.
const PAUSE: Duration = Duration::from_millis(500);

/// Rings after a commit: at once for this process, and through the outbox for the others.
#[derive(Clone)]
pub(crate) struct Bell {
    hub: Arc<Hub>,
    outbox: Outbox,
}

/// Where topics for other nodes wait.
pub(crate) type Outbox = Sender<Topics>;

impl Bell {
    pub(crate) fn ring(&self, topics: Topics) {
        if !topics.is_empty() {
            self.hub.wake(topics);
            // It can only fail while the store closes, when nobody is left to be told.
            let _ = self.outbox.send(topics);
        }
    }
}

/// Starts listening and the thread that notifies. They end by themselves: one when `closing` is set, the other with its last bell.
pub(crate) fn start_notifications(
    connector: &Arc<Connector>,
    hub: &Arc<Hub>,
    closing: &Arc<AtomicBool>,
) -> Result<Bell, Error> {
    // Tells this node's notifications from the others'.
    let tag = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
    let (outbox, inbox) = crossbeam_channel::unbounded();
    let notifier = Notifier { connector: Arc::clone(connector), inbox, tag: tag.clone(), session: None };
    let session = listen(connector).map_err(|trouble| trouble.error)?;
    let listener =
        Listener { connector: Arc::clone(connector), hub: Arc::clone(hub), closing: Arc::clone(closing), tag };
    let failed = |error| Error::Unavailable(format!("could not start a thread: {error}"));
    std::thread::Builder::new().name("store-notifier".to_owned()).spawn(move || notifier.run()).map_err(failed)?;
    std::thread::Builder::new()
        .name("store-listener".to_owned())
        .spawn(move || listener.run(session))
        .map_err(failed)?;
    Ok(Bell { hub: Arc::clone(hub), outbox })
}

struct Notifier {
    connector: Arc<Connector>,
    inbox: Receiver<Topics>,
    tag: String,
    session: Option<Session>,
}

impl Notifier {
    fn run(mut self) {
        while let Ok(mut topics) = self.inbox.recv() {
            loop {
                while let Ok(more) = self.inbox.try_recv() {
                    topics.merge(more);
                }
                match self.send(topics) {
                    Ok(()) => break,
                    Err(trouble) => {
                        tracing::debug!(error = %trouble.error, "could not notify other nodes");
                        self.session = None;
                    }
                }
                match self.inbox.recv_timeout(PAUSE) {
                    Ok(more) => topics.merge(more),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            std::thread::sleep(GAP);
        }
    }

    fn send(&mut self, topics: Topics) -> Result<(), Trouble> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.connector.connect()?,
        };
        let payload = format!("{} {}", self.tag, topics.names());
        session
            .client
            .execute("SELECT pg_notify($1, $2)", &[&CHANNEL, &payload])
            .map_err(|error| trouble("NOTIFY", &error))?;
        self.session = Some(session);
        Ok(())
    }
}

struct Listener {
    connector: Arc<Connector>,
    hub: Arc<Hub>,
    closing: Arc<AtomicBool>,
    tag: String,
}

impl Listener {
    fn run(self, session: Session) {
        let mut session = Some(session);
        while !self.closing.load(Ordering::Relaxed) {
            let Some(current) = &mut session else {
                std::thread::sleep(PAUSE);
                session = self.reconnect();
                continue;
            };
            let heard = current.client.notifications().timeout_iter(LISTEN).next();
            match heard {
                Ok(Some(notification)) => self.hear(notification.payload()),
                Ok(None) if current.client.is_closed() => session = None,
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "the listening connection was lost");
                    session = None;
                }
            }
        }
    }

    fn hear(&self, payload: &str) {
        if let Some((tag, names)) = payload.split_once(' ')
            && tag != self.tag
        {
            self.hub.wake(Topics::parse(names));
        }
    }

    /// Listens again, and wakes everyone, as notifications may have been missed.
    fn reconnect(&self) -> Option<Session> {
        let session = listen(&self.connector).ok()?;
        let mut all = Topics::default();
        for topic in Topic::ALL {
            all.insert(*topic);
        }
        self.hub.wake(all);
        Some(session)
    }
}

fn listen(connector: &Connector) -> Result<Session, Trouble> {
    let mut session = connector.connect()?;
    session.command(&format!("LISTEN {CHANNEL}"))?;
    Ok(session)
}
