//! Leads as one caller sees them, by their place in the list: for dialects that page by offset. Changes nothing.

use std::collections::HashSet;

use outrider_domain::id::{LeadId, UserId};
use outrider_store::leads::{self as rows, by_place};
use outrider_store::suppressions;

use super::{Lead, missing};
use crate::context::Context;
use crate::error::{Error, Result};

/// Longest words to search by.
const QUERY: usize = 200;

/// The leads of one seller, or of everybody, newest first, and how many there are. With words to search by, at most
/// [`by_place::MOST_MATCHES`] are counted.
///
/// # Errors
/// `validation_error` at `query`; others when the database fails.
pub fn leads_by_place(
    cx: &mut Context<'_, '_>,
    owner: Option<UserId>,
    query: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Lead>, i64)> {
    let query = query.map(str::trim).filter(|query| !query.is_empty());
    if query.is_some_and(|query| query.chars().count() > QUERY || query.contains('\0')) {
        return Err(Error::invalid("query", format!("query has at most {QUERY} characters and no NUL.")));
    }
    let (found, total) = match query {
        Some(query) => by_place::search(cx.tx, cx.project, owner, query, limit, offset)?,
        None => by_place::page(cx.tx, cx.project, owner, limit, offset)?,
    };
    Ok((found.into_iter().map(Lead::from).collect(), total))
}

/// One lead, if the caller sees it.
///
/// # Errors
/// `resource_not_found` at `lead_id`, for those of others too.
pub fn lead_of(cx: &mut Context<'_, '_>, owner: Option<UserId>, id: LeadId) -> Result<Lead> {
    let row = rows::get(cx.tx, cx.project, id).map_err(|error| missing(error, "lead", "lead_id"))?;
    match owner {
        Some(owner) if row.owner_id != Some(owner) => Err(Error::not_found("lead").at("lead_id")),
        _ => Ok(row.into()),
    }
}

/// Those of these leads that the caller sees.
///
/// # Errors
/// When the database fails.
pub fn seen(cx: &mut Context<'_, '_>, owner: Option<UserId>, ids: &[LeadId]) -> Result<HashSet<LeadId>> {
    let found = match owner {
        Some(owner) => by_place::owned(cx.tx, cx.project, owner, ids)?,
        None => rows::existing(cx.tx, cx.project, ids)?,
    };
    Ok(found.into_iter().collect())
}

/// Those of these leads who must not be contacted: they opted out, were stopped, or a list says so of their address, its domain or
/// their number. A dead mailbox, and a list of numbers not to be called, say nothing about other ways.
///
/// # Errors
/// When the database fails.
pub fn not_to_be_contacted(cx: &mut Context<'_, '_>, leads: &[Lead]) -> Result<HashSet<LeadId>> {
    let contacts: Vec<_> = leads.iter().map(|lead| (lead.email.clone(), lead.phone.clone())).collect();
    suppressions::look_up(cx.tx, cx.project, &contacts)?;
    let mut found = HashSet::new();
    for (lead, (email, phone)) in leads.iter().zip(contacts) {
        let rows = suppressions::matching(cx.tx, cx.project, email.as_deref(), phone.as_deref())?;
        let holds = rows.iter().any(|row| {
            !matches!((row.kind.as_str(), row.reason.as_str()), ("phone", "do_not_call") | ("email", "bounce"))
        });
        if lead.outreach_disabled || holds {
            found.insert(lead.id);
        }
    }
    Ok(found)
}

/// The leads of these ids, in their order; those that are not there are left out.
///
/// # Errors
/// When the database fails.
pub fn of_ids(cx: &mut Context<'_, '_>, ids: &[LeadId]) -> Result<Vec<Lead>> {
    let mut found: std::collections::HashMap<LeadId, rows::Lead> =
        rows::get_many(cx.tx, cx.project, ids)?.into_iter().map(|lead| (lead.id, lead)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).map(Lead::from).collect())
}
