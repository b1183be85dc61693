//! The addresses of leads at a domain, and the habit they show. Reads; guesses nothing.

use outrider_domain::enrichment::patterns::{Habit, Known, learn};
use outrider_domain::id::LeadId;
use outrider_store::leads;

use crate::context::Context;
use crate::error::Result;

/// Most addresses of a domain that are looked at.
const MOST: usize = 200;

/// How a domain makes addresses, by all known but a lead's own.
///
/// # Errors
/// When the database fails.
pub(super) fn habit_of(cx: &mut Context<'_, '_>, domain: &str, but: LeadId) -> Result<Habit> {
    let ending = format!("@{domain}");
    let mut found: Vec<(String, String, String)> = Vec::new();
    let ids = leads::ids_by_domain(cx.tx, cx.project, domain)?;
    let ids: Vec<LeadId> = ids.into_iter().filter(|id| *id != but).take(MOST).collect();
    for lead in leads::get_many(cx.tx, cx.project, &ids)? {
        if let (Some(first), Some(last), Some(email)) = (lead.first_name, lead.last_name, lead.email)
            && let Some(local) = email.strip_suffix(&ending)
        {
            found.push((first, last, local.to_owned()));
        }
    }
    found.sort();
    found.dedup_by(|one, other| one.2 == other.2);
    Ok(learn(found.iter().map(|(first, last, local)| Known { first, last, local })))
}
