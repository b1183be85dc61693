//! Owns mail in over IMAP (RFC 3501, IDLE of RFC 2177): every new message of one mailbox reaches the handler at least once.
//! Must not change the mailbox: it is opened read-only and read with BODY.PEEK, so flags stay as people left them.

mod check;
mod connection;
mod exchange;
mod settings;
mod sync;
#[cfg(test)]
mod tests;
mod watch;

use futures_util::future::BoxFuture;

pub use check::check;
pub use settings::{ImapSecurity, ImapSettings};
pub use watch::watch;

/// The largest message that is fetched, in bytes; larger ones are reported.
pub const MAX_MESSAGE: u32 = 25 * 1024 * 1024;

/// Up to where a mailbox has been handled: every message with a lower or the same UID. UIDs have a meaning only together
/// with the UIDVALIDITY they were given under (RFC 3501 section 2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The mailbox's UIDVALIDITY.
    pub uid_validity: u32,
    /// The last UID handled; 0 when there was none.
    pub uid: u32,
}

/// Why a handler did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandlerError {
    /// Nothing is wrong with the message: it is brought again later, and none after it before.
    #[error("not now: {0}")]
    Later(String),
    /// This message can't be handled, now or later: it is reported and passed over.
    #[error("the message cannot be handled: {0}")]
    Poisonous(String),
}

/// A message that was passed over, or a mailbox that was begun anew. To be shown to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The handler could not handle it, or panicked.
    Poisonous {
        /// Where it lies.
        at: Cursor,
        /// The whole message.
        raw: Vec<u8>,
        /// What went wrong.
        why: String,
    },
    /// Larger than [`MAX_MESSAGE`]; not fetched.
    Oversized {
        /// Where it lies.
        at: Cursor,
        /// Its size in bytes.
        bytes: u32,
    },
    /// The server says it is there and repeatedly failed to hand it over.
    Unreadable {
        /// Where it lies.
        at: Cursor,
        /// What went wrong.
        why: String,
    },
    /// The mailbox's UIDVALIDITY changed, so recent messages are brought once more; the handler recognises those it has.
    Renumbered {
        /// The cursor that lost its meaning.
        before: Cursor,
        /// Where reading begins.
        now: Cursor,
    },
}

/// What a watcher is doing, for readiness and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchState {
    /// Signed in, mailbox open. `idle`: the server tells of new mail by itself.
    Connected {
        /// Whether IDLE is used.
        idle: bool,
    },
    /// No connection; tried again after so many milliseconds.
    Disconnected {
        /// Why, safe to show.
        why: String,
        /// Milliseconds until the next attempt.
        retry_in: u64,
    },
}

/// Where messages go. All its methods are called by one task, in the order of the messages.
pub trait MailHandler: Send + Sync + 'static {
    /// The cursor stored last; none at the first contact.
    fn cursor(&self) -> BoxFuture<'_, Result<Option<Cursor>, String>>;

    /// Takes one message. Must be able to see the same message again: after a crash or a change of UIDVALIDITY it comes twice.
    fn message<'a>(&'a self, at: Cursor, raw: &'a [u8]) -> BoxFuture<'a, Result<(), HandlerError>>;

    /// Keeps a problem for a person to see. The cursor moves past it only after `Ok`.
    fn problem(&self, problem: Problem) -> BoxFuture<'_, Result<(), String>>;

    /// Stores the cursor durably. Called after each message or problem.
    fn advance(&self, cursor: Cursor) -> BoxFuture<'_, Result<(), String>>;

    /// Is told when the connection comes and goes.
    fn state(&self, state: WatchState) {
        let _ = state;
    }
}

/// What went wrong between us and the server, or the handler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImapError {
    /// Settings that can't work.
    #[error("{0}")]
    Settings(String),
    /// No connection, or it was lost.
    #[error("{0}")]
    Connection(String),
    /// The TLS handshake failed.
    #[error("TLS with {host}: {why}")]
    Tls {
        /// The server.
        host: String,
        /// What failed.
        why: String,
    },
    /// The server does not let us in.
    #[error("signing in was refused: {0}")]
    Login(String),
    /// The server refused a command.
    #[error("the server refused {command}: {why}")]
    Refused {
        /// The command's name.
        command: String,
        /// The server's words.
        why: String,
    },
    /// The server said something that is not IMAP.
    #[error("the server's answer to {command} made no sense: {why}")]
    Nonsense {
        /// The command's name.
        command: String,
        /// What was wrong.
        why: String,
    },
    /// The handler is not ready.
    #[error("{0}")]
    Handler(String),
}
