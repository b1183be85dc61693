//! The database and what must always hold in it: migrations, audit chains, credits, ends nobody knows. Reads only.

use outrider_domain::time::{Clock as _, MINUTE};
use outrider_store::{Error, actions, credits, projects, tasks};
use serde_json::json;

use super::Report;
use crate::clock::SystemClock;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::text;

pub(super) async fn check(installation: &Installation, report: &mut Report) {
    let backend = installation.store.backend();
    match installation.store.pending().await {
        Ok(pending) if pending.is_empty() => report.good("database", format!("{backend:?}, of this binary's version")),
        Ok(pending) => report.bad("database", format!("run `outrider migrate`: {}", pending.join(", "))),
        Err(error) => report.bad("database", error.to_string()),
    }
    let ahead = installation.lease().floor().0 - SystemClock.now().0;
    if ahead > 2 * MINUTE {
        report.bad(
            "clock",
            format!(
                "ids of this database lie {} s ahead of this clock: some node's clock was, or is, wrong",
                ahead / 1_000
            ),
        );
    }
    match installation.store.read(credits::totals).await {
        Ok(totals) if totals == credits::Totals::default() => {
            report.good("credits", "every account is the sum of its entries, and all sum to zero")
        }
        Ok(totals) => report.bad(
            "credits",
            format!("the ledger does not add up: {totals:?}; restore a backup, or ask for help before anything else"),
        ),
        Err(error) => report.bad("credits", error.to_string()),
    }
    if let Err(failure) = projects(installation, report).await {
        report.bad("projects", failure.to_string());
    }
}

async fn projects(installation: &Installation, report: &mut Report) -> Outcome {
    let all = installation.store.read(projects::all).await?;
    if all.is_empty() {
        report.note(
            "projects",
            "there is none yet: `outrider quickstart`, `outrider apply FILE` or `outrider project create NAME`",
        );
    }
    let mut unpaid = Vec::new();
    for project in all {
        let id = project.id;
        unpaid.extend(installation.store.read(move |tx| tasks::unbalanced(tx, id)).await?);
        let what = format!("project {}", project.slug);
        let audit = installation.call(project.id, "verify_audit", json!({})).await?;
        if audit["sound"] == true {
            report.good(&what, format!("audit of {} lines is sound", audit["lines"]));
        } else {
            let problem = text(&audit, "problem");
            report.bad(
                &what,
                format!(
                    "the audit breaks at line {}: {problem}. Someone changed the database by hand.",
                    audit["broken_at"]
                ),
            );
        }
        let (states, ledger, held, switches) = installation
            .store
            .read(move |tx| {
                let states = actions::count_by_state(tx, id)?;
                let held = actions::held_by_gate(tx, id)?;
                let ledger = actions::ledger_count(tx, id)?;
                Ok::<_, Error>((states, ledger, held, projects::kill_switches(tx, id)?))
            })
            .await?;
        let unknown = states.iter().find(|(state, _)| state == "unknown").map_or(0, |(_, count)| *count);
        if unknown > 0 {
            report.note(&what, format!("{unknown} mails may or may not have left: look at GET /api/v1/actions?state=unknown and resolve them"));
        }
        let of = |counts: &[(String, i64)], state: &str| {
            counts.iter().find(|(known, _)| known == state).map_or(0, |(_, count)| *count)
        };
        // What is on its way, and what nobody knows the end of, stands in the ledger as it does with the actions.
        for (action, entry) in [("sending", "handed"), ("unknown", "unknown")] {
            let (actions, entries) = (of(&states, action), of(&ledger, entry));
            if actions != entries {
                let text = format!(
                    "{actions} actions are {action} and {entries} entries of the ledger {entry}: they must agree"
                );
                report.bad(&what, text);
            }
        }
        for (gate, count) in held.iter().filter(|(gate, _)| !matches!(gate.as_str(), "window" | "cap" | "pacing")) {
            report.note(
                &what,
                format!("{count} mails or calls are held by the gate {gate}: `outrider why ID` tells more"),
            );
        }
        for switch in switches {
            report.note(&what, format!("stopped by a kill switch since {}: {}", switch.engaged_at, switch.reason));
        }
    }
    if unpaid.is_empty() {
        report.good("tasks", "every output has its charge, and nothing is charged without an output or a refund");
    } else {
        report.bad("tasks", format!("charges do not fit what became of {}", unpaid.join(", ")));
    }
    Ok(())
}
