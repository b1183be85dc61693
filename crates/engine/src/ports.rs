//! What the engine needs from the world, as traits. Adapters live in `outrider-providers`; the simulator has its own.

use futures_util::future::BoxFuture;
use outrider_domain::mail::{Delivery, OutgoingMail};

/// Hands mails to a mail server.
pub trait Mailer: Send + Sync + 'static {
    /// Builds, signs and hands over one mail by the named transport; never tries twice after the final dot was sent.
    ///
    /// Must answer within [`DELIVER_DEADLINE_MS`]: the job's lease is longer than that.
    fn deliver<'a>(&'a self, transport: &'a str, mail: &'a OutgoingMail) -> BoxFuture<'a, Delivery>;

    /// Whether a transport of that name is configured.
    fn knows(&self, transport: &str) -> bool;

    /// How many mails can be on their way at once, over all transports.
    fn connections(&self) -> usize {
        4
    }
}

/// The longest a [`Mailer::deliver`] may take, in milliseconds.
pub const DELIVER_DEADLINE_MS: i64 = 90_000;
