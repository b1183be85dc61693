//! Leads: the people we may write to. Their shape in answers, their making and changing; not their messages.

pub mod assign_owner;
pub mod bulk_create_leads;
pub mod by_phone;
pub mod by_place;
pub mod create_lead;
pub mod delete_lead;
pub mod get_lead;
pub mod get_lead_timeline;
pub mod import_leads;
pub mod list_leads;
pub mod update_lead;

use std::collections::BTreeMap;

use outrider_domain::address::{Email, Phone};
use outrider_domain::id::{AgentId, CompanyId, LeadId, UserId};
use outrider_domain::patch::Patch;
use outrider_domain::time::Millis;
use outrider_domain::window::TimeZone;
use outrider_store::leads as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::error::{Error, Result, code};

/// Custom fields: names to text, number, boolean or null.
pub type CustomFields = BTreeMap<String, Value>;

/// Where a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing has happened yet.
    New,
    /// Outreach has begun.
    InProgress,
    /// Became a customer.
    Converted,
}

impl Stage {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::Converted => "converted",
        }
    }
}

/// A lead.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Lead {
    /// Key.
    pub id: LeadId,
    /// Display name.
    pub name: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Company name as given.
    pub company: Option<String>,
    /// The company.
    pub company_id: Option<CompanyId>,
    /// Job title.
    pub role: Option<String>,
    /// Address; unique in the project.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// `new`, `in_progress` or `converted`.
    pub stage: String,
    /// IANA time zone; send windows are read in it.
    pub time_zone: Option<String>,
    /// As given.
    pub country: Option<String>,
    /// As given.
    pub language: Option<String>,
    /// Profile address.
    pub linkedin_url: Option<String>,
    /// A meeting was booked.
    pub meeting_booked: bool,
    /// Became a customer.
    pub converted: bool,
    /// Opted out, or stopped by a person: nothing goes out on any channel.
    pub outreach_disabled: bool,
    /// The agent it is assigned to.
    pub agent_id: Option<AgentId>,
    /// The seller who owns it.
    pub owner_id: Option<UserId>,
    /// Fields of your own.
    pub custom_fields: CustomFields,
    /// When a person last wrote back.
    pub replied_at: Option<Millis>,
    /// Last thing that happened with it.
    pub last_activity_at: Option<Millis>,
    /// Where it came from.
    pub source: String,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl From<rows::Lead> for Lead {
    fn from(row: rows::Lead) -> Self {
        Self {
            id: row.id,
            name: row.name,
            first_name: row.first_name,
            last_name: row.last_name,
            company: row.company,
            company_id: row.company_id,
            role: row.role,
            email: row.email,
            phone: row.phone,
            stage: row.stage,
            time_zone: row.time_zone,
            country: row.country,
            language: row.language,
            linkedin_url: row.linkedin_url,
            meeting_booked: row.meeting_booked,
            converted: row.converted,
            outreach_disabled: row.outreach_disabled,
            agent_id: row.agent_id,
            owner_id: row.owner_id,
            custom_fields: serde_json::from_str(&row.custom_fields).unwrap_or_default(),
            replied_at: row.replied_at,
            last_activity_at: row.last_activity_at,
            source: row.source,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What a new lead is made of. At least one of `name`, `first_name`, `last_name`, `company` is needed.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewLead {
    /// Display name; made of the others when absent.
    #[schemars(length(max = 200))]
    pub name: Option<String>,
    /// Given name.
    #[schemars(length(max = 200))]
    pub first_name: Option<String>,
    /// Family name.
    #[schemars(length(max = 200))]
    pub last_name: Option<String>,
    /// Address; unique in the project.
    pub email: Option<Email>,
    /// E.164.
    pub phone: Option<Phone>,
    /// Company name.
    #[schemars(length(max = 200))]
    pub company: Option<String>,
    /// The company.
    pub company_id: Option<CompanyId>,
    /// Job title.
    #[schemars(length(max = 200))]
    pub role: Option<String>,
    /// Where it stands; `new` when absent.
    pub stage: Option<Stage>,
    /// IANA time zone.
    pub time_zone: Option<TimeZone>,
    /// As you like.
    #[schemars(length(max = 200))]
    pub country: Option<String>,
    /// As you like.
    #[schemars(length(max = 200))]
    pub language: Option<String>,
    /// Profile address.
    #[schemars(length(max = 2000))]
    pub linkedin_url: Option<String>,
    /// The agent it is assigned to.
    pub agent_id: Option<AgentId>,
    /// Fields of your own.
    pub custom_fields: Option<CustomFields>,
}

/// Longest short text field, in characters.
const SHORT: usize = 200;
/// Largest JSON of custom fields, in bytes.
const CUSTOM: usize = 32 * 1024;

/// Trims a text field; empty is absent.
///
/// # Errors
/// `validation_error` when it is too long or has a control character.
pub fn tidy(field: &str, text: Option<String>) -> Result<Option<String>> {
    tidy_up_to(field, text, if field.ends_with("url") { 10 * SHORT } else { SHORT })
}

/// [`tidy`] with a limit of its own, in characters.
///
/// # Errors
/// `validation_error` when it is too long or has a control character.
pub fn tidy_up_to(field: &str, text: Option<String>, longest: usize) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let trimmed = text.trim();
    if trimmed.chars().count() > longest {
        return Err(Error::invalid(field, format!("{field} has at most {longest} characters.")));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("{field} has a control character.")));
    }
    if trimmed.len() == text.len() {
        return Ok((!text.is_empty()).then_some(text));
    }
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

/// Checks custom fields and writes them as JSON.
///
/// # Errors
/// `validation_error` when they nest or are too large.
pub fn custom_fields_json(fields: &CustomFields) -> Result<String> {
    if let Some((name, _)) = fields.iter().find(|(_, value)| value.is_array() || value.is_object()) {
        return Err(Error::invalid(
            format!("custom_fields.{name}"),
            "A custom field is text, a number, a boolean or null.",
        ));
    }
    let json = serde_json::to_string(fields).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "The custom fields could not be written.")
    })?;
    if json.len() > CUSTOM {
        return Err(Error::invalid("custom_fields", format!("Custom fields take at most {CUSTOM} bytes.")));
    }
    if json.contains("\\u0000") {
        return Err(Error::invalid("custom_fields", "A custom field has a NUL character."));
    }
    Ok(json)
}

/// Custom fields after a partial update: those named are set, null removes one, null for the whole removes all.
///
/// # Errors
/// `validation_error` when they nest or are too large.
pub fn merge_custom_fields(current: &str, patch: Patch<CustomFields>) -> Result<String> {
    let named = match patch {
        Patch::Absent => return Ok(current.to_owned()),
        Patch::Null => return Ok("{}".to_owned()),
        Patch::Value(named) => named,
    };
    let mut fields: CustomFields = serde_json::from_str(current).unwrap_or_default();
    for (name, value) in named {
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
    custom_fields_json(&fields)
}

impl NewLead {
    /// The row it becomes. Checks text and names; not that agent and company exist.
    ///
    /// # Errors
    /// `validation_error` at the field at fault.
    pub fn into_row(self, cx: &Context<'_, '_>, source: &str) -> Result<rows::Lead> {
        let first_name = tidy("first_name", self.first_name)?;
        let last_name = tidy("last_name", self.last_name)?;
        let company = tidy("company", self.company)?;
        let full = match (&first_name, &last_name) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        };
        let name = tidy("name", self.name)?
            .or(full)
            .or_else(|| company.clone())
            .ok_or_else(|| Error::invalid("name", "Give at least one of name, first_name, last_name and company."))?;
        let (first_name, last_name) = match (first_name, last_name) {
            (None, None) => split_name(&name, company.as_deref()),
            given => given,
        };
        Ok(rows::Lead {
            project_id: cx.project,
            id: LeadId(cx.id()),
            name,
            first_name,
            last_name,
            email: self.email.map(|email| email.to_string()),
            phone: self.phone.map(|phone| phone.to_string()),
            company,
            company_id: self.company_id,
            role: tidy("role", self.role)?,
            stage: self.stage.unwrap_or(Stage::New).as_str().to_owned(),
            time_zone: self.time_zone.map(|zone| zone.to_string()),
            country: tidy("country", self.country)?,
            language: tidy("language", self.language)?,
            linkedin_url: tidy("linkedin_url", self.linkedin_url)?,
            agent_id: self.agent_id,
            owner_id: cx.principal.user,
            custom_fields: custom_fields_json(&self.custom_fields.unwrap_or_default())?,
            meeting_booked: false,
            converted: self.stage == Some(Stage::Converted),
            outreach_disabled: false,
            replied_at: None,
            last_activity_at: None,
            soft_bounces: 0,
            source: source.to_owned(),
            created_at: cx.now,
            updated_at: cx.now,
        })
    }
}

/// Given and family name of a display name: the first word, and the rest. None of a company's name.
fn split_name(name: &str, company: Option<&str>) -> (Option<String>, Option<String>) {
    if company == Some(name) {
        return (None, None);
    }
    match name.split_once(char::is_whitespace) {
        Some((first, last)) => (Some(first.to_owned()), Some(last.trim().to_owned())),
        None => (Some(name.to_owned()), None),
    }
}

/// Refuses an agent or a company that is not the project's.
///
/// # Errors
/// `resource_not_found` at the field.
pub fn check_references(cx: &mut Context<'_, '_>, agent: Option<AgentId>, company: Option<CompanyId>) -> Result<()> {
    if let Some(agent) = agent {
        outrider_store::agents::get(cx.tx, cx.project, agent).map_err(|error| missing(error, "agent", "agent_id"))?;
    }
    if let Some(company) = company {
        outrider_store::companies::get(cx.tx, cx.project, company)
            .map_err(|error| missing(error, "company", "company_id"))?;
    }
    Ok(())
}

/// `resource_not_found` of a noun at a field, when that is what happened.
#[must_use]
pub fn missing(error: outrider_store::Error, noun: &str, field: &str) -> Error {
    match error {
        outrider_store::Error::NotFound => Error::not_found(noun).at(field),
        other => other.into(),
    }
}
