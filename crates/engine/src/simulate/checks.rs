//! The promises as checks: what arrived in the world, simulated or real, against what the database says.

use std::collections::{HashMap, HashSet};

use outrider_domain::holidays::{Holidays, OwnHoliday};
use outrider_domain::id::ProjectId;
use outrider_domain::ramp::Ramp;
use outrider_domain::time::Millis;
use outrider_domain::window::{TimeZone, day_of};
use outrider_store::{Store, Tx, actions, credits, identities, leads, logs, messages, projects, sequences};

use super::exchange::{Rang, Texted};
use super::world::Arrived;
use super::{endings, telephone};
use crate::actions::state;
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// Rows looked at together.
pub(super) const TOGETHER: i64 = 1_000;

/// Every promise broken since a moment, in words; empty when all hold. `told`: when each person answered in a way that must end a sequence.
///
/// # Errors
/// When the database fails.
pub async fn broken_promises(
    store: &Store,
    arrived: Vec<Arrived>,
    told: HashMap<String, Millis>,
    project: ProjectId,
    since: Millis,
    now: Millis,
) -> Result<Vec<String>> {
    store
        .read(move |tx| {
            let mut broken = Vec::new();
            never_twice(&arrived, &mut broken);
            never_lost(tx, project, &arrived, since, now, &mut broken)?;
            silence_after_an_answer(tx, project, &arrived, &told, &mut broken)?;
            endings::with_the_answer(tx, project, &told, &mut broken)?;
            caps(tx, project, &arrived, &mut broken)?;
            hours(tx, project, &arrived, &mut broken)?;
            logs_without_gaps(tx, project, &mut broken)?;
            endings::with_the_action(tx, project, &mut broken)?;
            let totals = credits::totals(tx)?;
            if totals != credits::Totals::default() {
                broken.push(format!("credits are not conserved: {totals:?}"));
            }
            Ok(broken)
        })
        .await
}

/// Every promise about calls and text messages that was broken, in words.
///
/// # Errors
/// When the database fails.
pub async fn broken_calls(
    store: &Store,
    rang: Vec<Rang>,
    texted: Vec<Texted>,
    arrived: Vec<Arrived>,
    project: ProjectId,
    now: Millis,
) -> Result<Vec<String>> {
    store
        .read(move |tx| {
            let mut broken = Vec::new();
            telephone::promises(tx, project, &rang, &arrived, now, &mut broken)?;
            telephone::text_promises(tx, project, &texted, &mut broken)?;
            Ok(broken)
        })
        .await
}

fn never_twice(arrived: &[Arrived], broken: &mut Vec<String>) {
    let mut ids = HashSet::new();
    let mut contents = HashSet::new();
    for mail in arrived {
        if !ids.insert(&mail.message_id) {
            broken.push(format!("never twice: {} arrived more than once at {}", mail.message_id, mail.to));
        }
        if !contents.insert((&mail.to, mail.content)) {
            broken.push(format!("never twice: {} got the same text more than once", mail.to));
        }
    }
}

/// Every action's state agrees with what arrived, and none is stuck.
fn never_lost(
    tx: &mut Tx<'_>,
    project: ProjectId,
    arrived: &[Arrived],
    since: Millis,
    now: Millis,
    broken: &mut Vec<String>,
) -> Result<()> {
    let mut arrived: HashSet<&str> = arrived.iter().map(|mail| mail.message_id.as_str()).collect();
    let mut before = i64::MAX;
    loop {
        let rows = actions::list(tx, project, &actions::Filter::default(), before, TOGETHER)?;
        let Some(last) = rows.last() else { break };
        before = last.id.0;
        for action in rows {
            let Some(message) = action.message_id else { continue };
            let message = messages::get(tx, project, message)?;
            let there = arrived.remove(message.header_id.as_str());
            match action.state.as_str() {
                // What ended before is history: it arrived in another world.
                _ if action.finished_at.is_some_and(|at| at < since) => {}
                state::DELIVERED if !there => broken.push(format!("{} says delivered and nothing arrived", action.id)),
                state::FAILED | state::REFUSED if there => broken.push(format!(
                    "{} says {} ({}) and it arrived",
                    action.id,
                    action.state,
                    action.reason.as_deref().unwrap_or("")
                )),
                state::SCHEDULED | state::PENDING_APPROVAL => {
                    if there {
                        broken.push(format!("{} is still {} and it arrived", action.id, action.state));
                    }
                    match outrider_store::jobs::find(tx, project, crate::actions::JOB, action.id.0)? {
                        None => broken.push(format!("never lost: {} is {} and has no job", action.id, action.state)),
                        Some(job) if job.due_at.is_none() && job.parked.is_none() => {
                            broken.push(format!("never lost: the job of {} is neither due nor parked", action.id))
                        }
                        Some(_) => {}
                    }
                }
                state::SENDING => match outrider_store::jobs::find(tx, project, crate::actions::JOB, action.id.0)? {
                    Some(job) if job.due_at.is_some_and(|due| due >= now) => {}
                    _ => broken.push(format!("never lost: {} is being handed over by nobody", action.id)),
                },
                _ => {}
            }
        }
    }
    for id in arrived {
        broken.push(format!("{id} arrived and no action knows it"));
    }
    Ok(())
}

/// Nothing of a sequence arrives after its lead replied, bounced, complained or asked for silence.
fn silence_after_an_answer(
    tx: &mut Tx<'_>,
    project: ProjectId,
    arrived: &[Arrived],
    told: &HashMap<String, Millis>,
    broken: &mut Vec<String>,
) -> Result<()> {
    for mail in arrived {
        let Some(at) = told.get(&mail.to).filter(|at| mail.at > **at) else { continue };
        let of_sequence = match messages::find_by_header(tx, project, &mail.message_id, "out")?
            .and_then(|message| message.action_id)
        {
            Some(id) => {
                let action = actions::get(tx, project, id)?;
                let enrollment =
                    action.enrollment_id.map(|id| sequences::get_enrollment(tx, project, id)).transpose()?;
                // A branch has answered it.
                let heard = enrollment.and_then(|one| one.heard_at).is_some_and(|heard| heard >= *at);
                action.sequence_id.is_some() && !heard
            }
            None => true,
        };
        if of_sequence {
            broken.push(format!("{} answered at {at} and still got mail at {}", mail.to, mail.at));
        }
    }
    Ok(())
}

/// Days of a sender looked at.
const DAYS: i64 = 10_000;

fn caps(tx: &mut Tx<'_>, project: ProjectId, arrived: &[Arrived], broken: &mut Vec<String>) -> Result<()> {
    let mut sent: HashMap<(String, i64), i64> = HashMap::new();
    let mut senders = HashMap::new();
    for mail in arrived {
        if !senders.contains_key(&mail.from)
            && let Some(identity) = identities::find(tx, project, &mail.from)?
        {
            let zone = TimeZone::parse(&identity.time_zone).unwrap_or(TimeZone::UTC);
            let ramp: Ramp = read_json(&identity.ramp, "an identity's ramp")?;
            let days = identities::days(tx, project, identity.id, identity.ramp_from, DAYS)?;
            let worked: Vec<i64> = days.iter().filter(|(_, day)| day.sent > 0).map(|(day, _)| *day).collect();
            senders.insert(mail.from.clone(), (zone, ramp, worked));
        }
        let Some((zone, ramp, worked)) = senders.get(&mail.from) else { continue };
        let day = day_of(zone, mail.at);
        let count = sent.entry((mail.from.clone(), day)).or_insert(0);
        *count += 1;
        let before = worked.iter().filter(|other| **other < day).count();
        if *count == i64::from(ramp.cap_after(i64::try_from(before).unwrap_or(i64::MAX))) + 1 {
            broken.push(format!("{} sent more than its cap on day {day}", mail.from));
        }
    }
    Ok(())
}

/// Mails of a sequence arrive within its hours, where the recipient is.
fn hours(tx: &mut Tx<'_>, project: ProjectId, arrived: &[Arrived], broken: &mut Vec<String>) -> Result<()> {
    let default_zone = TimeZone::parse(&projects::get(tx, project)?.time_zone).unwrap_or(TimeZone::UTC);
    let own: Vec<OwnHoliday> = match projects::own_holidays(tx, project)? {
        Some(json) => read_json(&json, "a project's holidays")?,
        None => Vec::new(),
    };
    let mut definitions = HashMap::new();
    for mail in arrived {
        let Some(id) =
            messages::find_by_header(tx, project, &mail.message_id, "out")?.and_then(|message| message.action_id)
        else {
            continue;
        };
        let action = actions::get(tx, project, id)?;
        let (Some(sequence), Some(step)) = (action.sequence_id, &action.step) else { continue };
        if let std::collections::hash_map::Entry::Vacant(place) = definitions.entry(sequence) {
            let row = outrider_store::sequences::get(tx, project, sequence)?;
            let definition: outrider_domain::sequence::SequenceDefinition =
                read_json(&row.definition, "a sequence's definition")?;
            place.insert(definition);
        }
        let Some(definition) = definitions.get(&sequence) else { continue };
        let Some((_, step)) = definition.step(step) else { continue };
        let Ok(lead) = leads::get(tx, project, action.lead_id) else { continue };
        let zone = lead.time_zone.as_deref().and_then(|name| TimeZone::parse(name).ok());
        let zone = zone.unwrap_or_else(|| default_zone.clone());
        let holidays = Holidays::new(&own, lead.country.as_deref(), None);
        if let Some(name) = holidays.name_of(day_of(&zone, mail.at)).filter(|_| !definition.on_holidays) {
            broken.push(format!("{} got mail at {} on {name}", mail.to, mail.at));
        }
        if !definition.window_of(step).is_open(&zone, mail.at) {
            broken.push(format!("{} got mail at {} outside its hours in {zone}", mail.to, mail.at));
        }
    }
    Ok(())
}

fn logs_without_gaps(tx: &mut Tx<'_>, project: ProjectId, broken: &mut Vec<String>) -> Result<()> {
    let mut last = 0;
    loop {
        let rows = logs::events_after(tx, project, last, TOGETHER)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.sequence != last + 1 {
                broken.push(format!("the event log jumps from {last} to {}", row.sequence));
            }
            last = row.sequence;
        }
    }
    if last != logs::last_event(tx, project)? {
        broken.push(format!("the event log ends at {last}, not where its counter stands"));
    }
    let (mut last, mut hash) = (0, String::new());
    loop {
        let rows = logs::audit_after(tx, project, last, TOGETHER)?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            if row.sequence != last + 1 || row.previous_hash != hash || row.hash != row.expected_hash() {
                broken.push(format!("the audit's chain breaks at {}", row.sequence));
            }
            (last, hash) = (row.sequence, row.hash);
        }
    }
}
