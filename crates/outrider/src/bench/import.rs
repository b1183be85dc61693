//! Import: the command `outrider import leads` on a file, from its start to its end, as a process of its own; beside what the
//! store takes when it is given finished rows and nothing else is done.

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use outrider_domain::id::{LeadId, ProjectId};
use outrider_domain::time::Millis;
use outrider_store::leads::{self, Lead};
use serde_json::json;

use super::broken;
use super::people::{Person, write_csv};
use super::report::{Budget, Row, number};
use super::rig::{Filled, Rig, project};
use crate::failure::Outcome;
use crate::installation::Installation;

/// Rows a second.
const BUDGET: f64 = 50_000.0;
/// Rows of one closure, and closures that wait for one commit, as the import has them.
const TOGETHER: u64 = 5_000;
const UNDER_WAY: usize = 20;

/// Rows a second of the store alone: the same people as finished rows into the leads' table, its indexes and that of the search. Read,
/// checked, compared with each other, given companies and logged is nothing.
async fn floor(rig: &Rig) -> Outcome<Row> {
    let installation = Installation::open_to_fill(rig.place("floor").settings()).await?;
    let project = project(&installation, "floor").await?;
    let (ids, now) = (&installation.core().ids, installation.core().now());
    let begun = Instant::now();
    let mut under_way = FuturesUnordered::new();
    let mut first = 0;
    while first < rig.leads || !under_way.is_empty() {
        if first < rig.leads && under_way.len() < UNDER_WAY {
            let last = rig.leads.min(first + TOGETHER);
            let rows: Vec<Lead> =
                (first..last).map(|number| row(project, LeadId(ids.next(now)), now, Person::new(number))).collect();
            first = last;
            let store = installation.store.clone();
            let put = async move { store.write(move |tx| leads::insert_new(tx, rows.clone())).await };
            under_way.push(tokio::spawn(put));
        } else if let Some(put) = under_way.next().await {
            put.map_err(|error| broken(error.to_string()))??;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    installation.close().await?;
    let what = format!("{} finished rows into the leads' table and its indexes, by the store alone", rig.leads);
    Ok(Row::new("import.floor", what, number(rig.leads) / seconds, "rows/s"))
}

fn row(project_id: ProjectId, id: LeadId, now: Millis, person: Person) -> Lead {
    Lead {
        project_id,
        id,
        name: format!("{} {}", person.first, person.last),
        first_name: Some(person.first.to_owned()),
        last_name: Some(person.last),
        email: Some(person.email),
        phone: Some(person.phone),
        company: Some(person.company),
        company_id: None,
        role: Some(person.title.to_owned()),
        stage: "new".to_owned(),
        time_zone: None,
        country: Some(person.country.to_owned()),
        language: None,
        linkedin_url: None,
        agent_id: None,
        owner_id: None,
        custom_fields: "{}".to_owned(),
        meeting_booked: false,
        converted: false,
        outreach_disabled: false,
        replied_at: None,
        last_activity_at: None,
        soft_bounces: 0,
        source: "people.csv".to_owned(),
        created_at: now,
        updated_at: now,
    }
}

/// Measures the import, then the store alone.
pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let mut rows = fill(rig).await?;
    rows.push(floor(rig).await?);
    Ok(rows)
}

/// Imports into a new database, which other measurements use afterwards.
pub(super) async fn fill(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let place = rig.place("leads");
    let installation = place.open().await?;
    let project = project(&installation, "bench").await?;
    let key = installation.call(project, "create_key", json!({ "name": "bench", "scopes": ["*"] })).await?;
    installation.close().await?;
    let file = rig.file("people.csv");
    rig.note(&format!("  writing {} rows", rig.leads));
    let written = write_csv(&file, rig.leads)?;
    rig.note("  importing them");
    let begun = Instant::now();
    let child = place.start(&["import", "leads", &file.display().to_string(), "--project", "bench"])?;
    let summary = child.finish()?;
    let seconds = begun.elapsed().as_secs_f64();
    let count = |field: &str| summary[field].as_u64().unwrap_or(u64::MAX);
    let expected = (written.rows, written.rows - written.repeated - written.bad, written.repeated, written.bad);
    let found = (count("rows"), count("created"), count("duplicates"), count("refused"));
    if found != expected {
        return Err(broken(format!("rows, created, duplicates and refused should be {expected:?} and are {found:?}")));
    }
    std::fs::remove_file(&file).ok();
    let key = key["secret"].as_str().ok_or_else(|| broken("a key without a secret"))?.to_owned();
    rig.set_filled(Filled { place, project, key });
    let what = format!(
        "CSV of {} rows ({:.0} MB), {} duplicates, {} bad rows, {} companies made, searchable: {seconds:.1} s",
        written.rows,
        number(written.bytes) / 1e6,
        written.repeated,
        written.bad,
        count("companies_created"),
    );
    Ok(vec![Row::new("import", what, number(written.rows) / seconds, "rows/s").budget(Budget::AtLeast(BUDGET))])
}
