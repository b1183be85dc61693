//! Fixed-window limits on requests: what a limit is, and counting within this process. Counts; never refuses by itself.

use std::collections::HashMap;
use std::sync::Mutex;

use outrider_domain::time::{MINUTE, Millis, SECOND};

use crate::error::{Error, Result, code};

/// So many requests in windows of so long, beginning at multiples of their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What it limits: callers are counted apart under each name.
    pub name: &'static str,
    /// Requests per window.
    pub requests: u32,
    /// Length of a window, in milliseconds.
    pub window: i64,
    /// Whether all nodes count together, at the price of a write per request where there can be several.
    pub shared: bool,
    /// Whether the keys of one person count together, so that more keys are no more requests.
    pub per_person: bool,
}

impl Limit {
    /// So many a minute, counted by each node for itself.
    #[must_use]
    pub const fn per_minute(name: &'static str, requests: u32) -> Self {
        Self { name, requests, window: MINUTE, shared: false, per_person: false }
    }

    /// The number of the window a moment is in.
    fn number(&self, now: Millis) -> i64 {
        now.0.div_euclid(self.window)
    }

    /// When the window of a moment began.
    #[must_use]
    pub fn begin(&self, now: Millis) -> Millis {
        Millis(self.number(now) * self.window)
    }

    /// Where a caller stands that has made so many requests in the window of a moment.
    #[must_use]
    pub fn standing(&self, used: u32, now: Millis) -> Standing {
        Standing {
            limit: self.requests,
            window: self.window,
            remaining: self.requests.saturating_sub(used),
            reset: Millis((self.number(now) + 1) * self.window),
            exceeded: used > self.requests,
        }
    }
}

/// Where a caller stands in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests allowed per window.
    pub limit: u32,
    /// Length of a window, in milliseconds.
    pub window: i64,
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
        let message =
            format!("Too many requests: at most {} in {} s. Wait {wait} s.", self.limit, self.window / SECOND);
        let standing = Some(Box::new(*self));
        Err(Error { retry_after: Some(wait), standing, ..Error::new(code::RATE_LIMIT_EXCEEDED, message) })
    }
}

/// Whom requests are counted under, by the hash of the key they come with: a key that stands for somebody counts for them, so that
/// another key for the same one counts on. What a key stands for never changes.
#[derive(Debug, Default)]
pub struct Counted {
    names: Mutex<HashMap<String, String>>,
}

impl Counted {
    /// The name, when it is known already.
    pub fn of(&self, caller: &str) -> Option<String> {
        self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(caller).cloned()
    }

    /// Remembers a name. Who invents keys can make it forget, and not grow.
    pub fn remember(&self, caller: &str, name: &str) {
        let mut names = self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if names.len() >= MOST_CALLERS {
            names.clear();
        }
        names.insert(caller.to_owned(), name.to_owned());
    }
}

/// Counts requests per limit and caller.
#[derive(Debug, Default)]
pub struct RateLimiter {
    windows: Mutex<HashMap<&'static str, Window>>,
}

/// The counts of one window; forgotten together when the next one begins.
#[derive(Debug, Default)]
struct Window {
    number: i64,
    used: HashMap<String, u32>,
    /// Of all the callers that came when [`MOST_CALLERS`] were known.
    others: u32,
}

/// Most callers counted each for itself. Who invents keys can take up no more memory than this, and shares one count beyond it.
const MOST_CALLERS: usize = 20_000;

impl RateLimiter {
    /// Counts one request of a caller.
    pub fn count(&self, limit: &Limit, caller: &str, now: Millis) -> Standing {
        let number = limit.number(now);
        let mut windows = self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let window = windows.entry(limit.name).or_default();
        if window.number != number {
            *window = Window { number, ..Window::default() };
        }
        limit.standing(window.count(caller), now)
    }
}

impl Window {
    fn count(&mut self, caller: &str) -> u32 {
        if !self.used.contains_key(caller) && self.used.len() < MOST_CALLERS {
            self.used.insert(caller.to_owned(), 0);
        }
        let used = self.used.get_mut(caller).unwrap_or(&mut self.others);
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
        assert_eq!(limiter.count(&Limit::per_minute("test", 2), "a", start).remaining, 1);
        assert!(!limiter.count(&Limit::per_minute("test", 2), "a", start.plus(1)).exceeded);
        let over = limiter.count(&Limit::per_minute("test", 2), "a", start.plus(30 * SECOND));
        assert!(over.exceeded);
        assert_eq!(over.retry_after(start.plus(30 * SECOND)), 30);
        assert!(!limiter.count(&Limit::per_minute("test", 2), "b", start.plus(2)).exceeded);
        assert!(!limiter.count(&Limit::per_minute("test", 2), "a", start.plus(MINUTE)).exceeded);
    }

    #[test]
    fn invented_keys_share_one_count_beyond_the_cap_and_known_ones_keep_theirs() {
        let limiter = RateLimiter::default();
        let start = Millis(MINUTE * 1000);
        limiter.count(&Limit::per_minute("test", 5), "known", start);
        for number in 1..MOST_CALLERS {
            limiter.count(&Limit::per_minute("test", 5), &format!("invented {number}"), start);
        }
        for left in [4, 3] {
            assert_eq!(
                limiter.count(&Limit::per_minute("test", 5), &format!("one more, {left} left"), start).remaining,
                left
            );
        }
        assert_eq!(limiter.count(&Limit::per_minute("test", 5), "known", start).remaining, 3);
        assert_eq!(limiter.windows.lock().unwrap()["test"].used.len(), MOST_CALLERS);
        assert_eq!(
            limiter.count(&Limit::per_minute("test", 5), "one more", start.plus(MINUTE)).remaining,
            4,
            "a new minute starts with nothing"
        );
        assert_eq!(limiter.windows.lock().unwrap()["test"].used.len(), 1);
    }

    #[test]
    fn a_clock_that_jumps_back_starts_a_new_window() {
        let limiter = RateLimiter::default();
        let start = Millis(MINUTE * 1000);
        assert!(limiter.count(&Limit::per_minute("test", 1), "a", start).check(start).is_ok());
        let refusal = limiter.count(&Limit::per_minute("test", 1), "a", start).check(start).unwrap_err();
        assert_eq!((refusal.code.name, refusal.retry_after), ("rate_limit_exceeded", Some(60)));
        let earlier = start.plus(-MINUTE);
        assert!(limiter.count(&Limit::per_minute("test", 1), "a", earlier).check(earlier).is_ok());
    }
}
