//! Sessions of clients of the revisions before 2026-07-28: whose each is, which toolsets it enabled, which of its requests are
//! under way. A few hundred bytes each, bounded in number, forgotten when idle; nothing of value is kept in them.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use outrider_domain::time::{MINUTE, Millis};
use outrider_engine::keys::random_hex;
use tokio::sync::{oneshot, watch};

/// Bytes of randomness in a session's id: who guesses one still needs the key that opened it.
const ID_BYTES: usize = 16;

/// How many sessions there may be, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Of all callers together; more are refused.
    pub total: usize,
    /// Of one caller; opening more ends the longest idle one.
    pub per_caller: usize,
    /// How long one may idle, in milliseconds.
    pub idle: i64,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { total: 10_000, per_caller: 100, idle: 30 * MINUTE }
    }
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    /// What the client sends as `Mcp-Session-Id`.
    pub(crate) id: String,
    owner: String,
    seen: AtomicI64,
    enabled: Mutex<BTreeSet<&'static str>>,
    /// Counts the changes of the list of tools; closed when the session ends.
    changes: watch::Sender<u64>,
    running: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

/// Why no session could be opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are as many as there may be.
    Full,
    /// The system gave no random bytes.
    NoRandomness,
}

impl Session {
    /// A session that belongs to no table: that of a process whose only client is at its standard input.
    pub(crate) fn alone() -> Arc<Self> {
        Arc::new(Self::new(String::new(), String::new(), Millis(0)))
    }

    fn new(id: String, owner: String, now: Millis) -> Self {
        Self {
            id,
            owner,
            seen: AtomicI64::new(now.0),
            enabled: Mutex::default(),
            changes: watch::Sender::new(0),
            running: Mutex::default(),
        }
    }

    /// Adds a toolset; false when it was there.
    pub(crate) fn enable(&self, toolset: &'static str) -> bool {
        let added = lock(&self.enabled).insert(toolset);
        if added {
            self.changes.send_modify(|changes| *changes += 1);
        }
        added
    }

    /// Whether a toolset was enabled here.
    pub(crate) fn enabled(&self, toolset: &str) -> bool {
        lock(&self.enabled).contains(toolset)
    }

    /// How often the list of tools changed, to be told of more.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Notes a request as under way; resolves when the client cancels it.
    pub(crate) fn begin(&self, request: &str) -> oneshot::Receiver<()> {
        let (cancel, cancelled) = oneshot::channel();
        lock(&self.running).insert(request.to_owned(), cancel);
        cancelled
    }

    /// Forgets a request that has ended.
    pub(crate) fn end(&self, request: &str) {
        lock(&self.running).remove(request);
    }

    /// Cancels a request; of one that has ended, nothing is left to cancel.
    pub(crate) fn cancel(&self, request: &str) {
        if let Some(cancel) = lock(&self.running).remove(request) {
            // Whoever waited may have finished just now.
            cancel.send(()).ok();
        }
    }

    fn idle_since(&self) -> Millis {
        Millis(self.seen.load(Ordering::Relaxed))
    }
}

/// The sessions of one surface.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    limits: SessionLimits,
    all: Mutex<HashMap<String, Arc<Session>>>,
}

impl Sessions {
    /// None yet.
    pub(crate) fn new(limits: SessionLimits) -> Self {
        Self { limits, all: Mutex::default() }
    }

    /// Opens one for a caller.
    pub(crate) fn open(&self, owner: &str, now: Millis) -> Result<Arc<Session>, Refused> {
        let id = random_hex(ID_BYTES).map_err(|_| Refused::NoRandomness)?;
        let mut all = lock(&self.all);
        if all.len() >= self.limits.total {
            self.forget_idle(&mut all, now);
        }
        let own = || all.values().filter(|session| session.owner == owner);
        if own().count() >= self.limits.per_caller {
            let oldest = own().min_by_key(|session| session.idle_since()).map(|session| session.id.clone());
            oldest.and_then(|id| all.remove(&id));
        }
        if all.len() >= self.limits.total {
            return Err(Refused::Full);
        }
        let session = Arc::new(Session::new(id.clone(), owner.to_owned(), now));
        all.insert(id, Arc::clone(&session));
        Ok(session)
    }

    /// The session of that id, if this caller opened it and it has not idled away. Another's is as if it did not exist.
    pub(crate) fn find(&self, id: &str, owner: &str, now: Millis) -> Option<Arc<Session>> {
        let mut all = lock(&self.all);
        let session = Arc::clone(all.get(id).filter(|session| session.owner == owner)?);
        if self.is_idle(&session, now) {
            all.remove(id);
            return None;
        }
        session.seen.store(now.0, Ordering::Relaxed);
        Some(session)
    }

    /// Ends one.
    pub(crate) fn close(&self, session: &Session) {
        lock(&self.all).remove(&session.id);
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        lock(&self.all).len()
    }

    fn forget_idle(&self, all: &mut HashMap<String, Arc<Session>>, now: Millis) {
        all.retain(|_, session| !self.is_idle(session, now));
    }

    fn is_idle(&self, session: &Session, now: Millis) -> bool {
        session.idle_since().plus(self.limits.idle) <= now
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use outrider_domain::time::Millis;

    use super::{Refused, SessionLimits, Sessions};

    const LIMITS: SessionLimits = SessionLimits { total: 3, per_caller: 2, idle: 1_000 };

    #[test]
    fn a_session_answers_only_to_its_owner() {
        let sessions = Sessions::new(LIMITS);
        let session = sessions.open("a", Millis(0)).unwrap();
        assert!(sessions.find(&session.id, "a", Millis(1)).is_some());
        assert!(sessions.find(&session.id, "b", Millis(1)).is_none());
        assert!(sessions.find(&session.id, "a", Millis(1)).is_some(), "another's attempt ends nothing");
        sessions.close(&session);
        assert!(sessions.find(&session.id, "a", Millis(1)).is_none());
    }

    #[test]
    fn an_idle_session_ends_and_a_used_one_does_not() {
        let sessions = Sessions::new(LIMITS);
        let session = sessions.open("a", Millis(0)).unwrap();
        assert!(sessions.find(&session.id, "a", Millis(999)).is_some());
        assert!(sessions.find(&session.id, "a", Millis(1_998)).is_some());
        assert!(sessions.find(&session.id, "a", Millis(2_998)).is_none());
        assert_eq!(sessions.count(), 0);
    }

    #[test]
    fn one_caller_ends_its_own_oldest_and_never_anothers() {
        let sessions = Sessions::new(LIMITS);
        let first = sessions.open("a", Millis(0)).unwrap();
        let second = sessions.open("a", Millis(1)).unwrap();
        let other = sessions.open("b", Millis(2)).unwrap();
        let third = sessions.open("a", Millis(3)).unwrap();
        for (session, owner, there) in
            [(&first, "a", false), (&second, "a", true), (&other, "b", true), (&third, "a", true)]
        {
            assert_eq!(sessions.find(&session.id, owner, Millis(4)).is_some(), there);
        }
        assert_eq!(sessions.open("c", Millis(5)).unwrap_err(), Refused::Full);
        assert!(sessions.open("c", Millis(1_005)).is_ok(), "idle ones make room");
    }

    #[test]
    fn toolsets_are_enabled_once_and_tell_those_who_listen() {
        let sessions = Sessions::new(LIMITS);
        let session = sessions.open("a", Millis(0)).unwrap();
        let changes = session.changes();
        assert!(session.enable("leads") && !session.enable("leads"));
        assert!(session.enabled("leads") && !session.enabled("agents"));
        assert_eq!(*changes.borrow(), 1);
    }

    #[test]
    fn a_cancelled_request_hears_it_and_an_ended_one_is_forgotten() {
        let sessions = Sessions::new(LIMITS);
        let session = sessions.open("a", Millis(0)).unwrap();
        let mut first = session.begin("1");
        let mut second = session.begin("2");
        session.end("2");
        session.cancel("1");
        session.cancel("2");
        assert!(first.try_recv().is_ok());
        assert!(second.try_recv().is_err());
    }
}
