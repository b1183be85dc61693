//! Small numbers counted up per project and noun, for clients that know things by such. Functions fail only when the database does.

use outrider_domain::id::ProjectId;

use crate::{Error, Tx, statements, values};

statements! {
    pub NEXT = "INSERT INTO counters (project_id, kind, value) VALUES (?1, ?2, 1) ON CONFLICT (project_id, kind) DO UPDATE SET value = counters.value + 1 RETURNING value";
}

/// The next number of a kind, from 1; the number of a transaction that is rolled back is given again.
pub fn next(tx: &mut Tx<'_>, project: ProjectId, kind: &str) -> Result<i64, Error> {
    tx.query_one(&NEXT, &values![project, kind])?.get(0)
}
