//! Webhooks: web addresses that are told of a project's events, each with how far it has been told. Functions fail only when the
//! database does, unless they say otherwise.

use outrider_domain::id::{ProjectId, WebhookId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Topic, Tx, statements, values};

record! {
    /// An address that is told.
    pub struct Webhook in "webhooks" as webhook_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: WebhookId,
        /// Where events go.
        url: String,
        /// Types of events, separated by blanks; all when empty.
        kinds: String,
        /// Signs what is sent.
        secret: String,
        /// `active`, `paused` or `failed`.
        state: String,
        /// Number of the last event that was delivered or passed over.
        cursor: i64,
        /// Failed tries since the last event that was delivered.
        failures: i64,
        /// The status that was answered last.
        last_status: Option<i64>,
        /// Why the last try failed.
        last_error: Option<String>,
        /// When made.
        created_at: Millis,
        /// When the last event was delivered.
        delivered_at: Option<Millis>,
    }
}

statements! {
    pub GET = concat!("SELECT ", webhook_columns!(), " FROM webhooks WHERE project_id = ?1 AND id = ?2");
    pub LIST = concat!("SELECT ", webhook_columns!(), " FROM webhooks WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub ANY_ACTIVE = "SELECT 1 FROM webhooks WHERE state = 'active' LIMIT 1";
    pub COUNT = "SELECT COUNT(*) FROM webhooks WHERE project_id = ?1";
    pub CHANGE = "UPDATE webhooks SET url = ?3, kinds = ?4, state = ?5, cursor = ?6, failures = 0 WHERE project_id = ?1 AND id = ?2";
    pub TRIED = "UPDATE webhooks SET state = ?3, cursor = ?4, failures = ?5, last_status = ?6, last_error = ?7, delivered_at = COALESCE(?8, delivered_at)
        WHERE project_id = ?1 AND id = ?2 AND state = 'active' AND cursor = ?9";
    pub WAKE = "UPDATE jobs SET due_at = ?2, parked = NULL WHERE parked = ?1 AND id IN (SELECT j.id FROM webhooks w JOIN jobs j ON j.project_id = w.project_id AND j.kind = 'webhook' AND j.subject_id = w.id
        WHERE w.state = 'active' AND EXISTS (SELECT 1 FROM events e WHERE e.project_id = w.project_id AND e.sequence > w.cursor))";
    pub REMOVE = "DELETE FROM webhooks WHERE project_id = ?1 AND id = ?2";
}

/// By id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: WebhookId) -> Result<Webhook, Error> {
    Webhook::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Webhook>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Webhook::from_row).collect()
}

/// How many a project has.
pub fn count(tx: &mut Tx<'_>, project: ProjectId) -> Result<i64, Error> {
    tx.query_one(&COUNT, &values![project])?.get(0)
}

/// Keeps what a person changed: address, types, state and how far it has been told.
pub fn change(tx: &mut Tx<'_>, webhook: &Webhook) -> Result<(), Error> {
    let Webhook { project_id, id, url, kinds, state, cursor, .. } = webhook;
    tx.execute(&CHANGE, &values![*project_id, *id, url.as_str(), kinds.as_str(), state.as_str(), *cursor]).map(drop)
}

/// Records what a round of deliveries came to, unless a person changed the webhook meanwhile: it went on from `from`.
pub fn tried(tx: &mut Tx<'_>, webhook: &Webhook, from: i64, delivered_at: Option<Millis>) -> Result<bool, Error> {
    let Webhook { project_id, id, state, cursor, failures, last_status, last_error, .. } = webhook;
    let told = values![
        *project_id,
        *id,
        state.as_str(),
        *cursor,
        *failures,
        *last_status,
        last_error.clone(),
        delivered_at,
        from
    ];
    Ok(tx.execute(&TRIED, &told)? > 0)
}

/// Removes one. False when it is not there.
pub fn remove(tx: &mut Tx<'_>, project: ProjectId, id: WebhookId) -> Result<bool, Error> {
    Ok(tx.execute(&REMOVE, &values![project, id])? > 0)
}

/// Makes jobs of webhooks due that are parked though there are events to tell. Gives how many.
pub fn wake(tx: &mut Tx<'_>, parked: &str, now: Millis) -> Result<u64, Error> {
    let woken = tx.execute(&WAKE, &values![parked, now])?;
    if woken > 0 {
        tx.wake(Topic::Jobs);
    }
    Ok(woken)
}

/// Whether there is any that is told of events.
pub fn any_active(tx: &mut Tx<'_>) -> Result<bool, Error> {
    Ok(tx.query_opt(&ANY_ACTIVE, &[])?.is_some())
}
