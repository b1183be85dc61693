//! Suppressions. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{LeadId, ProjectId, SuppressionId};
use outrider_domain::time::Millis;

use crate::lookups::Key;
use crate::record::record;
use crate::row::Row;
use crate::{Bulk, Error, Tx, statements, values};

record! {
    /// An address, number or domain that must not be contacted, on any channel.
    pub struct Suppression in "suppressions" as suppression_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: SuppressionId,
        /// `email`, `phone` or `domain`.
        kind: String,
        /// In comparable form; unique per kind.
        value: String,
        /// `opt_out`, `bounce`, `complaint`, `manual`, `do_not_call`.
        reason: String,
        /// What led to it.
        detail: Option<String>,
        /// The lead it came from.
        lead_id: Option<LeadId>,
        /// Who recorded it.
        created_by: String,
        /// When.
        created_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", suppression_columns!(), " FROM suppressions WHERE project_id = ?1 AND id = ?2");
    pub LIST = concat!("SELECT ", suppression_columns!(), " FROM suppressions WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub MATCHING = concat!("SELECT ", suppression_columns!(), " FROM suppressions WHERE project_id = ?1
        AND ((kind = 'email' AND value IN texts(?2)) OR (kind = 'domain' AND value IN texts(?3)) OR (kind = 'phone' AND value IN texts(?4))) ORDER BY id");
    pub FIND = concat!("SELECT ", suppression_columns!(), " FROM suppressions WHERE project_id = ?1 AND kind = ?2 AND value = ?3");
    pub DELETE = "DELETE FROM suppressions WHERE project_id = ?1 AND id = ?2";
}

/// A suppression by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: SuppressionId) -> Result<Suppression, Error> {
    Suppression::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// Suppressions before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Suppression>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Suppression::from_row).collect()
}

/// The suppression of a value.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, kind: &str, value: &str) -> Result<Option<Suppression>, Error> {
    tx.query_opt(&FIND, &values![project, kind, value])?.as_ref().map(Suppression::from_row).transpose()
}

/// As lookups call it.
const TABLE: &str = "suppressions";

/// A person's address and number: what suppressions are looked for by.
pub type Contact = (Option<String>, Option<String>);

/// The kinds and values that suppress a person with this address and number: the address, its host and every domain above that,
/// and the number.
fn values_of(email: Option<&str>, phone: Option<&str>) -> Vec<(&'static str, String)> {
    let mut values = Vec::new();
    if let Some(email) = email {
        values.push(("email", email.to_owned()));
        let mut domain = email.rsplit_once('@').map(|(_, domain)| domain);
        while let Some(name) = domain {
            values.push(("domain", name.to_owned()));
            domain = name.split_once('.').map(|(_, above)| above);
        }
    }
    values.extend(phone.map(|phone| ("phone", phone.to_owned())));
    values
}

/// What suppresses a person with this address and number. A suppressed domain covers those below it.
pub fn matching(
    tx: &mut Tx<'_>,
    project: ProjectId,
    email: Option<&str>,
    phone: Option<&str>,
) -> Result<Vec<Suppression>, Error> {
    let wanted = values_of(email, phone);
    let mut found = Vec::new();
    for (kind, value) in &wanted {
        match tx.known(TABLE, project, Key::texts(kind, value)) {
            Some(rows) => found.extend(rows.iter().cloned()),
            None => {
                found = matching_rows(tx, project, wanted)?;
                break;
            }
        }
    }
    let mut found: Vec<Suppression> = found.iter().map(Suppression::from_row).collect::<Result<_, _>>()?;
    found.sort_unstable_by_key(|row| row.id);
    Ok(found)
}

fn matching_rows(tx: &mut Tx<'_>, project: ProjectId, wanted: Vec<(&'static str, String)>) -> Result<Vec<Row>, Error> {
    let (mut emails, mut domains, mut phones) = (Vec::new(), Vec::new(), Vec::new());
    for (kind, value) in wanted {
        match kind {
            "email" => emails.push(value),
            "domain" => domains.push(value),
            _ => phones.push(value),
        }
    }
    tx.query(&MATCHING, &values![project, emails, domains, phones])
}

/// Looks for what suppresses many people ahead of need.
pub fn look_up(tx: &mut Tx<'_>, project: ProjectId, people: &[Contact]) -> Result<(), Error> {
    let mut wanted: Vec<_> =
        people.iter().flat_map(|(email, phone)| values_of(email.as_deref(), phone.as_deref())).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut by_value: std::collections::HashMap<(String, String), Row> = std::collections::HashMap::new();
    for row in matching_rows(tx, project, wanted.clone())? {
        let found = Suppression::from_row(&row)?;
        by_value.insert((found.kind, found.value), row);
    }
    for (kind, value) in wanted {
        let rows = by_value.remove(&(kind.to_owned(), value.clone())).into_iter().collect();
        tx.keep(TABLE, project, Key::texts(kind, &value), rows);
    }
    Ok(())
}

/// Records a suppression; false when the value was suppressed before.
pub fn add(tx: &mut Tx<'_>, suppression: Suppression) -> Result<bool, Error> {
    Ok(!tx.insert_rows(Suppression::INSERT_NEW, vec![suppression.into_values()])?.is_empty())
}

/// Records suppressions; gives the values that were not suppressed before.
pub fn add_many(tx: &mut Tx<'_>, suppressions: Vec<Suppression>) -> Result<Vec<String>, Error> {
    let rows = tx.insert_rows(ADD_MANY, suppressions.into_iter().map(Suppression::into_values).collect())?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Inserts suppressions, passes over values that are there, and returns the values inserted.
const ADD_MANY: &Bulk = &Bulk { name: "add_suppressions", returning: &["value"], ..*Suppression::INSERT_NEW };

/// Lifts a suppression. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: SuppressionId) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}
