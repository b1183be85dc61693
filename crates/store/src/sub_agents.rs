//! Sub-agents: whom a key of Data Reaktor stands for, and whom it tells. Functions fail only when the database does,
//! unless they say otherwise.

use outrider_domain::id::{KeyId, ProjectId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A sub-agent.
    pub struct SubAgent in "sub_agents" as sub_agent_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Small number, unique in the project.
        id: i64,
        /// Its present key.
        key_id: KeyId,
        /// What a person calls it.
        name: String,
        /// The tier it was made for.
        tier: String,
        /// Where its results go when a task names no other address.
        callback_url: Option<String>,
        /// What its callbacks are signed with.
        signing_secret: String,
        /// The sub-agent whose key made it; what it spends counts against that one's budget too.
        parent: Option<i64>,
        /// Who made it.
        created_by: String,
        /// When made.
        created_at: Millis,
        /// When revoked.
        revoked_at: Option<Millis>,
    }
}

statements! {
    pub GET = concat!("SELECT ", sub_agent_columns!(), " FROM sub_agents WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", sub_agent_columns!(), " FROM sub_agents WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", sub_agent_columns!(), " FROM sub_agents WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub OF_KEY = concat!("SELECT ", sub_agent_columns!(), " FROM sub_agents WHERE project_id = ?1 AND key_id = ?2");
    pub OF_HASH = "SELECT s.project_id, s.id FROM api_keys k JOIN sub_agents s ON s.project_id = k.project_id AND s.key_id = k.id WHERE k.hash = ?1";
    pub LIST = concat!("SELECT ", sub_agent_columns!(), " FROM sub_agents WHERE project_id = ?1 AND revoked_at IS NULL ORDER BY id");
    pub REVOKE = "UPDATE sub_agents SET revoked_at = ?3 WHERE project_id = ?1 AND id = ?2 AND revoked_at IS NULL";
    pub SET_KEY = "UPDATE sub_agents SET key_id = ?3 WHERE project_id = ?1 AND id = ?2";
}

/// By number.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: i64) -> Result<SubAgent, Error> {
    SubAgent::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// By number, kept from changing until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: i64) -> Result<SubAgent, Error> {
    SubAgent::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// The one a key stands for.
pub fn of_key(tx: &mut Tx<'_>, project: ProjectId, key: KeyId) -> Result<Option<SubAgent>, Error> {
    tx.query_opt(&OF_KEY, &values![project, key])?.as_ref().map(SubAgent::from_row).transpose()
}

/// The project and number of the one that the key with this hash stands for.
pub fn of_hash(tx: &mut Tx<'_>, hash: &str) -> Result<Option<(ProjectId, i64)>, Error> {
    tx.query_opt(&OF_HASH, &values![hash])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// All that are not revoked, oldest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<SubAgent>, Error> {
    tx.query(&LIST, &values![project])?.iter().map(SubAgent::from_row).collect()
}

/// Revokes one. False when it was revoked before.
pub fn revoke(tx: &mut Tx<'_>, project: ProjectId, id: i64, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&REVOKE, &values![project, id, now])? > 0)
}

/// Gives it another key.
pub fn set_key(tx: &mut Tx<'_>, project: ProjectId, id: i64, key: KeyId) -> Result<(), Error> {
    tx.execute(&SET_KEY, &values![project, id, key]).map(drop)
}
