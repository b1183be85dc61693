//! Tasks: work of skills and workflows, with what came of it. Functions fail only when the database does, unless they say otherwise.

use std::collections::HashMap;

use outrider_domain::id::{ActionId, ProjectId, TaskId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// A task.
    pub struct Task in "tasks" as task_columns key ("project_id, id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: TaskId,
        /// The skill or workflow.
        kind: String,
        /// `queued`, `completed`, `failed` or `cancelled`.
        state: String,
        /// The sub-agent it was asked by.
        sub_agent: Option<i64>,
        /// The campaign it belongs to.
        campaign: Option<i64>,
        /// The action of a run it is the work of.
        action_id: Option<ActionId>,
        /// Person and company in small letters.
        about: String,
        /// JSON.
        input: String,
        /// JSON, once completed.
        output: Option<String>,
        /// What made the output.
        made_by: Option<String>,
        /// Why it failed.
        error: Option<String>,
        /// Credits.
        cost: i64,
        /// Whether a person wants to find it again.
        starred: bool,
        /// Where the result goes.
        callback_url: Option<String>,
        /// Who asked.
        created_by: String,
        /// When asked.
        created_at: Millis,
        /// When ended.
        finished_at: Option<Millis>,
    }
}

/// Who may see a task, what is looked for; `?2` to `?6` of the lists.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this sub-agent.
    pub sub_agent: Option<i64>,
    /// Only of this skill or workflow.
    pub kind: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// Only starred ones, or only others.
    pub starred: Option<bool>,
    /// Only those whose person or company has this text, in small letters.
    pub about: Option<String>,
}

macro_rules! kept {
    () => {
        " FROM tasks WHERE project_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR sub_agent = ?2) AND (CAST(?3 AS TEXT) IS NULL OR kind = ?3)
        AND (CAST(?4 AS TEXT) IS NULL OR state = ?4) AND (CAST(?5 AS BIGINT) IS NULL OR starred = ?5) AND (CAST(?6 AS TEXT) IS NULL OR about LIKE ?6 ESCAPE '!')"
    };
}

statements! {
    pub GET = concat!("SELECT ", task_columns!(), " FROM tasks WHERE project_id = ?1 AND id = ?2");
    pub OF_ACTION = concat!("SELECT ", task_columns!(), " FROM tasks WHERE project_id = ?1 AND action_id = ?2");
    pub LIST = concat!("SELECT ", task_columns!(), kept!(), " ORDER BY id DESC LIMIT ?7 OFFSET ?8");
    pub COUNT = concat!("SELECT COUNT(*)", kept!());
    pub CHARGES = "SELECT subject, CAST(COALESCE(SUM(CASE WHEN account = 'spent' THEN amount ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN account = 'held' THEN amount ELSE 0 END), 0) AS BIGINT)
        FROM credit_entries WHERE project_id = ?1 AND account IN ('spent', 'held') AND subject LIKE 'task!_%' ESCAPE '!' GROUP BY subject";
    pub STANDINGS = "SELECT id, state, cost FROM tasks WHERE project_id = ?1 ORDER BY id";
    pub STAR = "UPDATE tasks SET starred = ?3 WHERE project_id = ?1 AND id = ?2";
    pub END = "UPDATE tasks SET state = ?3, output = ?4, made_by = ?5, error = ?6, finished_at = ?7 WHERE project_id = ?1 AND id = ?2 AND state = 'queued'";
    pub STATISTICS = "SELECT kind, COUNT(*), COUNT(CASE WHEN state = 'completed' THEN 1 END), COUNT(CASE WHEN state = 'failed' THEN 1 END), COUNT(CASE WHEN state = 'cancelled' THEN 1 END),
        CAST(COALESCE(SUM(CASE WHEN state = 'completed' THEN cost ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN state = 'completed' THEN finished_at - created_at ELSE 0 END), 0) AS BIGINT)
        FROM tasks WHERE project_id = ?1 AND (CAST(?2 AS BIGINT) IS NULL OR sub_agent = ?2) GROUP BY kind ORDER BY kind";
}

impl Filter {
    fn values(self, project: ProjectId) -> Vec<crate::Value> {
        // A person's text is looked for as it is: its own signs are no wildcards.
        let about = self.about.map(|text| {
            let plain = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
            format!("%{plain}%")
        });
        values![project, self.sub_agent, self.kind, self.state, self.starred, about].to_vec()
    }
}

/// By id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: TaskId) -> Result<Task, Error> {
    Task::from_row(&tx.query_one(&GET, &values![project, id])?)
}

/// The work of an action, once it was begun.
pub fn of_action(tx: &mut Tx<'_>, project: ProjectId, action: ActionId) -> Result<Option<Task>, Error> {
    tx.query_opt(&OF_ACTION, &values![project, action])?.as_ref().map(Task::from_row).transpose()
}

/// Inserts many.
pub fn insert_all(tx: &mut Tx<'_>, tasks: Vec<Task>) -> Result<(), Error> {
    tx.insert_rows(Task::INSERT, tasks.into_iter().map(Task::into_values).collect()).map(drop)
}

/// Newest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, filter: Filter, limit: i64, offset: i64) -> Result<Vec<Task>, Error> {
    let mut params = filter.values(project);
    params.extend(values![limit, offset]);
    tx.query(&LIST, &params)?.iter().map(Task::from_row).collect()
}

/// How many there are.
pub fn count(tx: &mut Tx<'_>, project: ProjectId, filter: Filter) -> Result<i64, Error> {
    tx.query_one(&COUNT, &filter.values(project))?.get(0)
}

/// Stars a task, or takes the star away.
pub fn star(tx: &mut Tx<'_>, project: ProjectId, id: TaskId, starred: bool) -> Result<(), Error> {
    tx.execute(&STAR, &values![project, id, starred]).map(drop)
}

/// How a task ended.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// `completed`, `failed` or `cancelled`.
    pub state: &'a str,
    /// JSON.
    pub output: Option<&'a str>,
    /// What made it.
    pub made_by: Option<&'a str>,
    /// Why it failed.
    pub error: Option<&'a str>,
}

/// Ends a queued task. False when it has ended before: whoever is first decides.
pub fn end(tx: &mut Tx<'_>, project: ProjectId, id: TaskId, end: End<'_>, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&END, &values![project, id, end.state, end.output, end.made_by, end.error, now])? > 0)
}

/// Counts of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCount {
    /// The skill or workflow.
    pub kind: String,
    /// All.
    pub total: i64,
    /// Ended well.
    pub completed: i64,
    /// Failed.
    pub failed: i64,
    /// Cancelled.
    pub cancelled: i64,
    /// Credits spent on those that ended well.
    pub credits: i64,
    /// Milliseconds from asking to the end, of those together.
    pub milliseconds: i64,
}

/// Counts by kind, of one sub-agent or of all.
pub fn statistics(tx: &mut Tx<'_>, project: ProjectId, sub_agent: Option<i64>) -> Result<Vec<KindCount>, Error> {
    tx.query(&STATISTICS, &values![project, sub_agent])?
        .iter()
        .map(|row| {
            Ok(KindCount {
                kind: row.get(0)?,
                total: row.get(1)?,
                completed: row.get(2)?,
                failed: row.get(3)?,
                cancelled: row.get(4)?,
                credits: row.get(5)?,
                milliseconds: row.get(6)?,
            })
        })
        .collect()
}

/// Tasks whose charge does not fit their state, up to twenty: a completed one has spent its price, a queued one has it set aside, any
/// other has neither. Subjects of charges without a task are among them.
pub fn unbalanced(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<String>, Error> {
    let mut charges: HashMap<String, (i64, i64)> = HashMap::new();
    for row in tx.query(&CHARGES, &values![project])? {
        charges.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
    }
    let mut wrong = Vec::new();
    for row in tx.query(&STANDINGS, &values![project])? {
        let (id, state, cost): (TaskId, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let subject = id.to_string();
        let expected = match state.as_str() {
            "completed" => (cost, 0),
            "queued" => (0, cost),
            _ => (0, 0),
        };
        if charges.remove(&subject).unwrap_or_default() != expected {
            wrong.push(subject);
        }
    }
    wrong.extend(charges.into_iter().filter(|(_, charge)| *charge != (0, 0)).map(|(subject, _)| subject));
    wrong.sort_unstable();
    wrong.truncate(20);
    Ok(wrong)
}
