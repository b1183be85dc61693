//! Search: the operation `list_leads` with a query, over names, addresses and numbers that are rare, common, short or absent.

use std::time::Instant;

use serde_json::json;

use super::broken;
use super::people::{Person, sample};
use super::report::{Budget, Row, percentile};
use super::rig::Rig;
use crate::failure::Outcome;

/// Milliseconds.
const BUDGET: f64 = 50.0;

/// One kind of query.
struct Kind {
    name: &'static str,
    what: &'static str,
    /// The query for a person who is in the database.
    query: fn(&Person) -> String,
    /// Whether that person must be found by it: the query is narrow enough for one page.
    finds: bool,
}

const KINDS: [Kind; 9] = [
    Kind { name: "email", what: "a whole address", query: |person| person.email.clone(), finds: true },
    Kind {
        name: "email_part",
        what: "what stands before the @",
        query: |person| person.email.split('@').next().unwrap_or_default().to_owned(),
        finds: true,
    },
    Kind { name: "phone", what: "a whole number", query: |person| person.phone.clone(), finds: true },
    Kind {
        name: "phone_part",
        what: "seven digits from within a number",
        query: |person| person.phone.chars().skip(5).collect(),
        finds: true,
    },
    Kind {
        name: "name",
        what: "given and family name",
        query: |person| format!("{} {}", person.first, person.last),
        finds: false,
    },
    Kind {
        name: "family_name",
        what: "a family name, one of 1,000",
        query: |person| person.last.clone(),
        finds: false,
    },
    Kind {
        name: "common_name",
        what: "a given name, one of 40",
        query: |person| person.first.to_lowercase(),
        finds: false,
    },
    Kind {
        name: "two_letters",
        what: "the first two letters of a given name",
        query: |person| person.first.chars().take(2).collect(),
        finds: false,
    },
    Kind { name: "nobody", what: "a name nobody has", query: |person| format!("zqx{}", person.last), finds: false },
];

/// Queries one kind after the other through the pipeline, one at a time, a page of 50 each.
pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let filled = rig.filled().await?;
    let installation = filled.place.open().await?;
    let turns = if rig.quick { 50 } else { 300 };
    let mut rows = Vec::new();
    let mut all = Vec::new();
    for (seed, kind) in (1..).zip(KINDS) {
        let mut times = Vec::new();
        for person in sample(rig.leads, turns, seed).map(Person::new) {
            let query = (kind.query)(&person);
            let input = json!({ "query": query });
            let begun = Instant::now();
            let answer = installation.call(filled.project, "list_leads", input).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            let items = answer["items"].as_array().ok_or_else(|| broken("a list without items"))?;
            let found = items.iter().any(|lead| lead["email"] == person.email.as_str());
            let nobody = kind.name == "nobody";
            if (kind.finds && !found) || (nobody != items.is_empty()) {
                return Err(broken(format!(
                    "searching {query:?} gave {} leads, {} among them: {found}",
                    items.len(),
                    person.email
                )));
            }
        }
        times.sort_by(f64::total_cmp);
        rows.push(row(kind.name, kind.what, &times));
        all.append(&mut times);
    }
    all.sort_by(f64::total_cmp);
    rows.push(row("all", "all of these together", &all));
    installation.close().await?;
    Ok(rows)
}

fn row(name: &str, what: &str, sorted: &[f64]) -> Row {
    let (middle, most) = (percentile(sorted, 0.5), percentile(sorted, 0.99));
    let what = format!("{what}: p95 of {}; p50 {middle:.1}, p99 {most:.1}", sorted.len());
    Row::new(format!("search.{name}"), what, percentile(sorted, 0.95), "ms").budget(Budget::AtMost(BUDGET))
}
