//! Leads. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{AgentId, CompanyId, LeadId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::lookups::Key;
use crate::record::record;
use crate::{Backend, Error, Tx, counters, statements, values};

record! {
    /// A person we may write to.
    pub struct Lead in "leads" as lead_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: LeadId,
        /// Display name; never empty.
        name: String,
        /// Given name.
        first_name: Option<String>,
        /// Family name.
        last_name: Option<String>,
        /// Comparable address; unique in the project.
        email: Option<String>,
        /// E.164.
        phone: Option<String>,
        /// Company name as given.
        company: Option<String>,
        /// The company's row.
        company_id: Option<CompanyId>,
        /// Job title.
        role: Option<String>,
        /// `new`, `in_progress` or `converted`.
        stage: String,
        /// IANA name.
        time_zone: Option<String>,
        /// As given.
        country: Option<String>,
        /// As given.
        language: Option<String>,
        /// Profile address.
        linkedin_url: Option<String>,
        /// The agent it is assigned to.
        agent_id: Option<AgentId>,
        /// The seller who owns it.
        owner_id: Option<UserId>,
        /// JSON object.
        custom_fields: String,
        /// A meeting was booked.
        meeting_booked: bool,
        /// Became a customer.
        converted: bool,
        /// Opted out, or stopped by a person.
        outreach_disabled: bool,
        /// When a person last wrote back.
        replied_at: Option<Millis>,
        /// Last thing that happened with it.
        last_activity_at: Option<Millis>,
        /// Soft bounces since the last good delivery.
        soft_bounces: i64,
        /// `api`, `import`, `apply`, ….
        source: String,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

// After the record, whose list of columns it uses.
pub mod by_place;
pub mod candidates;
pub mod search;

/// As lookups call it.
const TABLE: &str = "leads";

statements! {
    pub GET = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub GET_MANY = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id IN ints(?2)");
    pub FIND_BY_EMAIL = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND email = ?2");
    pub FIND_BY_PHONE = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND phone = ?2 ORDER BY id LIMIT 1");
    pub KNOWN_EMAILS = "SELECT email FROM leads WHERE project_id = ?1 AND email IN texts(?2)";
    pub KNOWN_PHONES = "SELECT phone FROM leads WHERE project_id = ?1 AND phone IN texts(?2)";
    pub LIST = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND id < ?2
        AND (CAST(?3 AS TEXT) IS NULL OR stage = ?3) AND (CAST(?4 AS BIGINT) IS NULL OR agent_id = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR meeting_booked = ?5)
        ORDER BY id DESC LIMIT ?6");
    pub LIST_OF_OWNER = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND owner_id = ?7 AND id < ?2
        AND (CAST(?3 AS TEXT) IS NULL OR stage = ?3) AND (CAST(?4 AS BIGINT) IS NULL OR agent_id = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR meeting_booked = ?5)
        ORDER BY id DESC LIMIT ?6");
    pub EXISTING = "SELECT id FROM leads WHERE project_id = ?1 AND id IN ints(?2)";
    pub OF_COMPANY = concat!("SELECT ", lead_columns!(), " FROM leads WHERE project_id = ?1 AND company_id = ?2 ORDER BY id DESC LIMIT ?3");
    pub IDS_BY_PHONE = "SELECT id FROM leads WHERE project_id = ?1 AND phone = ?2 ORDER BY id";
    pub LEAVE_COMPANY = "UPDATE leads SET company_id = NULL, updated_at = ?3 WHERE project_id = ?1 AND company_id = ?2";
    pub LEAVE_AGENT = "UPDATE leads SET agent_id = NULL, updated_at = ?3 WHERE project_id = ?1 AND agent_id = ?2";
    pub DELETE = "DELETE FROM leads WHERE project_id = ?1 AND id = ?2";
    pub ASSIGN = "UPDATE leads SET agent_id = ?2, updated_at = ?4 WHERE project_id = ?1 AND id IN ints(?3) AND (agent_id IS NULL OR agent_id <> ?2)";
    pub ASSIGN_UNASSIGNED = "UPDATE leads SET agent_id = ?2, updated_at = ?3 WHERE project_id = ?1 AND agent_id IS NULL";
    pub COUNT = "SELECT COUNT(*), COALESCE(SUM(meeting_booked), 0), COALESCE(SUM(converted), 0) FROM leads WHERE project_id = ?1 AND created_at >= ?2";
    pub COUNT_OF_AGENT = "SELECT COUNT(*) FROM leads WHERE project_id = ?1 AND agent_id = ?2";
    pub TOUCH = "UPDATE leads SET last_activity_at = ?3, soft_bounces = CASE WHEN ?4 = 1 THEN 0 ELSE soft_bounces END WHERE project_id = ?1 AND id = ?2";
}

/// What a list keeps.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words that name, email or phone contain, each; one of one or two letters must begin a word there. Any case.
    pub query: Option<String>,
    /// Only this stage.
    pub stage: Option<String>,
    /// Only this agent's.
    pub agent: Option<AgentId>,
    /// Only with or without a meeting.
    pub has_meeting: Option<bool>,
    /// Only this seller's.
    pub owner: Option<UserId>,
}

/// A lead by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: LeadId) -> Result<Lead, Error> {
    Lead::from_row(&tx.row_by_id(TABLE, &GET, project, id.0, false)?.ok_or(Error::NotFound)?)
}

/// A lead by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: LeadId) -> Result<Lead, Error> {
    Lead::from_row(&tx.row_by_id(TABLE, &LOCK, project, id.0, true)?.ok_or(Error::NotFound)?)
}

/// Looks many leads up ahead of need; gives those that are there, in no order.
pub fn look_up(tx: &mut Tx<'_>, project: ProjectId, ids: &[LeadId]) -> Result<Vec<Lead>, Error> {
    let ids = ids.iter().map(|id| id.0).collect();
    tx.look_up(TABLE, &GET_MANY, project, ids, false)?.iter().map(Lead::from_row).collect()
}

/// The leads of these ids that exist, in no order.
pub fn get_many(tx: &mut Tx<'_>, project: ProjectId, ids: &[LeadId]) -> Result<Vec<Lead>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&GET_MANY, &values![project, ids])?.iter().map(Lead::from_row).collect()
}

/// Those of these ids that exist, in no order.
pub fn existing(tx: &mut Tx<'_>, project: ProjectId, ids: &[LeadId]) -> Result<Vec<LeadId>, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.query(&EXISTING, &values![project, ids])?.iter().map(|row| row.get(0)).collect()
}

/// Every lead with that number.
pub fn ids_by_phone(tx: &mut Tx<'_>, project: ProjectId, phone: &str) -> Result<Vec<LeadId>, Error> {
    tx.query(&IDS_BY_PHONE, &values![project, phone])?.iter().map(|row| row.get(0)).collect()
}

/// The newest leads of a company.
pub fn of_company(tx: &mut Tx<'_>, project: ProjectId, company: CompanyId, limit: i64) -> Result<Vec<Lead>, Error> {
    tx.query(&OF_COMPANY, &values![project, company, limit])?.iter().map(Lead::from_row).collect()
}

/// Leads looked at together.
const TOGETHER: i64 = 1_000;

/// Leads whose address is at a domain or at one below it, found by the search index.
pub fn ids_by_domain(tx: &mut Tx<'_>, project: ProjectId, domain: &str) -> Result<Vec<LeadId>, Error> {
    let filter = Filter { query: Some(domain.to_owned()), ..Filter::default() };
    let below = format!(".{domain}");
    let is_there = |lead: &Lead| {
        let host = lead.email.as_deref().and_then(|email| email.rsplit_once('@')).map_or("", |(_, host)| host);
        host == domain || host.ends_with(&below)
    };
    let (mut found, mut before) = (Vec::new(), i64::MAX);
    loop {
        let page = list(tx, project, &filter, before, TOGETHER)?;
        let Some(last) = page.last() else { return Ok(found) };
        before = last.id.0;
        found.extend(page.iter().filter(|lead| is_there(lead)).map(|lead| lead.id));
    }
}

/// Takes leads out of a company; gives how many there were.
pub fn leave_company(tx: &mut Tx<'_>, project: ProjectId, company: CompanyId, now: Millis) -> Result<u64, Error> {
    tx.execute(&LEAVE_COMPANY, &values![project, company, now])
}

/// Takes leads from an agent; gives how many there were.
pub fn leave_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, now: Millis) -> Result<u64, Error> {
    tx.execute(&LEAVE_AGENT, &values![project, agent, now])
}

/// The lead with that address.
pub fn find_by_email(tx: &mut Tx<'_>, project: ProjectId, email: &str) -> Result<Option<Lead>, Error> {
    tx.query_opt(&FIND_BY_EMAIL, &values![project, email])?.as_ref().map(Lead::from_row).transpose()
}

/// The oldest lead with that number.
pub fn find_by_phone(tx: &mut Tx<'_>, project: ProjectId, phone: &str) -> Result<Option<Lead>, Error> {
    tx.query_opt(&FIND_BY_PHONE, &values![project, phone])?.as_ref().map(Lead::from_row).transpose()
}

/// Which of these addresses leads have.
pub fn known_emails(tx: &mut Tx<'_>, project: ProjectId, emails: Vec<String>) -> Result<Vec<String>, Error> {
    tx.query(&KNOWN_EMAILS, &values![project, emails])?.iter().map(|row| row.get(0)).collect()
}

/// Which of these numbers leads have.
pub fn known_phones(tx: &mut Tx<'_>, project: ProjectId, phones: Vec<String>) -> Result<Vec<String>, Error> {
    tx.query(&KNOWN_PHONES, &values![project, phones])?.iter().map(|row| row.get(0)).collect()
}

/// As what leads are counted.
const COUNTED: &str = "leads";

/// Inserts leads of one project, indexes and counts them; passes over those whose address exists and gives the ids of the others.
pub fn insert_new(tx: &mut Tx<'_>, leads: Vec<Lead>) -> Result<Vec<LeadId>, Error> {
    let project = leads.first().map(|lead| lead.project_id);
    let mut texts: Vec<(LeadId, String)> = if tx.backend() == Backend::Sqlite {
        leads.iter().map(|lead| (lead.id, lead.search_text())).collect()
    } else {
        Vec::new()
    };
    let rows = tx.insert_rows(Lead::INSERT_NEW, leads.into_iter().map(Lead::into_values).collect())?;
    let inserted: Vec<LeadId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    if inserted.len() < texts.len() {
        let known: std::collections::HashSet<LeadId> = inserted.iter().copied().collect();
        texts.retain(|(id, _)| known.contains(id));
    }
    search::index(tx, texts)?;
    if let (Some(project), false) = (project, inserted.is_empty()) {
        counters::add(tx, project, COUNTED, i64::try_from(inserted.len()).unwrap_or(i64::MAX))?;
    }
    Ok(inserted)
}

/// Writes a changed lead and its index entry.
///
/// # Errors
/// `Conflict` when another lead has the address; others when the database fails.
pub fn update(tx: &mut Tx<'_>, before: &Lead, after: Lead) -> Result<(), Error> {
    let (old, new) = (before.search_text(), after.search_text());
    if old != new {
        search::remove(tx, after.id, &old)?;
        search::index(tx, vec![(after.id, new)])?;
    }
    after.save(tx)
}

/// Removes a lead and its index entry. The ledger keeps what was sent. False when there was none.
pub fn delete(tx: &mut Tx<'_>, project: ProjectId, id: LeadId) -> Result<bool, Error> {
    let Some(row) = tx.query_opt(&LOCK, &values![project, id])? else { return Ok(false) };
    search::remove(tx, id, &Lead::from_row(&row)?.search_text())?;
    let gone = tx.execute(&DELETE, &values![project, id])? > 0;
    if gone {
        counters::add(tx, project, COUNTED, -1)?;
    }
    Ok(gone)
}

/// Leads before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, filter: &Filter, before: i64, limit: i64) -> Result<Vec<Lead>, Error> {
    match filter.query.as_deref().map(str::trim).filter(|query| !query.is_empty()) {
        Some(query) => search::search(tx, project, filter, query, before, limit),
        None => {
            let mut kept =
                values![project, before, filter.stage.clone(), filter.agent, filter.has_meeting, limit].to_vec();
            let rows = match filter.owner {
                None => tx.query(&LIST, &kept)?,
                Some(owner) => {
                    kept.push(owner.into());
                    tx.query(&LIST_OF_OWNER, &kept)?
                }
            };
            rows.iter().map(Lead::from_row).collect()
        }
    }
}

/// Assigns leads to an agent; gives how many were not its own before.
pub fn assign(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, ids: &[LeadId], now: Millis) -> Result<u64, Error> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    tx.execute(&ASSIGN, &values![project, agent, ids, now])
}

/// Assigns every unassigned lead to an agent; gives how many there were.
pub fn assign_unassigned(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId, now: Millis) -> Result<u64, Error> {
    tx.execute(&ASSIGN_UNASSIGNED, &values![project, agent, now])
}

/// Leads, those with a meeting and those converted, made since a moment.
pub fn count(tx: &mut Tx<'_>, project: ProjectId, since: Millis) -> Result<(i64, i64, i64), Error> {
    let row = tx.query_one(&COUNT, &values![project, since])?;
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Leads assigned to an agent.
pub fn count_of_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<i64, Error> {
    tx.query_one(&COUNT_OF_AGENT, &values![project, agent])?.get(0)
}

/// Notes that something happened with a lead; a good delivery clears its soft bounces.
pub fn touch(tx: &mut Tx<'_>, project: ProjectId, id: LeadId, now: Millis, delivered: bool) -> Result<(), Error> {
    tx.execute_on(&TOUCH, &values![project, id, now, delivered], project, Key::Id(id.0)).map(drop)
}

impl Lead {
    /// What a search looks at: name, address and number in lower case.
    #[must_use]
    pub fn search_text(&self) -> String {
        format!("{} {} {}", self.name, self.email.as_deref().unwrap_or(""), self.phone.as_deref().unwrap_or(""))
            .to_lowercase()
    }
}
