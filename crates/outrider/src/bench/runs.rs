//! Runs: choosing due contacts among all leads, ten thousand contacts through one run, and paging a long queue of approvals.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use outrider_domain::id::ProjectId;
use outrider_domain::mail::{Delivery, OutgoingMail};
use outrider_engine::ports::Mailer;
use outrider_engine::worker::Worker;
use outrider_store::{leads, signals};
use serde_json::{Value, json};

use super::broken;
use super::people::{Person, sample};
use super::report::{Budget, Row, percentile};
use super::rig::Rig;
use crate::failure::Outcome;
use crate::installation::Installation;

/// Milliseconds to choose the contacts of one run.
const CHOOSE: f64 = 200.0;
/// Seconds for ten thousand contacts.
const WHOLE: f64 = 10.0;
/// Milliseconds for a page of the queue.
const PAGE: f64 = 50.0;
/// Contacts of the large run.
const CONTACTS: u64 = 10_000;
/// Leads with a signal.
const SIGNALS: u64 = 10_000;

/// Filters as people write them.
const FILTERS: [(&str, &str, &str); 4] = [
    (
        "fields",
        "stage, country, address and no mail in the last 30 days",
        "stage = new and country = Germany and has email and no event email.sent within 30d",
    ),
    (
        "words",
        "words in the title, two countries, and when it was made",
        "role contains sales and country in (France, Spain) and created_at within 30d",
    ),
    (
        "signal",
        "a signal in the last week that about one lead in a hundred has",
        "signal pricing_page within 7d and has email and not converted",
    ),
    ("nobody", "a field of the project's own that nobody has: every lead is looked at", "custom.tier = gold"),
];

/// Takes every mail and forgets it; none is meant to come.
pub(super) struct Forgetful;

impl Mailer for Forgetful {
    fn deliver<'a>(&'a self, _: &'a str, _: &'a OutgoingMail) -> BoxFuture<'a, Delivery> {
        Box::pin(std::future::ready(Delivery::Accepted { response: "250 2.0.0 forgotten".to_owned() }))
    }

    fn knows(&self, _: &str) -> bool {
        true
    }
}

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let filled = rig.filled().await?;
    let installation = filled.place.open().await?;
    let project = filled.project;
    let worker = Worker::new(installation.store.clone(), Arc::clone(installation.core()), Arc::new(Forgetful));
    let identity = json!({ "email": "bench@sender.example", "gap": "0s" });
    installation.call(project, "create_identity", identity).await?;
    signal(rig, &installation, project).await?;
    let mut rows = choose(rig, &installation, &worker, project).await?;
    let agents = if rig.quick { 2 } else { 10 };
    rows.extend(whole(&installation, &worker, project, agents).await?);
    rows.extend(queue(rig, &installation, project, agents).await?);
    installation.close().await?;
    Ok(rows)
}

/// Gives some leads a signal.
async fn signal(rig: &Rig, installation: &Installation, project: ProjectId) -> Outcome {
    let now = installation.core().now();
    let wanted = SIGNALS.min(rig.leads / 10);
    let emails: Vec<String> = sample(rig.leads, wanted, 77).map(|number| Person::new(number).email).collect();
    let done = installation.store.write(move |tx| {
        for email in &emails {
            if let Some(lead) = leads::find_by_email(tx, project, email)? {
                signals::note(tx, project, "pricing_page", lead.id, now)?;
            }
        }
        Ok::<_, outrider_store::Error>(())
    });
    Ok(done.await?)
}

pub(super) async fn agent(
    installation: &Installation,
    project: ProjectId,
    steps: &str,
    filter: &str,
    most: u64,
    autonomy: &str,
) -> Outcome<String> {
    let playbook = json!({ "playbook_md": format!("## Steps\n\n{steps}"), "enabled": true,
        "monitoring": { "filter": filter, "max_contacts_per_run": most } });
    let input = json!({ "name": "Bench", "type": "outbound", "autonomy": autonomy, "playbook": playbook });
    let made = installation.call(project, "create_agent", input).await?;
    made["id"].as_str().map(ToOwned::to_owned).ok_or_else(|| broken("an agent without an id"))
}

pub(super) async fn run(installation: &Installation, project: ProjectId, id: &Value) -> Outcome<Value> {
    installation.call(project, "get_run", json!({ "run_id": id, "contacts": 1 })).await
}

/// Time to choose and take up the contacts of one run, commit and all; one run after the other, each of 100 contacts.
async fn choose(rig: &Rig, installation: &Installation, worker: &Worker, project: ProjectId) -> Outcome<Vec<Row>> {
    let turns = if rig.quick { 5 } else { 30 };
    let (mut rows, mut typical) = (Vec::new(), Vec::new());
    for (name, what, filter) in FILTERS {
        let agent = agent(installation, project, "### look: note\n\nSeen.\n", filter, 100, "ask").await?;
        let (mut times, mut scanned) = (Vec::new(), 0);
        for _ in 0..turns {
            let started = installation.call(project, "trigger_agent", json!({ "agent_id": agent })).await?;
            let round = worker.claim(100).await?;
            let begun = Instant::now();
            worker.drive_runs(&round.runs).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            let chosen = run(installation, project, &started["id"]).await?;
            let contacts = chosen["contacts"].as_u64().unwrap_or_default();
            if (name == "nobody") != (contacts == 0) {
                return Err(broken(format!("{filter:?} found {contacts} contacts")));
            }
            scanned = chosen["scanned"].as_u64().unwrap_or_default();
            // What it took up is planned before the next turn, outside of what is timed.
            worker.run_due().await?;
        }
        times.sort_by(f64::total_cmp);
        let text =
            format!("{what}: p95 of {turns}; p50 {:.1}; {scanned} looked at in the last", percentile(&times, 0.5));
        let row = Row::new(format!("runs.choose_{name}"), text, percentile(&times, 0.95), "ms");
        if name == "nobody" {
            rows.push(row);
        } else {
            rows.push(row.budget(Budget::AtMost(CHOOSE)));
            typical.append(&mut times);
        }
    }
    typical.sort_by(f64::total_cmp);
    let text =
        format!("100 due contacts among {} leads by the first three filters: p95 of {}", rig.leads, typical.len());
    rows.push(Row::new("runs.choose", text, percentile(&typical, 0.95), "ms").budget(Budget::AtMost(CHOOSE)));
    Ok(rows)
}

/// Ten thousand contacts through a run: mails proposed to a person, and notes written alone.
async fn whole(installation: &Installation, worker: &Worker, project: ProjectId, agents: u64) -> Outcome<Vec<Row>> {
    let mail = "### hello: email\n- subject: Hello {{ first_name }}\n\nHow are you at {{ company }}?\n";
    let mut times = Vec::new();
    for _ in 0..agents {
        let agent = agent(installation, project, mail, "has email", CONTACTS, "ask").await?;
        times.push(through(installation, worker, project, &agent, "waiting").await?);
    }
    let notes =
        agent(installation, project, "### seen: note\n\nSeen {{ name }}.\n", "has email", CONTACTS, "alone").await?;
    let noted = through(installation, worker, project, &notes, "completed").await?;
    times.sort_by(f64::total_cmp);
    let text = format!(
        "{CONTACTS} contacts chosen, planned and a mail proposed to each, of {agents} runs the slowest; p50 {:.1}",
        percentile(&times, 0.5)
    );
    Ok(vec![
        Row::new("runs.propose", text, percentile(&times, 1.0), "s").budget(Budget::AtMost(WHOLE)),
        Row::new(
            "runs.complete",
            format!("{CONTACTS} contacts chosen, planned, a note written for each by itself, to the end of the run"),
            noted,
            "s",
        ),
    ])
}

/// Seconds from the trigger until a run stands where it must.
async fn through(
    installation: &Installation,
    worker: &Worker,
    project: ProjectId,
    agent: &str,
    wanted: &str,
) -> Outcome<f64> {
    let begun = Instant::now();
    let started = installation.call(project, "trigger_agent", json!({ "agent_id": agent })).await?;
    worker.run_due().await?;
    let taken = begun.elapsed().as_secs_f64();
    let ended = run(installation, project, &started["id"]).await?;
    if ended["status"] != wanted || ended["contacts"] != CONTACTS {
        return Err(broken(format!("a run of {} contacts is {}", ended["contacts"], ended["status"])));
    }
    Ok(taken)
}

/// Pages of the queue through the pipeline, from the newest to the oldest, then of one agent alone.
async fn queue(rig: &Rig, installation: &Installation, project: ProjectId, agents: u64) -> Outcome<Vec<Row>> {
    let all = installation.call(project, "list_agents", json!({ "limit": 100 })).await?;
    let mut rows = Vec::new();
    for (name, filter) in [
        ("all", json!({})),
        ("one_agent", json!({ "agent_id": all["items"][usize::try_from(agents / 2).unwrap_or(0)]["id"] })),
    ] {
        let (mut times, mut cursor, mut seen) = (Vec::new(), Value::Null, 0);
        loop {
            let mut input = filter.clone();
            input["limit"] = json!(50);
            input["cursor"] = cursor;
            let begun = Instant::now();
            let page = installation.call(project, "list_approvals", input).await?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            seen += page["items"].as_array().map_or(0, Vec::len);
            cursor = page["next_cursor"].clone();
            if cursor.is_null() || times.len() >= 4_000 {
                break;
            }
        }
        let least = if name == "all" { agents * CONTACTS } else { CONTACTS };
        if (seen as u64) < least {
            return Err(broken(format!("{seen} of at least {least} approvals were listed")));
        }
        times.sort_by(f64::total_cmp);
        let text = format!(
            "a page of 50 of {seen} that wait, beside {} leads: p95 of {}; p50 {:.1}",
            rig.leads,
            times.len(),
            percentile(&times, 0.5)
        );
        rows.push(
            Row::new(format!("runs.queue_{name}"), text, percentile(&times, 0.95), "ms").budget(Budget::AtMost(PAGE)),
        );
    }
    Ok(rows)
}
