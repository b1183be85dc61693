//! What posting to others' addresses has in common: an answer as it is recorded, and the transaction that records it while the job
//! is still held. Knows neither callbacks nor webhooks: these say what to send, and what an answer means to them.

use std::sync::Arc;

use outrider_store::Store;
use outrider_store::jobs::{self, Job};

use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::ports::Ports;
use crate::principal::Principal;

/// What came of one request.
pub(crate) struct Posted {
    /// The status that was answered, when any was.
    pub(crate) status: Option<i64>,
    /// Why it counts as not taken; none for a status from 200 to 299.
    pub(crate) failure: Option<String>,
}

/// Posts JSON and waits for the answer's status.
pub(crate) async fn post(ports: &Ports, url: String, headers: Vec<(&'static str, String)>, body: String) -> Posted {
    let Some(poster) = &ports.poster else {
        return Posted { status: None, failure: Some("this server sends nothing to web addresses".to_owned()) };
    };
    match poster.post(url, headers, body).await {
        Ok(status) => Posted {
            status: Some(i64::from(status)),
            failure: (!(200..300).contains(&status)).then(|| format!("it answered {status}")),
        },
        Err(why) => Posted { status: None, failure: Some(why) },
    }
}

/// Records what came of a job, unless somebody else holds it by now; a job whose subject needs nothing any more is finished.
///
/// # Errors
/// When the database is out of reach, or as `record` fails.
pub(crate) async fn settle<T, F>(store: &Store, core: &Arc<Core>, job: Job, came: Option<T>, record: F) -> Result<()>
where
    T: Send + Sync + 'static,
    F: Fn(&mut Context<'_, '_>, &Job, &T) -> Result<()> + Send + 'static,
{
    let core = Arc::clone(core);
    store
        .write(move |tx| {
            let principal = Principal::engine(job.project_id);
            let mut cx = Context::new(tx, &core, &principal, core.now());
            if !jobs::holds(cx.tx, job.id, job.token)? {
                return Ok(());
            }
            match &came {
                Some(came) => record(&mut cx, &job, came)?,
                None => drop(jobs::finish(cx.tx, job.id, job.token)?),
            }
            cx.finish()?;
            Ok::<_, Error>(())
        })
        .await
}
