//! Ideal customers a project looks for. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::ProjectId;
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// An ideal customer.
    pub struct IcpRow in "icps" as icp_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Small number, unique in the project.
        id: i64,
        /// What it is called.
        name: String,
        /// The rest, as JSON.
        data: String,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", icp_columns!(), " FROM icps WHERE project_id = ?1 AND id = ?2");
    pub LIST = concat!("SELECT ", icp_columns!(), " FROM icps WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub DELETE = "DELETE FROM icps WHERE project_id = ?1 AND id = ?2";
}

/// By number.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: i64) -> Result<IcpRow, Error> {
    IcpRow::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Those below a number, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<IcpRow>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(IcpRow::from_row).collect()
}

/// Removes one. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: i64) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}
