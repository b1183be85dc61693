//! Wakes webhooks that have been told everything, as soon as there is more to tell. A hint that is missed costs a pause and no event.

use std::sync::Arc;
use std::time::Duration;

use outrider_store::{Store, Topic, webhooks as rows};

use super::IDLE;
use crate::core::Core;
use crate::error::Error;

/// Least time between two looks: what happens meanwhile is told together.
const BREATH: Duration = Duration::from_millis(10);

/// Listens for events of any project, and wakes those who are to be told of them. Ends with its task.
pub async fn wake_idle(store: Store, core: Arc<Core>) {
    let mut wakeups = store.subscribe();
    loop {
        if wakeups.recv().await != Topic::Events {
            continue;
        }
        let now = core.now();
        let woken = async {
            if store.read(|tx| Ok::<_, Error>(rows::any_active(tx)?)).await? {
                store.write(move |tx| Ok::<_, Error>(rows::wake(tx, IDLE, now)?)).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = woken.await {
            tracing::warn!(error = %error, "webhooks wait for the database");
        }
        tokio::time::sleep(BREATH).await;
    }
}
