//! Telling webhooks of events: read in one transaction, sent outside of any, recorded in another. A process that dies in between tells
//! the same events again, with the same ids.

use std::sync::Arc;

use futures_util::future::join_all;
use outrider_domain::id::WebhookId;
use outrider_domain::time::{HOUR, MINUTE, Millis, SECOND};
use outrider_store::jobs::{self, Job};
use outrider_store::logs::{self, EventRow};
use outrider_store::webhooks::{self as rows, Webhook};
use outrider_store::{Error as StoreError, Store, Topic};
use serde_json::json;

use super::{IDLE, signature, state, wants};
use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::events::EventView;
use crate::ports::Ports;
use crate::posting::{self, Posted};

/// How long after a failure the next try comes; after the last, the webhook has failed.
pub const RETRIES_MS: [i64; 8] =
    [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR];
/// How long a webhook that has been told everything waits, unless something happens.
pub const PAUSE_MS: i64 = 5 * SECOND;
/// Events read at a time.
const TOGETHER: i64 = 100;

/// Goes on with claimed webhooks.
///
/// # Errors
/// When the database is out of reach.
pub async fn drive_webhooks(store: &Store, core: &Arc<Core>, ports: &Ports, claimed: Vec<Job>) -> Result<()> {
    let told = join_all(claimed.into_iter().map(|job| tell(store, core, ports, job))).await;
    told.into_iter().collect()
}

/// Where a round of deliveries came to.
struct Round {
    /// Number of the last event that was delivered or passed over.
    cursor: i64,
    delivered: bool,
    status: Option<i64>,
    failure: Option<String>,
}

async fn tell(store: &Store, core: &Arc<Core>, ports: &Ports, job: Job) -> Result<()> {
    let (project, id) = (job.project_id, WebhookId(job.subject_id));
    let found = store
        .read(move |tx| {
            let webhook = match rows::get(tx, project, id) {
                Ok(webhook) if webhook.state == state::ACTIVE => webhook,
                Ok(_) | Err(StoreError::NotFound) => return Ok(None),
                Err(other) => return Err(Error::from(other)),
            };
            let events = logs::events_after(tx, project, webhook.cursor, TOGETHER)?;
            Ok(Some((webhook, events)))
        })
        .await?;
    let came = match found {
        Some((webhook, events)) => {
            let round = send(ports, core, &webhook, &events).await;
            Some((webhook, round))
        }
        None => None,
    };
    posting::settle(store, core, job, came, |cx, job, (webhook, round)| record(cx, job, webhook, round)).await
}

/// Sends events in order, up to the first that is not taken.
async fn send(ports: &Ports, core: &Core, webhook: &Webhook, events: &[EventRow]) -> Round {
    let mut round = Round { cursor: webhook.cursor, delivered: false, status: None, failure: None };
    for event in events {
        if wants(webhook, &event.kind) {
            let posted = post(ports, core, webhook, event).await;
            round.status = posted.status;
            round.failure = posted.failure;
            if round.failure.is_some() {
                return round;
            }
            round.delivered = true;
        }
        round.cursor = event.sequence;
    }
    round
}

async fn post(ports: &Ports, core: &Core, webhook: &Webhook, event: &EventRow) -> Posted {
    // The same for every try: a receiver tells repetitions by it.
    let id = format!("{}_{}", webhook.project_id, event.sequence);
    let body = json!({ "type": event.kind, "timestamp": event.at, "data": EventView::from(event.clone()) }).to_string();
    let headers = signature::headers(&webhook.secret, &id, core.now(), &body);
    posting::post(ports, webhook.url.clone(), headers, body).await
}

fn record(cx: &mut Context<'_, '_>, job: &Job, webhook: &Webhook, round: &Round) -> Result<()> {
    // An event that was delivered begins the count of failures anew.
    let before = if round.delivered { 0 } else { webhook.failures };
    let again = usize::try_from(before).ok().and_then(|tries| RETRIES_MS.get(tries)).copied();
    let (stands, failures) = match (&round.failure, again) {
        (None, _) => (state::ACTIVE, 0),
        (Some(_), Some(_)) => (state::ACTIVE, before + 1),
        (Some(_), None) => (state::FAILED, before + 1),
    };
    let now = Webhook {
        state: stands.to_owned(),
        cursor: round.cursor,
        failures,
        last_status: round.status.or(webhook.last_status.filter(|_| round.failure.is_none())),
        last_error: round.failure.clone(),
        ..webhook.clone()
    };
    let delivered_at: Option<Millis> = round.delivered.then_some(cx.now);
    let is_new = now != *webhook || delivered_at.is_some();
    if is_new && !rows::tried(cx.tx, &now, webhook.cursor, delivered_at)? {
        // A person changed it meanwhile: what they want holds, from now on.
        jobs::reschedule(cx.tx, job.id, job.token, cx.now, None)?;
        cx.tx.wake(Topic::Jobs);
        return Ok(());
    }
    match (&round.failure, again) {
        (None, _) => {
            if logs::last_event(cx.tx, cx.project)? > round.cursor {
                jobs::reschedule(cx.tx, job.id, job.token, cx.now, None)?;
                cx.tx.wake(Topic::Jobs);
            } else {
                jobs::idle(cx.tx, job.id, job.token, IDLE, cx.now.plus(PAUSE_MS))?;
            }
        }
        (Some(why), Some(wait)) => drop(jobs::reschedule(cx.tx, job.id, job.token, cx.now.plus(wait), Some(why))?),
        (Some(why), None) => {
            jobs::finish(cx.tx, job.id, job.token)?;
            cx.emit(
                Event::new("webhook.failed").subject(webhook.id).data(json!({ "after": round.cursor, "error": why })),
            );
        }
    }
    Ok(())
}
