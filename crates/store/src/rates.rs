//! Requests counted for all nodes together, one row per caller and limit. Judges nothing.

use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    pub COUNT = "INSERT INTO request_counts (name, window_start, used) VALUES (?1, ?2, 1)
        ON CONFLICT (name) DO UPDATE SET used = CASE WHEN request_counts.window_start = excluded.window_start THEN request_counts.used + 1 ELSE 1 END,
        window_start = excluded.window_start RETURNING used";
    pub FORGET = "DELETE FROM request_counts WHERE window_start < ?1";
}

/// Counts one request in the window that began at a moment; how many that makes. A row counts one window at a time.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut Tx<'_>, name: &str, window_start: Millis) -> Result<i64, Error> {
    tx.query_one(&COUNT, &values![name, window_start])?.get(0)
}

/// Removes counts of windows that began before a moment.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    tx.execute(&FORGET, &values![before])
}
