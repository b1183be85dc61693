//! What this process knows of its mail servers and carriers: which exist, and which are paused after trouble. Sends nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use outrider_domain::channel::Channel;
use outrider_domain::time::{MINUTE, Millis, SECOND};

use crate::gates::snapshot::Transports;
use crate::ports::{Carrier, Mailer};

/// First pause after trouble.
const FIRST_PAUSE: i64 = 5 * SECOND;
/// Longest pause.
const LONGEST_PAUSE: i64 = 15 * MINUTE;

#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Millis,
    length: i64,
}

/// Mail servers and carriers as the gates see them.
pub struct KnownTransports {
    mailer: Arc<dyn Mailer>,
    carrier: Arc<dyn Carrier>,
    pauses: Mutex<HashMap<(Channel, String), Pause>>,
}

/// Any mail server and carrier may be there: for those who don't know this machine's.
#[derive(Debug, Clone, Copy)]
pub struct AnyTransport;

impl Transports for AnyTransport {
    fn knows(&self, _: Channel, _: &str) -> bool {
        true
    }

    fn paused_until(&self, _: Channel, _: &str) -> Option<Millis> {
        None
    }
}

impl KnownTransports {
    /// Over a mailer and a carrier.
    #[must_use]
    pub fn new(mailer: Arc<dyn Mailer>, carrier: Arc<dyn Carrier>) -> Self {
        Self { mailer, carrier, pauses: Mutex::default() }
    }

    /// Notes trouble that is the server's and not a mail's or call's: it is paused, longer each time. Many reports at once count once.
    pub fn trouble(&self, channel: Channel, transport: &str, now: Millis) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = pauses.entry((channel, transport.to_owned())).or_insert(Pause { until: Millis(0), length: 0 });
        if pause.until <= now {
            pause.length = if pause.length == 0 { FIRST_PAUSE } else { (pause.length * 2).min(LONGEST_PAUSE) };
            pause.until = now.plus(pause.length);
        }
    }

    /// Notes that the server answers: no pause.
    pub fn works(&self, channel: Channel, transport: &str) {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner).remove(&(channel, transport.to_owned()));
    }
}

impl Transports for KnownTransports {
    fn knows(&self, channel: Channel, transport: &str) -> bool {
        if channel == Channel::Call { self.carrier.knows(transport) } else { self.mailer.knows(transport) }
    }

    fn paused_until(&self, channel: Channel, transport: &str) -> Option<Millis> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.get(&(channel, transport.to_owned())).map(|pause| pause.until)
    }
}

/// Waits between hand-overs of one mail that was definitely not accepted, by how many there were: 1, 5, 15, 30, 60 minutes,
/// then 2 hours each. Greylisting servers ask for minutes, not seconds (RFC 5321 4.5.4.1 asks for 30 minutes in the long run).
#[must_use]
pub fn backoff(attempts: i64) -> i64 {
    const STEPS: [i64; 6] = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE];
    let index = usize::try_from(attempts - 1).unwrap_or(0).min(STEPS.len() - 1);
    STEPS[index]
}
