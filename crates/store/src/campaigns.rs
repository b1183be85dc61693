//! Campaigns: tasks that belong together, with what their texts are to reach. Functions fail only when the database does, unless
//! they say otherwise.

use outrider_domain::id::ProjectId;
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A campaign.
    pub struct Campaign in "campaigns" as campaign_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Small number, unique in the project.
        id: i64,
        /// What it is called.
        name: String,
        /// For whom it is run.
        client_name: Option<String>,
        /// `draft`, `active`, `paused` or `completed`.
        status: String,
        /// The ideal customer its tasks are judged by.
        icp_id: Option<i64>,
        /// What it is to reach.
        objective: Option<String>,
        /// What writers are told beside.
        prompt: Option<String>,
        /// Whether its contacts get sequences.
        sequence_mode: bool,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", campaign_columns!(), " FROM campaigns WHERE project_id = ?1 AND id = ?2");
    pub LIST = concat!("SELECT ", campaign_columns!(), " FROM campaigns WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub COUNTS = "SELECT COUNT(*), COUNT(CASE WHEN state IN ('completed', 'failed', 'cancelled') THEN 1 END), COUNT(CASE WHEN state = 'completed' THEN 1 END) FROM tasks WHERE project_id = ?1 AND campaign = ?2";
}

/// By number.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: i64) -> Result<Campaign, Error> {
    Campaign::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Those below a number, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Campaign>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Campaign::from_row).collect()
}

/// How many tasks it has, has ended, and has ended well.
pub fn counts(tx: &mut Tx<'_>, project: ProjectId, id: i64) -> Result<(i64, i64, i64), Error> {
    let row = tx.query_one(&COUNTS, &values![project, id])?;
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}
