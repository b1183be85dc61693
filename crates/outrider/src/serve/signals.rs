//! Signals that ask the process to end: SIGTERM and SIGINT, counted. Ends nothing itself.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::{Failure, Outcome, Status};

/// Listens for requests to end.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on; the signals no longer end the process by themselves.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> Outcome<Self> {
        let on = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(Status::Internal, "no_signals", format!("can't listen for signals: {error}"))
            })
        };
        Ok(Self { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub async fn stop(&mut self) {
        let signals = async {
            tokio::select! {
                got = self.interrupt.recv() => got,
                got = self.terminate.recv() => got,
            }
        };
        if signals.await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
