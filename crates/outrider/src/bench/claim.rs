//! Claim: what claiming due jobs costs beside more and more jobs that are not due. It must not grow.

use std::time::Instant;

use outrider_domain::id::{JobId, ProjectId};
use outrider_domain::time::{HOUR, MINUTE, Millis};
use outrider_store::jobs::{self, Job};

use super::broken;
use super::report::{Budget, Row, number, percentile};
use super::rig::{Rig, project};
use crate::failure::Outcome;
use crate::installation::Installation;

/// Jobs that are not due.
const WAITING: [u64; 3] = [10_000, 1_000_000, 10_000_000];
/// Jobs of one claim.
const CLAIMED: i64 = 128;
const TURNS: u64 = 200;
/// Jobs put in together.
const TOGETHER: u64 = 20_000;
/// At most this many times the time beside 10 thousand. The index is a tree, one or two levels deeper.
const GROWTH: f64 = 1.5;

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let installation = rig.place("claim").open().await?;
    let project = project(&installation, "claim").await?;
    let (mut rows, mut first, mut there) = (Vec::new(), None, 0);
    for waiting in WAITING.into_iter().filter(|waiting| !rig.quick || *waiting <= 1_000_000) {
        rig.note(&format!("  putting in {waiting} jobs"));
        fill(&installation, project, there, waiting).await?;
        there = waiting;
        let mut times = claim(&installation, project).await?;
        times.sort_by(f64::total_cmp);
        let middle = percentile(&times, 0.5);
        let what = format!(
            "claiming {CLAIMED} due jobs beside {waiting} that are not, commit and all: p50 of {TURNS}; p95 {:.1}",
            percentile(&times, 0.95)
        );
        let row = Row::new(format!("claim.{waiting}"), what, middle, "ms");
        rows.push(match first {
            None => row,
            Some(first) => row.budget(Budget::AtMost(first * GROWTH)).beside(first, "beside 10,000"),
        });
        first.get_or_insert(middle);
    }
    installation.close().await?;
    Ok(rows)
}

fn job(installation: &Installation, project: ProjectId, subject: u64, due: Millis) -> Job {
    let now = installation.core().now();
    Job {
        project_id: project,
        id: JobId(installation.core().ids.next(now)),
        kind: "enrollment".to_owned(),
        subject_id: i64::try_from(subject).unwrap_or(i64::MAX),
        due_at: Some(due),
        parked: None,
        attempts: 0,
        token: 0,
        payload: None,
        last_error: None,
        created_at: now,
    }
}

async fn put(installation: &Installation, all: Vec<Job>) -> Outcome {
    Ok(installation.store.write(move |tx| jobs::put_many(tx, all.clone())).await?)
}

/// Enrollments that come due over the next month, from an hour on.
async fn fill(installation: &Installation, project: ProjectId, from: u64, to: u64) -> Outcome {
    let soon = installation.core().now().plus(HOUR);
    let mut next = from;
    while next < to {
        let end = (next + TOGETHER).min(to);
        let due = |subject: u64| soon.plus(i64::try_from(subject * 250).unwrap_or(0));
        put(installation, (next..end).map(|subject| job(installation, project, subject, due(subject))).collect())
            .await?;
        next = end;
    }
    Ok(())
}

/// Makes jobs due, claims them and takes them away, turn by turn; milliseconds of each claim.
async fn claim(installation: &Installation, project: ProjectId) -> Outcome<Vec<f64>> {
    let mut times = Vec::new();
    for turn in 0..TURNS {
        let now = installation.core().now();
        let count = u64::try_from(CLAIMED).unwrap_or(0);
        let subject = |number: u64| u64::MAX / 4 + turn * count + number;
        put(installation, (0..count).map(|number| job(installation, project, subject(number), now)).collect()).await?;
        let begun = Instant::now();
        let claimed = installation.store.write(move |tx| jobs::claim(tx, now, now.plus(10 * MINUTE), CLAIMED)).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        if number(claimed.len() as u64) != number(count) {
            return Err(broken(format!("{} of {count} due jobs were claimed", claimed.len())));
        }
        let done = installation.store.write(move |tx| {
            for job in &claimed {
                jobs::finish(tx, job.id, job.token)?;
            }
            Ok::<_, outrider_store::Error>(())
        });
        done.await?;
    }
    Ok(times)
}
