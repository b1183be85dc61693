//! Companies. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{CompanyId, ProjectId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// Where leads work.
    pub struct Company in "companies" as company_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: CompanyId,
        /// Display name.
        name: String,
        /// Host name; unique in the project.
        domain: Option<String>,
        /// As given.
        industry: Option<String>,
        /// As given, such as `51-200`.
        size: Option<String>,
        /// As given.
        location: Option<String>,
        /// JSON object.
        custom_fields: String,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", company_columns!(), " FROM companies WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", company_columns!(), " FROM companies WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", company_columns!(), " FROM companies WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub FIND_BY_DOMAIN = concat!("SELECT ", company_columns!(), " FROM companies WHERE project_id = ?1 AND domain = ?2");
    pub FIND_BY_NAME = concat!("SELECT ", company_columns!(), " FROM companies WHERE project_id = ?1 AND name = ?2 ORDER BY id LIMIT 1");
    pub LIST = concat!("SELECT ", company_columns!(), " FROM companies WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub IDS_BY_DOMAIN = "SELECT domain, id FROM companies WHERE project_id = ?1 AND domain IN texts(?2)";
    pub DELETE = "DELETE FROM companies WHERE project_id = ?1 AND id = ?2";
}

/// A company by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: CompanyId) -> Result<Company, Error> {
    Company::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// A company by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: CompanyId) -> Result<Company, Error> {
    Company::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// The company with that domain.
pub fn find_by_domain(tx: &mut Tx<'_>, project: ProjectId, domain: &str) -> Result<Option<Company>, Error> {
    tx.query_opt(&FIND_BY_DOMAIN, &values![project, domain])?.as_ref().map(Company::from_row).transpose()
}

/// The companies with one of these domains, by domain.
pub fn ids_by_domain(
    tx: &mut Tx<'_>,
    project: ProjectId,
    domains: Vec<String>,
) -> Result<Vec<(String, CompanyId)>, Error> {
    tx.query(&IDS_BY_DOMAIN, &values![project, domains])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Inserts companies; passes over those whose domain exists and gives the ids of the others.
pub fn insert_new(tx: &mut Tx<'_>, companies: Vec<Company>) -> Result<Vec<CompanyId>, Error> {
    tx.insert_rows(Company::INSERT_NEW, companies.into_iter().map(Company::into_values).collect())?
        .iter()
        .map(|row| row.get(0))
        .collect()
}

/// The oldest company with exactly that name.
pub fn find_by_name(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<Company>, Error> {
    tx.query_opt(&FIND_BY_NAME, &values![project, name])?.as_ref().map(Company::from_row).transpose()
}

/// Companies before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Company>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Company::from_row).collect()
}

/// Removes a company. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: CompanyId) -> Result<bool, Error> {
    Ok(tx.execute(&DELETE, &values![project, id])? > 0)
}
