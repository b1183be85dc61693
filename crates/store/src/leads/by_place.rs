//! Leads by their place in a list, all of a project's or one seller's, with how many there are: for APIs that page by offset.
//! Changes no lead. Functions fail only when the database does.

use outrider_domain::id::{LeadId, ProjectId, UserId};
use outrider_domain::time::Millis;

use super::{COUNTED, Filter, Lead, list};
use crate::{Error, Tx, counters, statements, values};

statements! {
    pub LIST_BY_PLACE = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3");
    pub LIST_OF_OWNER_BY_PLACE = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND owner_id = ?2 ORDER BY id DESC LIMIT ?3 OFFSET ?4");
    pub COUNT_OF_OWNER = "SELECT COUNT(*) FROM leads WHERE project_id = ?1 AND owner_id = ?2";
    pub OWNED = "SELECT id FROM leads WHERE project_id = ?1 AND owner_id = ?2 AND id IN ints(?3)";
    pub SET_OWNER = "UPDATE leads SET owner_id = ?3, updated_at = ?4 WHERE project_id = ?1 AND id IN ints(?2) AND (owner_id IS NULL OR owner_id <> ?3)";
    pub LEAVE_OWNER = "UPDATE leads SET owner_id = NULL, updated_at = ?3 WHERE project_id = ?1 AND owner_id = ?2";
}

/// Matches of a search that are counted and can be paged through.
pub const MOST_MATCHES: usize = 10_000;
/// Matches fetched at a time.
const TOGETHER: i64 = 500;

/// Which of these leads a seller owns.
pub fn owned(tx: &mut Tx<'_>, project: ProjectId, owner: UserId, ids: &[LeadId]) -> Result<Vec<LeadId>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&OWNED, &values![project, owner, ids])?.iter().map(|row| row.get(0)).collect()
}

/// Gives leads to a seller; gives how many were not theirs before.
pub fn set_owner(
    tx: &mut Tx<'_>,
    project: ProjectId,
    ids: &[LeadId],
    owner: UserId,
    now: Millis,
) -> Result<u64, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.execute(&SET_OWNER, &values![project, ids, owner, now])
}

/// Takes a project's leads from a seller; gives how many there were.
pub fn leave_owner(tx: &mut Tx<'_>, project: ProjectId, owner: UserId, now: Millis) -> Result<u64, Error> {
    tx.execute(&LEAVE_OWNER, &values![project, owner, now])
}

/// Leads from a place on, newest first, and how many there are: everybody's or one seller's.
pub fn page(
    tx: &mut Tx<'_>,
    project: ProjectId,
    owner: Option<UserId>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Lead>, i64), Error> {
    let (rows, count) = match owner {
        None => (
            tx.query(&LIST_BY_PLACE, &values![project, limit, offset])?,
            // Counting a million rows takes longer than the page.
            counters::value(tx, project, COUNTED)?,
        ),
        Some(owner) => (
            tx.query(&LIST_OF_OWNER_BY_PLACE, &values![project, owner, limit, offset])?,
            tx.query_one(&COUNT_OF_OWNER, &values![project, owner])?.get(0)?,
        ),
    };
    Ok((rows.iter().map(Lead::from_row).collect::<Result<_, _>>()?, count))
}

/// [`page`] of those that have all words of a query. Counts at most [`MOST_MATCHES`].
pub fn search(
    tx: &mut Tx<'_>,
    project: ProjectId,
    owner: Option<UserId>,
    query: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Lead>, i64), Error> {
    let filter = Filter { query: Some(query.to_owned()), owner, ..Filter::default() };
    let wanted = usize::try_from(offset).unwrap_or(usize::MAX)..usize::try_from(offset + limit).unwrap_or(usize::MAX);
    let (mut before, mut matches, mut found) = (i64::MAX, 0_usize, Vec::new());
    loop {
        let rows = list(tx, project, &filter, before, TOGETHER)?;
        let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= TOGETHER;
        for lead in rows {
            before = lead.id.0;
            if wanted.contains(&matches) {
                found.push(lead);
            }
            matches += 1;
        }
        if !full || matches >= MOST_MATCHES {
            return Ok((found, i64::try_from(matches.min(MOST_MATCHES)).unwrap_or(i64::MAX)));
        }
    }
}
