//! Whom an agent watches: a filter, a schedule, events, a limit. Checks what is written; looks for nobody.

use outrider_domain::cron::Cron;
use outrider_domain::filter::{Field, Filter};
use outrider_domain::span::Span;
use outrider_domain::window::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::triggers::is_trigger;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::segments;

/// Contacts of a run when nothing is said.
pub const DEFAULT_CONTACTS: i64 = 50;
/// Most contacts of a run.
pub const MOST_CONTACTS: i64 = 10_000;
/// Most events that start an agent.
const MOST_EVENTS: usize = 20;

/// Whom an agent watches and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Monitoring {
    /// Which contacts, in the filter language, such as `stage = new and has email`; or an object of fields and the values they
    /// must have. Everyone who may be contacted when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Watched>,
    /// When it looks by itself: minute, hour, day of the month, month, day of the week. Never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub schedule_cron: Option<String>,
    /// The zone of the schedule; the project's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Contacts of one run, 1 to 10,000; 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_contacts_per_run: Option<i64>,
    /// Events that start a run for the contact they are about, such as `signal.pricing_page` or `email.replied`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub on_events: Vec<String>,
    /// How long after it was taken up a contact may be taken up again; never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_after: Option<Span>,
}

/// A filter as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Watched {
    /// In the filter language.
    Text(String),
    /// Fields and the values they must have; a list means one of these.
    Fields(Map<String, Value>),
}

impl Watched {
    /// The filter's text.
    ///
    /// # Errors
    /// `validation_error` at the field of an object that no filter can have.
    pub fn text(&self) -> Result<String> {
        let fields = match self {
            Self::Text(text) => return Ok(text.clone()),
            Self::Fields(fields) => fields,
        };
        let refuse = |name: &str, message: String| Err(Error::invalid(format!("filter.{name}"), message));
        let mut conditions = Vec::new();
        for (name, value) in fields {
            if Field::named(name).is_none()
                || !name.chars().all(|letter| letter.is_alphanumeric() || "._-".contains(letter))
            {
                return refuse(name, format!("There is no field {name} to filter by."));
            }
            let values = match value {
                Value::Array(values) => values.iter().map(literal).collect::<Option<Vec<_>>>(),
                one => literal(one).map(|one| vec![one]),
            };
            match (value, values) {
                (Value::Null, _) => conditions.push(format!("has no {name}")),
                (_, Some(values)) if !values.is_empty() => {
                    conditions.push(format!("{name} in ({})", values.join(", ")));
                }
                _ => return refuse(name, "Give a text, a number, true, false, or a list of them.".to_owned()),
            }
        }
        Ok(conditions.join(" and "))
    }
}

/// A value in the filter language.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl Monitoring {
    /// The filter's text; empty for everyone.
    ///
    /// # Errors
    /// `validation_error` at `filter`.
    pub fn filter_text(&self) -> Result<String> {
        self.filter.as_ref().map_or(Ok(String::new()), Watched::text)
    }

    /// Contacts of one run.
    #[must_use]
    pub fn contacts(&self) -> i64 {
        self.max_contacts_per_run.unwrap_or(DEFAULT_CONTACTS)
    }

    /// The schedule, when there is one.
    ///
    /// # Errors
    /// `validation_error` at `schedule_cron`.
    pub fn schedule(&self) -> Result<Option<Cron>> {
        let parse =
            |text: &String| Cron::parse(text).map_err(|error| Error::invalid("schedule_cron", error.to_string()));
        self.schedule_cron.as_ref().filter(|text| !text.trim().is_empty()).map(parse).transpose()
    }

    /// Checks everything; also that the segments named exist.
    ///
    /// # Errors
    /// `validation_error` at the field at fault, below `at`.
    pub fn check(&self, cx: &mut Context<'_, '_>, at: &str) -> Result<()> {
        let under = |error: Error| {
            let field = error.field.clone().unwrap_or_default();
            error.at(format!("{at}.{field}"))
        };
        let text = self.filter_text().map_err(under)?;
        let filter = Filter::parse(&text)
            .map_err(|error| Error::invalid(format!("{at}.filter"), format!("The filter can't be read {error}.")))?;
        segments::check_names(cx, &filter.segments(), &format!("{at}.filter"))?;
        self.schedule().map_err(under)?;
        if self.max_contacts_per_run.is_some_and(|most| !(1..=MOST_CONTACTS).contains(&most)) {
            return Err(Error::invalid(
                format!("{at}.max_contacts_per_run"),
                format!("max_contacts_per_run is 1 to {MOST_CONTACTS}."),
            ));
        }
        if self.on_events.len() > MOST_EVENTS {
            return Err(Error::invalid(format!("{at}.on_events"), format!("At most {MOST_EVENTS} events.")));
        }
        if let Some((place, kind)) = self.on_events.iter().enumerate().find(|(_, kind)| !is_trigger(kind)) {
            return Err(Error::invalid(
                format!("{at}.on_events[{place}]"),
                format!(
                    "\"{kind}\" starts no run. These do: signal.NAME, reply.CLASS (such as reply.interested), {}.",
                    super::triggers::TRIGGERS.join(", ")
                ),
            ));
        }
        Ok(())
    }
}
