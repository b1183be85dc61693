//! Companies and people that can be discovered, their index, what was paid for, and sellers' assigned accounts. Functions fail
//! only when the database does, unless they say otherwise.

use std::collections::HashSet;

use outrider_domain::discovery::Query;
use outrider_domain::id::{CompanyId, LeadId, ProjectId, ProspectId, UserId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Backend, Bulk, Error, Kind, Tx, Value, statements, values};

record! {
    /// A company that can be discovered.
    pub struct ProspectCompany in "prospect_companies" as prospect_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: ProspectId,
        /// What it is known by: its domain, or else name and country.
        known_by: String,
        /// Display name.
        name: String,
        /// Host name.
        domain: Option<String>,
        /// As given, one a line.
        industries: String,
        /// What it does.
        description: Option<String>,
        /// Town.
        city: Option<String>,
        /// State, county, canton.
        region: Option<String>,
        /// As given.
        country: Option<String>,
        /// At least so many people.
        employees_min: Option<i64>,
        /// At most so many people.
        employees_max: Option<i64>,
        /// Year.
        founded: Option<i64>,
        /// Departments it hires for, one a line.
        hiring: String,
        /// What it uses, one a line.
        technologies: String,
        /// E.164.
        phone: Option<String>,
        /// Profile address.
        linkedin_url: Option<String>,
        /// What the index holds.
        terms: String,
        /// Where it comes from.
        source: String,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

record! {
    /// A person who can be discovered.
    pub struct ProspectPerson in "prospect_people" as person_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: ProspectId,
        /// Where they work.
        company_id: ProspectId,
        /// What they are known by: address, profile, or name and company.
        known_by: String,
        /// Display name.
        name: String,
        /// Given name.
        first_name: Option<String>,
        /// Family name.
        last_name: Option<String>,
        /// Job title.
        role: Option<String>,
        /// Comparable address.
        email: Option<String>,
        /// E.164.
        phone: Option<String>,
        /// Profile address.
        linkedin_url: Option<String>,
        /// As given.
        country: Option<String>,
        /// IANA name.
        time_zone: Option<String>,
        /// The lead they became.
        lead_id: Option<LeadId>,
        /// When made.
        created_at: Millis,
    }
}

statements! {
    pub GET_MANY = concat!("SELECT ", prospect_columns!(), " FROM prospect_companies WHERE project_id = ?1 AND id IN ints(?2)");
    pub BY_KNOWN = concat!("SELECT ", prospect_columns!(), " FROM prospect_companies WHERE project_id = ?1 AND known_by IN texts(?2)");
    pub SEARCH = sqlite concat!("SELECT ", prospect_columns!(), " FROM prospects_search CROSS JOIN prospect_companies ON prospect_companies.project_id = ?1 AND prospect_companies.id = prospects_search.rowid
        WHERE prospects_search MATCH ?7
        AND (CAST(?2 AS BIGINT) IS NULL OR employees_max >= ?2) AND (CAST(?3 AS BIGINT) IS NULL OR employees_min <= ?3)
        AND (CAST(?4 AS BIGINT) IS NULL OR founded >= ?4) AND (CAST(?5 AS BIGINT) IS NULL OR founded <= ?5)
        ORDER BY prospects_search.rowid DESC LIMIT ?6")
        postgres concat!("SELECT ", prospect_columns!(), " FROM prospect_companies WHERE project_id = ?1
        AND (CAST(?2 AS BIGINT) IS NULL OR employees_max >= ?2) AND (CAST(?3 AS BIGINT) IS NULL OR employees_min <= ?3)
        AND (CAST(?4 AS BIGINT) IS NULL OR founded >= ?4) AND (CAST(?5 AS BIGINT) IS NULL OR founded <= ?5)
        AND string_to_array(terms, ' ') @> string_to_array(CAST(?7 AS TEXT), ' ')
        AND (CAST(?8 AS TEXT) IS NULL OR string_to_array(terms, ' ') && string_to_array(CAST(?8 AS TEXT), ' '))
        AND (CAST(?9 AS TEXT) IS NULL OR string_to_array(terms, ' ') && string_to_array(CAST(?9 AS TEXT), ' '))
        AND (CAST(?10 AS TEXT) IS NULL OR string_to_array(terms, ' ') && string_to_array(CAST(?10 AS TEXT), ' '))
        AND (CAST(?11 AS TEXT) IS NULL OR string_to_array(terms, ' ') && string_to_array(CAST(?11 AS TEXT), ' '))
        AND (CAST(?12 AS TEXT) IS NULL OR string_to_array(terms, ' ') && string_to_array(CAST(?12 AS TEXT), ' '))
        ORDER BY id DESC LIMIT ?6");
    pub PEOPLE_OF = concat!("SELECT ", person_columns!(), " FROM prospect_people WHERE project_id = ?1 AND company_id IN ints(?2) ORDER BY company_id, id");
    pub LOCK_PERSON = sqlite concat!("SELECT ", person_columns!(), " FROM prospect_people WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", person_columns!(), " FROM prospect_people WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub BECOME_LEAD = "UPDATE prospect_people SET lead_id = ?3 WHERE project_id = ?1 AND id = ?2";
    pub PAID = "SELECT prospect_id, company_id FROM discovered_companies WHERE project_id = ?1 AND prospect_id IN ints(?2)";
    pub PAY = "INSERT INTO discovered_companies (project_id, prospect_id, company_id, credits, found_by, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project_id, prospect_id) DO NOTHING";
    pub IS_RESTRICTED = "SELECT 1 FROM restricted_sellers WHERE project_id = ?1 AND user_id = ?2";
    pub RESTRICT = "INSERT INTO restricted_sellers (project_id, user_id) VALUES (?1, ?2) ON CONFLICT (project_id, user_id) DO NOTHING";
    pub UNRESTRICT = "DELETE FROM restricted_sellers WHERE project_id = ?1 AND user_id = ?2";
    pub ACCOUNTS = "SELECT domain FROM assigned_accounts WHERE project_id = ?1 AND user_id = ?2 ORDER BY domain";
    pub CLEAR_ACCOUNTS = "DELETE FROM assigned_accounts WHERE project_id = ?1 AND user_id = ?2";
}

/// Adds to SQLite's index.
const INDEX_MANY: &Bulk = &Bulk {
    name: "index_prospects",
    table: "prospects_search",
    columns: &[("rowid", Kind::Int), ("text", Kind::Text)],
    on_conflict: "",
    returning: &[],
};

/// Takes out of SQLite's index, given the text that was put in.
const UNINDEX_MANY: &Bulk = &Bulk {
    name: "unindex_prospects",
    table: "prospects_search",
    columns: &[("prospects_search", Kind::Text), ("rowid", Kind::Int), ("text", Kind::Text)],
    on_conflict: "",
    returning: &[],
};

const ADD_ACCOUNTS: &Bulk = &Bulk {
    name: "add_accounts",
    table: "assigned_accounts",
    columns: &[("project_id", Kind::Int), ("user_id", Kind::Int), ("domain", Kind::Text)],
    on_conflict: "ON CONFLICT DO NOTHING",
    returning: &[],
};

/// Bounds in numbers beside a query's terms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// At least so many people.
    pub employees_min: Option<i64>,
    /// At most so many people.
    pub employees_max: Option<i64>,
    /// Founded then or later.
    pub founded_min: Option<i64>,
    /// Founded then or before.
    pub founded_max: Option<i64>,
}

impl Bounds {
    /// Whether a company is within them.
    #[must_use]
    pub fn hold(&self, company: &ProspectCompany) -> bool {
        let least =
            |bound: Option<i64>, own: Option<i64>| bound.is_none_or(|bound| own.is_some_and(|own| own >= bound));
        let most = |bound: Option<i64>, own: Option<i64>| bound.is_none_or(|bound| own.is_some_and(|own| own <= bound));
        least(self.employees_min, company.employees_max)
            && most(self.employees_max, company.employees_min)
            && least(self.founded_min, company.founded)
            && most(self.founded_max, company.founded)
    }
}

/// Inserts companies and indexes them; passes over those that are known and gives the ids of the others.
pub fn insert_companies(tx: &mut Tx<'_>, companies: Vec<ProspectCompany>) -> Result<Vec<ProspectId>, Error> {
    let mut texts: Vec<(ProspectId, String)> = companies.iter().map(|one| (one.id, one.terms.clone())).collect();
    let rows = companies.into_iter().map(ProspectCompany::into_values).collect();
    let rows = tx.insert_rows(ProspectCompany::INSERT_NEW, rows)?;
    let inserted: Vec<ProspectId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    if inserted.len() < texts.len() {
        let new: HashSet<ProspectId> = inserted.iter().copied().collect();
        texts.retain(|(id, _)| new.contains(id));
    }
    index(tx, texts)?;
    Ok(inserted)
}

pub(crate) fn index(tx: &mut Tx<'_>, texts: Vec<(ProspectId, String)>) -> Result<(), Error> {
    if tx.backend() == Backend::Postgres || texts.is_empty() {
        return Ok(());
    }
    let rows = texts.into_iter().map(|(id, terms)| vec![Value::from(id), terms.into()]).collect();
    tx.insert_rows(INDEX_MANY, rows).map(drop)
}

/// Gives companies the terms beside them, in the index too; passes over those that have them.
pub fn set_terms(tx: &mut Tx<'_>, companies: Vec<(ProspectCompany, String)>) -> Result<(), Error> {
    let mut changed: Vec<_> = companies.into_iter().filter(|(company, terms)| company.terms != *terms).collect();
    if tx.backend() == Backend::Sqlite {
        let row = |(company, _): &(ProspectCompany, String)| {
            vec![Value::from("delete"), company.id.into(), company.terms.as_str().into()]
        };
        tx.insert_rows(UNINDEX_MANY, changed.iter().map(row).collect())?;
    }
    index(tx, changed.iter().map(|(company, terms)| (company.id, terms.clone())).collect())?;
    for (company, terms) in &mut changed {
        company.terms = std::mem::take(terms);
    }
    let rows = changed.into_iter().map(|(company, _)| company.into_values()).collect();
    tx.insert_rows(ProspectCompany::SAVE, rows).map(drop)
}

/// Inserts people; passes over those that are known and gives the ids of the others.
pub fn insert_people(tx: &mut Tx<'_>, people: Vec<ProspectPerson>) -> Result<Vec<ProspectId>, Error> {
    let rows = people.into_iter().map(ProspectPerson::into_values).collect();
    tx.insert_rows(ProspectPerson::INSERT_NEW, rows)?.iter().map(|row| row.get(0)).collect()
}

/// Companies known by one of these.
pub fn by_known(tx: &mut Tx<'_>, project: ProjectId, known: Vec<String>) -> Result<Vec<ProspectCompany>, Error> {
    tx.query(&BY_KNOWN, &values![project, known])?.iter().map(ProspectCompany::from_row).collect()
}

/// The companies of these ids, in no order; those that are not there are left out.
pub fn get_many(tx: &mut Tx<'_>, project: ProjectId, ids: &[ProspectId]) -> Result<Vec<ProspectCompany>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&GET_MANY, &values![project, ids])?.iter().map(ProspectCompany::from_row).collect()
}

/// Companies that fit, newest first.
pub fn search(
    tx: &mut Tx<'_>,
    project: ProjectId,
    query: &Query,
    bounds: Bounds,
    limit: i64,
) -> Result<Vec<ProspectCompany>, Error> {
    if query.any.iter().any(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let (least, most) = (bounds.employees_min, bounds.employees_max);
    let mut params = values![project, least, most, bounds.founded_min, bounds.founded_max, limit].to_vec();
    match tx.backend() {
        Backend::Sqlite => params.push(matching(query).into()),
        Backend::Postgres => {
            params.push(query.all.join(" ").into());
            let mut groups = query.any.iter().map(|group| Value::from(group.join(" ")));
            params.extend((0..Query::GROUPS).map(|_| groups.next().unwrap_or_else(|| Value::from(None::<String>))));
        }
    }
    tx.query(&SEARCH, &params)?.iter().map(ProspectCompany::from_row).collect()
}

/// A query in the language of SQLite's index.
fn matching(query: &Query) -> String {
    let quoted = |term: &String| format!("\"{}\"", term.replace('"', ""));
    let mut parts: Vec<String> = query.all.iter().map(quoted).collect();
    parts.extend(query.any.iter().map(|group| {
        let terms: Vec<String> = group.iter().map(quoted).collect();
        format!("({})", terms.join(" OR "))
    }));
    parts.join(" AND ")
}

/// The people of these companies, by company.
pub fn people_of(tx: &mut Tx<'_>, project: ProjectId, companies: &[ProspectId]) -> Result<Vec<ProspectPerson>, Error> {
    let ids: Vec<i64> = companies.iter().map(|id| id.0).collect();
    tx.query(&PEOPLE_OF, &values![project, ids])?.iter().map(ProspectPerson::from_row).collect()
}

/// A person, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock_person(tx: &mut Tx<'_>, project: ProjectId, id: ProspectId) -> Result<ProspectPerson, Error> {
    ProspectPerson::from_row(&tx.query_one(&LOCK_PERSON, &values![project, id])?)
}

/// Notes the lead that a person became.
pub fn become_lead(tx: &mut Tx<'_>, project: ProjectId, id: ProspectId, lead: LeadId) -> Result<(), Error> {
    tx.execute(&BECOME_LEAD, &values![project, id, lead]).map(drop)
}

/// Which of these companies were paid for, with the company each became.
pub fn paid(
    tx: &mut Tx<'_>,
    project: ProjectId,
    ids: &[ProspectId],
) -> Result<Vec<(ProspectId, Option<CompanyId>)>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&PAID, &values![project, ids])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Notes that a company is paid for. False when it was before.
pub fn pay(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: ProspectId,
    company: Option<CompanyId>,
    credits: i64,
    by: &str,
    now: Millis,
) -> Result<bool, Error> {
    Ok(tx.execute(&PAY, &values![project, id, company, credits, by, now])? > 0)
}

/// The domains of a seller's assigned accounts, and whether these alone may be discovered.
pub fn accounts(tx: &mut Tx<'_>, project: ProjectId, user: UserId) -> Result<(Vec<String>, bool), Error> {
    let restricted = tx.query_opt(&IS_RESTRICTED, &values![project, user])?.is_some();
    let domains =
        tx.query(&ACCOUNTS, &values![project, user])?.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok((domains, restricted))
}

/// Sets a seller's assigned accounts, and whether these alone may be discovered.
pub fn set_accounts(
    tx: &mut Tx<'_>,
    project: ProjectId,
    user: UserId,
    domains: &[String],
    restricted: bool,
) -> Result<(), Error> {
    tx.execute(&CLEAR_ACCOUNTS, &values![project, user])?;
    let row = |domain: &String| vec![Value::from(project), user.into(), domain.as_str().into()];
    tx.insert_rows(ADD_ACCOUNTS, domains.iter().map(row).collect())?;
    tx.execute(if restricted { &RESTRICT } else { &UNRESTRICT }, &values![project, user]).map(drop)
}
