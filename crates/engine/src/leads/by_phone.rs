//! The lead of a phone number, for callers whose API knows numbers alone: found, or made. Calls nobody.

use outrider_domain::address::Phone;
use outrider_domain::id::LeadId;
use outrider_domain::window::TimeZone;
use outrider_store::leads as rows;
use serde_json::{Value, json};

use super::{NewLead, create_lead, update_lead};
use crate::context::Context;
use crate::error::Result;
use crate::operation::within;

/// What a caller says of the person besides the number.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Full name.
    pub name: Option<String>,
    /// Where the person lives.
    pub time_zone: Option<TimeZone>,
    /// The same, as you like.
    pub country: Option<String>,
}

/// The project's oldest lead with this number, or else a new one. What is said of a lead fills only what it lacks; a new one
/// without a name is shown by its number and addressed by nothing.
///
/// # Errors
/// `validation_error` at `name` or `country`; others when the database fails.
pub fn find_or_create(cx: &mut Context<'_, '_>, phone: &Phone, known: Known) -> Result<LeadId> {
    let Some(lead) = rows::find_by_phone(cx.tx, cx.project, phone.as_str())? else { return create(cx, phone, known) };
    let zone = known.time_zone.filter(|_| lead.time_zone.is_none());
    let country = known.country.filter(|_| lead.country.is_none());
    if zone.is_some() || country.is_some() {
        let mut changes = json!({ "lead_id": lead.id });
        if let Some(zone) = zone {
            changes["time_zone"] = Value::String(zone.to_string());
        }
        if let Some(country) = country {
            changes["country"] = Value::String(country);
        }
        within::<update_lead::UpdateLead>(cx, changes)?;
    }
    Ok(lead.id)
}

fn create(cx: &mut Context<'_, '_>, phone: &Phone, known: Known) -> Result<LeadId> {
    let nameless = known.name.as_deref().is_none_or(|name| name.trim().is_empty());
    let new = NewLead {
        name: known.name.filter(|_| !nameless).or_else(|| Some(phone.to_string())),
        phone: Some(phone.clone()),
        time_zone: known.time_zone,
        country: known.country,
        ..NewLead::default()
    };
    let mut row = new.into_row(cx, "call")?;
    if nameless {
        row.first_name = None;
        row.last_name = None;
    }
    create_lead::insert(cx, &row)?;
    Ok(row.id)
}
