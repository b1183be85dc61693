//! Budgets: what a project, each of its people and each of its sub-agents may spend in a calendar month, and has. Functions fail only
//! when the database does, unless they say otherwise.

use outrider_domain::id::ProjectId;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// What one holder may spend.
    pub struct Budget in "budgets" as budget_columns key ("project_id, holder") {
        /// Whose project.
        project_id: ProjectId,
        /// Whose it is: `project`, a person's id, or a sub-agent's number behind `agent:`. A purse of its own has this name too.
        holder: String,
        /// Whether it spends from a purse of its own.
        own_purse: bool,
        /// Credits in a calendar month (UTC); 0 is no cap.
        monthly_cap: i64,
        /// The month that `spent` is of, counted from January 1970.
        month: i64,
        /// Credits spent or set aside in that month.
        spent: i64,
        /// Whether the holder is gone: nothing more is spent.
        closed: bool,
    }
}

statements! {
    pub GET = concat!("SELECT ", budget_columns!(), " FROM budgets WHERE project_id = ?1 AND holder = ?2");
    pub LIST = concat!("SELECT ", budget_columns!(), " FROM budgets WHERE project_id = ?1 AND closed = 0 ORDER BY holder");
    pub GET_OR_OPEN = concat!("INSERT INTO budgets (project_id, holder, own_purse, monthly_cap, month, spent, closed) VALUES (?1, ?2, 0, 0, 0, 0, 0)
        ON CONFLICT (project_id, holder) DO UPDATE SET closed = budgets.closed RETURNING ", budget_columns!());
    pub SET = "UPDATE budgets SET own_purse = ?3, monthly_cap = ?4 WHERE project_id = ?1 AND holder = ?2";
    pub CLOSE = "UPDATE budgets SET closed = 1 WHERE project_id = ?1 AND holder = ?2";
    pub COUNT = "INSERT INTO budgets (project_id, holder, own_purse, monthly_cap, month, spent, closed) VALUES (?1, ?2, 0, 0, ?3, ?4, 0)
        ON CONFLICT (project_id, holder) DO UPDATE SET month = CASE WHEN budgets.month > excluded.month THEN budgets.month ELSE excluded.month END,
        spent = CASE WHEN budgets.month >= excluded.month THEN budgets.spent ELSE 0 END + excluded.spent
        WHERE budgets.closed = 0 AND (budgets.monthly_cap = 0 OR CASE WHEN budgets.month >= excluded.month THEN budgets.spent ELSE 0 END + excluded.spent <= budgets.monthly_cap)
        RETURNING own_purse";
    pub COUNT_BEYOND = "UPDATE budgets SET month = CASE WHEN month > ?3 THEN month ELSE ?3 END, spent = CASE WHEN month >= ?3 THEN spent ELSE 0 END + ?4 WHERE project_id = ?1 AND holder = ?2";
    pub FORGIVE = "UPDATE budgets SET spent = spent - ?4 WHERE project_id = ?1 AND holder = ?2 AND month = ?3 AND spent >= ?4";
}

/// A holder's; `None` when nothing was ever counted or set for it.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, holder: &str) -> Result<Option<Budget>, Error> {
    tx.query_opt(&GET, &values![project, holder])?.as_ref().map(Budget::from_row).transpose()
}

/// All whose holders are not gone.
pub fn list(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Budget>, Error> {
    tx.query(&LIST, &values![project])?.iter().map(Budget::from_row).collect()
}

/// A holder's, made when there is none.
pub fn get_or_open(tx: &mut Tx<'_>, project: ProjectId, holder: &str) -> Result<Budget, Error> {
    Budget::from_row(&tx.query_one(&GET_OR_OPEN, &values![project, holder])?)
}

/// Sets the cap of a holder whose budget was opened, and whether it has a purse of its own.
pub fn set(tx: &mut Tx<'_>, project: ProjectId, holder: &str, own_purse: bool, cap: i64) -> Result<(), Error> {
    tx.execute(&SET, &values![project, holder, own_purse, cap]).map(drop)
}

/// Lets a holder whose budget was opened spend nothing more.
pub fn close(tx: &mut Tx<'_>, project: ProjectId, holder: &str) -> Result<(), Error> {
    tx.execute(&CLOSE, &values![project, holder]).map(drop)
}

/// Counts spending in a month, and gives whether the holder has a purse of its own.
/// `None` when the cap would be passed or the holder is gone, and then nothing is counted.
pub fn count(
    tx: &mut Tx<'_>,
    project: ProjectId,
    holder: &str,
    month: i64,
    amount: i64,
) -> Result<Option<bool>, Error> {
    tx.query_opt(&COUNT, &values![project, holder, month, amount])?.map(|row| row.get(0)).transpose()
}

/// Counts what was spent beyond what had been set aside, whatever the cap: it is spent already.
pub fn count_beyond(tx: &mut Tx<'_>, project: ProjectId, holder: &str, month: i64, amount: i64) -> Result<(), Error> {
    tx.execute(&COUNT_BEYOND, &values![project, holder, month, amount]).map(drop)
}

/// Takes spending of a month back that was given back.
pub fn forgive(tx: &mut Tx<'_>, project: ProjectId, holder: &str, month: i64, amount: i64) -> Result<(), Error> {
    tx.execute(&FORGIVE, &values![project, holder, month, amount]).map(drop)
}
