//! Fixed-window rate limits per credential, counted in this process. Counts; never refuses by itself.

use std::collections::HashMap;
use std::sync::Mutex;

use outrider_domain::time::{MINUTE, Millis, SECOND};

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
}

/// Counts requests per key in windows of one minute.
#[derive(Debug, Default)]
pub struct RateLimiter {
    windows: Mutex<HashMap<String, (i64, u32)>>,
}

/// Above this many keys, windows that have ended are dropped.
const SWEEP_ABOVE: usize = 10_000;

impl RateLimiter {
    /// Counts one request of `key`.
    pub fn count(&self, key: &str, limit: u32, now: Millis) -> Standing {
        let window = now.0.div_euclid(MINUTE);
        let mut windows = self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if windows.len() > SWEEP_ABOVE {
            windows.retain(|_, (of, _)| *of == window);
        }
        let used = match windows.get_mut(key) {
            Some((of, used)) => {
                if *of != window {
                    (*of, *used) = (window, 0);
                }
                *used = used.saturating_add(1);
                *used
            }
            None => {
                windows.insert(key.to_owned(), (window, 1));
                1
            }
        };
        Standing { limit, remaining: limit.saturating_sub(used), reset: Millis((window + 1) * MINUTE), exceeded: used > limit }
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
}
