//! Notes on leads, and what people shall do. Functions fail only when the database does, unless they say otherwise.

use outrider_domain::id::{ActionId, AgentId, LeadId, NoteId, PersonTaskId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::record::{of_owner, record};
use crate::{Error, Tx, statements, values};

record! {
    /// A note on a lead.
    pub struct Note in "notes" as note_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: NoteId,
        /// The lead.
        lead_id: LeadId,
        /// The agent that wrote it.
        agent_id: Option<AgentId>,
        /// The action that wrote it.
        action_id: Option<ActionId>,
        /// What it says.
        text: String,
        /// Who wrote it.
        created_by: String,
        /// When.
        created_at: Millis,
    }
}

record! {
    /// Something a person shall do.
    pub struct PersonTask in "person_tasks" as task_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: PersonTaskId,
        /// `task`, `linkedin`, `call` or `escalation`.
        kind: String,
        /// The lead it is about.
        lead_id: Option<LeadId>,
        /// The agent that asks.
        agent_id: Option<AgentId>,
        /// The action behind it.
        action_id: Option<ActionId>,
        /// What, in a line.
        title: String,
        /// More, or the text to send.
        text: Option<String>,
        /// Where.
        link: Option<String>,
        /// `open`, `done` or `dismissed`.
        status: String,
        /// Who asked.
        created_by: String,
        /// When.
        created_at: Millis,
        /// Who ended it.
        done_by: Option<String>,
        /// When.
        done_at: Option<Millis>,
    }
}

statements! {
    pub NOTES_OF_LEAD = concat!("SELECT ", note_columns!(), " FROM notes WHERE project_id = ?1 AND lead_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4");
    pub FORGET_NOTES = "DELETE FROM notes WHERE project_id = ?1 AND lead_id = ?2";
    pub FORGET_TASKS = "DELETE FROM person_tasks WHERE project_id = ?1 AND lead_id = ?2";
    pub LOCK_TASK = sqlite concat!("SELECT ", task_columns!(), " FROM person_tasks WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", task_columns!(), " FROM person_tasks WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub TASKS_SINCE = "SELECT created_at FROM person_tasks WHERE project_id = ?1 AND created_at >= ?2";
    pub OPEN_TASK_OF_ACTION = concat!("SELECT ", task_columns!(), " FROM person_tasks WHERE project_id = ?1 AND lead_id = ?2 AND action_id = ?3 AND status = 'open'");
    pub LIST_TASKS = concat!("SELECT ", task_columns!(), " FROM person_tasks WHERE project_id = ?1 AND id < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR lead_id = ?3) AND (CAST(?4 AS TEXT) IS NULL OR kind = ?4)", of_owner!("?6"), " ORDER BY id DESC LIMIT ?5");
    pub LIST_TASKS_IN_STATUS = concat!("SELECT ", task_columns!(), " FROM person_tasks WHERE project_id = ?1 AND status = ?7 AND id < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR lead_id = ?3) AND (CAST(?4 AS TEXT) IS NULL OR kind = ?4)", of_owner!("?6"), " ORDER BY id DESC LIMIT ?5");
}

/// A lead's notes before an id, newest first.
pub fn notes_of_lead(
    tx: &mut Tx<'_>,
    project: ProjectId,
    lead: LeadId,
    before: i64,
    limit: i64,
) -> Result<Vec<Note>, Error> {
    tx.query(&NOTES_OF_LEAD, &values![project, lead, before, limit])?.iter().map(Note::from_row).collect()
}

/// Removes what is noted about a lead and what people were to do for it.
pub fn forget(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<(), Error> {
    tx.execute(&FORGET_NOTES, &values![project, lead])?;
    tx.execute(&FORGET_TASKS, &values![project, lead]).map(drop)
}

/// A task by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock_task(tx: &mut Tx<'_>, project: ProjectId, id: PersonTaskId) -> Result<PersonTask, Error> {
    PersonTask::from_row(&tx.query_one(&LOCK_TASK, &values![project, id])?)
}

/// When the tasks were given that people got since a moment.
pub fn tasks_since(tx: &mut Tx<'_>, project: ProjectId, since: Millis) -> Result<Vec<Millis>, Error> {
    tx.query(&TASKS_SINCE, &values![project, since])?.iter().map(|row| row.get(0)).collect()
}

/// The open task that an action has given to a person.
pub fn open_task_of(
    tx: &mut Tx<'_>,
    project: ProjectId,
    lead: LeadId,
    action: ActionId,
) -> Result<Option<PersonTask>, Error> {
    tx.query_opt(&OPEN_TASK_OF_ACTION, &values![project, lead, action])?.as_ref().map(PersonTask::from_row).transpose()
}

/// What a list of tasks keeps.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Only this status.
    pub status: Option<String>,
    /// Only this lead's.
    pub lead: Option<LeadId>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only what is about nobody or about leads of this seller.
    pub owner: Option<UserId>,
}

/// Tasks before an id, newest first.
pub fn list_tasks(
    tx: &mut Tx<'_>,
    project: ProjectId,
    filter: &TaskFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<PersonTask>, Error> {
    let mut params = values![project, before, filter.lead, filter.kind.clone(), limit, filter.owner].to_vec();
    let rows = match &filter.status {
        None => tx.query(&LIST_TASKS, &params)?,
        Some(status) => {
            params.push(status.as_str().into());
            tx.query(&LIST_TASKS_IN_STATUS, &params)?
        }
    };
    rows.iter().map(PersonTask::from_row).collect()
}
