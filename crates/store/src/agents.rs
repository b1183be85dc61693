//! Agents. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{AgentId, ProjectId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// An AI worker.
    pub struct Agent in "agents" as agent_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: AgentId,
        /// Display name.
        name: String,
        /// `outbound` or `inbound`.
        kind: String,
        /// Whether it may act at all.
        active: bool,
        /// Whether it acts by itself.
        automation_enabled: bool,
        /// `call`, `email` or `both`.
        outreach_model: String,
        /// Language it writes in.
        language: Option<String>,
        /// Autonomy policy, JSON; the project's when absent.
        autonomy: Option<String>,
        /// Brain text fields, JSON object.
        brain: String,
        /// How it calls, JSON: template, values, output variables, transfer triggers.
        calling: Option<String>,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub GET_MANY = concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = ?1 AND id IN ints(?2)");
    pub FIND_BY_NAME = concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = ?1 AND name = ?2 ORDER BY id LIMIT 1");
    pub LIST = concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = ?1 AND id < ?2 AND (CAST(?3 AS TEXT) IS NULL OR kind = ?3) ORDER BY id DESC LIMIT ?4");
    pub DELETE = "DELETE FROM agents WHERE project_id = ?1 AND id = ?2";
    pub COUNT = "SELECT COUNT(*) FROM agents WHERE project_id = ?1";
    pub COUNT_BY_KIND = "SELECT kind, COUNT(*) FROM agents WHERE project_id = ?1 GROUP BY kind";
}

/// An agent by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: AgentId) -> Result<Agent, Error> {
    Agent::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// An agent by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: AgentId) -> Result<Agent, Error> {
    Agent::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// The agents of these ids that exist, in no order.
pub fn get_many(tx: &mut Tx<'_>, project: ProjectId, ids: &[AgentId]) -> Result<Vec<Agent>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&GET_MANY, &values![project, ids])?.iter().map(Agent::from_row).collect()
}

/// The oldest agent with that name.
pub fn find_by_name(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<Agent>, Error> {
    tx.query_opt(&FIND_BY_NAME, &values![project, name])?.as_ref().map(Agent::from_row).transpose()
}

/// Agents before an id, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    kind: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Agent>, Error> {
    tx.query(&LIST, &values![project, before, kind, limit])?.iter().map(Agent::from_row).collect()
}

/// Removes an agent. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: AgentId) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}

/// How many agents.
pub fn count(tx: &mut Tx<'_>, project: ProjectId) -> Result<i64, Error> {
    tx.query_one(&COUNT, &values![project])?.get(0)
}

/// How many agents of each kind.
pub fn count_by_kind(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&COUNT_BY_KIND, &values![project])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
