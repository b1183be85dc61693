//! `update_lead`: some fields of a lead. Disabling outreach and booking a meeting stop what is open, in the same transaction.

use outrider_domain::address::{Email, Phone};
use outrider_domain::id::{AgentId, CompanyId, JobId, LeadId};
use outrider_domain::patch::Patch;
use outrider_domain::sequence::StopEvent;
use outrider_domain::window::TimeZone;
use outrider_store::{actions, jobs, leads as rows};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{CustomFields, Lead, Stage, check_references, merge_custom_fields, missing, split_name};
use crate::actions::JOB;
use crate::actions::state::SCHEDULED;
use crate::calls::is_call;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{changed, kept, patched, patched_required};
use crate::operation::{Operation, Spec};
use crate::opt_out;
use crate::sequences::stop;

/// Changes a lead.
pub struct UpdateLead;

/// The fields to change; null clears one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
    /// Display name.
    #[serde(default)]
    name: Patch<String>,
    /// Given name.
    #[serde(default)]
    first_name: Patch<String>,
    /// Family name.
    #[serde(default)]
    last_name: Patch<String>,
    /// Address; unique in the project.
    #[serde(default)]
    email: Patch<Email>,
    /// E.164.
    #[serde(default)]
    phone: Patch<Phone>,
    /// Company name.
    #[serde(default)]
    company: Patch<String>,
    /// The company.
    #[serde(default)]
    company_id: Patch<CompanyId>,
    /// Job title.
    #[serde(default)]
    role: Patch<String>,
    /// Where it stands.
    #[serde(default)]
    stage: Patch<Stage>,
    /// IANA time zone.
    #[serde(default)]
    time_zone: Patch<TimeZone>,
    /// As you like.
    #[serde(default)]
    country: Patch<String>,
    /// As you like.
    #[serde(default)]
    language: Patch<String>,
    /// Profile address.
    #[serde(default)]
    linkedin_url: Patch<String>,
    /// The agent it is assigned to.
    #[serde(default)]
    agent_id: Patch<AgentId>,
    /// A meeting was booked: stops the sequences that stop on one.
    #[serde(default)]
    meeting_booked: Patch<bool>,
    /// Became a customer; the same as stage `converted`.
    #[serde(default)]
    converted: Patch<bool>,
    /// True stops everything that is open for the lead, on every channel. False does not lift a suppression.
    #[serde(default)]
    outreach_disabled: Patch<bool>,
    /// Fields of your own: those named are set, null removes one; null for the whole removes all.
    #[serde(default)]
    custom_fields: Patch<CustomFields>,
}

impl Operation for UpdateLead {
    const SPEC: Spec = Spec::patch("update_lead", "leads", "/leads/{lead_id}", "leads:write", "Change a lead.")
        .describe("Send only the fields to change; null clears one. outreach_disabled: true refuses what is open and ends the lead's enrollments at once.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Lead;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Lead> {
        let before = rows::lock(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let after = apply(cx, &before, input)?;
        let fields = changed_fields(&before, &after);
        if fields.is_empty() {
            return Ok(before.into());
        }
        let stopped = after.outreach_disabled && !before.outreach_disabled;
        let booked = after.meeting_booked && !before.meeting_booked;
        cx.plan.push(json!({ "update_lead": { "id": after.id, "fields": fields, "stops_outreach": stopped } }));
        rows::update(cx.tx, &before, after.clone())?;
        cx.emit(
            Event::new("lead.updated")
                .lead(after.id)
                .agent(after.agent_id)
                .subject(after.id)
                .data(json!({ "fields": fields })),
        );
        if stopped {
            let actor = cx.actor.to_string();
            opt_out::stop_lead(cx, after.id, "outreach_disabled", &format!("{actor} disabled outreach to this lead"))?;
        } else {
            if booked {
                stop::on_event(cx, after.id, StopEvent::Meeting, "meeting_booked")?;
            }
            jobs::wake(cx.tx, cx.project, "content", cx.now)?;
            if before.time_zone != after.time_zone || before.country != after.country {
                jobs::wake(cx.tx, cx.project, "calling_hours", cx.now)?;
            }
            if fields.iter().any(|field| matches!(*field, "phone" | "time_zone" | "country")) {
                look_at_calls_again(cx, after.id)?;
            }
        }
        Ok(after.into())
    }
}

/// Lets the calls that wait for a lead try their gates: another number, zone or country may open them.
fn look_at_calls_again(cx: &mut Context<'_, '_>, lead: LeadId) -> Result<()> {
    for action in actions::open_of_lead(cx.tx, cx.project, lead)? {
        if action.state == SCHEDULED && is_call(&action) {
            jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, action.id.0, cx.now, cx.now)?;
        }
    }
    Ok(())
}

/// The row after the update.
fn apply(cx: &mut Context<'_, '_>, before: &rows::Lead, input: Input) -> Result<rows::Lead> {
    let value = |patch: &Patch<AgentId>| if let Patch::Value(id) = patch { Some(*id) } else { None };
    let company = if let Patch::Value(id) = &input.company_id { Some(*id) } else { None };
    check_references(cx, value(&input.agent_id), company)?;
    if let Patch::Value(email) = &input.email
        && let Some(other) = rows::find_by_email(cx.tx, cx.project, email.as_str())?
        && other.id != before.id
    {
        return Err(Error::new(code::ALREADY_EXISTS, format!("The lead {} has this email address already.", other.id))
            .at("email"));
    }
    let mut after = before.clone();
    let names_given = (input.name.is_present(), input.first_name.is_present() || input.last_name.is_present());
    after.name = patched_required("name", input.name, after.name)?;
    after.first_name = patched("first_name", input.first_name, after.first_name)?;
    after.last_name = patched("last_name", input.last_name, after.last_name)?;
    after.company = patched("company", input.company, after.company)?;
    settle_names(before, &mut after, names_given);
    after.email = as_text(input.email, after.email);
    after.phone = as_text(input.phone, after.phone);
    after.company_id = input.company_id.apply(after.company_id);
    after.role = patched("role", input.role, after.role)?;
    after.time_zone = as_text(input.time_zone, after.time_zone);
    after.country = patched("country", input.country, after.country)?;
    after.language = patched("language", input.language, after.language)?;
    after.linkedin_url = patched("linkedin_url", input.linkedin_url, after.linkedin_url)?;
    after.agent_id = input.agent_id.apply(after.agent_id);
    after.meeting_booked = kept("meeting_booked", input.meeting_booked, after.meeting_booked)?;
    after.outreach_disabled = kept("outreach_disabled", input.outreach_disabled, after.outreach_disabled)?;
    after.custom_fields = merge_custom_fields(&after.custom_fields, input.custom_fields)?;
    settle_stage(&mut after, input.stage, input.converted)?;
    after.updated_at = cx.now;
    Ok(after)
}

/// An address or zone as it is stored.
fn as_text<T: std::fmt::Display>(patch: Patch<T>, current: Option<String>) -> Option<String> {
    match patch {
        Patch::Absent => current,
        Patch::Null => None,
        Patch::Value(value) => Some(value.to_string()),
    }
}

/// Keeps the display name and its two parts in step, where they were in step before and only one side was given.
fn settle_names(before: &rows::Lead, after: &mut rows::Lead, given: (bool, bool)) {
    let join = |first: &Option<String>, last: &Option<String>| match (first, last) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (one, other) => one.clone().or_else(|| other.clone()),
    };
    match given {
        (true, false)
            if (before.first_name.clone(), before.last_name.clone())
                == split_name(&before.name, before.company.as_deref()) =>
        {
            (after.first_name, after.last_name) = split_name(&after.name, after.company.as_deref());
        }
        (false, true) if join(&before.first_name, &before.last_name).as_deref() == Some(&before.name) => {
            if let Some(name) = join(&after.first_name, &after.last_name) {
                after.name = name;
            }
        }
        _ => {}
    }
}

/// Keeps the stage and the mark of a customer in step.
fn settle_stage(after: &mut rows::Lead, stage: Patch<Stage>, converted: Patch<bool>) -> Result<()> {
    let stage = if stage.is_present() { Some(kept("stage", stage, Stage::New)?) } else { None };
    let converted = if converted.is_present() { Some(kept("converted", converted, false)?) } else { None };
    let stage = match (stage, converted) {
        (None, None) => return Ok(()),
        (Some(stage), Some(converted)) if (stage == Stage::Converted) != converted => {
            return Err(Error::invalid(
                "converted",
                "converted and stage disagree: a lead is converted exactly when its stage is.",
            ));
        }
        (Some(stage), _) => stage,
        (None, Some(true)) => Stage::Converted,
        (None, Some(false)) if after.stage == Stage::Converted.as_str() => Stage::InProgress,
        (None, Some(false)) => return Ok(()),
    };
    stage.as_str().clone_into(&mut after.stage);
    after.converted = stage == Stage::Converted;
    Ok(())
}

fn changed_fields(before: &rows::Lead, after: &rows::Lead) -> Vec<&'static str> {
    changed(&[
        ("name", before.name != after.name),
        ("first_name", before.first_name != after.first_name),
        ("last_name", before.last_name != after.last_name),
        ("email", before.email != after.email),
        ("phone", before.phone != after.phone),
        ("company", before.company != after.company),
        ("company_id", before.company_id != after.company_id),
        ("role", before.role != after.role),
        ("stage", before.stage != after.stage),
        ("time_zone", before.time_zone != after.time_zone),
        ("country", before.country != after.country),
        ("language", before.language != after.language),
        ("linkedin_url", before.linkedin_url != after.linkedin_url),
        ("agent_id", before.agent_id != after.agent_id),
        ("meeting_booked", before.meeting_booked != after.meeting_booked),
        ("converted", before.converted != after.converted),
        ("outreach_disabled", before.outreach_disabled != after.outreach_disabled),
        ("custom_fields", before.custom_fields != after.custom_fields),
    ])
}
