//! Gathers what the engine knows around a task: profile, ideal customer, the person among leads and imported people, the company among
//! companies and imported ones. Asks nobody outside.

use outrider_domain::id::CompanyId;
use outrider_domain::time::DAY;
use outrider_skills::domain_to_company::domain_of;
use outrider_skills::{Background, Company, Icp, Needs, Person};
use outrider_store::leads::{self, Filter, Lead};
use outrider_store::prospects::{self, ProspectCompany, ProspectPerson};
use outrider_store::{companies, logs};

use crate::campaigns;
use crate::context::Context;
use crate::discovery::size_and_place;
use crate::error::Result;
use crate::users::caller::sees_only;
use crate::{icps, profiles};

/// Leads looked at for one name.
const CANDIDATES: i64 = 20;
/// Events read for signals, and signals kept.
const EVENTS: i64 = 50;
const SIGNALS: usize = 5;
/// People named of a company.
const PEOPLE: usize = 20;
/// How old a signal may be.
const SIGNAL_AGE_MS: i64 = 180 * DAY;

/// What is known for a need, judged by a campaign's ideal customer or the newest one.
///
/// # Errors
/// When the database fails.
pub fn background(cx: &mut Context<'_, '_>, needs: &Needs, campaign: Option<i64>) -> Result<Background> {
    let icp = match campaign {
        Some(campaign) => match campaigns::find(cx, campaign)?.icp_id {
            Some(icp) => Some(icps::find(cx, icp)?),
            None => None,
        },
        None => None,
    };
    let lead = match &needs.person {
        Some(name) => lead_of(cx, name, needs.company.as_deref())?,
        None => None,
    };
    around(cx, needs, icp, lead)
}

/// What is known around one lead, judged by the newest ideal customer.
///
/// # Errors
/// When the database fails.
pub fn background_of(cx: &mut Context<'_, '_>, lead: Lead) -> Result<Background> {
    let needs = Needs { company: lead.company.clone(), ..Needs::default() };
    around(cx, &needs, None, Some(lead))
}

fn around(cx: &mut Context<'_, '_>, needs: &Needs, icp: Option<icps::View>, lead: Option<Lead>) -> Result<Background> {
    let profile = profiles::read(cx)?;
    let icp = match icp {
        Some(icp) => Some(icp),
        None => outrider_store::icps::list(cx.tx, cx.project, i64::MAX, 1)?.pop().map(icps::view).transpose()?,
    };
    let (company, people) = company_of(cx, needs, lead.as_ref())?;
    let person = match (lead, &needs.person) {
        (Some(lead), _) => Some(person_of(cx, lead)?),
        (None, Some(name)) => imported_person(people, name, company.as_ref()),
        (None, None) => None,
    };
    Ok(Background { profile, icp: icp.map(Icp::from), company, person, sender: None })
}

/// A name without what doesn't tell people apart.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The lead of exactly that name that the caller may see, at that company when one is given: by its name or its domain.
fn lead_of(cx: &mut Context<'_, '_>, name: &str, company: Option<&str>) -> Result<Option<Lead>> {
    let name = plain(name);
    if name.chars().count() < 3 {
        return Ok(None);
    }
    let filter = Filter { query: Some(name.clone()), ..Filter::default() };
    let owner = sees_only(cx)?;
    let found = leads::list(cx.tx, cx.project, &filter, i64::MAX, CANDIDATES)?;
    let is_there = |lead: &Lead| {
        let Some(company) = company else { return true };
        lead.company.as_deref().is_some_and(|own| plain(own) == plain(company))
            || domain_of(company).is_some_and(|domain| host_of(lead) == Some(domain.as_str()))
    };
    Ok(found
        .into_iter()
        .find(|lead| plain(&lead.name) == name && is_there(lead) && (owner.is_none() || lead.owner_id == owner)))
}

/// Somebody the operator imported, who is no lead yet.
fn imported_person(people: Vec<ProspectPerson>, name: &str, company: Option<&Company>) -> Option<Person> {
    let found = people.into_iter().find(|person| plain(&person.name) == plain(name))?;
    Some(Person {
        name: Some(found.name),
        role: found.role,
        company: company.and_then(|company| company.name.clone()),
        email: found.email,
        linkedin_url: found.linkedin_url,
        signals: Vec::new(),
        sources: vec!["your imported people".to_owned()],
    })
}

fn person_of(cx: &mut Context<'_, '_>, lead: Lead) -> Result<Person> {
    let mut signals = Vec::new();
    let filter = logs::EventFilter { lead: Some(lead.id), ..logs::EventFilter::default() };
    for event in logs::events_before(cx.tx, cx.project, i64::MAX, &filter, EVENTS)? {
        if let Some(name) = event.kind.strip_prefix("signal.")
            && event.at.plus(SIGNAL_AGE_MS) >= cx.now
            && signals.len() < SIGNALS
        {
            signals.push(name.replace(['_', '-', '.'], " "));
        }
    }
    Ok(Person {
        name: Some(lead.name),
        role: lead.role,
        company: lead.company,
        email: lead.email.map(|email| email.to_string()),
        linkedin_url: lead.linkedin_url,
        signals,
        sources: vec!["your leads".to_owned()],
    })
}

/// The company, with the people of it that were imported.
fn company_of(
    cx: &mut Context<'_, '_>,
    needs: &Needs,
    lead: Option<&Lead>,
) -> Result<(Option<Company>, Vec<ProspectPerson>)> {
    let by_lead = lead.and_then(|lead| lead.company_id);
    // A company may be called by its domain where its name is asked for.
    let domain = needs.domain.clone().or_else(|| needs.company.as_deref().and_then(domain_of));
    let row = match (&domain, by_lead, &needs.company) {
        (Some(domain), _, _) => companies::find_by_domain(cx.tx, cx.project, domain)?,
        (None, Some(id), _) => Some(companies::get(cx.tx, cx.project, id)?),
        (None, None, Some(name)) => companies::find_by_name(cx.tx, cx.project, name)?,
        (None, None, None) => None,
    };
    let domain = domain.or_else(|| row.as_ref().and_then(|row| row.domain.as_ref().map(ToString::to_string)));
    let imported = match &domain {
        Some(domain) => prospects::by_known(cx.tx, cx.project, vec![domain.clone()])?.pop(),
        None => None,
    };
    let of_it = leads_of(cx, row.as_ref().map(|row| row.id), domain.as_deref())?;
    if row.is_none() && imported.is_none() && of_it.is_empty() {
        return Ok((domain.map(|domain| Company { domain: Some(domain), ..Company::default() }), Vec::new()));
    }
    let mut company = Company { domain, ..Company::default() };
    if let Some(row) = row {
        company.name = Some(row.name);
        company.industry = row.industry;
        company.size = row.size;
        company.location = row.location;
        company.sources.push("your companies".to_owned());
    } else if let Some(name) = of_it.iter().find_map(|lead| lead.company.clone()) {
        company.name = Some(name);
        company.sources.push("your leads".to_owned());
    }
    let mut named: Vec<(String, Option<String>)> = of_it.into_iter().map(|lead| (lead.name, lead.role)).collect();
    let mut people = Vec::new();
    if let Some(imported) = imported {
        people = prospects::people_of(cx.tx, cx.project, &[imported.id])?;
        named.extend(people.iter().map(|person| (person.name.clone(), person.role.clone())));
        add_imported(&mut company, imported);
    }
    for (name, role) in named {
        let is_new = !company.people.iter().any(|known| known.split(", ").next() == Some(name.as_str()));
        if is_new && company.people.len() < PEOPLE {
            company.people.push(role.map_or(name.clone(), |role| format!("{name}, {role}")));
        }
    }
    Ok((Some(company), people))
}

/// Some leads that the caller may see, of a company's record or with an address at its domain.
fn leads_of(cx: &mut Context<'_, '_>, company: Option<CompanyId>, domain: Option<&str>) -> Result<Vec<Lead>> {
    let mut found = match company {
        Some(id) => leads::of_company(cx.tx, cx.project, id, CANDIDATES)?,
        None => Vec::new(),
    };
    if let Some(domain) = domain {
        let filter = Filter { query: Some(format!("@{domain}")), ..Filter::default() };
        let there = leads::list(cx.tx, cx.project, &filter, i64::MAX, CANDIDATES)?;
        found.extend(there.into_iter().filter(|lead| host_of(lead) == Some(domain)));
    }
    let owner = sees_only(cx)?;
    found.retain(|lead| owner.is_none() || lead.owner_id == owner);
    Ok(found)
}

/// Where a lead's address is.
fn host_of(lead: &Lead) -> Option<&str> {
    lead.email.as_deref()?.rsplit_once('@').map(|(_, host)| host)
}

/// Fills gaps with what the operator imported.
fn add_imported(company: &mut Company, imported: ProspectCompany) {
    let (size, place) = size_and_place(&imported);
    let gaps = [
        (&mut company.name, Some(imported.name)),
        (&mut company.industry, imported.industries.lines().next().map(ToOwned::to_owned)),
        (&mut company.size, size),
        (&mut company.location, place),
        (&mut company.description, imported.description),
    ];
    let mut added = !imported.technologies.is_empty();
    for (gap, said) in gaps {
        if gap.is_none() && said.is_some() {
            *gap = said;
            added = true;
        }
    }
    company.technologies.extend(imported.technologies.lines().map(ToOwned::to_owned));
    if added {
        company.sources.push("your imported companies".to_owned());
    }
}
