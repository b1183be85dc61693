//! Keeping the node slot: renewed in the background for as long as the process lives. Ends only when the slot is lost.

use std::sync::Arc;
use std::time::Duration;

use outrider_engine::Core;
use outrider_store::{Error, NodeLease};

use crate::failure::{Failure, Status};

/// Between renewals: a third of a lease.
const PERIOD: Duration = Duration::from_secs(20);
/// After a renewal that failed for want of the database.
const RETRY: Duration = Duration::from_secs(1);

/// Renews until the slot is another's: then no id may be made any more, and the process must end.
pub(crate) async fn keep(lease: Arc<NodeLease>, core: Arc<Core>) -> Failure {
    let mut pause = PERIOD;
    loop {
        tokio::time::sleep(pause).await;
        pause = match lease.renew(core.now(), core.ids.high_water()).await {
            Ok(()) => PERIOD,
            Err(Error::Conflict { .. }) => {
                let text = format!(
                    "The node slot {} was given to another process while this one could not renew it (was the machine asleep, or the database away?). Start again.",
                    lease.slot()
                );
                return Failure::new(Status::Unavailable, "lease_lost", text);
            }
            Err(error) => {
                tracing::warn!(%error, "the node slot could not be renewed");
                RETRY
            }
        };
    }
}
