//! The sandbox carrier: a carrier of the process's own that calls nobody. Scripted callees answer, in the pace of life or faster,
//! until the process ends; calls under way then are never heard of again, as with a line that broke.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use outrider_domain::mail::Delivery;
use outrider_domain::telephony::{Dial, OutgoingCall, OutgoingText};
use outrider_domain::time::Clock;
use outrider_engine::calls::switchboard::Switchboard;
use outrider_engine::ports::Carrier;
use outrider_engine::simulate::exchange::{Exchange, ExchangeCarrier};
use tokio::sync::{Notify, watch};

/// The longest it sleeps when nothing is due, in milliseconds.
const LONGEST_SLEEP_MS: i64 = 1_000;

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

    /// Brings what callees do to the engine, when it is due, until told to stop.
    pub async fn run(self: Arc<Self>, switchboard: Switchboard, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.exchange.play(&switchboard, self.clock.now()).await;
            let wait = self.exchange.next_due().map_or(LONGEST_SLEEP_MS, |due| due.0 - self.clock.now().0);
            let wait = u64::try_from(wait.clamp(0, LONGEST_SLEEP_MS)).unwrap_or(0);
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(wait)) => {}
                () = self.dialled.notified() => {}
                _ = stop.changed() => {}
            }
        }
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
