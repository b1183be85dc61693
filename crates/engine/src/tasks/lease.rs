//! Leases of tasks: short, and renewed while somebody is at work, so that what a dead worker held is taken up within seconds. A task
//! reaches nobody before its output commits, and that needs the claim's token: so who is thought dead too early does harm to nobody.
//! Not for hand-overs: there a claim that ends is a mail of which nobody knows, and its lease outlasts the longest answer.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use outrider_domain::time::SECOND;
use outrider_store::jobs::{self, Job};
use outrider_store::{Store, Tx};

use crate::core::Core;
use crate::error::Result;

/// The longest that a task rests after its worker died.
pub const LONGEST_MS: i64 = 15 * SECOND;
/// Renewals in one lease: two may fail.
const BEATS: i64 = 3;

/// How long a task is held without renewal here.
#[must_use]
pub fn lease_ms(core: &Core) -> i64 {
    core.settings.lease_ms.min(LONGEST_MS)
}

/// Holds claimed tasks for one short lease from now; those that others have by now are left alone.
///
/// # Errors
/// When the database fails.
pub fn hold<'a>(tx: &mut Tx<'_>, core: &Core, tasks: impl IntoIterator<Item = &'a Job>) -> Result<()> {
    let until = core.now().plus(lease_ms(core));
    for job in tasks {
        jobs::prolong(tx, job.id, job.token, until)?;
    }
    Ok(())
}

/// Renews leases for as long as it is asked to go on. A renewal that fails is tried again at the next beat.
pub(super) async fn renew(store: &Store, core: &Arc<Core>, tasks: &[Job]) -> Infallible {
    let pause = Duration::from_millis(u64::try_from(lease_ms(core) / BEATS).unwrap_or(1).max(1));
    loop {
        tokio::time::sleep(pause).await;
        let (core, held) = (Arc::clone(core), tasks.to_vec());
        if let Err(error) = store.write(move |tx| hold(tx, &core, &held)).await {
            tracing::warn!(%error, "the leases of tasks could not be renewed");
        }
    }
}
