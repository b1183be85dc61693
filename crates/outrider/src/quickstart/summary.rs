//! The summary: what came of the motion, in figures, and what waits for a person. Reads; changes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use outrider_domain::id::ProjectId;
use outrider_store::{Error, logs, messages};
use serde_json::{Value, json};

use super::sample::Sample;
use crate::commands::render_why;
use crate::failure::Outcome;
use crate::installation::Installation;
use crate::output::text;
use crate::serve::Node;

/// Events read at a time.
const TOGETHER: i64 = 500;

/// Gathers the figures.
pub(super) async fn gather(node: &Node, sample: &Sample) -> Outcome<Value> {
    let installation = node.installation();
    let project = sample.project;
    let counts = count_events(installation, project).await?;
    let sent =
        installation.store.read(move |tx| messages::count_sent(tx, project, outrider_domain::time::Millis(0))).await?;
    let count = |kind: &str| counts.get(kind).copied().unwrap_or(0);
    let pending =
        installation.call(project, "list_actions", json!({ "state": "pending_approval", "limit": 100 })).await?;
    let opt_outs: Vec<Value> = pending["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|action| action["kind"] == "record_opt_out")
        .map(|action| json!({ "id": action["id"], "digest": action["digest"], "lead_id": action["lead_id"] }))
        .collect();
    let suppressed = installation.call(project, "list_suppressions", json!({ "limit": 100 })).await?;
    let suppressed: Vec<String> = suppressed["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| format!("{} ({})", text(one, "value"), text(one, "reason")))
        .collect();
    Ok(json!({
        "url": node.public_url(),
        "key": sample.key,
        "mails_sent": sent,
        "replies_that_stopped_the_sequence": count("enrollment.stopped/lead_replied"),
        "out_of_office": count("email.out_of_office"),
        "hard_bounces": count("email.bounced"),
        "soft_bounces": count("email.soft_bounced"),
        "complaints": count("email.complained"),
        "opt_outs_proposed": count("opt_out.proposed"),
        "sequences_finished": count("enrollment.finished"),
        "sequences_stopped": count("enrollment.stopped"),
        "suppressed": suppressed,
        "pending_opt_outs": opt_outs,
        "why": why(installation, project).await?,
    }))
}

/// How often each type of event is in the log; stops are also counted by their reason.
async fn count_events(installation: &Installation, project: ProjectId) -> Outcome<BTreeMap<String, usize>> {
    let counted = installation
        .store
        .read(move |tx| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            let mut after = 0;
            loop {
                let rows = logs::events_after(tx, project, after, TOGETHER)?;
                let Some(last) = rows.last() else { return Ok::<_, Error>(counts) };
                after = last.sequence;
                for row in rows {
                    if row.kind == "enrollment.stopped" {
                        let data: Value = serde_json::from_str(&row.data).unwrap_or_default();
                        *counts.entry(format!("{}/{}", row.kind, text(&data, "reason"))).or_default() += 1;
                    }
                    *counts.entry(row.kind).or_default() += 1;
                }
            }
        })
        .await?;
    Ok(counted)
}

/// The explanation of a lead that replied, else of any.
async fn why(installation: &Installation, project: ProjectId) -> Outcome<Value> {
    let leads = installation.call(project, "list_leads", json!({ "limit": 100 })).await?;
    let leads = leads["items"].as_array().cloned().unwrap_or_default();
    let replied = leads.iter().find(|lead| text(lead, "email").ends_with("@replies.example")).or(leads.first());
    match replied {
        Some(lead) => {
            let mut why = installation.call(project, "why_lead", json!({ "lead_id": lead["id"] })).await?;
            why["email"] = lead["email"].clone();
            Ok(why)
        }
        None => Ok(Value::Null),
    }
}

/// For people.
pub(super) fn render(value: &Value) -> String {
    let mut lines = String::from("\nWhat came of it\n\n");
    for (field, what) in [
        ("mails_sent", "mails sent"),
        ("replies_that_stopped_the_sequence", "replies stopped a sequence"),
        ("out_of_office", "out-of-office notices, which stopped nothing"),
        ("hard_bounces", "hard bounces: address suppressed, sequence stopped"),
        ("soft_bounces", "soft bounces; the third suppresses the address"),
        ("complaints", "complaints: opted out everywhere, at once"),
        ("opt_outs_proposed", "requests for no more mail: opt-out proposed"),
        ("sequences_finished", "sequences ran to their end, all three mails sent"),
    ] {
        let _ = writeln!(lines, "  {:>4}  {what}", text(value, field));
    }
    let suppressed: Vec<&str> =
        value["suppressed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !suppressed.is_empty() {
        let _ = writeln!(lines, "\nNot to be contacted any more\n\n  {}", suppressed.join("\n  "));
    }
    let (url, key) = (text(value, "url"), text(value, "key"));
    for action in value["pending_opt_outs"].as_array().into_iter().flatten() {
        let (id, digest) = (text(action, "id"), text(action, "digest"));
        let _ = writeln!(
            lines,
            "\nWaits for a person: {id}, an opt-out that a reply asks for. Confirm it with\n\n  curl -s -X POST -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n    -d '{{\"digest\":\"{digest}\"}}' {url}/api/v1/actions/{id}/approve"
        );
    }
    if value["why"].is_object() {
        let email = text(&value["why"], "email");
        let _ = writeln!(lines, "\nWhy {email} gets no more mail (`outrider why {email}`)\n");
        render_why(&value["why"]).lines().for_each(|line| {
            let _ = writeln!(lines, "  {line}");
        });
    }
    lines
}
