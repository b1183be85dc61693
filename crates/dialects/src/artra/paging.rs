//! How ARTRA's lists are paged: by `limit` and `offset`. Reads no rows.

/// Rows on a page when nothing is said.
const LIMIT: i64 = 25;

/// The page asked for, with what holds where nothing is said.
pub(super) fn place(limit: Option<i64>, offset: Option<i64>) -> (i64, i64) {
    (limit.unwrap_or(LIMIT), offset.unwrap_or(0))
}
