//! Segments: stored filters. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{ProjectId, SegmentId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A stored filter.
    pub struct Segment in "segments" as segment_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: SegmentId,
        /// Unique in the project.
        name: String,
        /// The filter as written.
        filter: String,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", segment_columns!(), " FROM segments WHERE project_id = ?1 AND id = ?2");
    pub FIND = concat!("SELECT ", segment_columns!(), " FROM segments WHERE project_id = ?1 AND name = ?2");
    pub LIST = concat!("SELECT ", segment_columns!(), " FROM segments WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub DELETE = "DELETE FROM segments WHERE project_id = ?1 AND id = ?2";
}

/// A segment by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: SegmentId) -> Result<Segment, Error> {
    Segment::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// The segment of that name.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<Segment>, Error> {
    tx.query_opt(&FIND, &values![project, name])?.as_ref().map(Segment::from_row).transpose()
}

/// Segments before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Segment>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Segment::from_row).collect()
}

/// Removes a segment. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: SegmentId) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}
