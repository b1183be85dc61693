//! Import: the command `outrider import leads` on a file, from its start to its end, as a process of its own.

use std::time::Instant;

use serde_json::json;

use super::broken;
use super::people::write_csv;
use super::report::{Budget, Row, number};
use super::rig::{Filled, Rig, project};
use crate::failure::Outcome;

/// Rows a second.
const BUDGET: f64 = 50_000.0;

/// Imports into a new database, which other measurements use afterwards.
pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
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
