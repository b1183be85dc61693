//! One project of a workspace: each part is compared with what is stored, and made or changed by its noun's own operation.

use std::collections::HashMap;

use outrider_domain::id::AgentId;
use outrider_domain::window::TimeZone;
use outrider_domain::workspace::{
    AgentEntry, IdentityEntry, ProjectEntry, SegmentEntry, SequenceEntry, SuppressionEntry, TemplateEntry,
};
use outrider_store::{agents, identities, projects, segments, sequences, suppressions, templates};
use serde_json::{Value, json};

use super::{phone_numbers, playbooks, read, under};
use crate::agents::Brain;
use crate::agents::create_agent::CreateAgent;
use crate::agents::update_agent::UpdateAgent;
use crate::context::Context;
use crate::credits::grant_credits::GrantCredits;
use crate::error::{Error, Result};
use crate::holidays;
use crate::holidays::set_own_holidays::{SetOwnHolidays, tidied};
use crate::identities::create_identity::CreateIdentity;
use crate::identities::update_identity::UpdateIdentity;
use crate::kill_switch::engage_kill_switch::EngageKillSwitch;
use crate::kill_switch::release_kill_switch::ReleaseKillSwitch;
use crate::operation::{Operation, decode};
use crate::projects::update_project::UpdateProject;
use crate::segments::create_segment::CreateSegment;
use crate::segments::update_segment::UpdateSegment;
use crate::sequences::create_sequence::CreateSequence;
use crate::sequences::update_sequence::UpdateSequence;
use crate::subscription::set_plan::SetPlan;
use crate::suppressions::create_suppression::CreateSuppression;
use crate::templates::create_template::CreateTemplate;
use crate::templates::update_template::UpdateTemplate;

/// Reasons of suppressions with a meaning of their own; any other text is kept as a detail of `manual`.
const REASONS: [&str; 5] = ["manual", "opt_out", "do_not_call", "bounce", "complaint"];
/// Agents read at a time.
const PAGE: i64 = 500;

/// Runs an operation with this input; its errors name fields as the file does.
pub(super) fn run<O: Operation>(cx: &mut Context<'_, '_>, input: Value) -> Result<O::Output> {
    decode(input).and_then(|input| O::run(cx, input)).map_err(|error| match error.field.as_deref() {
        Some("agent_id") => error.at("agent"),
        Some("gap") => error.at("min_gap"),
        Some("friendly_name") => error.at("name"),
        Some(field) => match field.strip_prefix("definition.").map(ToOwned::to_owned) {
            Some(field) => error.at(field),
            None => error,
        },
        None => error,
    })
}

/// Applies a project's entry to the context's project; `made` tells that it is new.
pub(super) fn apply(cx: &mut Context<'_, '_>, entry: &ProjectEntry, made: bool, path: &str) -> Result<()> {
    settings(cx, entry, made).map_err(|error| under(error, path))?;
    let at = |list: &str, index: usize| format!("{path}.{list}[{index}]");
    for (index, entry) in entry.agents.iter().enumerate() {
        agent(cx, entry).map_err(|error| under(error, &at("agents", index)))?;
    }
    let ids = agent_ids(cx)?;
    for (index, entry) in entry.identities.iter().enumerate() {
        identity(cx, entry, &ids).map_err(|error| under(error, &at("identities", index)))?;
    }
    for (index, entry) in entry.phone_numbers.iter().enumerate() {
        phone_numbers::apply(cx, entry, &ids).map_err(|error| under(error, &at("phone_numbers", index)))?;
    }
    for (index, entry) in entry.segments.iter().enumerate() {
        segment(cx, entry).map_err(|error| under(error, &at("segments", index)))?;
    }
    for (index, entry) in entry.templates.iter().enumerate() {
        template(cx, entry).map_err(|error| under(error, &at("templates", index)))?;
    }
    for (index, wanted) in entry.sequences.iter().enumerate() {
        sequence(cx, wanted, &entry.identities, &ids).map_err(|error| under(error, &at("sequences", index)))?;
    }
    // Last, for their steps name senders, templates and segments.
    for (index, entry) in entry.agents.iter().enumerate() {
        if let (Some(wanted), Some(id)) = (&entry.playbook, agent_id(&ids, Some(&entry.name))?) {
            playbooks::apply(cx, id, wanted).map_err(|error| under(error, &at("agents", index)))?;
        }
    }
    for (index, entry) in entry.suppressions.iter().enumerate() {
        suppression(cx, entry).map_err(|error| under(error, &at("suppressions", index)))?;
    }
    Ok(())
}

fn settings(cx: &mut Context<'_, '_>, entry: &ProjectEntry, made: bool) -> Result<()> {
    let own = projects::get(cx.tx, cx.project)?;
    if made {
        if let Some(amount) = entry.credits.filter(|amount| *amount > 0) {
            run::<GrantCredits>(cx, json!({ "amount": amount, "reason": "granted with the project" }))
                .map_err(|error| error.at("credits"))?;
        }
    } else {
        let fields = json!({ "project_id": own.id, "name": entry.name, "time_zone": entry.time_zone, "autonomy": entry.autonomy, "connected_agents": entry.connected_agents });
        run::<UpdateProject>(cx, fields)?;
        if entry.plan != own.plan {
            run::<SetPlan>(cx, json!({ "plan": entry.plan })).map_err(|error| error.at("plan"))?;
        }
    }
    if let Some(wanted) = entry.self_approval.filter(|wanted| *wanted != own.self_approval) {
        let planned = cx.plan.len();
        run::<UpdateProject>(cx, json!({ "project_id": own.id, "self_approval": wanted }))?;
        if made {
            // Part of making it, for the same reason as an agent's automation.
            cx.plan.truncate(planned);
        }
    }
    if let Some(days) = &entry.holidays {
        let named = |error: Error| match error.field.clone() {
            Some(field) => error.at(field.replacen("days", "holidays", 1)),
            None => error.at("holidays"),
        };
        let days = tidied(days.clone()).map_err(named)?;
        if days != holidays::own(cx)? {
            run::<SetOwnHolidays>(cx, json!({ "days": days })).map_err(named)?;
        }
    }
    let engaged = projects::kill_switches(cx.tx, own.id)?.iter().any(|switch| !switch.everywhere);
    match entry.kill_switch {
        Some(true) if !engaged => {
            cx.plan.push(json!({ "engage_kill_switch": {} }));
            let reason = json!({ "reason": "the workspace file engages it" });
            run::<EngageKillSwitch>(cx, reason).map(drop).map_err(|error| error.at("kill_switch"))
        }
        Some(false) if engaged => {
            cx.plan.push(json!({ "release_kill_switch": {} }));
            run::<ReleaseKillSwitch>(cx, json!({})).map(drop).map_err(|error| error.at("kill_switch"))
        }
        _ => Ok(()),
    }
}

fn agent(cx: &mut Context<'_, '_>, entry: &AgentEntry) -> Result<()> {
    let mut fields = json!({
        "name": entry.name,
        "type": entry.kind,
        "outreach_model": entry.outreach_model,
        "language": entry.language,
        "active": entry.active,
        "autonomy": entry.autonomy,
        "calling": entry.calling,
    });
    // A brain's texts are fields of their own, and one that the file leaves out is blank.
    let brain = json!(entry.brain);
    for (name, _) in Brain::default().fields() {
        fields[name] = brain.get(name).cloned().unwrap_or_default();
    }
    let Some(row) = agents::find_by_name(cx.tx, cx.project, entry.name.trim())? else {
        let made = run::<CreateAgent>(cx, fields)?;
        if entry.automation_enabled {
            // Part of making it: a change of its own in the plan would name an id that a preview can't know.
            let planned = cx.plan.len();
            run::<UpdateAgent>(cx, json!({ "agent_id": made.id, "automation_enabled": true }))?;
            cx.plan.truncate(planned);
        }
        return Ok(());
    };
    fields["agent_id"] = json!(row.id);
    fields["automation_enabled"] = json!(entry.automation_enabled);
    if read::agent(row)? == (AgentEntry { playbook: None, ..entry.clone() }) {
        return Ok(());
    }
    run::<UpdateAgent>(cx, fields).map(drop)
}

fn agent_ids(cx: &mut Context<'_, '_>) -> Result<HashMap<String, AgentId>> {
    let mut ids = HashMap::new();
    let mut before = i64::MAX;
    loop {
        let page = agents::list(cx.tx, cx.project, None, before, PAGE)?;
        let Some(last) = page.last() else { return Ok(ids) };
        before = last.id.0;
        // The oldest of those with one name, which is read last, is the one meant.
        ids.extend(page.into_iter().map(|agent| (agent.name, agent.id)));
    }
}

/// The names of agents by their ids.
pub(super) fn names(ids: &HashMap<String, AgentId>) -> HashMap<AgentId, String> {
    ids.iter().map(|(name, id)| (*id, name.clone())).collect()
}

pub(super) fn agent_id(ids: &HashMap<String, AgentId>, name: Option<&str>) -> Result<Option<AgentId>> {
    match name {
        None => Ok(None),
        Some(name) => match ids.get(name.trim()) {
            Some(id) => Ok(Some(*id)),
            None => Err(Error::invalid("agent", format!("There is no agent \"{name}\" in this project."))),
        },
    }
}

fn identity(cx: &mut Context<'_, '_>, entry: &IdentityEntry, ids: &HashMap<String, AgentId>) -> Result<()> {
    let project_zone = TimeZone::parse(&projects::get(cx.tx, cx.project)?.time_zone).unwrap_or(TimeZone::UTC);
    let mut fields = json!({
        "email": entry.email,
        "name": entry.name,
        "reply_to": entry.reply_to,
        "transport": entry.transport,
        "mailbox": entry.mailbox,
        "agent_id": agent_id(ids, entry.agent.as_deref())?,
        "active": entry.active,
        "time_zone": entry.time_zone.as_ref().unwrap_or(&project_zone),
        "ramp": entry.ramp,
        "gap": entry.min_gap,
    });
    let Some(row) = identities::find(cx.tx, cx.project, entry.email.as_str())? else {
        return run::<CreateIdentity>(cx, fields).map(drop);
    };
    fields["identity_id"] = json!(row.id);
    let zone = entry.time_zone.clone().filter(|zone| *zone != project_zone);
    if read::identity(row, &names(ids), &project_zone)? == (IdentityEntry { time_zone: zone, ..entry.clone() }) {
        return Ok(());
    }
    run::<UpdateIdentity>(cx, fields).map(drop)
}

fn segment(cx: &mut Context<'_, '_>, entry: &SegmentEntry) -> Result<()> {
    let fields = json!({ "name": entry.name, "filter": entry.filter });
    let Some(row) = segments::find(cx.tx, cx.project, entry.name.trim())? else {
        cx.plan.push(json!({ "create_segment": fields }));
        return run::<CreateSegment>(cx, fields).map(drop);
    };
    if row.filter == entry.filter {
        return Ok(());
    }
    cx.plan.push(json!({ "update_segment": fields }));
    run::<UpdateSegment>(cx, json!({ "segment_id": row.id, "filter": entry.filter })).map(drop)
}

fn template(cx: &mut Context<'_, '_>, entry: &TemplateEntry) -> Result<()> {
    let mut fields = json!({ "name": entry.name, "subject": entry.subject, "text": entry.text, "html": entry.html });
    let Some(row) = templates::find(cx.tx, cx.project, entry.name.trim())? else {
        return run::<CreateTemplate>(cx, fields).map(drop);
    };
    fields["template_id"] = json!(row.id);
    if read::template(row) == *entry {
        return Ok(());
    }
    run::<UpdateTemplate>(cx, fields).map(drop)
}

fn sequence(
    cx: &mut Context<'_, '_>,
    entry: &SequenceEntry,
    senders: &[IdentityEntry],
    ids: &HashMap<String, AgentId>,
) -> Result<()> {
    // In the file a sender may be called by its display name; stored definitions know addresses.
    let address = |name: &String| {
        let called = |sender: &&IdentityEntry| sender.name.as_deref() == Some(name.as_str());
        senders.iter().find(called).map_or_else(|| name.clone(), |sender| sender.email.to_string())
    };
    let entry = SequenceEntry { identities: entry.identities.iter().map(address).collect(), ..entry.clone() };
    let mut fields = json!({
        "name": entry.name,
        "agent_id": agent_id(ids, entry.agent.as_deref())?,
        "status": entry.status,
        "definition": entry.definition(),
    });
    let Some(row) = sequences::find(cx.tx, cx.project, entry.name.trim())? else {
        return run::<CreateSequence>(cx, fields).map(drop);
    };
    fields["sequence_id"] = json!(row.id);
    let archived = row.status == "archived";
    let stored = read::sequence(row, &names(ids))?;
    if stored == entry && !archived {
        return Ok(());
    }
    if stored.definition() == entry.definition() {
        // A definition that is sent counts as a new version.
        fields["definition"] = Value::Null;
    }
    run::<UpdateSequence>(cx, fields).map(drop)
}

fn suppression(cx: &mut Context<'_, '_>, entry: &SuppressionEntry) -> Result<()> {
    let kind = json!(entry.kind);
    if suppressions::find(cx.tx, cx.project, kind.as_str().unwrap_or_default(), &entry.value)?.is_some() {
        return Ok(());
    }
    let known = REASONS.contains(&entry.reason.as_str());
    let (reason, detail) = if known { (entry.reason.as_str(), None) } else { ("manual", Some(&entry.reason)) };
    let input = json!({ "kind": kind, "value": entry.value, "reason": reason, "detail": detail });
    run::<CreateSuppression>(cx, input).map(drop)
}
