//! Choosing a run's contacts: those named, or those its filter finds, walking the project's leads on from where the last look
//! ended. Reads; takes nobody up.

use outrider_domain::filter::{Fact, Field, Filter, Test, Value};
use outrider_domain::id::LeadId;
use outrider_domain::time::Millis;
use outrider_store::leads::candidates::{self, Narrow};
use outrider_store::leads::{self, Lead};
use outrider_store::runs::Run;
use outrider_store::{Tx, playbooks};

use super::Inputs;
use super::subject::{LeadSubject, happened};
use crate::error::Result;

/// Leads of one stretch of the walk.
const STRETCH: i64 = 20_000;
/// Candidates fetched at a time.
const TOGETHER: i64 = 500;

/// A contact that fits, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The lead.
    pub lead: LeadId,
    /// Its name.
    pub name: String,
    /// What was found.
    pub facts: Vec<Fact>,
}

/// What a look found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order they were met.
    pub chosen: Vec<Chosen>,
    /// Named contacts that are gone.
    pub gone: Vec<LeadId>,
    /// Candidates looked at.
    pub scanned: i64,
    /// Where the next look begins; absent when contacts were named.
    pub next: Option<LeadId>,
}

/// What the database can tell apart, from the conditions that must all hold.
fn narrow(filter: &Filter, now: Millis) -> Narrow {
    let mut narrow = Narrow { stopped_too: filter.names(&Field::Known("outreach_disabled")), ..Narrow::default() };
    for condition in filter.required() {
        match condition {
            Filter::Field { field: Field::Known("stage"), test: Test::In(values), .. } => {
                if let [Value::Text(stage)] = values.as_slice() {
                    narrow.stage = Some(stage.to_lowercase());
                }
            }
            Filter::Field { field: Field::Known("country"), test: Test::In(values), .. } => {
                // Databases disagree about the lower case of other letters.
                if let [Value::Text(country)] = values.as_slice()
                    && country.is_ascii()
                {
                    narrow.country = Some(country.to_ascii_lowercase());
                }
            }
            Filter::Field { field: Field::Known("email"), test: Test::Present, .. } => narrow.with_email = true,
            Filter::Event { kind, within, .. } => {
                if let Some(name) = kind.strip_prefix("signal.") {
                    let since = within.map_or(Millis(0), |span| now.plus(-span.as_millis()));
                    narrow.signal = Some((name.to_owned(), since));
                }
            }
            _ => {}
        }
    }
    narrow
}

/// Finds a run's contacts.
///
/// # Errors
/// When the database fails.
pub fn choose(tx: &mut Tx<'_>, run: &Run, inputs: &Inputs, now: Millis) -> Result<Found> {
    if let Some(named) = &inputs.contacts {
        return choose_named(tx, run, inputs, named, now);
    }
    let filter = inputs.filter();
    let narrow = narrow(&filter, now);
    let kinds = filter.events();
    let start = playbooks::find(tx, run.project_id, run.agent_id)?.map_or(0, |playbook| playbook.scan_after);
    let wanted = usize::try_from(inputs.max_contacts).unwrap_or(0);
    let mut found = Found { next: Some(LeadId(start)), ..Found::default() };
    // On from where the last look ended, then round to there again.
    for (from, to) in [(LeadId(start), LeadId(i64::MAX)), (LeadId(0), LeadId(start))] {
        let mut after = from;
        while after < to && found.chosen.len() < wanted {
            // Leads with a signal are few and found by index: no need to walk past the others.
            let end = match narrow.signal {
                Some(_) => to,
                None => candidates::window(tx, run.project_id, after, to, STRETCH)?,
            };
            after = walk(tx, run, inputs, &filter, &narrow, &kinds, (after, end), wanted, &mut found, now)?;
        }
        if found.chosen.len() >= wanted {
            found.next = found.chosen.last().map(|chosen| chosen.lead);
            return Ok(found);
        }
    }
    Ok(found)
}

/// Looks through one stretch; gives where it ended.
#[expect(clippy::too_many_arguments, reason = "the inside of one loop")]
fn walk(
    tx: &mut Tx<'_>,
    run: &Run,
    inputs: &Inputs,
    filter: &Filter,
    narrow: &Narrow,
    kinds: &[String],
    (mut after, end): (LeadId, LeadId),
    wanted: usize,
    found: &mut Found,
    now: Millis,
) -> Result<LeadId> {
    loop {
        let leads =
            candidates::scan(tx, run.project_id, run.agent_id, inputs.free_before, narrow, (after, end), TOGETHER)?;
        let full = i64::try_from(leads.len()).unwrap_or(i64::MAX) >= TOGETHER;
        let ids: Vec<LeadId> = leads.iter().map(|lead| lead.id).collect();
        let happened = happened(tx, run.project_id, &ids, kinds)?;
        for lead in &leads {
            found.scanned += 1;
            after = lead.id;
            let (fits, facts) = fits(filter, lead, happened.get(&lead.id), now);
            if fits {
                found.chosen.push(Chosen { lead: lead.id, name: lead.name.clone(), facts });
                if found.chosen.len() >= wanted {
                    return Ok(after);
                }
            }
        }
        if !full {
            return Ok(end);
        }
    }
}

fn fits(
    filter: &Filter,
    lead: &Lead,
    happened: Option<&std::collections::HashMap<String, Millis>>,
    now: Millis,
) -> (bool, Vec<Fact>) {
    let subject = LeadSubject::new(lead, happened);
    // Saying why costs more than knowing that.
    if !filter.holds(&subject, now) {
        return (false, Vec::new());
    }
    filter.explain(&subject, now)
}

/// Named contacts need not fit the filter: somebody chose them. Those an event named must.
fn choose_named(tx: &mut Tx<'_>, run: &Run, inputs: &Inputs, named: &[LeadId], now: Millis) -> Result<Found> {
    let filter = if run.source == "event" { inputs.filter() } else { Filter::All };
    let kinds = filter.events();
    let mut found = Found::default();
    for ids in named.chunks(usize::try_from(TOGETHER).unwrap_or(1)) {
        let leads: std::collections::HashMap<LeadId, Lead> =
            leads::get_many(tx, run.project_id, ids)?.into_iter().map(|lead| (lead.id, lead)).collect();
        let happened = happened(tx, run.project_id, ids, &kinds)?;
        for id in ids {
            found.scanned += 1;
            match leads.get(id) {
                None => found.gone.push(*id),
                Some(lead) => {
                    let (fits, facts) = fits(&filter, lead, happened.get(id), now);
                    let contactable = run.source != "event" || !lead.outreach_disabled;
                    if fits && contactable {
                        found.chosen.push(Chosen { lead: *id, name: lead.name.clone(), facts });
                    }
                }
            }
        }
    }
    Ok(found)
}
