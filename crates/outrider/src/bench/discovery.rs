//! Discovery: the operation `discover` over many imported companies, by sentences as people write them, paying and revealing and all.

use std::time::Instant;

use outrider_domain::id::ProjectId;
use serde_json::{Value, json};

use super::broken;
use super::people::{mix, pick};
use super::report::{Budget, Row, number, percentile};
use super::rig::{Rig, project};
use crate::failure::Outcome;
use crate::installation::Installation;

/// Milliseconds.
const BUDGET: f64 = 100.0;
/// Companies of one import.
const TOGETHER: u64 = 5_000;

const INDUSTRY: [&str; 16] = [
    "Fintech",
    "Software",
    "Gaming",
    "Logistics",
    "Insurance",
    "Biotechnology",
    "Retail",
    "Education",
    "Energy",
    "Media",
    "Manufacturing",
    "Consulting",
    "Healthcare",
    "Travel",
    "Construction",
    "Agriculture",
];
const CITY: [(&str, &str); 8] = [
    ("Berlin", "Germany"),
    ("Paris", "France"),
    ("Madrid", "Spain"),
    ("Warsaw", "Poland"),
    ("London", "United Kingdom"),
    ("Milan", "Italy"),
    ("Stockholm", "Sweden"),
    ("Lisbon", "Portugal"),
];
const HIRING: [&str; 5] = ["Sales", "Engineering", "Marketing", "Finance", "Support"];
const USES: [&str; 5] = ["Salesforce", "HubSpot", "Kubernetes", "SAP", "Shopify"];

/// One kind of question.
struct Kind {
    name: &'static str,
    what: &'static str,
    query: fn(u64) -> String,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "narrow",
        what: "industry, town, size and hiring",
        query: |random| {
            format!("{} companies in {} with 20 to 50 people hiring sales", industry(random), CITY[place(random)].0)
        },
    },
    Kind {
        name: "industry",
        what: "an industry in a country: one company in 128",
        query: |random| format!("{} companies in {}", industry(random), CITY[place(random)].1),
    },
    Kind {
        name: "town",
        what: "a town and a size: one company in 16",
        query: |random| format!("companies in {} with 50 to 200 people", CITY[place(random)].0),
    },
    Kind {
        name: "broad",
        what: "an industry alone: one company in 16",
        query: |random| format!("{} companies", industry(random)),
    },
];

fn industry(random: u64) -> &'static str {
    pick(INDUSTRY, random)
}

fn place(random: u64) -> usize {
    usize::try_from((random >> 8) % CITY.len() as u64).unwrap_or(0)
}

fn company(count: u64) -> Value {
    let random = mix(count ^ 0xd15c_0e4e);
    let (city, country) = CITY[place(random)];
    let people = [4, 12, 35, 80, 150, 400, 2_000, 9_000][usize::try_from((random >> 16) % 8).unwrap_or(0)];
    json!({
        "name": format!("{} {count}", pick(INDUSTRY, random >> 32)), "domain": format!("company-{count}.example"),
        "industries": [industry(random)], "city": city, "country": country, "employees_min": people, "founded": 1950 + (random >> 24) % 70,
        "hiring": [pick(HIRING, random >> 40)], "technologies": [pick(USES, random >> 48)],
    })
}

/// Asks one question after the other through the pipeline, ten companies each.
pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let installation = rig.place("discovery").open().await?;
    let project = project(&installation, "discovery").await?;
    installation.call(project, "grant_credits", json!({ "amount": 10_000_000 })).await?;
    let mut rows = vec![fill(rig, &installation, project).await?];
    let turns = if rig.quick { 20 } else { 250 };
    let mut all = Vec::new();
    for (seed, kind) in (1_u64..).zip(KINDS) {
        let (mut times, mut found) = (Vec::new(), 0);
        for turn in 0..turns {
            let input = json!({ "query": (kind.query)(mix(seed * 1_000_003 + turn)) });
            let begun = Instant::now();
            let answer = installation.call(project, "discover", input.clone()).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            let companies = answer["companies"].as_array().map_or(0, Vec::len);
            if companies == 0 {
                return Err(broken(format!("{input} found nobody: {}", answer["filters_dropped"])));
            }
            found += companies;
        }
        times.sort_by(f64::total_cmp);
        rows.push(row(kind.name, &format!("{}, {found} companies shown", kind.what), &times));
        all.append(&mut times);
    }
    all.sort_by(f64::total_cmp);
    let what = format!("all of these together, over {} companies", rig.leads);
    rows.push(row("all", &what, &all));
    installation.close().await?;
    Ok(rows)
}

async fn fill(rig: &Rig, installation: &Installation, project: ProjectId) -> Outcome<Row> {
    rig.note(&format!("  importing {} companies", rig.leads));
    let begun = Instant::now();
    let mut next = 0;
    while next < rig.leads {
        let end = (next + TOGETHER).min(rig.leads);
        let input = json!({ "companies": (next..end).map(company).collect::<Vec<_>>() });
        let made = installation.call_with(project, "import_companies", input, false).await?.body;
        if made["created"].as_u64() != Some(end - next) {
            return Err(broken(format!("{} of {} companies were imported", made["created"], end - next)));
        }
        next = end;
    }
    let speed = number(rig.leads) / begun.elapsed().as_secs_f64();
    Ok(Row::new("discovery.import", format!("import_companies, {TOGETHER} at a time"), speed, "rows/s"))
}

fn row(name: &str, what: &str, sorted: &[f64]) -> Row {
    let (middle, most) = (percentile(sorted, 0.5), percentile(sorted, 0.99));
    let what = format!("{what}: p95 of {}; p50 {middle:.1}, p99 {most:.1}", sorted.len());
    Row::new(format!("discovery.{name}"), what, percentile(sorted, 0.95), "ms").budget(Budget::AtMost(BUDGET))
}
