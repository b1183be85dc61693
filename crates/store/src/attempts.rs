//! Counts of tries in a window of time, kept so that a restart or another node does not begin anew. Holds no limit.

use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    /// A window that has ended begins anew at 1.
    pub COUNT = "INSERT INTO attempts (kind, subject, began_at, count) VALUES (?1, ?2, ?3, 1) ON CONFLICT (kind, subject) DO UPDATE SET
        began_at = CASE WHEN attempts.began_at <= ?4 THEN excluded.began_at ELSE attempts.began_at END,
        count = CASE WHEN attempts.began_at <= ?4 THEN 1 ELSE attempts.count + 1 END
        RETURNING began_at, count";
    pub FORGIVE = "UPDATE attempts SET count = count - 1 WHERE kind = ?1 AND subject = ?2 AND count > 0";
    pub CLEAR = "DELETE FROM attempts WHERE kind = ?1 AND subject = ?2";
    pub FORGET = "DELETE FROM attempts WHERE began_at < ?1";
}

/// How often something was tried in the window under way, this time included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// When the window began.
    pub began_at: Millis,
    /// Tries in it.
    pub count: i64,
}

/// Counts one try of a subject in windows of `window` milliseconds.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut Tx<'_>, kind: &str, subject: &str, window: i64, now: Millis) -> Result<Tried, Error> {
    let row = tx.query_one(&COUNT, &values![kind, subject, now, now.plus(-window)])?;
    Ok(Tried { began_at: row.get(0)?, count: row.get(1)? })
}

/// Takes one try back.
///
/// # Errors
/// When the database fails.
pub fn forgive(tx: &mut Tx<'_>, kind: &str, subject: &str) -> Result<(), Error> {
    tx.execute(&FORGIVE, &values![kind, subject]).map(drop)
}

/// Forgets all tries of a subject.
///
/// # Errors
/// When the database fails.
pub fn clear(tx: &mut Tx<'_>, kind: &str, subject: &str) -> Result<(), Error> {
    tx.execute(&CLEAR, &values![kind, subject]).map(drop)
}

/// Forgets windows that began before a moment.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    tx.execute(&FORGET, &values![before])
}
