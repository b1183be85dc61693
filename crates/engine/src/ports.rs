//! What the engine needs from the world, as traits. Adapters live in `outrider-providers`; the simulator has its own.

use futures_util::future::BoxFuture;
use outrider_domain::mail::{Delivery, OutgoingMail};

use crate::runs::plan::{ContactPlan, PlanBatch};

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

/// Reads public web addresses that others named, without ever reaching into the operator's own network.
pub trait Web: Send + Sync + 'static {
    /// The body of a 200 answer to GET; or why there is none, safe to log. Follows no redirect, reads at most `most` bytes, and
    /// gives up after some seconds.
    fn get<'a>(&'a self, url: &'a str, most: usize) -> BoxFuture<'a, Result<Vec<u8>, String>>;

    /// Whether the operator opened the URL's host, so that it may be reached though it is private, and without TLS.
    fn is_open(&self, url: &str) -> bool;
}

/// No way to the web: every address is out of reach.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWeb;

impl Web for NoWeb {
    fn get<'a>(&'a self, _: &'a str, _: usize) -> BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(std::future::ready(Err("this server reads no web addresses".to_owned())))
    }

    fn is_open(&self, _: &str) -> bool {
        false
    }
}

/// Decides what an agent does for a contact. The built-in one follows a playbook's steps; another may ask a language model.
///
/// It is asked outside of any transaction and may take as long as a job's lease. What it answers is held against the contact
/// again when it is recorded, becomes proposed actions only, and passes policy, approval and gates like any other.
pub trait Planner: Send + Sync + 'static {
    /// One answer for each contact of the batch, in its order.
    fn plan<'a>(&'a self, batch: &'a PlanBatch) -> BoxFuture<'a, Vec<Result<ContactPlan, PlanFailure>>>;
}

/// A planner has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFailure {
    /// Why, safe to show.
    pub message: String,
    /// Whether asking again later may help.
    pub again: bool,
}
