//! Leads that an agent's playbook may take up. Narrows by what every row has; the whole filter is the engine's question.

use outrider_domain::id::{AgentId, LeadId, ProjectId};
use outrider_domain::time::Millis;

use super::Lead;
use crate::{Error, Tx, statements, values};

statements! {
    /// The end of the next stretch of leads.
    pub WINDOW = "SELECT id FROM leads WHERE project_id = ?1 AND id > ?2 AND id <= ?3 ORDER BY id LIMIT 1 OFFSET ?4";
    pub SCAN = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id > ?2 AND id <= ?3
        AND (CAST(?6 AS TEXT) IS NULL OR stage = ?6) AND (CAST(?7 AS TEXT) IS NULL OR lower(country) = ?7) AND (CAST(?8 AS BIGINT) = 0 OR email IS NOT NULL) AND outreach_disabled <= ?9
        AND NOT EXISTS (SELECT 1 FROM playbook_contacts WHERE playbook_contacts.project_id = ?1 AND playbook_contacts.agent_id = ?4 AND playbook_contacts.lead_id = leads.id
            AND (playbook_contacts.open = 1 OR playbook_contacts.taken_at >= ?5))
        ORDER BY id LIMIT ?10");
    /// The same, beginning with those that have a signal.
    pub SCAN_SIGNAL = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id > ?2 AND id <= ?3
        AND (CAST(?6 AS TEXT) IS NULL OR stage = ?6) AND (CAST(?7 AS TEXT) IS NULL OR lower(country) = ?7) AND (CAST(?8 AS BIGINT) = 0 OR email IS NOT NULL) AND outreach_disabled <= ?9
        AND id IN (SELECT lead_id FROM signals WHERE signals.project_id = ?1 AND name = ?11 AND at >= ?12)
        AND NOT EXISTS (SELECT 1 FROM playbook_contacts WHERE playbook_contacts.project_id = ?1 AND playbook_contacts.agent_id = ?4 AND playbook_contacts.lead_id = leads.id
            AND (playbook_contacts.open = 1 OR playbook_contacts.taken_at >= ?5))
        ORDER BY id LIMIT ?10");
}

/// What a look for contacts can leave to the database. Whatever passes is still to be held against the whole filter.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// Only this stage.
    pub stage: Option<String>,
    /// Only this country, in lower case.
    pub country: Option<String>,
    /// Only with an address.
    pub with_email: bool,
    /// Also those that may not be contacted.
    pub stopped_too: bool,
    /// Only those with this signal since a moment.
    pub signal: Option<(String, Millis)>,
}

/// The id that ends the next stretch of `size` leads after an id and up to another; the upper bound when fewer are left.
pub fn window(tx: &mut Tx<'_>, project: ProjectId, after: LeadId, to: LeadId, size: i64) -> Result<LeadId, Error> {
    tx.query_opt(&WINDOW, &values![project, after, to, size - 1])?.map_or(Ok(to), |row| row.get(0))
}

/// Leads after an id and up to another that an agent may take up: not open in a run of its, and not taken up since
/// `free_before`. In the order of ids.
pub fn scan(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
    free_before: Millis,
    narrow: &Narrow,
    range: (LeadId, LeadId),
    limit: i64,
) -> Result<Vec<Lead>, Error> {
    let mut params = values![
        project,
        range.0,
        range.1,
        agent,
        free_before,
        narrow.stage.clone(),
        narrow.country.clone(),
        narrow.with_email,
        narrow.stopped_too,
        limit
    ]
    .to_vec();
    let rows = match &narrow.signal {
        None => tx.query(&SCAN, &params)?,
        Some((name, since)) => {
            params.push(name.as_str().into());
            params.push((*since).into());
            tx.query(&SCAN_SIGNAL, &params)?
        }
    };
    rows.iter().map(Lead::from_row).collect()
}
