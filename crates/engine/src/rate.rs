//! Fixed-window rate limits per credential, counted in this process. Counts; never refuses by itself.

use std::collections::HashMap;
use std::sync::Mutex;

use outrider_domain::time::{MINUTE, Millis, SECOND};

use crate::error::{Error, Result, code};

/// Where a caller stands in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests allowed per window.
    pub limit: u32,
    /// Requests left in this one.
    pub remaining: u32,
    /// When the window ends.
    pub reset: Millis,
    /// Whether this request was over the limit.
    pub exceeded: bool,
}

impl Standing {
    /// Whole seconds until the window ends, at least one.
    #[must_use]
    pub fn retry_after(&self, now: Millis) -> i64 {
        ((self.reset.0 - now.0 + SECOND - 1) / SECOND).max(1)
    }

    /// Refuses a request over the limit.
    ///
    /// # Errors
    /// `rate_limit_exceeded`, with the seconds to wait.
    pub fn check(&self, now: Millis) -> Result<()> {
        if !self.exceeded {
            return Ok(());
        }
        let wait = self.retry_after(now);
        let message = format!("Too many requests: at most {} a minute with one key. Wait {wait} s.", self.limit);
        Err(Error { retry_after: Some(wait), ..Error::new(code::RATE_LIMIT_EXCEEDED, message) })
    }
}

/// Counts requests per key in windows of one minute.
#[derive(Debug, Default)]
pub struct RateLimiter {
    window: Mutex<Window>,
}

/// The counts of one minute; forgotten together when the next one begins.
#[derive(Debug, Default)]
struct Window {
    number: i64,
    used: HashMap<String, u32>,
    /// Of all the keys that came when [`MOST_KEYS`] were known.
    others: u32,
}

/// Most keys counted each for itself. Who invents keys can take up no more memory than this, and shares one count beyond it.
const MOST_KEYS: usize = 20_000;

impl RateLimiter {
    /// Counts one request of `key`.
    pub fn count(&self, key: &str, limit: u32, now: Millis) -> Standing {
        let number = now.0.div_euclid(MINUTE);
        let mut window = self.window.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, ..Window::default() };
        }
        let used = window.count(key);
        Standing {
            limit,
            remaining: limit.saturating_sub(used),
            reset: Millis((number + 1) * MINUTE),
            exceeded: used > limit,
        }
    }
}

impl Window {
    fn count(&mut self, key: &str) -> u32 {
        if !self.used.contains_key(key) && self.used.len() < MOST_KEYS {
            self.used.insert(key.to_owned(), 0);
        }
        let used = self.used.get_mut(key).unwrap_or(&mut self.others);
        *used = used.saturating_add(1);
        *used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_starts_anew() {
        let limiter = RateLimiter::default();
        let start = Millis(MINUTE * 1000);
        assert_eq!(limiter.count("a", 2, start).remaining, 1);
        assert!(!limiter.count("a", 2, start.plus(1)).exceeded);
        let over = limiter.count("a", 2, start.plus(30 * SECOND));
        assert!(over.exceeded);
        assert_eq!(over.retry_after(start.plus(30 * SECOND)), 30);
        assert!(!limiter.count("b", 2, start.plus(2)).exceeded);
        assert!(!limiter.count("a", 2, start.plus(MINUTE)).exceeded);
    }

    #[test]
    fn invented_keys_share_one_count_beyond_the_cap_and_known_ones_keep_theirs() {
        let limiter = RateLimiter::default();
        let start = Millis(MINUTE * 1000);
        limiter.count("known", 5, start);
        for number in 1..MOST_KEYS {
            limiter.count(&format!("invented {number}"), 5, start);
        }
        for left in [4, 3] {
            assert_eq!(limiter.count(&format!("one more, {left} left"), 5, start).remaining, left);
        }
        assert_eq!(limiter.count("known", 5, start).remaining, 3);
        assert_eq!(limiter.window.lock().unwrap().used.len(), MOST_KEYS);
        assert_eq!(limiter.count("one more", 5, start.plus(MINUTE)).remaining, 4, "a new minute starts with nothing");
        assert_eq!(limiter.window.lock().unwrap().used.len(), 1);
    }

    #[test]
    fn a_clock_that_jumps_back_starts_a_new_window() {
        let limiter = RateLimiter::default();
        let start = Millis(MINUTE * 1000);
        assert!(limiter.count("a", 1, start).check(start).is_ok());
        let refusal = limiter.count("a", 1, start).check(start).unwrap_err();
        assert_eq!((refusal.code.name, refusal.retry_after), ("rate_limit_exceeded", Some(60)));
        let earlier = start.plus(-MINUTE);
        assert!(limiter.count("a", 1, earlier).check(earlier).is_ok());
    }
}
