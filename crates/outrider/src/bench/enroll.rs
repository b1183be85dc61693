//! Enrolling: a hundred thousand contacts into a sequence in one operation, previewed and committed by the preview's digest.

use std::time::Instant;

use outrider_engine::pipeline::{Call, Credential};
use outrider_engine::principal::Principal;
use outrider_engine::registry;
use serde_json::{Value, json};

use super::broken;
use super::report::{Budget, Row};
use super::rig::{Filled, Rig};
use crate::failure::Outcome;
use crate::installation::Installation;

/// Seconds.
const BUDGET: f64 = 5.0;
/// Contacts, and with `--quick`.
const CONTACTS: u64 = 100_000;
const QUICK: u64 = 10_000;
/// Leads given to an agent at a time: a page of them.
const TOGETHER: u64 = 100;

pub(super) async fn measure(rig: &mut Rig) -> Outcome<Vec<Row>> {
    let contacts = if rig.quick { QUICK } else { CONTACTS }.min(rig.leads / 2);
    let filled = rig.filled().await?;
    let installation = filled.place.open().await?;
    let agent = agent_with(rig, &installation, &filled, contacts).await?;
    let identity = json!({ "email": "enroll@sender.example", "gap": "0s" });
    installation.call(filled.project, "create_identity", identity).await?;
    let steps = json!([{ "key": "one", "after": "30d", "subject": "Hello {{ first_name }}", "text": "Hello" }]);
    let sequence = json!({ "name": "Bench", "definition": { "steps": steps } });
    let made = installation.call(filled.project, "create_sequence", sequence).await?;
    let input = json!({ "sequence_id": made["id"], "all": { "agent_id": agent } });
    let begun = Instant::now();
    let preview = enroll(&installation, &filled, &input, None).await?;
    let previewed = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let done = enroll(&installation, &filled, &input, preview["digest"].as_str()).await?;
    let committed = begun.elapsed().as_secs_f64();
    let wanted = Some(contacts);
    if preview["result"]["enrolled"].as_u64() != wanted || done["enrolled"].as_u64() != wanted {
        let (shown, done) = (&preview["result"]["enrolled"], &done["enrolled"]);
        return Err(broken(format!("{shown} were previewed and {done} enrolled of {contacts}")));
    }
    installation.close().await?;
    let row = |name, what: String, value| Row::new(name, what, value, "s").budget(Budget::AtMost(BUDGET));
    Ok(vec![
        row(
            "enroll.preview",
            format!("{contacts} of {} contacts previewed, each named in the plan", rig.leads),
            previewed,
        ),
        row(
            "enroll.commit",
            format!("the same {contacts} enrolled by the preview's digest, in one operation"),
            committed,
        ),
    ])
}

async fn enroll(installation: &Installation, filled: &Filled, input: &Value, digest: Option<&str>) -> Outcome<Value> {
    let operation = registry::find("enroll_leads").ok_or_else(|| broken("there is no enroll_leads"))?;
    let call = Call {
        dry_run: digest.is_none(),
        plan_digest: digest.map(ToOwned::to_owned),
        ..Call::new(Credential::Known(Principal::operator(filled.project)), input.clone(), "bench")
    };
    Ok(installation.pipeline.call(operation, call).await.1?.body)
}

/// An agent with so many leads, for an operation over all of its leads.
async fn agent_with(rig: &Rig, installation: &Installation, filled: &Filled, contacts: u64) -> Outcome<Value> {
    rig.note(&format!("  giving an agent {contacts} leads"));
    let project = filled.project;
    let agent = installation.call(project, "create_agent", json!({ "name": "Enroller", "type": "outbound" })).await?;
    let (mut cursor, mut given) = (Value::Null, 0);
    while given < contacts {
        let most = TOGETHER.min(contacts - given);
        let page = installation.call(project, "list_leads", json!({ "limit": most, "cursor": cursor })).await?;
        let ids: Vec<&Value> = page["items"].as_array().into_iter().flatten().map(|lead| &lead["id"]).collect();
        if ids.is_empty() {
            return Err(broken("there are too few leads"));
        }
        given += ids.len() as u64;
        let input = json!({ "agent_id": agent["id"], "lead_ids": ids });
        installation.call(project, "assign_leads", input).await?;
        cursor = page["next_cursor"].clone();
    }
    Ok(agent["id"].clone())
}
