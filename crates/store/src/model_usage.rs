//! Tokens that each project had language models read and write, by day. Functions fail only when the database does.

use outrider_domain::id::ProjectId;

use crate::{Error, Tx, statements, values};

statements! {
    pub ADD = "INSERT INTO model_usage (project_id, day, tokens) VALUES (?1, ?2, ?3) ON CONFLICT (project_id, day) DO UPDATE SET tokens = model_usage.tokens + excluded.tokens";
    pub OF_DAY = "SELECT tokens FROM model_usage WHERE project_id = ?1 AND day = ?2";
}

/// Counts tokens on a day, in days since 1970 (UTC).
pub fn add(tx: &mut Tx<'_>, project: ProjectId, day: i64, tokens: i64) -> Result<(), Error> {
    tx.execute(&ADD, &values![project, day, tokens]).map(drop)
}

/// What was counted on a day.
pub fn of_day(tx: &mut Tx<'_>, project: ProjectId, day: i64) -> Result<i64, Error> {
    tx.query_opt(&OF_DAY, &values![project, day])?.map_or(Ok(0), |row| row.get(0))
}
