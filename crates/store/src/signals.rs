//! Signals: when something that a contact did elsewhere was last recorded. Functions fail only when the database does.

use outrider_domain::id::{LeadId, ProjectId};
use outrider_domain::time::Millis;

use crate::{Error, Tx, statements, values};

statements! {
    pub NOTE = "INSERT INTO signals (project_id, name, lead_id, at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (project_id, name, lead_id) DO UPDATE SET at = excluded.at WHERE signals.at < excluded.at";
    pub FORGET = "DELETE FROM signals WHERE project_id = ?1 AND lead_id = ?2";
    pub LAST = "SELECT name, lead_id, at FROM signals WHERE project_id = ?1 AND name IN texts(?2) AND lead_id IN ints(?3)";
}

/// Notes that a signal was recorded; an older moment than the known one changes nothing.
pub fn note(tx: &mut Tx<'_>, project: ProjectId, name: &str, lead: LeadId, at: Millis) -> Result<(), Error> {
    tx.execute(&NOTE, &values![project, name, lead, at]).map(drop)
}

/// Forgets a lead's signals.
pub fn forget(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<(), Error> {
    tx.execute(&FORGET, &values![project, lead]).map(drop)
}

/// When each of these signals was last recorded for each of these leads.
pub fn last(
    tx: &mut Tx<'_>,
    project: ProjectId,
    names: Vec<String>,
    leads: &[LeadId],
) -> Result<Vec<(String, LeadId, Millis)>, Error> {
    tx.query(&LAST, &values![project, names, leads.to_vec()])?
        .iter()
        .map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .collect()
}
