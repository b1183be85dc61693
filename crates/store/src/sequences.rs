//! Sequences and enrollments. Functions fail only when the database does, unless they say otherwise.

use std::sync::LazyLock;

use outrider_domain::id::{
    ActionId, AgentId, EnrollmentId, IdentityId, LeadId, ProjectId, SequenceId, ThreadId, UserId,
};
use outrider_domain::time::Millis;

use crate::record::{of_owner, places, record};
use crate::{Error, Row, Tx, Value, statements, values};

record! {
    /// An ordered motion of steps.
    pub struct Sequence in "sequences" as sequence_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: SequenceId,
        /// Unique in the project.
        name: String,
        /// The agent in whose name it writes.
        agent_id: Option<AgentId>,
        /// `active`, `paused` or `archived`.
        status: String,
        /// Counts changes of the definition.
        version: i64,
        /// `SequenceDefinition`, JSON.
        definition: String,
        /// When made.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
    }
}

record! {
    /// One lead's way through a sequence.
    pub struct Enrollment in "enrollments" as enrollment_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: EnrollmentId,
        /// The sequence.
        sequence_id: SequenceId,
        /// The lead.
        lead_id: LeadId,
        /// `active`, `paused`, `stopped` or `finished`.
        state: String,
        /// Key of the next step, or of the one whose action is under way; absent when none is left.
        step: Option<String>,
        /// Key of the step that was done, or passed over, last.
        done_step: Option<String>,
        /// What the lead told up to here has been answered by a branch or a pause, and ends nothing any more.
        heard_at: Option<Millis>,
        /// When the next step is due, while no action is under way; when a task is overdue, or a pause ends, by itself.
        due_at: Option<Millis>,
        /// Why it stopped or paused.
        reason: Option<String>,
        /// The sender of its first mail, kept for the others.
        identity_id: Option<IdentityId>,
        /// The thread of its last mail.
        thread_id: Option<ThreadId>,
        /// The action under way.
        action_id: Option<ActionId>,
        /// By which way it was enrolled: none, `asking` or `trusted`.
        via: Option<String>,
        /// When enrolled.
        created_at: Millis,
        /// When changed.
        updated_at: Millis,
        /// When it stopped or finished.
        finished_at: Option<Millis>,
    }
}

/// As lookups call it.
const ENROLLMENTS: &str = "enrollments";

statements! {
    pub GET = concat!("SELECT ", sequence_columns!(), " FROM sequences WHERE project_id = ?1 AND id = ?2");
    pub LOCK = sqlite concat!("SELECT ", sequence_columns!(), " FROM sequences WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", sequence_columns!(), " FROM sequences WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub FIND = concat!("SELECT ", sequence_columns!(), " FROM sequences WHERE project_id = ?1 AND name = ?2");
    pub LIST = concat!("SELECT ", sequence_columns!(), " FROM sequences WHERE project_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub LIST_BY_PLACE = concat!("SELECT ", sequence_columns!(), " FROM sequences WHERE project_id = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3");
    pub COUNT_ALL = "SELECT COUNT(*) FROM sequences WHERE project_id = ?1";
    pub RUNNING_OF_AGENT = "SELECT id, name FROM sequences WHERE project_id = ?1 AND agent_id = ?2 AND status <> 'archived' ORDER BY id LIMIT 1";
    pub COUNTS = "SELECT state, COUNT(*) FROM enrollments WHERE project_id = ?1 AND sequence_id = ?2 GROUP BY state ORDER BY state";
    // The region stands in a field of the lead's own, which each database reads in its way.
    pub PLACES_OF = sqlite "SELECT leads.country, CAST(json_extract(leads.custom_fields, '$.region') AS TEXT), COUNT(*) FROM enrollments
        JOIN leads ON leads.project_id = enrollments.project_id AND leads.id = enrollments.lead_id
        WHERE enrollments.project_id = ?1 AND enrollments.sequence_id = ?2 AND enrollments.state = 'active' GROUP BY 1, 2 ORDER BY 1, 2"
        postgres "SELECT leads.country, CAST(leads.custom_fields AS jsonb) ->> 'region', COUNT(*) FROM enrollments
        JOIN leads ON leads.project_id = enrollments.project_id AND leads.id = enrollments.lead_id
        WHERE enrollments.project_id = ?1 AND enrollments.sequence_id = ?2 AND enrollments.state = 'active' GROUP BY 1, 2 ORDER BY 1, 2";
    pub STEP_COUNTS = "SELECT step, COUNT(*), COUNT(action_id), MIN(due_at) FROM enrollments WHERE project_id = ?1 AND sequence_id = ?2 AND state = 'active' GROUP BY step ORDER BY step";
    pub GET_ENROLLMENT = concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id = ?2");
    pub LOCK_ENROLLMENT = sqlite concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id = ?2")
        postgres concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id = ?2 FOR UPDATE");
    pub GET_ENROLLMENTS = concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id IN ints(?2)");
    pub LOCK_ENROLLMENTS = sqlite concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id IN ints(?2) ORDER BY id")
        postgres concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id IN ints(?2) ORDER BY id FOR UPDATE");
    pub OF_LEAD = concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND lead_id = ?2 ORDER BY id DESC");
    pub LIST_ENROLLMENTS = concat!("SELECT ", enrollment_columns!(), " FROM enrollments WHERE project_id = ?1 AND id < ?2
        AND (CAST(?3 AS BIGINT) IS NULL OR sequence_id = ?3) AND (CAST(?4 AS TEXT) IS NULL OR state = ?4)", of_owner!("?6"), " ORDER BY id DESC LIMIT ?5");
    pub ENROLLED_OF = "SELECT lead_id FROM enrollments WHERE project_id = ?1 AND sequence_id = ?2 AND lead_id IN ints(?3)";
    pub ACTIVE_OF_SEQUENCE = "SELECT id FROM enrollments WHERE project_id = ?1 AND sequence_id = ?2 AND id > ?3 AND state IN ('active', 'paused') ORDER BY id LIMIT ?4";
    pub ADVANCE_ENROLLMENT = "UPDATE enrollments SET state = ?3, step = ?4, due_at = ?5, reason = ?6, identity_id = ?7, thread_id = ?8, action_id = ?9, updated_at = ?10, finished_at = ?11,
        done_step = ?12, heard_at = ?13
        WHERE project_id = ?1 AND id = ?2";
}

/// A sequence by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: SequenceId) -> Result<Sequence, Error> {
    Sequence::from_row(&tx.row_by_id("sequences", &GET, project, id.0, false)?.ok_or(Error::NotFound)?)
}

/// A sequence by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock(tx: &mut Tx<'_>, project: ProjectId, id: SequenceId) -> Result<Sequence, Error> {
    Sequence::from_row(&tx.query_one(&LOCK, &values![project, id])?)
}

/// The sequence of that name.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<Sequence>, Error> {
    tx.query_opt(&FIND, &values![project, name])?.as_ref().map(Sequence::from_row).transpose()
}

/// Sequences before an id, newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Sequence>, Error> {
    tx.query(&LIST, &values![project, before, limit])?.iter().map(Sequence::from_row).collect()
}

/// Sequences from a place on, newest first, and how many there are.
pub fn page(tx: &mut Tx<'_>, project: ProjectId, limit: i64, offset: i64) -> Result<(Vec<Sequence>, i64), Error> {
    let rows = tx.query(&LIST_BY_PLACE, &values![project, limit, offset])?;
    let total = tx.query_one(&COUNT_ALL, &values![project])?.get(0)?;
    Ok((rows.iter().map(Sequence::from_row).collect::<Result<_, _>>()?, total))
}

/// Enrollments by state.
pub fn counts(tx: &mut Tx<'_>, project: ProjectId, id: SequenceId) -> Result<Vec<(String, i64)>, Error> {
    tx.query(&COUNTS, &values![project, id])?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Active enrollments standing at one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCount {
    /// Key of the step.
    pub step: Option<String>,
    /// How many stand there.
    pub enrollments: i64,
    /// Of those, how many have an action under way.
    pub under_way: i64,
    /// The earliest due time among the others.
    pub first_due: Option<Millis>,
}

/// Leads on their way through a sequence by the country and region they are said to live in.
pub fn places_of(tx: &mut Tx<'_>, project: ProjectId, id: SequenceId) -> Result<Vec<Place>, Error> {
    let place = |row: &Row| Ok(Place { country: row.get(0)?, region: row.get(1)?, leads: row.get(2)? });
    tx.query(&PLACES_OF, &values![project, id])?.iter().map(place).collect()
}

/// Where some leads of a sequence live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As given.
    pub country: Option<String>,
    /// As given, in the leads' own field.
    pub region: Option<String>,
    /// How many.
    pub leads: i64,
}

/// Active enrollments by step.
pub fn step_counts(tx: &mut Tx<'_>, project: ProjectId, id: SequenceId) -> Result<Vec<StepCount>, Error> {
    tx.query(&STEP_COUNTS, &values![project, id])?
        .iter()
        .map(|row| {
            Ok(StepCount {
                step: row.get(0)?,
                enrollments: row.get(1)?,
                under_way: row.get(2)?,
                first_due: row.get(3)?,
            })
        })
        .collect()
}

/// An enrollment by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get_enrollment(tx: &mut Tx<'_>, project: ProjectId, id: EnrollmentId) -> Result<Enrollment, Error> {
    Enrollment::from_row(&tx.row_by_id(ENROLLMENTS, &GET_ENROLLMENT, project, id.0, false)?.ok_or(Error::NotFound)?)
}

/// An enrollment by id, held against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn lock_enrollment(tx: &mut Tx<'_>, project: ProjectId, id: EnrollmentId) -> Result<Enrollment, Error> {
    Enrollment::from_row(&tx.row_by_id(ENROLLMENTS, &LOCK_ENROLLMENT, project, id.0, true)?.ok_or(Error::NotFound)?)
}

/// Looks many enrollments up ahead of need.
pub fn look_up_enrollments(tx: &mut Tx<'_>, project: ProjectId, ids: &[EnrollmentId]) -> Result<(), Error> {
    tx.look_up(ENROLLMENTS, &GET_ENROLLMENTS, project, ids.iter().map(|id| id.0).collect(), false).map(drop)
}

/// Locks many enrollments ahead of need; gives those that are there, by id.
pub fn look_up_enrollments_held(
    tx: &mut Tx<'_>,
    project: ProjectId,
    ids: &[EnrollmentId],
) -> Result<Vec<Enrollment>, Error> {
    let ids = ids.iter().map(|id| id.0).collect();
    tx.look_up(ENROLLMENTS, &LOCK_ENROLLMENTS, project, ids, true)?.iter().map(Enrollment::from_row).collect()
}

/// A lead's enrollments, newest first.
pub fn of_lead(tx: &mut Tx<'_>, project: ProjectId, lead: LeadId) -> Result<Vec<Enrollment>, Error> {
    tx.query(&OF_LEAD, &values![project, lead])?.iter().map(Enrollment::from_row).collect()
}

/// Enrollments before an id, newest first.
pub fn list_enrollments(
    tx: &mut Tx<'_>,
    project: ProjectId,
    sequence: Option<SequenceId>,
    state: Option<&str>,
    owner: Option<UserId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Enrollment>, Error> {
    tx.query(&LIST_ENROLLMENTS, &values![project, before, sequence, state, limit, owner])?
        .iter()
        .map(Enrollment::from_row)
        .collect()
}

/// Which of these leads the sequence has seen.
pub fn enrolled_of(
    tx: &mut Tx<'_>,
    project: ProjectId,
    sequence: SequenceId,
    leads: &[LeadId],
) -> Result<Vec<LeadId>, Error> {
    let leads: Vec<i64> = leads.iter().map(|id| id.0).collect();
    tx.query(&ENROLLED_OF, &values![project, sequence, leads])?.iter().map(|row| row.get(0)).collect()
}

/// Unfinished enrollments of a sequence after an id.
pub fn unfinished(
    tx: &mut Tx<'_>,
    project: ProjectId,
    sequence: SequenceId,
    after: EnrollmentId,
    limit: i64,
) -> Result<Vec<EnrollmentId>, Error> {
    tx.query(&ACTIVE_OF_SEQUENCE, &values![project, sequence, after, limit])?.iter().map(|row| row.get(0)).collect()
}

/// Writes what changes along the way: all but the sequence, the lead and the time of enrolling.
pub fn advance(tx: &mut Tx<'_>, e: &Enrollment) -> Result<(), Error> {
    let params = values![
        e.project_id,
        e.id,
        e.state.as_str(),
        e.step.as_deref(),
        e.due_at,
        e.reason.as_deref(),
        e.identity_id,
        e.thread_id,
        e.action_id,
        e.updated_at,
        e.finished_at,
        e.done_step.as_deref(),
        e.heard_at
    ];
    let [_, _, changed @ ..] = &params;
    let changes: Vec<(usize, Value)> = ADVANCED.iter().copied().zip(changed.iter().cloned()).collect();
    tx.update_row(ENROLLMENTS, &ADVANCE_ENROLLMENT, &params, &changes)
}

/// Places of the columns that [`ADVANCE_ENROLLMENT`] sets, in the order of its parameters.
static ADVANCED: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let names = [
        "state",
        "step",
        "due_at",
        "reason",
        "identity_id",
        "thread_id",
        "action_id",
        "updated_at",
        "finished_at",
        "done_step",
        "heard_at",
    ];
    places(Enrollment::COLUMNS, &names)
});

/// A sequence that writes in an agent's name and is not archived.
pub fn running_of_agent(
    tx: &mut Tx<'_>,
    project: ProjectId,
    agent: AgentId,
) -> Result<Option<(SequenceId, String)>, Error> {
    tx.query_opt(&RUNNING_OF_AGENT, &values![project, agent])?.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}
