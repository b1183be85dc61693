//! How often what needs no credential may be tried: sign-ins, sign-ups, registrations. Counts over restarts and nodes; knows nothing of what is tried.

use outrider_domain::time::{HOUR, MINUTE, Millis};
use outrider_store::Tx;
use outrider_store::attempts::{self as rows, Tried};

use crate::error::{Error, Result, code};
use crate::keys;
use crate::rate::Standing;

/// A bound on tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// What is tried.
    pub kind: &'static str,
    /// Tries in a window.
    pub most: i64,
    /// Its length in milliseconds.
    pub window: i64,
}

/// Wrong passwords for one account.
pub const SIGN_IN_ACCOUNT: Bound = Bound { kind: "sign_in_account", most: 10, window: 15 * MINUTE };
/// Wrong passwords from one network address, for whichever account.
pub const SIGN_IN_ORIGIN: Bound = Bound { kind: "sign_in_origin", most: 60, window: 15 * MINUTE };
/// Applications registered from one network address.
pub const REGISTRATION: Bound = Bound { kind: "registration", most: 60, window: HOUR };

impl Bound {
    /// Calls of a public operation from one network address.
    #[must_use]
    pub const fn hourly(kind: &'static str, most: i64) -> Self {
        Self { kind, most, window: HOUR }
    }

    /// Counts one try. The inner result says whether it was one too many; the count stands either way, so commit.
    ///
    /// # Errors
    /// When the database fails; inside, `rate_limit_exceeded` with the seconds to wait.
    pub fn count(&self, tx: &mut Tx<'_>, subject: &str, now: Millis) -> Result<Result<()>> {
        Ok(self.within(self.tried(tx, subject, now)?, now))
    }

    /// Counts one try, and judges nothing.
    pub(crate) fn tried(&self, tx: &mut Tx<'_>, subject: &str, now: Millis) -> Result<Tried> {
        Ok(rows::count(tx, self.kind, &hashed(subject), self.window, now)?)
    }

    /// Whether a try is the first of its window that is one too many.
    pub(crate) fn closes(&self, tried: Tried) -> bool {
        tried.count == self.most + 1
    }

    /// Judges a try.
    ///
    /// # Errors
    /// `rate_limit_exceeded` with the seconds to wait.
    pub(crate) fn within(&self, tried: Tried, now: Millis) -> Result<()> {
        if tried.count <= self.most {
            return Ok(());
        }
        let reset = tried.began_at.plus(self.window);
        let limit = u32::try_from(self.most).unwrap_or(u32::MAX);
        let standing = Standing { limit, window: self.window, remaining: 0, reset, exceeded: true };
        let wait = standing.retry_after(now);
        let message = format!("Too many tries: at most {limit} in {} minutes. Wait {wait} s.", self.window / MINUTE);
        let standing = Some(Box::new(standing));
        Err(Error { retry_after: Some(wait), standing, ..Error::new(code::RATE_LIMIT_EXCEEDED, message) })
    }

    /// Takes a try back that turned out to be a good one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn forgive(&self, tx: &mut Tx<'_>, subject: &str) -> Result<()> {
        Ok(rows::forgive(tx, self.kind, &hashed(subject))?)
    }

    /// Forgets all tries of a subject.
    ///
    /// # Errors
    /// When the database fails.
    pub fn clear(&self, tx: &mut Tx<'_>, subject: &str) -> Result<()> {
        Ok(rows::clear(tx, self.kind, &hashed(subject))?)
    }
}

/// Addresses of people who may not even have an account here are not kept as they are.
fn hashed(subject: &str) -> String {
    keys::hash(subject)
}
