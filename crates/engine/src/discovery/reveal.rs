//! Making what was found the project's own: the company's record, and people as the seller's contacts, each once. Charges nothing.

use outrider_domain::id::{CompanyId, LeadId, UserId};
use outrider_store::prospects::{self as rows, ProspectCompany, ProspectPerson};
use outrider_store::{companies, leads};

use super::answer::FoundPerson;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::{NewLead, create_lead};

/// Where the leads come from.
const SOURCE: &str = "discovery";
/// Longest name that fits everywhere, in characters.
const SHORT: usize = 200;

fn cut(text: &str) -> String {
    text.chars().take(SHORT).collect()
}

/// The company's record: that with its domain, or a new one.
///
/// # Errors
/// When the database fails.
pub(super) fn company(cx: &mut Context<'_, '_>, found: &ProspectCompany) -> Result<CompanyId> {
    if let Some(domain) = &found.domain
        && let Some(known) = companies::find_by_domain(cx.tx, cx.project, domain)?
    {
        return Ok(known.id);
    }
    let (size, place) = super::size_and_place(found);
    let row = companies::Company {
        project_id: cx.project,
        id: CompanyId(cx.id()),
        name: cut(&found.name),
        domain: found.domain.clone(),
        industry: found.industries.lines().next().map(cut),
        size,
        location: place.as_deref().map(cut),
        custom_fields: "{}".to_owned(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    let id = row.id;
    row.insert(cx.tx)?;
    Ok(id)
}

/// A person as a contact: the one they became before, the one with their address, or a new one of the caller's own.
///
/// # Errors
/// When the database fails.
pub(super) fn person(
    cx: &mut Context<'_, '_>,
    found: ProspectPerson,
    at: &ProspectCompany,
    company: Option<CompanyId>,
    sees_only: Option<UserId>,
) -> Result<FoundPerson> {
    let person = rows::lock_person(cx.tx, cx.project, found.id)?;
    let known = match person.lead_id {
        Some(id) => leads::get_many(cx.tx, cx.project, &[id])?.pop(),
        None => None,
    };
    let known = match (known, &person.email) {
        (None, Some(email)) => leads::find_by_email(cx.tx, cx.project, email)?,
        (known, _) => known,
    };
    if let Some(lead) = known {
        if person.lead_id != Some(lead.id) {
            rows::become_lead(cx.tx, cx.project, person.id, lead.id)?;
        }
        let status = match lead.owner_id {
            owner if sees_only.is_none() || owner == sees_only => "known",
            Some(_) => "another_seller",
            None => "unassigned",
        };
        return Ok(shown(person, (status == "known").then_some(lead.id), status));
    }
    let new = NewLead {
        name: Some(cut(&person.name)),
        first_name: person.first_name.as_deref().map(cut),
        last_name: person.last_name.as_deref().map(cut),
        email: parse("email", person.email.as_deref())?,
        phone: parse("phone", person.phone.as_deref())?,
        company: Some(cut(&at.name)),
        company_id: company,
        role: person.role.as_deref().map(cut),
        time_zone: parse("time_zone", person.time_zone.as_deref())?,
        country: person.country.as_deref().or(at.country.as_deref()).map(cut),
        linkedin_url: person.linkedin_url.clone(),
        ..NewLead::default()
    };
    let row = new.into_row(cx, SOURCE)?;
    create_lead::insert(cx, &row)?;
    rows::become_lead(cx.tx, cx.project, person.id, row.id)?;
    Ok(shown(person, Some(row.id), "added"))
}

fn shown(person: ProspectPerson, contact: Option<LeadId>, status: &'static str) -> FoundPerson {
    let own = contact.is_some();
    FoundPerson {
        contact_id: contact,
        status,
        name: person.name,
        role: person.role,
        email: person.email.filter(|_| own),
        phone: person.phone.filter(|_| own),
        linkedin_url: person.linkedin_url,
    }
}

/// A stored text as its type.
fn parse<T: std::str::FromStr>(what: &str, text: Option<&str>) -> Result<Option<T>> {
    let broken = || Error::new(code::INTERNAL_ERROR, format!("A stored {what} can't be read."));
    text.map(|text| text.parse().map_err(|_| broken())).transpose()
}
