//! Remembered answers by idempotency key. Decides nothing about reuse.

use outrider_domain::id::ProjectId;
use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    pub TRY_LOCK = sqlite "SELECT 1 WHERE ?1 IS NOT NULL" postgres "SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended(?1, 0)) THEN 1::bigint ELSE 0::bigint END";
    pub FIND = "SELECT operation, fingerprint, status, response FROM idempotency WHERE project_id = ?1 AND principal = ?2 AND key = ?3 AND created_at > ?4";
    pub REMEMBER = "INSERT INTO idempotency (project_id, principal, key, operation, fingerprint, status, response, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (project_id, principal, key) DO UPDATE SET operation = excluded.operation, fingerprint = excluded.fingerprint,
        status = excluded.status, response = excluded.response, created_at = excluded.created_at";
    pub FORGET_KEYS = "DELETE FROM idempotency WHERE project_id = ?1 AND principal = ?2 AND key >= ?3 AND key < ?4";
    pub FORGET = "DELETE FROM idempotency WHERE created_at <= ?1";
}

/// An answer given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The operation's name.
    pub operation: String,
    /// Hash of operation and input.
    pub fingerprint: String,
    /// 200, 201 or 202.
    pub status: i64,
    /// The output, JSON.
    pub response: String,
}

/// Takes the key for this transaction; false when another one holds it. On SQLite there is only one writer, so always true.
///
/// # Errors
/// When the database fails.
pub fn try_lock(tx: &mut Tx<'_>, project: ProjectId, principal: &str, key: &str) -> Result<bool, Error> {
    let name = format!("{}/{principal}/{key}", project.0);
    Ok(tx.query_one(&TRY_LOCK, &values![name])?.get::<i64>(0)? == 1)
}

/// The answer remembered since a moment.
///
/// # Errors
/// When the database fails.
pub fn find(
    tx: &mut Tx<'_>,
    project: ProjectId,
    principal: &str,
    key: &str,
    since: Millis,
) -> Result<Option<Remembered>, Error> {
    tx.query_opt(&FIND, &values![project, principal, key, since])?
        .map(|row| {
            Ok(Remembered {
                operation: row.get(0)?,
                fingerprint: row.get(1)?,
                status: row.get(2)?,
                response: row.get(3)?,
            })
        })
        .transpose()
}

/// Remembers an answer.
///
/// # Errors
/// When the database fails.
pub fn remember(
    tx: &mut Tx<'_>,
    project: ProjectId,
    principal: &str,
    key: &str,
    answer: &Remembered,
    now: Millis,
) -> Result<(), Error> {
    let params = values![
        project,
        principal,
        key,
        answer.operation.as_str(),
        answer.fingerprint.as_str(),
        answer.status,
        answer.response.as_str(),
        now
    ];
    tx.execute(&REMEMBER, &params).map(drop)
}

/// Forgets a caller's answers under keys that begin so.
///
/// # Errors
/// When the database fails.
pub fn forget_keys(tx: &mut Tx<'_>, project: ProjectId, principal: &str, prefix: &str) -> Result<(), Error> {
    let end = format!("{prefix}\u{7f}");
    tx.execute(&FORGET_KEYS, &values![project, principal, prefix, end]).map(drop)
}

/// Forgets answers older than a moment; gives how many.
///
/// # Errors
/// When the database fails.
pub fn forget(tx: &mut Tx<'_>, before: Millis) -> Result<u64, Error> {
    tx.execute(&FORGET, &values![before])
}
