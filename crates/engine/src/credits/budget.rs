//! Budgets that nest: what a sub-agent spends counts against its own, its person's and the project's cap of the calendar month (UTC).
//! Counts and closes; who pays is `payer`'s business, and what is moved the ledger's.

use jiff::tz::TimeZone;
use outrider_domain::id::{JobId, UserId};
use outrider_domain::time::Millis;
use outrider_store::budgets as rows;
use outrider_store::jobs::{self, Job};
use outrider_store::{Error as StoreError, projects, sub_agents};

use super::{AVAILABLE, balance, transfer};
use crate::context::Context;
use crate::error::{Error, Result};

/// The job that lets what waits under a project's cap try again when a month begins.
pub const JOB: &str = "budget";

/// Whose budget it is. Its text form is the name of a purse of its own too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The project as a whole.
    Project,
    /// One of its people.
    User(UserId),
    /// A sub-agent, by its number.
    Agent(i64),
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Project => f.write_str("project"),
            Self::User(id) => id.fmt(f),
            Self::Agent(number) => write!(f, "agent:{number}"),
        }
    }
}

impl Holder {
    /// From its text form; who it names need not be there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "project" {
            return Some(Self::Project);
        }
        match text.strip_prefix("agent:") {
            Some(number) => number.parse().ok().filter(|number| *number > 0).map(Self::Agent),
            None => text.parse().ok().map(Self::User),
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::User(_) => "user",
            Self::Agent(_) => "agent",
        }
    }

    /// Its name, when it is of the caller's project and not gone.
    ///
    /// # Errors
    /// When the database fails.
    pub fn name(self, cx: &mut Context<'_, '_>) -> Result<Option<String>> {
        let project = projects::get(cx.tx, cx.project)?;
        match self {
            Self::Project => Ok(Some(project.name)),
            Self::User(id) => {
                let user = projects::user(cx.tx, id)?;
                Ok(user.filter(|user| user.organization_id == project.organization_id).map(|user| user.email))
            }
            Self::Agent(number) => match sub_agents::get(cx.tx, cx.project, number) {
                Ok(agent) => Ok(agent.revoked_at.is_none().then_some(agent.name)),
                Err(StoreError::NotFound) => Ok(None),
                Err(other) => Err(other.into()),
            },
        }
    }
}

/// Months from January 1970 to a moment, in UTC.
#[must_use]
pub fn month_of(at: Millis) -> i64 {
    let day = at.timestamp().to_zoned(TimeZone::UTC);
    (i64::from(day.year()) - 1970) * 12 + i64::from(day.month()) - 1
}

/// When the month after a moment begins, in UTC.
#[must_use]
pub fn next_month(at: Millis) -> Millis {
    let day = at.timestamp().to_zoned(TimeZone::UTC);
    let next = day
        .first_of_month()
        .and_then(|first| first.start_of_day())
        .and_then(|first| first.checked_add(jiff::Span::new().months(1)));
    // Past the end of the calendar there is no month to wait for.
    next.map_or(Millis(i64::MAX), |next| Millis(next.timestamp().as_millisecond()))
}

/// A holder's budget.
///
/// # Errors
/// When the database fails.
pub fn of(cx: &mut Context<'_, '_>, holder: Holder) -> Result<rows::Budget> {
    let name = holder.to_string();
    Ok(rows::get(cx.tx, cx.project, &name)?.unwrap_or(rows::Budget {
        project_id: cx.project,
        holder: name,
        own_purse: false,
        monthly_cap: 0,
        month: 0,
        spent: 0,
        closed: false,
    }))
}

/// What it has spent in the month of a moment.
#[must_use]
pub fn spent(budget: &rows::Budget, now: Millis) -> i64 {
    if budget.month == month_of(now) { budget.spent } else { 0 }
}

/// What its cap leaves in the month of a moment; `None` without a cap.
#[must_use]
pub fn left(budget: &rows::Budget, now: Millis) -> Option<i64> {
    (budget.monthly_cap > 0).then(|| (budget.monthly_cap - spent(budget, now)).max(0))
}

/// The same, written down when it was not yet, and kept from being spent from, given to or changed by others until the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn lock(cx: &mut Context<'_, '_>, holder: Holder) -> Result<rows::Budget> {
    super::lock(cx)?;
    Ok(rows::get_or_open(cx.tx, cx.project, &holder.to_string())?)
}

/// Sets the cap of a holder that was locked, and whether it spends from a purse of its own; lets what waited try again.
///
/// # Errors
/// When the database fails.
pub fn set(cx: &mut Context<'_, '_>, holder: Holder, own_purse: bool, cap: i64) -> Result<()> {
    rows::set(cx.tx, cx.project, &holder.to_string(), own_purse, cap)?;
    if holder == Holder::Project {
        let (id, due) = (JobId(cx.id()), next_month(cx.now));
        jobs::put(cx.tx, cx.project, id, JOB, 0, due, cx.now)?;
        jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    }
    Ok(())
}

/// A month begins: what waited under the project's cap tries again.
///
/// # Errors
/// When the database fails.
pub(crate) fn month_begins(cx: &mut Context<'_, '_>, job: &Job) -> Result<()> {
    jobs::wake(cx.tx, cx.project, "credits", cx.now)?;
    if of(cx, Holder::Project)?.monthly_cap == 0 {
        jobs::finish(cx.tx, job.id, job.token)?;
    } else {
        jobs::reschedule(cx.tx, job.id, job.token, next_month(cx.now), None)?;
    }
    Ok(())
}

/// Empties the purse of a holder that was locked into another account, where also goes what is set aside from it, should it be given
/// back. Gives what was moved.
///
/// # Errors
/// When the database fails.
pub fn empty(cx: &mut Context<'_, '_>, holder: Holder, into: &str, reason: &str) -> Result<i64> {
    let purse = holder.to_string();
    outrider_store::credits::redirect_holds(cx.tx, cx.project, &purse, into)?;
    let held = balance(cx, &purse)?;
    if !transfer(cx, &purse, into, held, reason, &purse)? {
        return Err(Error::new(crate::error::code::INTERNAL_ERROR, "A purse changed while it was emptied."));
    }
    Ok(held)
}

/// Ends a holder that is gone: its purse goes to another account, and nothing more is spent in its name. Gives what was moved.
///
/// # Errors
/// When the database fails.
pub fn close(cx: &mut Context<'_, '_>, holder: Holder, into: &str, reason: &str) -> Result<i64> {
    lock(cx, holder)?;
    let moved = empty(cx, holder, into, reason)?;
    rows::close(cx.tx, cx.project, &holder.to_string())?;
    Ok(moved)
}

/// The purse that a person's agents are given credits from, and give them back to: the person's own, else the project's. Stays it
/// until the transaction ends.
///
/// # Errors
/// When the database fails.
pub fn purse_of(cx: &mut Context<'_, '_>, user: Option<UserId>) -> Result<String> {
    let Some(user) = user else { return Ok(AVAILABLE.to_owned()) };
    let budget = lock(cx, Holder::User(user))?;
    Ok(if budget.own_purse && !budget.closed { budget.holder } else { AVAILABLE.to_owned() })
}

#[cfg(test)]
mod tests {
    use outrider_domain::id::UserId;
    use outrider_domain::time::Millis;

    use super::{Holder, month_of, next_month};

    #[test]
    fn months_begin_at_midnight_of_their_first_day() {
        let at = |text: &str| text.parse::<Millis>().unwrap();
        assert_eq!(month_of(Millis(0)), 0);
        assert_eq!(month_of(at("2026-10-31T23:59:59.999Z")), 56 * 12 + 9);
        assert_eq!(month_of(at("2026-11-01T00:00:00.000Z")), 56 * 12 + 10);
        assert_eq!(month_of(at("2027-01-01T00:00:00.000Z")), 57 * 12);
        assert_eq!(next_month(at("2026-12-31T23:59:59.999Z")), at("2027-01-01T00:00:00.000Z"));
        assert_eq!(next_month(at("2027-01-01T00:00:00.000Z")), at("2027-02-01T00:00:00.000Z"));
    }

    #[test]
    fn holders_are_read_as_they_are_written() {
        for holder in [Holder::Project, Holder::User(UserId(77)), Holder::Agent(3)] {
            assert_eq!(Holder::parse(&holder.to_string()), Some(holder));
        }
        for text in ["", "agent:", "agent:0", "agent:-1", "agent:x", "available", "held", "spent", "issued"] {
            assert_eq!(Holder::parse(text), None, "{text}");
        }
    }
}
