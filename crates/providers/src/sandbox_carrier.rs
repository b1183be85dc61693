//! The sandbox carrier: a carrier of the process's own that calls nobody. Scripted callees answer, in the pace of life or faster,
//! until the process ends. A call under way then is over: whoever stops says so, and after a crash whoever starts next does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_domain::mail::Delivery;
use outrider_domain::telephony::{CallEvent, CallReport, Dial, Line, OutgoingCall, OutgoingText};
use outrider_domain::time::{Clock, Millis};
use outrider_engine::calls::switchboard::Switchboard;
use outrider_engine::ports::Carrier;
use outrider_engine::simulate::exchange::{Exchange, ExchangeCarrier};
use tokio::sync::{Notify, watch};

/// The longest it sleeps when nothing is due, in milliseconds.
const LONGEST_SLEEP_MS: i64 = 1_000;

/// How long calls under way may go on when the process is told to stop, in milliseconds.
const STOP_GRACE_MS: i64 = 3_000;

/// Between looks for calls of processes that are gone, in milliseconds.
const LOOK_MS: i64 = 10_000;

/// The number of the report that a line's process is gone: after every other.
const LAST_REPORT: i64 = 1_000_000_000;

/// The sandbox carrier.
pub struct SandboxCarrier {
    exchange: Arc<Exchange>,
    carrier: ExchangeCarrier,
    clock: Arc<dyn Clock>,
    dialled: Notify,
}

impl SandboxCarrier {
    /// Over an exchange, under a clock.
    #[must_use]
    pub fn new(exchange: Exchange, clock: Arc<dyn Clock>) -> Self {
        let exchange = Arc::new(exchange);
        let carrier = ExchangeCarrier::new(Arc::clone(&exchange), Arc::clone(&clock));
        Self { exchange, carrier, clock, dialled: Notify::new() }
    }

    /// The exchange, for those who look at what rang.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Brings what callees do to the engine, when it is due, until told to stop; then hangs up, once calls under way have had a
    /// moment to end by themselves. Ends the calls of processes that are gone, too.
    pub async fn run(self: Arc<Self>, switchboard: Switchboard, mut stop: watch::Receiver<bool>) {
        let mut looked = None;
        while !*stop.borrow() {
            let now = self.clock.now();
            if looked.is_none_or(|at: Millis| now.0 - at.0 >= LOOK_MS) {
                looked = Some(now);
                self.end_abandoned(&switchboard).await;
            }
            self.exchange.play(&switchboard, now).await;
            let wait = self.exchange.next_due().map_or(LONGEST_SLEEP_MS, |due| due.0 - self.clock.now().0);
            let wait = u64::try_from(wait.clamp(0, LONGEST_SLEEP_MS)).unwrap_or(0);
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait)) => {}
                () = self.dialled.notified() => {}
                _ = stop.changed() => {}
            }
        }
        let patience = self.clock.now().plus(STOP_GRACE_MS);
        while self.exchange.is_busy() && self.clock.now() < patience {
            self.exchange.play(&switchboard, self.clock.now()).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let now = self.clock.now();
        for line in self.exchange.close() {
            over(&switchboard, line, now, "the process in which the sandbox's callee lived was stopped").await;
        }
    }

    async fn end_abandoned(&self, switchboard: &Switchboard) {
        match switchboard.abandoned(self.exchange.process()).await {
            Ok(lines) => {
                for (line, known_until) in lines {
                    let reason = "the process in which the sandbox's callee lived ended without a word";
                    over(switchboard, line, known_until, reason).await;
                }
            }
            Err(error) => tracing::warn!(%error, "calls of processes that are gone are looked for again later"),
        }
    }
}

/// Reports that a line is dead.
async fn over(switchboard: &Switchboard, line: Line, at: Millis, reason: &str) {
    let event = CallEvent::Failed { reason: reason.to_owned() };
    let id = line.carrier_id.clone();
    if let Err(error) = switchboard.report(CallReport { line, sequence: LAST_REPORT, at, event }).await {
        tracing::warn!(%error, line = id, "the end of a sandbox call could not be told");
    }
}

impl Carrier for SandboxCarrier {
    fn dial<'a>(&'a self, carrier: &'a str, call: &'a OutgoingCall) -> BoxFuture<'a, Dial> {
        let dial = self.carrier.dial(carrier, call);
        self.dialled.notify_one();
        dial
    }

    fn text<'a>(&'a self, carrier: &'a str, text: &'a OutgoingText) -> BoxFuture<'a, Delivery> {
        let delivery = self.carrier.text(carrier, text);
        self.dialled.notify_one();
        delivery
    }

    fn knows(&self, carrier: &str) -> bool {
        self.carrier.knows(carrier)
    }
}
