//! Runs of playbooks: their contacts and the decisions for each. Functions fail only when the database does, unless they say
//! otherwise.

use outrider_domain::id::{ActionId, AgentId, DecisionId, LeadId, ProjectId, RunContactId, RunId, UserId};
use outrider_domain::time::Millis;

use crate::record::{of_owner, record};
use crate::{Error, Tx, statements, values};

record! {
    /// One pass of a playbook over contacts.
    pub struct Run in "runs" as run_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: RunId,
        /// The agent.
        agent_id: AgentId,
        /// Why it exists; unique in the project.
        cause: String,
        /// `call`, `schedule` or `event`.
        source: String,
        /// `queued`, `running`, `waiting`, `completed`, `failed` or `cancelled`.
        status: String,
        /// Why it ended, or what it waits for.
        reason: Option<String>,
        /// What it began with: playbook, filter, contacts named, limit. JSON object.
        inputs: String,
        /// Who asked for it.
        requested_by: String,
        /// Contacts looked at to find those it has.
        scanned: i64,
        /// Contacts it has.
        contacts: i64,
        /// Those not at their end.
        open_contacts: i64,
        /// The last contact planned.
        planned_to: i64,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
        /// Since when a person has it wait.
        paused_at: Option<Millis>,
        /// When its contacts were chosen.
        started_at: Option<Millis>,
        /// When it ended.
        finished_at: Option<Millis>,
    }
}

record! {
    /// One contact's part in a run.
    pub struct RunContact in "run_contacts" as contact_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: RunContactId,
        /// The run.
        run_id: RunId,
        /// Its agent.
        agent_id: AgentId,
        /// The contact.
        lead_id: LeadId,
        /// Its name when it was chosen: it may be deleted.
        name: String,
        /// `queued`, `active`, `waiting`, `completed`, `skipped`, `failed` or `cancelled`.
        status: String,
        /// Why.
        reason: Option<String>,
        /// How often the agent had the contact before.
        occurrence: i64,
        /// The wave that is under way, or planned next.
        wave: i64,
        /// How long after this wave's end the next is planned, in milliseconds; none after the last.
        next_after: Option<i64>,
        /// Why it was chosen, JSON list of facts.
        facts: String,
        /// When its next wave is planned.
        due_at: Option<Millis>,
        /// When chosen.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
        /// When it ended.
        finished_at: Option<Millis>,
    }
}

record! {
    /// One step decided for a contact.
    pub struct Decision in "decisions" as decision_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: DecisionId,
        /// The contact's part in the run.
        run_contact_id: RunContactId,
        /// Place among the contact's decisions, from 0; never changes.
        position: i64,
        /// The wave it belongs to; unknown ones are -1.
        wave: i64,
        /// Key of the playbook's step.
        step: String,
        /// What is done, such as `email`.
        kind: String,
        /// `planned`, `proposed`, `skipped` or `cancelled`.
        status: String,
        /// Why.
        reason: String,
        /// What that rests on, JSON list of facts.
        facts: String,
        /// The action, once proposed.
        action_id: Option<ActionId>,
        /// What a skill found, JSON, once it has.
        output: Option<String>,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

statements! {
    pub GET = concat!("SELECT ", run_columns!(), " FROM runs WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", run_columns!(), " FROM runs WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", run_columns!(), " FROM runs WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub HAS_CONTACT_OF_OWNER = "SELECT 1 FROM run_contacts JOIN leads ON leads.project_id = run_contacts.project_id AND leads.id = run_contacts.lead_id
        WHERE run_contacts.project_id = ?1 AND run_contacts.run_id = ?2 AND leads.owner_id = ?3 LIMIT 1";
    pub HAS_CAUSE = "SELECT 1 FROM runs WHERE project_id = ?1 AND cause = ?2";
    pub LIST = concat!("SELECT ", run_columns!(), " FROM runs WHERE project_id = ?1 AND id < ?2 AND (CAST(?3 AS TEXT) IS NULL OR status = ?3) ORDER BY id DESC LIMIT ?4");
    pub LIST_OF_AGENT = concat!("SELECT ", run_columns!(), " FROM runs WHERE project_id = ?1 AND agent_id = ?5 AND id < ?2 AND (CAST(?3 AS TEXT) IS NULL OR status = ?3) ORDER BY id DESC LIMIT ?4");
    pub PAGE_OF_AGENT = concat!("SELECT ", run_columns!(), " FROM runs WHERE project_id = ?1 AND agent_id = ?2 AND (CAST(?3 AS TEXT) IS NULL OR status = ?3) ORDER BY id DESC LIMIT ?4 OFFSET ?5");
    pub COUNT_OF_AGENT = "SELECT COUNT(*) FROM runs WHERE project_id = ?1 AND agent_id = ?2 AND (CAST(?3 AS TEXT) IS NULL OR status = ?3)";
    pub UNDER_WAY = "SELECT id FROM runs WHERE project_id = ?1 AND agent_id = ?2 AND status IN ('queued', 'running') ORDER BY id DESC LIMIT 1";
    pub OPEN_OF_AGENT = "SELECT id FROM runs WHERE project_id = ?1 AND agent_id = ?2 AND finished_at IS NULL ORDER BY id";
    pub DELETE = "DELETE FROM runs WHERE project_id = ?1 AND id = ?2";
    pub DELETE_OF_AGENT = "DELETE FROM runs WHERE project_id = ?1 AND agent_id = ?2";
    pub DELETE_CONTACTS = "DELETE FROM run_contacts WHERE project_id = ?1 AND run_id IN (SELECT id FROM runs WHERE project_id = ?1 AND agent_id = ?2)";
    pub DELETE_DECISIONS = "DELETE FROM decisions WHERE project_id = ?1 AND run_contact_id IN (
        SELECT run_contacts.id FROM run_contacts JOIN runs ON runs.project_id = run_contacts.project_id AND runs.id = run_contacts.run_id
        WHERE runs.project_id = ?1 AND runs.agent_id = ?2)";
    pub GET_CONTACT = concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND id = ?2");
    pub LOCK_CONTACT = sqlite concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub FIND_CONTACT = concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND run_id = ?2 AND lead_id = ?3");
    pub CONTACTS = concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND run_id = ?2 AND id > ?3", of_owner!("?6"), " ORDER BY id LIMIT ?4 OFFSET ?5");
    pub OPEN_CONTACTS = concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND run_id = ?2 AND finished_at IS NULL ORDER BY id LIMIT ?3");
    pub OPEN_CONTACTS_OF_LEAD = concat!("SELECT ", contact_columns!(), " FROM run_contacts WHERE project_id = ?1 AND lead_id = ?2 AND finished_at IS NULL ORDER BY id");
    pub CLOSE_CONTACT = "UPDATE runs SET open_contacts = open_contacts - 1, updated_at = ?3 WHERE project_id = ?1 AND id = ?2 RETURNING open_contacts, status";
    pub STATUS_OF_DECISION = "SELECT CASE WHEN runs.paused_at IS NOT NULL AND runs.finished_at IS NULL THEN 'paused' ELSE runs.status END FROM decisions JOIN run_contacts ON run_contacts.project_id = decisions.project_id AND run_contacts.id = decisions.run_contact_id
        JOIN runs ON runs.project_id = run_contacts.project_id AND runs.id = run_contacts.run_id WHERE decisions.project_id = ?1 AND decisions.id = ?2";
    pub DECISION = concat!("SELECT ", decision_columns!(), " FROM decisions WHERE project_id = ?1 AND id = ?2");
    pub DECISIONS = concat!("SELECT ", decision_columns!(), " FROM decisions WHERE project_id = ?1 AND run_contact_id = ?2 ORDER BY position");
    pub DECISIONS_OF = concat!("SELECT ", decision_columns!(), " FROM decisions WHERE project_id = ?1 AND run_contact_id IN ints(?2) ORDER BY run_contact_id, position");
}

/// A run by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: RunId) -> Result<Run, Error> {
    Run::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// A run by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: RunId) -> Result<Run, Error> {
    Run::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// Whether a run with that cause exists.
pub fn exists(tx: &mut Tx<'_>, project: ProjectId, cause: &str) -> Result<bool, Error> {
    Ok(tx.query_opt(&HAS_CAUSE, &values![project, cause])?.is_some())
}

/// Runs before an id, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: Option<AgentId>,
    status: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    let rows = match agent {
        None => tx.query(&LIST, &values![project, before, status, limit])?,
        Some(agent) => tx.query(&LIST_OF_AGENT, &values![project, before, status, limit, agent])?,
    };
    rows.iter().map(Run::from_row).collect()
}

/// An agent's runs by place, newest first, and how many there are.
pub fn page_of_agent(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
    status: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Run>, i64), Error> {
    let rows = tx.query(&PAGE_OF_AGENT, &values![project, agent, status, limit, offset])?;
    let total = tx.query_one(&COUNT_OF_AGENT, &values![project, agent, status])?.get(0)?;
    Ok((rows.iter().map(Run::from_row).collect::<Result<_, _>>()?, total))
}

/// The newest of an agent's runs that is still choosing or planning.
pub fn under_way(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<Option<RunId>, Error> {
    tx.query_opt(&UNDER_WAY, &values![project, agent])?.map(|row| row.get(0)).transpose()
}

/// An agent's runs that have not ended.
pub fn open_of_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<Vec<RunId>, Error> {
    tx.query(&OPEN_OF_AGENT, &values![project, agent])?.iter().map(|row| row.get(0)).collect()
}

/// Removes a run that has no contacts.
pub fn delete_empty(tx: &mut Tx<'_>, project: ProjectId, id: RunId) -> Result<(), Error> {
    tx.execute(&DELETE, &values![project, id]).map(drop)
}

/// Removes an agent's runs with all that belongs to them; gives how many there were.
pub fn delete_of_agent(tx: &mut Tx<'_>, project: ProjectId, agent: AgentId) -> Result<u64, Error> {
    tx.execute(&DELETE_DECISIONS, &values![project, agent])?;
    tx.execute(&DELETE_CONTACTS, &values![project, agent])?;
    tx.execute(&DELETE_OF_AGENT, &values![project, agent])
}

/// A run's contact by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get_contact(tx: &mut Tx<'_>, project: ProjectId, id: RunContactId) -> Result<RunContact, Error> {
    RunContact::from_row(&tx.query_one(&GET_CONTACT, &values![project, id])?)
}

/// The same, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock_contact(tx: &mut Tx<'_>, project: ProjectId, id: RunContactId) -> Result<RunContact, Error> {
    RunContact::from_row(&tx.query_one(&LOCK_CONTACT, &values![project, id])?)
}

/// A lead's part in a run.
pub fn find_contact(
    tx: &mut Tx<'_>,
    project: ProjectId,
    run: RunId,
    lead: LeadId,
) -> Result<Option<RunContact>, Error> {
    tx.query_opt(&FIND_CONTACT, &values![project, run, lead])?.as_ref().map(RunContact::from_row).transpose()
}

/// A run's contacts after an id, in the order they were chosen, a seller's own or all; so many of them are passed over.
pub fn contacts(
    tx: &mut Tx<'_>,
    project: ProjectId,
    run: RunId,
    owner: Option<UserId>,
    after: i64,
    (limit, offset): (i64, i64),
) -> Result<Vec<RunContact>, Error> {
    tx.query(&CONTACTS, &values![project, run, after, limit, offset, owner])?.iter().map(RunContact::from_row).collect()
}

/// Whether a run has a contact that a seller owns.
pub fn has_contact_of_owner(tx: &mut Tx<'_>, project: ProjectId, run: RunId, owner: UserId) -> Result<bool, Error> {
    Ok(tx.query_opt(&HAS_CONTACT_OF_OWNER, &values![project, run, owner])?.is_some())
}

/// Contacts of a run that are not at their end.
pub fn open_contacts(tx: &mut Tx<'_>, project: ProjectId, run: RunId, limit: i64) -> Result<Vec<RunContact>, Error> {
    tx.query(&OPEN_CONTACTS, &values![project, run, limit])?.iter().map(RunContact::from_row).collect()
}

/// A lead's parts in runs that have not ended for it.
pub fn open_contacts_of_lead(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<Vec<RunContact>, Error> {
    tx.query(&OPEN_CONTACTS_OF_LEAD, &values![project, lead])?.iter().map(RunContact::from_row).collect()
}

/// Adds contacts to a run.
pub fn add_contacts(tx: &mut Tx<'_>, contacts: Vec<RunContact>) -> Result<(), Error> {
    tx.insert_rows(RunContact::INSERT, contacts.into_iter().map(RunContact::into_values).collect()).map(drop)
}

/// Writes contacts back.
pub fn save_contacts(tx: &mut Tx<'_>, contacts: Vec<RunContact>) -> Result<(), Error> {
    tx.insert_rows(RunContact::SAVE, contacts.into_iter().map(RunContact::into_values).collect()).map(drop)
}

/// Counts one contact of a run as ended; gives how many are not, and the run's status. `None` when the run is gone.
pub fn close_contact(
    tx: &mut Tx<'_>,
    project: ProjectId,
    run: RunId,
    now: Millis,
) -> Result<Option<(i64, String)>, Error> {
    tx.query_opt(&CLOSE_CONTACT, &values![project, run, now])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// The status of the run that a decision belongs to.
pub fn status_of_decision(tx: &mut Tx<'_>, project: ProjectId, id: DecisionId) -> Result<Option<String>, Error> {
    tx.query_opt(&STATUS_OF_DECISION, &values![project, id])?.map(|row| row.get(0)).transpose()
}

/// A decision by id.
pub fn find_decision(tx: &mut Tx<'_>, project: ProjectId, id: DecisionId) -> Result<Option<Decision>, Error> {
    tx.query_opt(&DECISION, &values![project, id])?.as_ref().map(Decision::from_row).transpose()
}

/// A contact's decisions, by position.
pub fn decisions(tx: &mut Tx<'_>, project: ProjectId, contact: RunContactId) -> Result<Vec<Decision>, Error> {
    tx.query(&DECISIONS, &values![project, contact])?.iter().map(Decision::from_row).collect()
}

/// The decisions of several contacts, by contact and position.
pub fn decisions_of(tx: &mut Tx<'_>, project: ProjectId, contacts: &[RunContactId]) -> Result<Vec<Decision>, Error> {
    tx.query(&DECISIONS_OF, &values![project, contacts.to_vec()])?.iter().map(Decision::from_row).collect()
}

/// Writes decisions, new ones and changed ones.
pub fn save_decisions(tx: &mut Tx<'_>, decisions: Vec<Decision>) -> Result<(), Error> {
    tx.insert_rows(Decision::SAVE, decisions.into_iter().map(Decision::into_values).collect()).map(drop)
}
