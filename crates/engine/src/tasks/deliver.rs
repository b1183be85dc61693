//! Delivering callbacks: read in one transaction, sent outside of any, recorded in another. A process that dies in between sends the
//! same result again, under the same signature.

use std::sync::Arc;

use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use outrider_domain::id::TaskId;
use outrider_domain::time::{MINUTE, Millis, SECOND};
use outrider_store::callbacks::{self as rows, Callback, Tried};
use outrider_store::jobs::{self, Job};
use outrider_store::{Error as StoreError, Store, sub_agents};
use serde_json::json;
use sha2::Sha256;

use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::pipeline::hex;
use crate::ports::Ports;
use crate::posting::{self, Posted};

/// How long after a failed delivery the next one comes; after the last, none does.
pub const RETRIES_MS: [i64; 3] = [10 * SECOND, MINUTE, 5 * MINUTE];

/// The header of a callback's signature: HMAC-SHA256 of the body in hexadecimal.
pub const SIGNATURE: &str = "x-dr-signature";

/// Sends claimed callbacks.
///
/// # Errors
/// When the database is out of reach.
pub async fn drive_callbacks(store: &Store, core: &Arc<Core>, ports: &Ports, claimed: Vec<Job>) -> Result<()> {
    let sent = join_all(claimed.into_iter().map(|job| deliver(store, core, ports, job))).await;
    sent.into_iter().collect()
}

async fn deliver(store: &Store, core: &Arc<Core>, ports: &Ports, job: Job) -> Result<()> {
    let (project, id) = (job.project_id, TaskId(job.subject_id));
    let found = store
        .read(move |tx| {
            let callback = match rows::get(tx, project, id) {
                Ok(callback) if callback.state == "waiting" => callback,
                Ok(_) | Err(StoreError::NotFound) => return Ok(None),
                Err(other) => return Err(Error::from(other)),
            };
            let agent = sub_agents::get(tx, project, callback.sub_agent)?;
            Ok(Some((callback, agent.signing_secret)))
        })
        .await?;
    let came = match found {
        Some((callback, secret)) => {
            let headers = vec![(SIGNATURE, signature(&secret, &callback.body))];
            let posted = posting::post(ports, callback.url.clone(), headers, callback.body.clone()).await;
            Some((callback, posted))
        }
        None => None,
    };
    posting::settle(store, core, job, came, |cx, job, (callback, posted)| record(cx, job, callback, posted)).await
}

/// HMAC-SHA256 of a body in hexadecimal.
#[must_use]
pub fn signature(secret: &str, body: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| <Hmac<Sha256> as KeyInit>::new(&Default::default()));
    mac.update(body.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn record(cx: &mut Context<'_, '_>, job: &Job, callback: &Callback, posted: &Posted) -> Result<()> {
    let (status, error) = (posted.status, posted.failure.as_deref());
    let again = usize::try_from(callback.attempts).ok().and_then(|tries| RETRIES_MS.get(tries)).copied();
    let (stands, finished_at): (&str, Option<Millis>) = match (error, again) {
        (None, _) => ("delivered", Some(cx.now)),
        (Some(_), Some(_)) => ("waiting", None),
        (Some(_), None) => ("failed", Some(cx.now)),
    };
    let tried = Tried { state: stands, status, error, finished_at };
    rows::tried(cx.tx, cx.project, callback.id, tried)?;
    match again.filter(|_| stands == "waiting") {
        Some(wait) => {
            jobs::reschedule(cx.tx, job.id, job.token, cx.now.plus(wait), error)?;
        }
        None => {
            jobs::finish(cx.tx, job.id, job.token)?;
            let kind = if stands == "delivered" { "callback.delivered" } else { "callback.failed" };
            let data = json!({ "attempts": callback.attempts + 1, "status": status, "error": error });
            cx.emit(Event::new(kind).subject(callback.id).data(data));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn a_signature_is_the_hmac_of_the_body() {
        // RFC 4231, section 4.3.
        assert_eq!(
            signature("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
