//! From what is stored to a workspace's entries: what an export writes and applying compares with. Changes nothing.

use std::collections::HashMap;

use outrider_domain::address::Email;
use outrider_domain::holidays::OwnHoliday;
use outrider_domain::id::{AgentId, ProjectId};
use outrider_domain::sequence::SequenceDefinition;
use outrider_domain::span::Span;
use outrider_domain::window::TimeZone;
use outrider_domain::workspace::{
    AgentEntry, IdentityEntry, PhoneNumberEntry, ProjectEntry, SegmentEntry, SequenceEntry, SequenceStatus,
    SuppressionEntry, TemplateEntry, UserEntry,
};
use outrider_store::{Tx, agents, identities, projects, segments, sequences, suppressions, templates};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::playbooks;
use crate::error::{Error, Result, code};
use crate::gates::snapshot::read_json;

/// Rows read at a time.
const PAGE: i64 = 500;

/// A stored value in the words of a file.
fn word<T: DeserializeOwned>(value: Value, what: &str) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, format!("{what} could not be read."))
    })
}

fn email(text: &str) -> Result<Email> {
    word(json!(text), "A stored address")
}

pub(super) fn user(row: projects::User) -> Result<UserEntry> {
    Ok(UserEntry { email: email(&row.email)?, name: row.name, role: word(json!(row.role), "A user's role")? })
}

/// All rows of a list that is read by page, oldest first.
fn every<T>(mut page: impl FnMut(i64) -> Result<Vec<T>>, id: impl Fn(&T) -> i64) -> Result<Vec<T>> {
    let mut found: Vec<T> = Vec::new();
    let mut before = i64::MAX;
    loop {
        let rows = page(before)?;
        let Some(last) = rows.last() else { break };
        before = id(last);
        found.extend(rows);
    }
    found.reverse();
    Ok(found)
}

/// One project's entry, with everything in it.
pub(super) fn project(tx: &mut Tx<'_>, row: projects::Project) -> Result<ProjectEntry> {
    let id = row.id;
    let stopped = projects::kill_switches(tx, id)?.iter().any(|switch| !switch.everywhere);
    let agents = every(|before| Ok(agents::list(tx, id, None, before, PAGE)?), |agent| agent.id.0)?;
    let names: HashMap<AgentId, String> = agents.iter().map(|agent| (agent.id, agent.name.clone())).collect();
    let connected_agents = crate::connected::policy_of(&row)?;
    let holidays: Option<Vec<OwnHoliday>> =
        projects::own_holidays(tx, id)?.map(|json| read_json(&json, "a project's holidays")).transpose()?;
    let zone: TimeZone = word(json!(row.time_zone), "A project's time zone")?;
    let identities = every(
        |before| Ok(identities::list(tx, id, Some(identities::MAILBOX), before, PAGE)?),
        |identity| identity.id.0,
    )?;
    let numbers =
        every(|before| Ok(identities::list(tx, id, Some(identities::PHONE), before, PAGE)?), |identity| identity.id.0)?;
    let segments = every(|before| Ok(segments::list(tx, id, before, PAGE)?), |segment| segment.id.0)?;
    let mut workers = Vec::with_capacity(agents.len());
    for row in agents {
        let playbook = playbooks::read(tx, &row)?;
        workers.push(AgentEntry { playbook, ..agent(row)? });
    }
    let templates = every(|before| Ok(templates::list(tx, id, before, PAGE)?), |template| template.id.0)?;
    let sequences = every(|before| Ok(sequences::list(tx, id, before, PAGE)?), |sequence| sequence.id.0)?;
    Ok(ProjectEntry {
        slug: row.slug,
        name: row.name,
        plan: row.plan,
        autonomy: read_json(&row.autonomy, "a project's policy")?,
        connected_agents,
        self_approval: row.self_approval.then_some(true),
        kill_switch: stopped.then_some(true),
        holidays: holidays.filter(|days| !days.is_empty()),
        credits: None,
        agents: workers,
        identities: identities.into_iter().map(|row| identity(row, &names, &zone)).collect::<Result<_>>()?,
        phone_numbers: numbers.into_iter().map(|row| phone_number(row, &names, &zone)).collect::<Result<_>>()?,
        segments: segments.into_iter().map(|row| SegmentEntry { name: row.name, filter: row.filter }).collect(),
        templates: templates.into_iter().map(template).collect(),
        sequences: sequences
            .into_iter()
            .filter(|sequence| sequence.status != "archived")
            .map(|row| sequence(row, &names))
            .collect::<Result<_>>()?,
        suppressions: suppressions_of(tx, id)?,
        time_zone: zone,
    })
}

pub(super) fn agent(row: agents::Agent) -> Result<AgentEntry> {
    Ok(AgentEntry {
        name: row.name,
        kind: word(json!(row.kind), "An agent's type")?,
        active: row.active,
        automation_enabled: row.automation_enabled,
        outreach_model: word(json!(row.outreach_model), "An agent's outreach model")?,
        language: row.language,
        autonomy: row.autonomy.as_deref().map(|json| read_json(json, "an agent's policy")).transpose()?,
        brain: read_json(&row.brain, "an agent's brain")?,
        calling: row
            .calling
            .as_deref()
            .map(|json| read_json(json, "how an agent calls").map(playbooks::without_nulls))
            .transpose()?,
        playbook: None,
    })
}

/// Leaves the time zone out when it is the project's.
pub(super) fn phone_number(
    row: identities::Identity,
    agents: &HashMap<AgentId, String>,
    project_zone: &TimeZone,
) -> Result<PhoneNumberEntry> {
    let zone: TimeZone = word(json!(row.time_zone), "A number's time zone")?;
    Ok(PhoneNumberEntry {
        number: word(json!(row.address), "A stored number")?,
        name: row.name,
        carrier: row.transport,
        country: row.country,
        agent: row.agent_id.and_then(|id| agents.get(&id).cloned()),
        answered_by: row.inbound_agent_id.and_then(|id| agents.get(&id).cloned()),
        concurrency: u32::try_from(row.concurrency).unwrap_or(1),
        ramp: read_json(&row.ramp, "a number's ramp")?,
        min_gap: Span::from_millis(row.gap_ms),
        time_zone: Some(zone).filter(|zone| zone != project_zone),
        active: row.active,
    })
}

/// Leaves the time zone out when it is the project's.
pub(super) fn identity(
    row: identities::Identity,
    agents: &HashMap<AgentId, String>,
    project_zone: &TimeZone,
) -> Result<IdentityEntry> {
    let zone: TimeZone = word(json!(row.time_zone), "An identity's time zone")?;
    Ok(IdentityEntry {
        email: email(&row.address)?,
        name: row.name,
        reply_to: row.reply_to.as_deref().map(email).transpose()?,
        transport: row.transport,
        mailbox: row.mailbox,
        agent: row.agent_id.and_then(|id| agents.get(&id).cloned()),
        ramp: read_json(&row.ramp, "an identity's ramp")?,
        min_gap: Span::from_millis(row.gap_ms),
        time_zone: Some(zone).filter(|zone| zone != project_zone),
        active: row.active,
    })
}

pub(super) fn template(row: templates::Template) -> TemplateEntry {
    TemplateEntry { name: row.name, subject: row.subject, text: row.text, html: row.html }
}

/// A sequence that is not active, for whatever reason, is paused in the words of a file.
pub(super) fn sequence(row: sequences::Sequence, agents: &HashMap<AgentId, String>) -> Result<SequenceEntry> {
    let definition: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
    let status = if row.status == "active" { SequenceStatus::Active } else { SequenceStatus::Paused };
    let agent = row.agent_id.and_then(|id| agents.get(&id).cloned());
    Ok(SequenceEntry::new(row.name, agent, status, definition))
}

/// Every suppression: whoever sets the file up elsewhere must not write to people who asked not to be written to.
fn suppressions_of(tx: &mut Tx<'_>, id: ProjectId) -> Result<Vec<SuppressionEntry>> {
    let rows = every(|before| Ok(suppressions::list(tx, id, before, PAGE)?), |suppression| suppression.id.0)?;
    rows.into_iter()
        .map(|row| {
            let reason = match (row.reason.as_str(), row.detail) {
                ("manual", Some(detail)) => detail,
                _ => row.reason,
            };
            Ok(SuppressionEntry { kind: word(json!(row.kind), "A suppression's kind")?, value: row.value, reason })
        })
        .collect()
}
