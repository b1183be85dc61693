//! A lead as filters and conditions see it, with what happened to it. Judges nothing.

use std::borrow::Cow;
use std::collections::HashMap;

use outrider_domain::filter::{Cell, Field, Subject};
use outrider_domain::id::{LeadId, ProjectId};
use outrider_domain::time::Millis;
use outrider_store::leads::Lead;
use outrider_store::{Tx, logs, signals};
use serde_json::{Map, Value};

use crate::error::Result;

/// When events of each type last happened to each lead.
pub type Happened = HashMap<LeadId, HashMap<String, Millis>>;

/// A lead and what happened to it.
pub struct LeadSubject<'a> {
    lead: &'a Lead,
    happened: Option<&'a HashMap<String, Millis>>,
    custom: Map<String, Value>,
    found: Option<&'a Map<String, Value>>,
}

impl<'a> LeadSubject<'a> {
    /// Of a lead.
    #[must_use]
    pub fn new(lead: &'a Lead, happened: Option<&'a HashMap<String, Millis>>) -> Self {
        // Most leads have no fields of their own.
        let custom = if lead.custom_fields.len() > 2 {
            serde_json::from_str(&lead.custom_fields).unwrap_or_default()
        } else {
            Map::new()
        };
        Self { lead, happened, custom, found: None }
    }

    /// The same with what skills found in the run, by the keys of their steps.
    #[must_use]
    pub fn with(self, found: &'a Map<String, Value>) -> Self {
        Self { found: Some(found), ..self }
    }
}

fn text(text: Option<&str>) -> Cell<'_> {
    text.filter(|text| !text.is_empty()).map_or(Cell::Absent, |text| Cell::Text(Cow::Borrowed(text)))
}

fn cell(value: &Value) -> Cell<'_> {
    match value {
        Value::String(value) => text(Some(value)),
        Value::Number(number) => number.as_f64().map_or(Cell::Absent, Cell::Number),
        Value::Bool(flag) => Cell::Flag(*flag),
        _ => Cell::Absent,
    }
}

fn time<'a>(at: Option<Millis>) -> Cell<'a> {
    at.map_or(Cell::Absent, Cell::Time)
}

impl Subject for LeadSubject<'_> {
    fn field(&self, field: &Field) -> Cell<'_> {
        let lead = self.lead;
        let name = match field {
            Field::Known(name) => *name,
            Field::Custom(name) => {
                return self.custom.get(name).map_or(Cell::Absent, cell);
            }
            Field::Step(path) => {
                let (key, rest) = path.split_once('.').unwrap_or((path, ""));
                let whole = self.found.and_then(|found| found.get(key));
                let found = whole.and_then(|whole| rest.split('.').try_fold(whole, |value, name| value.get(name)));
                return found.map_or(Cell::Absent, cell);
            }
        };
        match name {
            "name" => text(Some(&lead.name)),
            "first_name" => text(lead.first_name.as_deref()),
            "last_name" => text(lead.last_name.as_deref()),
            "email" => text(lead.email.as_deref()),
            "email_domain" => {
                text(lead.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain))
            }
            "phone" => text(lead.phone.as_deref()),
            "company" => text(lead.company.as_deref()),
            "role" => text(lead.role.as_deref()),
            "stage" => text(Some(&lead.stage)),
            "time_zone" => text(lead.time_zone.as_deref()),
            "country" => text(lead.country.as_deref()),
            "language" => text(lead.language.as_deref()),
            "linkedin_url" => text(lead.linkedin_url.as_deref()),
            "source" => text(Some(&lead.source)),
            "agent_id" => lead.agent_id.map_or(Cell::Absent, |id| Cell::Text(Cow::Owned(id.to_string()))),
            "owner_id" => lead.owner_id.map_or(Cell::Absent, |id| Cell::Text(Cow::Owned(id.to_string()))),
            "meeting_booked" => Cell::Flag(lead.meeting_booked),
            "converted" => Cell::Flag(lead.converted),
            "outreach_disabled" => Cell::Flag(lead.outreach_disabled),
            "replied_at" => time(lead.replied_at),
            "last_activity_at" => time(lead.last_activity_at),
            "created_at" => Cell::Time(lead.created_at),
            "updated_at" => Cell::Time(lead.updated_at),
            _ => Cell::Absent,
        }
    }

    fn last_event(&self, kind: &str) -> Option<Millis> {
        self.happened?.get(kind).copied()
    }
}

/// When events of these types last happened to these leads.
///
/// # Errors
/// When the database fails.
pub fn happened(tx: &mut Tx<'_>, project: ProjectId, leads: &[LeadId], kinds: &[String]) -> Result<Happened> {
    let mut found = Happened::new();
    if leads.is_empty() || kinds.is_empty() {
        return Ok(found);
    }
    let (named, others): (Vec<&String>, Vec<&String>) = kinds.iter().partition(|kind| kind.starts_with("signal."));
    if !named.is_empty() {
        let names = named.iter().map(|kind| kind["signal.".len()..].to_owned()).collect();
        for (name, lead, at) in signals::last(tx, project, names, leads)? {
            found.entry(lead).or_default().insert(format!("signal.{name}"), at);
        }
    }
    if !others.is_empty() {
        for (lead, kind, at) in logs::last_of_kinds(tx, project, leads, others.into_iter().cloned().collect())? {
            found.entry(lead).or_default().insert(kind, at);
        }
    }
    Ok(found)
}
