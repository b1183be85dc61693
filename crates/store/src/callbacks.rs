//! Callbacks: results on their way to whoever asked for them. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{ProjectId, TaskId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A result on its way.
    pub struct Callback in "callbacks" as callback_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// The task.
        id: TaskId,
        /// Whose secret signs it.
        sub_agent: i64,
        /// Where it goes.
        url: String,
        /// Exactly the bytes that are signed and sent.
        body: String,
        /// `waiting`, `delivered` or `failed`.
        state: String,
        /// Tries.
        attempts: i64,
        /// The status that was answered last.
        last_status: Option<i64>,
        /// Why the last try failed.
        last_error: Option<String>,
        /// When prepared.
        created_at: Millis,
        /// When delivered or given up.
        finished_at: Option<Millis>,
    }
}

statements! {
    pub GET = concat!("SELECT ", callback_columns!(), " FROM callbacks WHERE project_id = ?1 AND id = ?2");
    pub LIST = concat!("SELECT ", callback_columns!(), " FROM callbacks WHERE project_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR sub_agent = ?2) AND (CAST(?3 AS TEXT) IS NULL OR state = ?3) ORDER BY id DESC LIMIT ?4");
    pub TRIED = "UPDATE callbacks SET state = ?3, attempts = attempts + 1, last_status = ?4, last_error = ?5, finished_at = ?6 WHERE project_id = ?1 AND id = ?2";
    pub REPLAY = "UPDATE callbacks SET state = 'waiting', attempts = 0, finished_at = NULL WHERE project_id = ?1 AND id = ?2 AND state <> 'waiting'";
}

/// By its task.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: TaskId) -> Result<Callback, Error> {
    Callback::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Newest first, of a sub-agent or of all, in a state or in any.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    sub_agent: Option<i64>,
    state: Option<&str>,
    limit: i64,
) -> Result<Vec<Callback>, Error> {
    tx.query(&LIST, &values![project, sub_agent, state, limit])?.iter().map(Callback::from_row).collect()
}

/// What a try came to.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// The state after it.
    pub state: &'a str,
    /// The status that was answered.
    pub status: Option<i64>,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// When it was delivered or given up.
    pub finished_at: Option<Millis>,
}

/// Records a try.
pub fn tried(tx: &mut Tx<'_>, project: ProjectId, id: TaskId, tried: Tried<'_>) -> Result<(), Error> {
    tx.execute(&TRIED, &values![project, id, tried.state, tried.status, tried.error, tried.finished_at]).map(drop)
}

/// Makes an ended one wait again. False when it waits already.
pub fn replay(tx: &mut Tx<'_>, project: ProjectId, id: TaskId) -> Result<bool, Error> {
    Ok(tx.execute(&REPLAY, &values![project, id])? > 0)
}
