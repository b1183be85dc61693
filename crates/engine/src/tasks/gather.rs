//! Gathers what the engine knows around a task: profile, ideal customer, the person among the leads, the company. Asks nobody outside.

use outrider_domain::time::DAY;
use outrider_skills::{Background, Company, Needs, Person};
use outrider_store::leads::{self, Filter, Lead};
use outrider_store::{companies, logs};

use crate::campaigns;
use crate::context::Context;
use crate::error::Result;
use crate::{icps, profiles};

/// Leads looked at for one name.
const CANDIDATES: i64 = 20;
/// Events read for signals, and signals kept.
const EVENTS: i64 = 50;
const SIGNALS: usize = 5;
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
    let company = company_of(cx, needs, lead.as_ref())?;
    let person = match lead {
        Some(lead) => Some(person_of(cx, lead)?),
        None => None,
    };
    Ok(Background { profile, icp: icp.map(|view| view.icp), company, person, sender: None })
}

/// The lead of exactly that name, at that company when one is given.
fn lead_of(cx: &mut Context<'_, '_>, name: &str, company: Option<&str>) -> Result<Option<Lead>> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if name.chars().count() < 3 {
        return Ok(None);
    }
    let filter = Filter { query: Some(name.clone()), ..Filter::default() };
    let wanted = company.map(|company| company.trim().to_lowercase());
    let found = leads::list(cx.tx, cx.project, &filter, i64::MAX, CANDIDATES)?;
    Ok(found.into_iter().find(|lead| {
        let same_company = match (&wanted, &lead.company) {
            (Some(wanted), Some(own)) => own.trim().to_lowercase() == *wanted,
            (Some(_), None) => false,
            (None, _) => true,
        };
        lead.name.to_lowercase() == name && same_company
    }))
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

fn company_of(cx: &mut Context<'_, '_>, needs: &Needs, lead: Option<&Lead>) -> Result<Option<Company>> {
    let by_lead = lead.and_then(|lead| lead.company_id);
    let row = match (&needs.domain, by_lead, &needs.company) {
        (Some(domain), _, _) => companies::find_by_domain(cx.tx, cx.project, domain)?,
        (None, Some(id), _) => Some(companies::get(cx.tx, cx.project, id)?),
        (None, None, Some(name)) => companies::find_by_name(cx.tx, cx.project, name)?,
        (None, None, None) => None,
    };
    let Some(row) = row else {
        return Ok(needs.domain.as_ref().map(|domain| Company { domain: Some(domain.clone()), ..Company::default() }));
    };
    Ok(Some(Company {
        name: Some(row.name),
        domain: row.domain.map(|domain| domain.to_string()),
        industry: row.industry,
        size: row.size,
        location: row.location,
        sources: vec!["your companies".to_owned()],
        ..Company::default()
    }))
}
