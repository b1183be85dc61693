//! Owns the life of a watcher: connect, catch up, wait, and begin again after a loss. Must not end before it is told to.

use std::sync::Arc;
use std::time::Duration;

use outrider_domain::time::Clock;
use tokio::sync::watch;

use super::sync::{Memory, begin, drain};
use super::{ImapError, ImapSettings, MailHandler, WatchState, connection, exchange};

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Before the first new attempt after a loss; doubled after each.
    pub(super) first_retry: Duration,
    /// The longest wait before an attempt.
    pub(super) longest_retry: Duration,
    /// After IDLE told of news that were none.
    pub(super) false_alarm: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(300),
            false_alarm: Duration::from_secs(5),
        }
    }
}

/// Watches one mailbox until `stop` becomes true (or its sender goes). Losses of the connection and refusals are told to
/// [`MailHandler::state`] and followed by another attempt, after 1 second at first and at most 5 minutes.
pub async fn watch(
    settings: ImapSettings,
    handler: Arc<dyn MailHandler>,
    clock: Arc<dyn Clock>,
    stop: watch::Receiver<bool>,
) {
    watch_at(Pace::default(), settings, handler, clock, stop).await;
}

/// [`watch`] at a pace of its own, for tests.
pub(super) async fn watch_at(
    pace: Pace,
    settings: ImapSettings,
    handler: Arc<dyn MailHandler>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    let working = async {
        let mut memory = Memory::default();
        let mut pause = pace.first_retry;
        loop {
            let mut worked = false;
            let outcome = attend(pace, &settings, handler.as_ref(), clock.as_ref(), &mut memory, &mut worked).await;
            let Err(error) = outcome;
            if worked {
                pause = pace.first_retry;
            }
            let retry_in = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(host = %settings.host, mailbox = %settings.mailbox, %error, retry_in, "the mailbox is not watched");
            handler.state(WatchState::Disconnected { why: error.to_string(), retry_in });
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(pace.longest_retry);
        }
    };
    let stopped = async {
        // A sender that is gone can't say stop any more: that counts as having said it.
        stop.wait_for(|stop| *stop).await.map(|_| ()).ok();
    };
    tokio::select! {
        () = working => {}
        () = stopped => {}
    }
}

/// One connection, for as long as it lasts. `worked` tells whether the mailbox was caught up with.
async fn attend(
    pace: Pace,
    settings: &ImapSettings,
    handler: &dyn MailHandler,
    clock: &dyn Clock,
    memory: &mut Memory,
    worked: &mut bool,
) -> Result<std::convert::Infallible, ImapError> {
    let mut session = connection::connect(settings).await?;
    let idle = exchange::offers_idle(&mut session).await?;
    let opened = exchange::examine(&mut session, &settings.mailbox).await?;
    handler.state(WatchState::Connected { idle });
    let mut cursor = begin(&mut session, handler, opened, settings.lookback_days, clock.now()).await?;
    loop {
        drain(&mut session, handler, &mut cursor, memory).await?;
        *worked = true;
        if idle {
            let before = cursor;
            let told = exchange::idle(&mut session, settings.idle_limit()).await?;
            drain(&mut session, handler, &mut cursor, memory).await?;
            if told && cursor == before {
                tokio::time::sleep(pace.false_alarm).await;
            }
        } else {
            tokio::time::sleep(settings.poll_pause()).await;
            exchange::noop(&mut session).await?;
        }
    }
}
