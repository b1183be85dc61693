//! What the payment provider says of projects: subscriptions, its events, invoices paid. Functions fail only when the database
//! does, unless they say otherwise.

use outrider_domain::id::ProjectId;
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A subscription as the provider last told of it.
    pub struct Subscription in "subscriptions" as subscription_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// The provider's key; unique.
        id: String,
        /// The provider's key of who pays.
        customer: String,
        /// The plan it is for.
        plan: String,
        /// `monthly` or `annual`.
        billing_interval: String,
        /// The provider's word: `active`, `past_due`, `canceled`, ….
        status: String,
        /// When the paid period began.
        period_start: Option<Millis>,
        /// When it ends.
        period_end: Option<Millis>,
        /// Whether it ends then for good.
        cancel_at_period_end: bool,
        /// When the provider told what stands here, in its own time; 0 before it has.
        told_at: Millis,
        /// Which of two things told at one time is the later.
        told_rank: i64,
        /// When it was first heard of.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

record! {
    /// An event of the provider.
    pub struct ProviderEvent in "provider_events" as event_columns key ("id") {
        /// The provider's key.
        id: String,
        /// Whose, when it is known.
        project_id: Option<ProjectId>,
        /// What happened, in the provider's words.
        kind: String,
        /// `applied`, `ignored`, or `waiting` until its subscription is known.
        state: String,
        /// The subscription it waits for.
        subscription: Option<String>,
        /// All of it, while it waits; then empty.
        payload: String,
        /// When it came.
        received_at: Millis,
    }
}

statements! {
    pub FIND = concat!("SELECT ", subscription_columns!(), " FROM subscriptions WHERE project_id = ?1 AND id = ?2");
    pub PROJECT_OF = "SELECT project_id FROM subscriptions WHERE id = ?1";
    pub PROJECT_OF_CUSTOMER = "SELECT project_id FROM subscriptions WHERE customer = ?1 ORDER BY created_at DESC, id DESC LIMIT 1";
    pub OF_PROJECT = concat!("SELECT ", subscription_columns!(), " FROM subscriptions WHERE project_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 20");
    pub LOCK = sqlite "SELECT 1 WHERE ?1 IS NOT NULL" postgres "SELECT CAST(1 AS BIGINT) FROM (SELECT pg_advisory_xact_lock(hashtextextended(CAST(?1 AS TEXT), 1))) AS locked";
    pub FIND_EVENT = concat!("SELECT ", event_columns!(), " FROM provider_events WHERE id = ?1");
    pub WAITING = concat!("SELECT ", event_columns!(), " FROM provider_events WHERE subscription = ?1 AND state = 'waiting' ORDER BY received_at, id");
    pub SETTLE_EVENT = "UPDATE provider_events SET state = ?2, project_id = ?3, payload = '' WHERE id = ?1";
    pub FORGET_EVENTS = "DELETE FROM provider_events WHERE received_at < ?1";
    pub PAY = "INSERT INTO paid_invoices (project_id, id, subscription, credits, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (project_id, id) DO NOTHING";
}

/// A subscription of a project.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, id: &str) -> Result<Option<Subscription>, Error> {
    tx.query_opt(&FIND, &values![project, id])?.as_ref().map(Subscription::from_row).transpose()
}

/// The project of a subscription, wherever it is.
pub fn project_of(tx: &mut Tx<'_>, id: &str) -> Result<Option<ProjectId>, Error> {
    tx.query_opt(&PROJECT_OF, &values![id])?.map(|row| row.get(0)).transpose()
}

/// The project that last subscribed as a customer.
pub fn project_of_customer(tx: &mut Tx<'_>, customer: &str) -> Result<Option<ProjectId>, Error> {
    tx.query_opt(&PROJECT_OF_CUSTOMER, &values![customer])?.map(|row| row.get(0)).transpose()
}

/// A project's latest subscriptions, newest first.
pub fn of_project(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Subscription>, Error> {
    tx.query(&OF_PROJECT, &values![project])?.iter().map(Subscription::from_row).collect()
}

/// Lets one transaction at a time deal with a subscription, known or not. SQLite has one writer anyway.
pub fn lock(tx: &mut Tx<'_>, subscription: &str) -> Result<(), Error> {
    tx.query_one(&LOCK, &values![subscription]).map(drop)
}

/// An event that came before.
pub fn find_event(tx: &mut Tx<'_>, id: &str) -> Result<Option<ProviderEvent>, Error> {
    tx.query_opt(&FIND_EVENT, &values![id])?.as_ref().map(ProviderEvent::from_row).transpose()
}

/// The events that wait for a subscription, in the order they came.
pub fn waiting(tx: &mut Tx<'_>, subscription: &str) -> Result<Vec<ProviderEvent>, Error> {
    tx.query(&WAITING, &values![subscription])?.iter().map(ProviderEvent::from_row).collect()
}

/// Ends an event's waiting.
pub fn settle_event(tx: &mut Tx<'_>, id: &str, state: &str, project: Option<ProjectId>) -> Result<(), Error> {
    tx.execute(&SETTLE_EVENT, &values![id, state, project]).map(drop)
}

/// Forgets events that came before a moment; gives how many.
pub fn forget_events(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    tx.execute(&FORGET_EVENTS, &values![before])
}

/// Notes that an invoice was paid; false when it was noted before.
pub fn pay(
    tx: &mut Tx<'_>,
    project: ProjectId,
    invoice: &str,
    subscription: &str,
    credits: i64,
    now: Millis,
) -> Result<bool, Error> {
    Ok(tx.execute(&PAY, &values![project, invoice, subscription, credits, now])? > 0)
}
