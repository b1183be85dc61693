//! Executions: what a server keeps resident while a hundred thousand contacts are on their way through workflows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use outrider_engine::worker::Worker;
use serde_json::json;

use super::api::serve;
use super::broken;
use super::report::{Budget, Row};
use super::rig::Rig;
use super::runs::{Forgetful, agent, run};
use crate::failure::Outcome;

/// MB of 10^6 bytes.
const BUDGET: f64 = 200.0;
/// Contacts of one run, the most there can be.
const CONTACTS: u64 = 10_000;
/// Runs, and with `--quick`.
const RUNS: u64 = 10;
const QUICK_RUNS: u64 = 1;
/// How long a server works before it is looked at.
const REST: Duration = Duration::from_secs(5);

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let runs = if rig.quick { QUICK_RUNS } else { RUNS };
    let contacts = CONTACTS.min(rig.leads / 2);
    let filled = rig.filled().await?;
    let installation = filled.place.open().await?;
    let project = filled.project;
    let worker = Worker::new(installation.store.clone(), Arc::clone(installation.core()), Arc::new(Forgetful));
    let steps = "### seen: note\n\nSeen {{ name }}.\n\n### later: task\n- after: 30d\n- title: Look after {{ name }}\n";
    let begun = Instant::now();
    for _ in 0..runs {
        let agent = agent(&installation, project, steps, "has email", contacts, "alone").await?;
        let started = installation.call(project, "trigger_agent", json!({ "agent_id": agent })).await?;
        worker.run_due().await?;
        let shown = run(&installation, project, &started["id"]).await?;
        if shown["open_contacts"].as_u64() != Some(contacts) || shown["status"] != "waiting" {
            return Err(broken(format!("{} of {contacts} are under way: {}", shown["open_contacts"], shown["status"])));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    // One more begins while the server is looked at, so that it has something to do.
    let last = agent(&installation, project, steps, "has email", contacts, "alone").await?;
    installation.call(project, "trigger_agent", json!({ "agent_id": last })).await?;
    installation.close().await?;
    let (child, _) = serve(&filled).await?;
    let mut most: f64 = 0.0;
    let end = Instant::now() + REST;
    while Instant::now() < end {
        most = most.max(child.resident()?);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.stop();
    let all = runs * contacts;
    let what = format!(
        "largest VmRSS of serve in {} s with {all} executions in flight and {contacts} beginning",
        REST.as_secs()
    );
    Ok(vec![
        Row::new("executions.memory", what, most, "MB").budget(Budget::AtMost(BUDGET)),
        Row::new("executions.begin", format!("{all} taken up, planned and done with their first step"), seconds, "s"),
    ])
}
