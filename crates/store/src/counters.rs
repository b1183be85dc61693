//! Numbers kept per project and noun: small ones counted up, for clients that know things by such, and how many of a noun there are
//! where counting rows would take long. Functions fail only when the database does.

use outrider_domain::id::ProjectId;

use crate::{Error, Tx, statements, values};

statements! {
    pub NEXT = "INSERT INTO counters (project_id, kind, value) VALUES (?1, ?2, 1) ON CONFLICT (project_id, kind) DO UPDATE SET value = counters.value + 1 RETURNING value";
    pub ADD = "INSERT INTO counters (project_id, kind, value) VALUES (?1, ?2, ?3) ON CONFLICT (project_id, kind) DO UPDATE SET value = counters.value + excluded.value";
    pub VALUE = "SELECT value FROM counters WHERE project_id = ?1 AND kind = ?2";
}

/// The next number of a kind, from 1; the number of a transaction that is rolled back is given again.
pub fn next(tx: &mut Tx<'_>, project: ProjectId, kind: &str) -> Result<i64, Error> {
    tx.query_one(&NEXT, &values![project, kind])?.get(0)
}

/// Counts so many of a kind more, or fewer.
pub(crate) fn add(tx: &mut Tx<'_>, project: ProjectId, kind: &str, amount: i64) -> Result<(), Error> {
    tx.execute(&ADD, &values![project, kind, amount]).map(drop)
}

/// How many of a kind were counted.
pub(crate) fn value(tx: &mut Tx<'_>, project: ProjectId, kind: &str) -> Result<i64, Error> {
    tx.query_opt(&VALUE, &values![project, kind])?.map_or(Ok(0), |row| row.get(0))
}
