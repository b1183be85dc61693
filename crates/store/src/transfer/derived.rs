//! What SQLite keeps beside the tables and can make again from them: the text indexes over leads and over what can be discovered. Copies nothing.

use std::collections::BTreeMap;

use outrider_domain::id::{LeadId, ProjectId, ProspectId};

use crate::error::Error;
use crate::tx::Tx;
use crate::{leads, prospects, statements, values};

statements! {
    /// The next leads in the order of their key.
    pub LEADS_AFTER = "SELECT project_id, id FROM leads WHERE (project_id, id) > (?1, ?2) ORDER BY project_id, id LIMIT 1000";
    /// The next companies that can be discovered, in the order of their key.
    pub PROSPECTS_AFTER = "SELECT project_id, id, terms FROM prospect_companies WHERE (project_id, id) > (?1, ?2) ORDER BY project_id, id LIMIT 1000";
}

/// The virtual tables that [`rebuild`] fills.
#[cfg(test)]
const REBUILT: &[&str] = &["leads_search", "prospects_search"];

/// Fills the text indexes of a SQLite database whose tables have just been filled.
pub(super) fn rebuild(tx: &mut Tx<'_>) -> Result<(), Error> {
    rebuild_leads(tx)?;
    let (mut project, mut id) = (ProjectId(i64::MIN), ProspectId(i64::MIN));
    loop {
        let mut texts: Vec<(ProspectId, String)> = Vec::new();
        for row in tx.query(&PROSPECTS_AFTER, &values![project, id])? {
            (project, id) = (row.get(0)?, row.get(1)?);
            texts.push((id, row.get(2)?));
        }
        if texts.is_empty() {
            return Ok(());
        }
        prospects::index(tx, texts)?;
    }
}

fn rebuild_leads(tx: &mut Tx<'_>) -> Result<(), Error> {
    let (mut project, mut id) = (ProjectId(i64::MIN), LeadId(i64::MIN));
    loop {
        let mut found: BTreeMap<ProjectId, Vec<LeadId>> = BTreeMap::new();
        for row in tx.query(&LEADS_AFTER, &values![project, id])? {
            (project, id) = (row.get(0)?, row.get(1)?);
            found.entry(project).or_default().push(id);
        }
        if found.is_empty() {
            return Ok(());
        }
        for (project, ids) in found {
            let texts = leads::get_many(tx, project, &ids)?.iter().map(|lead| (lead.id, lead.search_text())).collect();
            leads::search::index(tx, texts)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::REBUILT;
    use crate::migrate;

    #[test]
    fn every_virtual_table_is_rebuilt() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        migrate::migrate_sqlite(&connection, i64::MAX).unwrap();
        let mut statement = connection
            .prepare("SELECT name FROM pragma_table_list WHERE type = 'virtual' AND schema = 'main' ORDER BY name")
            .unwrap();
        let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(names, REBUILT);
    }
}
