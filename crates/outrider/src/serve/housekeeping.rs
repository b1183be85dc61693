//! Housekeeping of a node that works: old idempotency keys are forgotten, sending domains looked at, the worker's counts shown on
//! `/metrics`. Every node may do all of it at once without harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use outrider_domain::time::Millis;
use outrider_engine::payments::REMEMBERED_MS;
use outrider_engine::pipeline::IDEMPOTENCY_MS;
use outrider_engine::worker::Counters;
use outrider_http::Meters;
use outrider_store::{Error, Tx, attempts, idempotency, oauth_clients, oauth_grants, sign_in, subscriptions};
use tokio::sync::watch;

use crate::mail::Inbox;
use crate::mail::domains::{self, Lookup};
use crate::settings::Settings;

/// Between two rounds.
const PERIOD: Duration = Duration::from_secs(10 * 60);
/// Rounds between two looks at the sending domains.
const DOMAIN_ROUNDS: u32 = 6;
/// Between two looks at the worker's counts.
const COUNT_PERIOD: Duration = Duration::from_secs(1);

/// Keeps house until told to stop.
pub(super) async fn run(inbox: Inbox, settings: Settings, mut stop: watch::Receiver<bool>) {
    let mut round = 0_u32;
    while !*stop.borrow() {
        let before = inbox.core.now().plus(-IDEMPOTENCY_MS);
        let events_before = inbox.core.now().plus(-REMEMBERED_MS);
        let forget = move |tx: &mut Tx<'_>| {
            Ok::<_, Error>(forget(tx, before)? + subscriptions::forget_events(tx, events_before)?)
        };
        match inbox.store.write(forget).await {
            Ok(forgotten) => tracing::debug!(forgotten, "forgot what nobody needs any more"),
            Err(error) => tracing::warn!(%error, "could not forget what nobody needs any more"),
        }
        if settings.delivery.require_domain_check && round.is_multiple_of(DOMAIN_ROUNDS) {
            look_at_domains(&inbox, &settings, &mut stop).await;
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Forgets idempotency keys, counts of requests and tries, and what has ended of sessions, links, codes, tokens and grants. A day
/// later than it ended, so that a second use of a code is still known for one.
fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    Ok(idempotency::forget(tx, before)?
        + attempts::forget(tx, before)?
        + sign_in::forget(tx, before)?
        + oauth_grants::forget(tx, before)?
        + oauth_clients::forget(tx, before)?)
}

async fn look_at_domains(inbox: &Inbox, settings: &Settings, stop: &mut watch::Receiver<bool>) {
    let looking = async {
        let lookup = match Lookup::of_system() {
            Ok(lookup) => lookup,
            Err(error) => return tracing::warn!(%error, "sending domains can't be looked at"),
        };
        match domains::check_all(inbox, settings, &lookup).await {
            Ok(reports) => {
                for report in reports.iter().filter(|report| !report.is_good()) {
                    tracing::warn!(
                        domain = report.domain,
                        problem = report.problem(),
                        "a sending domain is not in order"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "sending domains could not be looked at"),
        }
    };
    tokio::select! {
        () = looking => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Shows what the worker has done on the meters, until told to stop.
pub(super) async fn count(counters: Arc<Counters>, meters: Arc<Meters>, mut stop: watch::Receiver<bool>) {
    let watched: [(&AtomicU64, &'static str); 4] = [
        (&counters.accepted, "delivered"),
        (&counters.refused, "refused"),
        (&counters.deferred, "deferred"),
        (&counters.unknown, "unknown"),
    ];
    let mut seen = [0_u64; 4];
    let mut jobs = 0;
    while !*stop.borrow() {
        for ((counter, outcome), seen) in watched.iter().zip(&mut seen) {
            let count = counter.load(Ordering::Relaxed);
            (*seen..count).for_each(|_| meters.count_delivery(outcome));
            *seen = count;
        }
        let claimed = counters.claimed.load(Ordering::Relaxed);
        (jobs..claimed).for_each(|_| meters.count_job("any", "claimed"));
        jobs = claimed;
        tokio::select! {
            () = tokio::time::sleep(COUNT_PERIOD) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
