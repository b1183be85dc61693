//! What is looked for of each lead, and what is not and why: read from the database alone, the same before and after asking.

use std::collections::{HashMap, HashSet};

use outrider_domain::address::Domain;
use outrider_domain::enrichment::addresses::{is_disposable, is_personal};
use outrider_domain::enrichment::patterns::{Guess, guess};
use outrider_domain::id::LeadId;
use outrider_store::companies;
use outrider_store::leads::{self as rows, Lead};
use serde_json::Value;

use super::evidence::habit_of;
use super::report::{Missed, Wanted};
use crate::context::Context;
use crate::error::Result;

/// What is looked for of one lead.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// The lead.
    pub(super) lead: LeadId,
    /// Its name.
    pub(super) name: String,
    /// Where it works.
    pub(super) domain: String,
    /// The address it is likely to have; looked for, when it is.
    pub(super) email: Option<Guess>,
    /// Whether a number is looked for.
    pub(super) phone: bool,
}

/// What is looked for and what is not.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) tasks: Vec<Task>,
    pub(super) skipped: Vec<Missed>,
}

impl Plan {
    /// How many things are charged for if everything is found: each address, and each company's number once.
    pub(super) fn things(&self) -> usize {
        let emails = self.tasks.iter().filter(|task| task.email.is_some()).count();
        let sites: HashSet<&str> =
            self.tasks.iter().filter(|task| task.phone).map(|task| task.domain.as_str()).collect();
        emails + sites.len()
    }

    /// As answers show it.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let each = |task: &Task| {
            let mut find = Vec::new();
            if task.email.is_some() {
                find.push("email".to_owned());
            }
            if task.phone {
                find.push("phone".to_owned());
            }
            Wanted { contact_id: task.lead, name: task.name.clone(), find }
        };
        self.tasks.iter().map(each).collect()
    }
}

/// Something that is not looked for, with the reason in words.
pub(super) fn missed(lead: LeadId, what: &str, reason: &str) -> Missed {
    let message = match reason {
        "not_found" => "There is no such contact among those you see.",
        "repeated" => "The contact is named more than once.",
        "known" => "The contact has one already.",
        "no_domain" => "Nothing says where the contact works: its company has no website.",
        "personal_domain" => "The domain gives mailboxes to anybody and says nothing about a company.",
        "no_name" => "The contact has no given and family name to make an address of.",
        "too_little_evidence" => "Too few addresses at this domain are known to tell how they are made.",
        "no_mail" => "The domain takes no mail.",
        "unreachable" => "The domain or its site did not answer.",
        "forbidden" => "The site's robots.txt forbids reading its pages.",
        "not_said" => "The company's pages say no number in international form.",
        "taken" => "Another contact has it already.",
        _ => "It was not found.",
    };
    Missed { contact_id: lead, what: what.to_owned(), reason: reason.to_owned(), message: message.to_owned() }
}

/// Works out what is looked for. `seen` are the leads that the caller may know of.
///
/// # Errors
/// When the database fails.
pub(super) fn plan(
    cx: &mut Context<'_, '_>,
    named: &[LeadId],
    seen: &HashSet<LeadId>,
    email: bool,
    phone: bool,
) -> Result<Plan> {
    let known: Vec<LeadId> = named.iter().copied().filter(|id| seen.contains(id)).collect();
    let mut leads: HashMap<LeadId, Lead> =
        rows::get_many(cx.tx, cx.project, &known)?.into_iter().map(|lead| (lead.id, lead)).collect();
    let both: Vec<&str> =
        [(email, "email"), (phone, "phone")].iter().filter(|(on, _)| *on).map(|(_, what)| *what).collect();
    let (mut made, mut met) = (Plan::default(), HashSet::new());
    for id in named {
        let lead = if met.insert(*id) { leads.remove(id) } else { None };
        let Some(lead) = lead else {
            let reason = if seen.contains(id) { "repeated" } else { "not_found" };
            made.skipped.extend(both.iter().map(|what| missed(*id, what, reason)));
            continue;
        };
        let domain = domain_of(cx, &lead)?;
        let mut task = Task {
            lead: lead.id,
            name: lead.name.clone(),
            domain: domain.clone().unwrap_or_default(),
            email: None,
            phone: false,
        };
        for what in &both {
            let has = if *what == "email" { lead.email.is_some() } else { lead.phone.is_some() };
            let reason = match &domain {
                _ if has => Some("known"),
                None => Some("no_domain"),
                Some(domain) if is_personal(domain) || is_disposable(domain) => Some("personal_domain"),
                Some(domain) if *what == "email" => match likely(cx, &lead, domain)? {
                    Ok(found) => {
                        task.email = Some(found);
                        None
                    }
                    Err(reason) => Some(reason),
                },
                Some(_) => {
                    task.phone = true;
                    None
                }
            };
            made.skipped.extend(reason.map(|reason| missed(lead.id, what, reason)));
        }
        if task.email.is_some() || task.phone {
            made.tasks.push(task);
        }
    }
    Ok(made)
}

/// The address a lead is likely to have, or why there is no telling.
fn likely(cx: &mut Context<'_, '_>, lead: &Lead, domain: &str) -> Result<std::result::Result<Guess, &'static str>> {
    let (Some(first), Some(last)) = (lead.first_name.as_deref(), lead.last_name.as_deref()) else {
        return Ok(Err("no_name"));
    };
    let habit = habit_of(cx, domain, lead.id)?;
    Ok(guess(&habit, first, last, domain).ok_or("too_little_evidence"))
}

/// Where a lead works: its company's domain, or a field of its own that says so.
fn domain_of(cx: &mut Context<'_, '_>, lead: &Lead) -> Result<Option<String>> {
    if let Some(company) = lead.company_id
        && let Some(domain) = companies::get(cx.tx, cx.project, company)?.domain
    {
        return Ok(Some(domain));
    }
    let fields: serde_json::Map<String, Value> = serde_json::from_str(&lead.custom_fields).unwrap_or_default();
    let said = ["domain", "website", "company_domain"].iter().find_map(|name| fields.get(*name)?.as_str());
    let host = said.map(|text| {
        let text = text.trim().trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
        text.split(['/', '?', '#', ':']).next().unwrap_or_default().to_owned()
    });
    Ok(host.and_then(|host| Domain::parse(&host).ok()).map(|domain| domain.to_string()))
}
