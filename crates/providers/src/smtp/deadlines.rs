//! Owns how long each phase may take. Waits for nothing itself.

use std::time::Duration;

use tokio::time::Instant;

/// Time limits. RFC 5321 4.5.3.2 names 5 minutes for most phases and 10 for the answer to the final dot; a hand-over must end
/// within `ports::DELIVER_DEADLINE_MS`, so they are capped, and the wait for the dot's answer keeps the larger part: a timeout
/// before the dot costs a retry, one after it costs a person's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup and TCP connect.
    pub connect: Duration,
    /// The server's greeting, and a TLS handshake.
    pub greeting: Duration,
    /// Each reply to EHLO, STARTTLS, AUTH, RSET, MAIL and RCPT.
    pub command: Duration,
    /// The reply to DATA (RFC 5321: 2 minutes).
    pub data: Duration,
    /// Writing the content (RFC 5321: 3 minutes for a block).
    pub block: Duration,
    /// From the call until the final dot is sent, waiting for a free connection included. Whoever is later gives up, definitely.
    pub before_dot: Duration,
    /// From the call until the answer to the final dot. Whoever is later reports it as unknown.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            greeting: Duration::from_secs(20),
            command: Duration::from_secs(25),
            data: Duration::from_secs(25),
            block: Duration::from_secs(30),
            before_dot: Duration::from_secs(40),
            whole: Duration::from_secs(85),
        }
    }
}

/// The limits of one hand-over as moments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    pub(super) timeouts: Timeouts,
    before_dot: Instant,
    whole: Instant,
}

impl Deadlines {
    pub(super) fn starting_now(timeouts: Timeouts) -> Self {
        let now = Instant::now();
        Self { timeouts, before_dot: now + timeouts.before_dot, whole: now + timeouts.whole }
    }

    /// When a phase before the dot that begins now must have ended.
    pub(super) fn phase(&self, limit: Duration) -> Instant {
        (Instant::now() + limit).min(self.before_dot)
    }

    /// When the final dot must have been sent.
    pub(super) fn before_dot(&self) -> Instant {
        self.before_dot
    }

    /// When the answer to the final dot must have come.
    pub(super) fn answer(&self) -> Instant {
        self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::Timeouts;
    use outrider_engine::ports::DELIVER_DEADLINE_MS;

    #[test]
    fn a_hand_over_ends_before_its_lease() {
        let timeouts = Timeouts::default();
        assert!(timeouts.whole.as_millis() + 2_000 <= u128::try_from(DELIVER_DEADLINE_MS).unwrap());
        assert!(
            timeouts.before_dot + timeouts.before_dot <= timeouts.whole,
            "the answer to the dot has the larger part"
        );
    }
}
