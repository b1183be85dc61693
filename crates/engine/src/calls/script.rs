//! From an agent, a lead and a call's own wishes to the script that is spoken, and its digest. Speaks nothing.

use std::collections::BTreeMap;

use outrider_domain::address::Phone;
use outrider_domain::calling;
use outrider_domain::window::TimeZone;
use outrider_store::agents::Agent;
use outrider_store::calls::Call;
use outrider_store::leads::Lead;
use outrider_store::projects;
use outrider_voice::{Brain, Dialogue, Script, Source, Template};
use sha2::{Digest, Sha256};

use crate::agents::calling::Calling;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::gates::snapshot::read_json;
use crate::pipeline::hex;

/// A script with what an approver wants to know of it.
#[derive(Debug)]
pub struct Built {
    /// The script.
    pub script: Script,
    /// What is said first.
    pub opening: String,
    /// Whether that begins with who calls, and that it is a machine.
    pub discloses: bool,
    /// What keeps it from being spoken.
    pub problems: Vec<String>,
}

/// The template of a call: its own, else its agent's, else the one for agents without. `Err` names one that is gone.
///
/// # Errors
/// When the catalog can't be read.
pub fn template_of(
    cx: &Context<'_, '_>,
    own: Option<&str>,
    agent: Option<&Calling>,
) -> Result<std::result::Result<Template, String>> {
    let catalog = cx.core.catalog()?;
    let wanted = own.or_else(|| agent.and_then(|calling| calling.template.as_deref()));
    Ok(match wanted {
        None => Ok(catalog.outreach().clone()),
        Some(id) => catalog.get(id).cloned().ok_or_else(|| id.to_owned()),
    })
}

/// Builds what a call would say at this moment.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn build(cx: &mut Context<'_, '_>, call: &Call, agent: Option<&Agent>, lead: &Lead) -> Result<Built> {
    let calling: Option<Calling> = agent
        .and_then(|agent| agent.calling.as_deref())
        .map(|json| read_json(json, "how an agent calls"))
        .transpose()?;
    let template = match template_of(cx, call.template.as_deref(), calling.as_ref())? {
        Ok(template) => template,
        Err(gone) => {
            let script = Script::new(cx.core.catalog()?.outreach().clone(), civil_now(cx, lead), 0);
            let problems = vec![format!("there is no call template {gone}")];
            return Ok(Built { script, opening: String::new(), discloses: false, problems });
        }
    };
    let mut script = Script::new(template, civil_now(cx, lead), call.id.0.unsigned_abs());
    script.values = values(cx, call, agent, calling.as_ref(), lead)?;
    script.brain = match agent {
        Some(agent) => brain(&read_json(&agent.brain, "an agent's brain")?),
        None => Brain::default(),
    };
    script.first_message_override = call.first_message.clone();
    script.call_reason = call.call_reason.clone();
    if let Some(calling) = calling {
        script.transfer_available = calling.transfer_to.is_some();
        if script.template.dynamic {
            script.output_variables = calling.output_variables;
            script.transfer_triggers = calling.transfer_triggers;
        }
    }
    let problems: Vec<String> = script.problems().iter().map(ToString::to_string).collect();
    let (opening, discloses) = if problems.is_empty() { opening(&script) } else { (String::new(), false) };
    Ok(Built { script, opening, discloses, problems })
}

/// The first words, and whether they begin with the template's disclosure.
fn opening(script: &Script) -> (String, bool) {
    let Ok(mut dialogue) = Dialogue::new(script.clone()) else { return (String::new(), false) };
    let first = dialogue.open();
    let discloses = first.parts.first().is_some_and(|part| {
        matches!(&part.source, Source::Template(path) if path == "opening.disclosure") && !part.text.trim().is_empty()
    });
    (first.text, discloses)
}

fn civil_now(cx: &Context<'_, '_>, lead: &Lead) -> jiff::civil::DateTime {
    let number = lead.phone.as_deref().and_then(|text| Phone::parse(text).ok());
    calling::zone_of(lead.time_zone.as_deref(), lead.country.as_deref(), number.as_ref())
        .unwrap_or(TimeZone::UTC)
        .civil(cx.now)
}

/// The lead's fields and who speaks, the agent's values over them, the call's own over those.
fn values(
    cx: &mut Context<'_, '_>,
    call: &Call,
    agent: Option<&Agent>,
    calling: Option<&Calling>,
    lead: &Lead,
) -> Result<BTreeMap<String, String>> {
    let project = projects::get(cx.tx, cx.project)?;
    let known = [
        ("first_name", lead.first_name.clone()),
        ("last_name", lead.last_name.clone()),
        ("name", Some(lead.name.clone())),
        ("company", lead.company.clone()),
        ("role", lead.role.clone()),
        ("agentName", agent.map(|agent| agent.name.clone())),
        ("companyName", Some(project.name)),
    ];
    let mut values: BTreeMap<String, String> =
        known.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))).collect();
    if let Some(calling) = calling {
        values.extend(calling.values.clone());
    }
    values.extend(read_json::<BTreeMap<String, String>>(&call.variables, "a call's variables")?);
    Ok(values)
}

fn brain(brain: &crate::agents::Brain) -> Brain {
    Brain {
        system_prompt: brain.system_prompt.clone(),
        first_message: brain.first_message.clone(),
        product_explanation: brain.product_explanation.clone(),
        value_proposition: brain.value_proposition.clone(),
        pain_points: brain.pain_points.clone(),
        benefits: brain.benefits.clone(),
        features_differentiators: brain.features_differentiators.clone(),
        elevator_pitch: brain.elevator_pitch.clone(),
    }
}

/// Digest of what an approver agrees to: who calls whom, and everything that may be said. The moment is no part of it.
///
/// # Errors
/// `internal_error` when the script can't be written.
pub fn digest(from: &str, to: &str, script: &Script) -> Result<String> {
    let mut timeless = script.clone();
    timeless.now = jiff::civil::DateTime::default();
    timeless.seed = 0;
    let mut hash = Sha256::new();
    for part in ["call", from, to, &crate::fields::to_json(&timeless)?] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    Ok(hex(&hash.finalize()))
}

/// The script a call was dialled with.
///
/// # Errors
/// `internal_error` when it was never dialled, or its script can't be read.
pub fn stored(call: &Call) -> Result<Script> {
    let json = call
        .script
        .as_deref()
        .ok_or_else(|| Error::new(code::INTERNAL_ERROR, "A call is under way that was never prepared."))?;
    read_json(json, "a call's script")
}
