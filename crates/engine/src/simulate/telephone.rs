//! The promises of calling as checks: what rang at the exchange against what the database says and what the rules of calling allow.
//! Repairs nothing.

use std::collections::{HashMap, HashSet};

use outrider_domain::address::Phone;
use outrider_domain::calling;
use outrider_domain::id::ProjectId;
use outrider_domain::time::{MINUTE, Millis};
use outrider_store::calls::{self, Call};
use outrider_store::{Tx, identities, jobs, leads, texts};

use super::checks::TOGETHER;
use super::exchange::{Rang, Texted};
use super::world::Arrived;
use crate::calls::{action_of, status};
use crate::error::Result;

/// Everything about calls that must hold.
///
/// # Errors
/// When the database fails.
pub(super) fn promises(
    tx: &mut Tx<'_>,
    project: ProjectId,
    rang: &[Rang],
    arrived: &[Arrived],
    now: Millis,
    broken: &mut Vec<String>,
) -> Result<()> {
    never_twice(rang, broken);
    let known = rows(tx, project)?;
    one_true_state(tx, project, &known, rang, now, broken)?;
    rules(tx, project, &known, rang, broken)?;
    lines(tx, project, rang, broken)?;
    silence(tx, project, &known, rang, arrived, broken)
}

/// Everything about text messages that must hold: each arrives once, in the hours of the place, and nothing after a STOP.
///
/// # Errors
/// When the database fails.
pub(super) fn text_promises(
    tx: &mut Tx<'_>,
    project: ProjectId,
    texted: &[Texted],
    broken: &mut Vec<String>,
) -> Result<()> {
    let mut seen = HashSet::new();
    for text in texted {
        if !seen.insert(text.text) {
            broken.push(format!("never twice: {} arrived more than once at {}", text.text, text.to));
        }
        let Ok(row) = texts::get(tx, project, text.text) else {
            broken.push(format!("{} arrived and no text message knows it", text.text));
            continue;
        };
        if !matches!(row.status.as_str(), "sent" | "unknown" | "sending") {
            broken.push(format!("{} says {} and it arrived", text.text, row.status));
        }
        if !text.words.to_uppercase().contains("STOP") {
            broken.push(format!("{} does not say how to get no more", text.text));
        }
        let Ok(lead) = leads::get(tx, project, row.lead_id) else { continue };
        let number = Phone::parse(&text.to).ok();
        let rules = calling::rules_for(lead.country.as_deref(), number.as_ref());
        for zone in calling::zones_of(lead.time_zone.as_deref(), lead.country.as_deref(), number.as_ref()) {
            if rules.iter().any(|rule| rule.next_open(&zone, text.at) != Some(text.at)) {
                broken.push(format!("{} got a text at {} outside the hours in {zone}", text.to, text.at));
            }
        }
        let told = texts::list(tx, project, Some(row.lead_id), None, i64::MAX, TOGETHER)?;
        let stop = told.iter().find(|one| one.class.as_deref() == Some("opt_out"));
        if stop.is_some_and(|stop| stop.created_at < text.at) {
            broken.push(format!("{} wrote STOP and got a text at {}", text.to, text.at));
        }
    }
    Ok(())
}

/// Every call there is, by its number.
fn rows(tx: &mut Tx<'_>, project: ProjectId) -> Result<HashMap<i64, Call>> {
    let mut found = HashMap::new();
    let mut before = i64::MAX;
    loop {
        let page = calls::list(tx, project, &calls::Filter::default(), before, TOGETHER)?;
        let Some(last) = page.last() else { return Ok(found) };
        before = last.id.0;
        found.extend(page.into_iter().map(|call| (call.id.0, call)));
    }
}

fn never_twice(rang: &[Rang], broken: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for call in rang {
        if !seen.insert(call.reference) {
            broken.push(format!("never twice: {} rang more than once at {}", call.reference.call, call.to));
        }
    }
}

fn one_true_state(
    tx: &mut Tx<'_>,
    project: ProjectId,
    known: &HashMap<i64, Call>,
    rang: &[Rang],
    now: Millis,
    broken: &mut Vec<String>,
) -> Result<()> {
    let mut there: HashMap<i64, &Rang> = rang.iter().map(|call| (call.reference.call.0, call)).collect();
    for call in known.values() {
        let id = call.id;
        let rang = there.remove(&id.0);
        match (call.status.as_str(), rang) {
            (status::COMPLETED, Some(rang)) if rang.answered_at.is_none() => {
                broken.push(format!("{id} says completed and nobody picked up"));
            }
            (status::COMPLETED | status::NO_ANSWER, None) => {
                broken.push(format!("{id} says {} and never rang", call.status));
            }
            (status::NO_ANSWER, Some(rang)) if rang.answered_at.is_some() => {
                broken.push(format!("{id} says no_answer and {} picked up", rang.persona.as_str()));
            }
            (status::QUEUED | status::CANCELED, Some(_)) => broken.push(format!("{id} is {} and rang", call.status)),
            (status::DIALING | status::IN_PROGRESS, _) => {
                match jobs::find(tx, project, crate::actions::JOB, action_of(id).0)? {
                    Some(job) if job.due_at.is_some_and(|due| due >= now) => {}
                    _ => broken.push(format!("never lost: {id} is {} and watched by nobody", call.status)),
                }
            }
            _ => {}
        }
    }
    for (_, rang) in there {
        broken.push(format!("{} rang and no call knows it", rang.reference.call));
    }
    Ok(())
}

/// Hours and attempts, as the data of today would have it.
fn rules(
    tx: &mut Tx<'_>,
    project: ProjectId,
    known: &HashMap<i64, Call>,
    rang: &[Rang],
    broken: &mut Vec<String>,
) -> Result<()> {
    let mut dialled: HashMap<&str, Vec<Millis>> = HashMap::new();
    let mut in_order: Vec<&Rang> = rang.iter().collect();
    in_order.sort_by_key(|call| call.at);
    for call in in_order {
        let Some(row) = known.get(&call.reference.call.0) else { continue };
        let Ok(lead) = leads::get(tx, project, row.lead_id) else { continue };
        let number = Phone::parse(&call.to).ok();
        let rules = calling::rules_for(lead.country.as_deref(), number.as_ref());
        let zones = calling::zones_of(lead.time_zone.as_deref(), lead.country.as_deref(), number.as_ref());
        if zones.is_empty() {
            broken.push(format!("{} rang where no time zone is known", call.to));
        }
        for zone in zones {
            if rules.iter().any(|rule| rule.next_open(&zone, call.at) != Some(call.at)) {
                broken.push(format!("{} rang at {} outside the hours of calling in {zone}", call.to, call.at));
            }
        }
        let earlier = dialled.entry(&call.to).or_default();
        if let Some((_, limit)) = calling::next_attempt(&rules, earlier, call.at) {
            broken.push(format!("{} rang more than {} times within {} days", call.to, limit.count, limit.days));
        }
        earlier.insert(0, call.at);
    }
    Ok(())
}

/// No number of ours has more calls at one time than it has lines.
fn lines(tx: &mut Tx<'_>, project: ProjectId, rang: &[Rang], broken: &mut Vec<String>) -> Result<()> {
    let mut of_number: HashMap<&str, Vec<(Millis, i64)>> = HashMap::new();
    for call in rang {
        let Some(end) = call.ended_at else { continue };
        let changes = of_number.entry(&call.from).or_default();
        changes.push((call.at, 1));
        changes.push((end, -1));
    }
    for (number, mut changes) in of_number {
        let Some(identity) = identities::find(tx, project, number)? else { continue };
        // Of two changes at one moment the end comes first: the line is free then.
        changes.sort_unstable();
        let (mut busy, mut most) = (0, 0);
        for (_, change) in changes {
            busy += change;
            most = most.max(busy);
        }
        if most > identity.concurrency {
            broken.push(format!("{number} had {most} calls at one time and {} lines", identity.concurrency));
        }
    }
    Ok(())
}

/// Who asked in a call for no more contact gets neither call nor mail from then on.
fn silence(
    tx: &mut Tx<'_>,
    project: ProjectId,
    known: &HashMap<i64, Call>,
    rang: &[Rang],
    arrived: &[Arrived],
    broken: &mut Vec<String>,
) -> Result<()> {
    for call in known.values().filter(|call| call.ending.as_deref() == Some("opted_out")) {
        let Some(at) = call.finished_at else { continue };
        for later in rang.iter().filter(|later| later.to == call.lead_phone && later.at > at) {
            broken.push(format!("{} asked for no more contact at {at} and was called at {}", later.to, later.at));
        }
        let Ok(lead) = leads::get(tx, project, call.lead_id) else { continue };
        if !lead.outreach_disabled {
            broken.push(format!("{} asked for no more contact and outreach to {} goes on", call.lead_phone, lead.id));
        }
        let mails = arrived.iter().filter(|mail| lead.email.as_deref() == Some(&mail.to));
        // A mail on its way when the words were said may still arrive.
        for mail in mails.filter(|mail| mail.at.0 > at.0 + MINUTE) {
            broken.push(format!("{} asked for no more contact at {at} and got mail at {}", mail.to, mail.at));
        }
    }
    Ok(())
}
