//! Durable jobs: due times, leases and fencing tokens. Functions fail only when the database does, unless they say otherwise.
//!
//! Claiming moves a job's due time to the end of its lease and raises its token, so that a job whose worker died is due
//! again by itself and a worker that lost its lease can tell.

use std::collections::{HashMap, HashSet};

use outrider_domain::id::{JobId, ProjectId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Topic, Tx, statements, values};

record! {
    /// Durable work.
    pub struct Job in "jobs" as job_columns key ("id") {
        /// Whose.
        project_id: ProjectId,
        /// Key.
        id: JobId,
        /// What to do.
        kind: String,
        /// On which thing; unique per kind.
        subject_id: i64,
        /// When it is due, or its lease ends; absent while parked.
        due_at: Option<Millis>,
        /// The gate that parked it, or what it waits for besides its time.
        parked: Option<String>,
        /// Times it was claimed.
        attempts: i64,
        /// Raised at every claim.
        token: i64,
        /// JSON, for kinds that need more.
        payload: Option<String>,
        /// Why it failed last.
        last_error: Option<String>,
        /// When made.
        created_at: Millis,
    }
}

statements! {
    pub CLAIM = sqlite concat!("UPDATE jobs SET due_at = ?2, parked = NULL, token = token + 1, attempts = attempts + 1 WHERE id IN (
        SELECT id FROM jobs WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT ?3) RETURNING ", job_columns!())
        postgres concat!("UPDATE jobs SET due_at = ?2, parked = NULL, token = token + 1, attempts = attempts + 1 WHERE id IN (
        SELECT id FROM jobs WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT ?3 FOR UPDATE SKIP LOCKED) RETURNING ", job_columns!());
    pub NEXT_DUE = "SELECT due_at FROM jobs WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
    pub FINISH = "DELETE FROM jobs WHERE id = ?1 AND token = ?2";
    pub RESCHEDULE = "UPDATE jobs SET due_at = ?3, parked = NULL, last_error = ?4 WHERE id = ?1 AND token = ?2";
    pub PROLONG = "UPDATE jobs SET due_at = ?3 WHERE id = ?1 AND token = ?2";
    pub IDLE = "UPDATE jobs SET due_at = ?3, parked = ?4, last_error = NULL WHERE id = ?1 AND token = ?2";
    pub PARK = "UPDATE jobs SET due_at = NULL, parked = ?3 WHERE id = ?1 AND token = ?2";
    pub HOLDS = "SELECT 1 FROM jobs WHERE id = ?1 AND token = ?2";
    pub HELD = "SELECT id, token FROM jobs WHERE id IN ints(?1)";
    pub TAKE = concat!("UPDATE jobs SET due_at = ?4, token = token + 1, attempts = attempts + 1 WHERE project_id = ?1 AND kind = ?2 AND subject_id = ?3 AND due_at <= ?5 RETURNING ", job_columns!());
    pub HAND_ON = "UPDATE jobs SET kind = ?3, subject_id = ?4, attempts = 1, payload = NULL, last_error = NULL, created_at = ?5 WHERE id = ?1 AND token = ?2";
    pub PUT = "INSERT INTO jobs (project_id, id, kind, subject_id, due_at, parked, attempts, token, payload, last_error, created_at) VALUES (?1, ?2, ?3, ?4, ?5, NULL, 0, 0, NULL, NULL, ?6)
        ON CONFLICT (project_id, kind, subject_id) DO UPDATE SET due_at = excluded.due_at, parked = NULL, payload = NULL";
    pub MOVE_PARKED = "UPDATE jobs SET due_at = NULL, parked = ?4 WHERE project_id = ?1 AND kind = ?2 AND subject_id = ?3";
    pub REMOVE = "DELETE FROM jobs WHERE project_id = ?1 AND kind = ?2 AND subject_id = ?3";
    pub WAKE = "UPDATE jobs SET due_at = ?3, parked = NULL WHERE project_id = ?1 AND parked = ?2";
    pub WAKE_ONE = "UPDATE jobs SET due_at = ?3, parked = NULL WHERE id = (SELECT id FROM jobs WHERE project_id = ?1 AND parked = ?2 ORDER BY id LIMIT 1)";
    pub WAKE_EVERYWHERE = "UPDATE jobs SET due_at = ?2, parked = NULL WHERE parked = ?1";
    pub FIND = concat!("SELECT ", job_columns!(), " FROM jobs WHERE project_id = ?1 AND kind = ?2 AND subject_id = ?3");
    pub COUNT = "SELECT COUNT(*) FROM jobs";
}

/// Claims due jobs until a lease's end, in the order of their due times.
pub fn claim(tx: &mut Tx<'_>, now: Millis, lease_until: Millis, limit: i64) -> Result<Vec<Job>, Error> {
    let mut jobs: Vec<Job> =
        tx.query(&CLAIM, &values![now, lease_until, limit])?.iter().map(Job::from_row).collect::<Result<_, _>>()?;
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

/// The next moment something is due (or a lease ends).
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Millis>, Error> {
    tx.query_opt(&NEXT_DUE, &[])?.map(|row| row.get(0)).transpose()
}

/// Removes a job that is done. False when its lease was lost.
pub fn finish(tx: &mut Tx<'_>, id: JobId, token: i64) -> Result<bool, Error> {
    Ok(tx.execute(&FINISH, &values![id, token])? > 0)
}

/// Holds a claimed job until another moment. False when its lease was lost.
pub fn prolong(tx: &mut Tx<'_>, id: JobId, token: i64, lease_until: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&PROLONG, &values![id, token, lease_until])? > 0)
}

/// Makes a claimed job due again. False when its lease was lost.
pub fn reschedule(tx: &mut Tx<'_>, id: JobId, token: i64, due_at: Millis, error: Option<&str>) -> Result<bool, Error> {
    Ok(tx.execute(&RESCHEDULE, &values![id, token, due_at, error])? > 0)
}

/// Puts a claimed job away until [`wake`] names its gate. False when its lease was lost.
pub fn park(tx: &mut Tx<'_>, id: JobId, token: i64, gate: &str) -> Result<bool, Error> {
    Ok(tx.execute(&PARK, &values![id, token, gate])? > 0)
}

/// Puts a claimed job away until something happens, and until a moment at the latest. False when its lease was lost.
pub fn idle(tx: &mut Tx<'_>, id: JobId, token: i64, until_told: &str, due_at: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&IDLE, &values![id, token, due_at, until_told])? > 0)
}

/// Whether a claim still stands.
pub fn holds(tx: &mut Tx<'_>, id: JobId, token: i64) -> Result<bool, Error> {
    Ok(tx.query_opt(&HOLDS, &values![id, token])?.is_some())
}

/// Those of these claims that still stand.
pub fn held(tx: &mut Tx<'_>, claims: impl IntoIterator<Item = (JobId, i64)>) -> Result<HashSet<JobId>, Error> {
    let tokens: HashMap<JobId, i64> = claims.into_iter().collect();
    let ids: Vec<JobId> = tokens.keys().copied().collect();
    let mut held = HashSet::with_capacity(tokens.len());
    for row in tx.query(&HELD, &values![ids])? {
        let id = row.get(0)?;
        if tokens.get(&id) == Some(&row.get(1)?) {
            held.insert(id);
        }
    }
    Ok(held)
}

/// Claims the job of one subject until a lease's end, when it is due.
pub fn take(
    tx: &mut Tx<'_>,
    project: ProjectId,
    kind: &str,
    subject: i64,
    now: Millis,
    lease_until: Millis,
) -> Result<Option<Job>, Error> {
    tx.query_opt(&TAKE, &values![project, kind, subject, lease_until, now])?.as_ref().map(Job::from_row).transpose()
}

/// Makes a claimed job that of a subject that has none, under the same claim: what follows from it at once. `None` when its lease
/// was lost.
pub fn hand_on(tx: &mut Tx<'_>, job: Job, kind: &str, subject: i64, now: Millis) -> Result<Option<Job>, Error> {
    let changed = tx.execute(&HAND_ON, &values![job.id, job.token, kind, subject, now])?;
    let kind = kind.to_owned();
    Ok((changed > 0).then_some(Job {
        kind,
        subject_id: subject,
        attempts: 1,
        payload: None,
        last_error: None,
        created_at: now,
        ..job
    }))
}

/// Makes a job, or makes the existing one of that subject due at this time.
pub fn put(
    tx: &mut Tx<'_>,
    project: ProjectId,
    id: JobId,
    kind: &str,
    subject: i64,
    due_at: Millis,
    now: Millis,
) -> Result<(), Error> {
    tx.execute(&PUT, &values![project, id, kind, subject, due_at, now])?;
    if due_at <= now {
        tx.wake(Topic::Jobs);
    }
    Ok(())
}

/// Makes many jobs at once; their subjects must be new.
pub fn put_many(tx: &mut Tx<'_>, jobs: Vec<Job>) -> Result<(), Error> {
    tx.insert_rows(Job::INSERT, jobs.into_iter().map(Job::into_values).collect())?;
    tx.wake(Topic::Jobs);
    Ok(())
}

/// Puts a subject's job away until [`wake`] names the gate.
pub fn park_subject(tx: &mut Tx<'_>, project: ProjectId, kind: &str, subject: i64, gate: &str) -> Result<(), Error> {
    tx.execute(&MOVE_PARKED, &values![project, kind, subject, gate]).map(drop)
}

/// Removes a subject's job.
pub fn remove(tx: &mut Tx<'_>, project: ProjectId, kind: &str, subject: i64) -> Result<(), Error> {
    tx.execute(&REMOVE, &values![project, kind, subject]).map(drop)
}

/// Makes a project's jobs that a gate parked due now; gives how many.
pub fn wake(tx: &mut Tx<'_>, project: ProjectId, gate: &str, now: Millis) -> Result<u64, Error> {
    let woken = tx.execute(&WAKE, &values![project, gate, now])?;
    tx.wake(Topic::Jobs);
    Ok(woken)
}

/// Makes the oldest of a project's jobs that are parked there due now; gives how many, which is one or none.
pub fn wake_one(tx: &mut Tx<'_>, project: ProjectId, gate: &str, now: Millis) -> Result<u64, Error> {
    let woken = tx.execute(&WAKE_ONE, &values![project, gate, now])?;
    if woken > 0 {
        tx.wake(Topic::Jobs);
    }
    Ok(woken)
}

/// The same for every project.
pub fn wake_everywhere(tx: &mut Tx<'_>, gate: &str, now: Millis) -> Result<u64, Error> {
    let woken = tx.execute(&WAKE_EVERYWHERE, &values![gate, now])?;
    tx.wake(Topic::Jobs);
    Ok(woken)
}

/// A subject's job.
pub fn find(tx: &mut Tx<'_>, project: ProjectId, kind: &str, subject: i64) -> Result<Option<Job>, Error> {
    tx.query_opt(&FIND, &values![project, kind, subject])?.as_ref().map(Job::from_row).transpose()
}

/// How many jobs there are.
pub fn count(tx: &mut Tx<'_>) -> Result<i64, Error> {
    tx.query_one(&COUNT, &[])?.get(0)
}
