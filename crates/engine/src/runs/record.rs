//! Recording: contacts taken up for a run, and what a planner answered for each, as decisions and proposed actions. One
//! transaction each, fenced by the job.

use std::collections::{HashMap, HashSet};

use outrider_domain::id::{DecisionId, RunContactId};
use outrider_domain::playbook::PlaybookStep;
use outrider_domain::sequence::StopEvent;
use outrider_store::jobs::{self, Job};
use outrider_store::leads::{self, Lead};
use outrider_store::playbooks;
use outrider_store::runs::{self as rows, Decision, Run, RunContact};
use serde_json::json;

use super::choose::Found;
use super::plan::{ContactPlan, PlanBatch};
use super::progress::{LEAD_DELETED, end_run, finish, settle};
use super::propose::Proposer;
use super::start::{SCHEDULE, tell};
use super::{Inputs, skill, status};
use crate::context::{Context, Event};
use crate::error::Result;
use crate::fields::to_json;
use crate::ports::PlanFailure;

/// Contacts planned in one transaction.
pub const TOGETHER: i64 = 200;
/// How long a contact waits after its planner had no answer, in milliseconds.
const PLANNER_PAUSE_MS: i64 = 60_000;

/// Takes up the contacts that a look found.
///
/// # Errors
/// When the database fails.
pub fn take_up(cx: &mut Context<'_, '_>, job: &Job, mut run: Run, inputs: &Inputs, found: Found) -> Result<()> {
    if let Some(next) = found.next {
        playbooks::set_scan(cx.tx, cx.project, run.agent_id, next)?;
    }
    let ids: Vec<_> = found.chosen.iter().map(|chosen| chosen.lead).collect();
    // Another run may have taken some of them since the look: this decides who has whom.
    let taken: HashMap<_, i64> =
        playbooks::take(cx.tx, cx.project, run.agent_id, run.id, &ids, cx.now, inputs.free_before)?
            .into_iter()
            .collect();
    let mut contacts = Vec::with_capacity(found.chosen.len() + found.gone.len());
    for chosen in found.chosen {
        let occurrence = taken.get(&chosen.lead).copied();
        // A named contact that is not taken is shown with its reason; of those a filter found, nobody asked for it.
        if occurrence.is_none() && inputs.contacts.is_none() {
            continue;
        }
        contacts.push(contact(cx, &run, chosen.lead, chosen.name, occurrence, to_json(&chosen.facts)?));
    }
    for lead in found.gone {
        let mut gone = contact(cx, &run, lead, String::new(), None, "[]".to_owned());
        gone.reason = Some(LEAD_DELETED.to_owned());
        contacts.push(gone);
    }
    if run.source == SCHEDULE {
        if contacts.is_empty() {
            // It looked and found nobody: a list of such runs would hide the others.
            jobs::finish(cx.tx, job.id, job.token)?;
            return Ok(rows::delete_empty(cx.tx, cx.project, run.id)?);
        }
        tell(cx, &run, None);
    }
    run.scanned = found.scanned;
    run.contacts = i64::try_from(contacts.len()).unwrap_or(i64::MAX);
    run.open_contacts = i64::try_from(taken.len()).unwrap_or(i64::MAX);
    run.started_at = Some(cx.now);
    run.updated_at = cx.now;
    status::RUNNING.clone_into(&mut run.status);
    cx.emit(Event::new("run.started").agent(run.agent_id).subject(run.id).data(json!({ "contacts": run.contacts })));
    rows::add_contacts(cx.tx, contacts)?;
    if taken.is_empty() {
        jobs::finish(cx.tx, job.id, job.token)?;
        let reason = if run.contacts == 0 { "no contact fits" } else { "every contact named was taken up before" };
        return end_run(cx, run, status::COMPLETED, reason);
    }
    run.save(cx.tx)?;
    super::drive::again(cx, job)
}

fn contact(
    cx: &Context<'_, '_>,
    run: &Run,
    lead: outrider_domain::id::LeadId,
    name: String,
    occurrence: Option<i64>,
    facts: String,
) -> RunContact {
    let taken = occurrence.is_some();
    RunContact {
        project_id: cx.project,
        id: RunContactId(cx.id()),
        run_id: run.id,
        agent_id: run.agent_id,
        lead_id: lead,
        name,
        status: if taken { status::QUEUED } else { status::SKIPPED }.to_owned(),
        reason: (!taken).then(|| "taken_up_before".to_owned()),
        occurrence: occurrence.unwrap_or(0),
        wave: 0,
        next_after: None,
        facts,
        due_at: None,
        created_at: cx.now,
        updated_at: cx.now,
        finished_at: (!taken).then_some(cx.now),
    }
}

/// Records what a planner answered for a batch; contacts that have moved on meanwhile are left alone.
///
/// # Errors
/// When the database fails.
pub fn record(
    cx: &mut Context<'_, '_>,
    run: &Run,
    batch: &PlanBatch,
    plans: &[std::result::Result<ContactPlan, PlanFailure>],
) -> Result<()> {
    let ids: Vec<_> = batch.contacts.iter().map(|contact| contact.lead.id).collect();
    let leads: HashMap<_, Lead> =
        leads::get_many(cx.tx, cx.project, &ids)?.into_iter().map(|lead| (lead.id, lead)).collect();
    let structure = batch.shared.inputs.structure.as_ref();
    let hours = structure.and_then(|structure| structure.hours);
    let stop_on = structure.map_or_else(Vec::new, |structure| structure.stop_on.clone());
    let Some(mut proposer) = Proposer::new(cx, run, hours, stop_on.clone())? else { return Ok(()) };
    proposer.structure = structure.cloned().unwrap_or_default();
    for (planned, plan) in batch.contacts.iter().zip(plans) {
        let contact = rows::lock_contact(cx.tx, cx.project, planned.id)?;
        let expected = usize::try_from(contact.wave).is_ok_and(|wave| wave == planned.wave);
        if contact.finished_at.is_some() || !expected || contact.status == status::ACTIVE {
            continue;
        }
        let Some(lead) = leads.get(&contact.lead_id) else {
            finish(cx, contact, status::CANCELLED, LEAD_DELETED)?;
            continue;
        };
        if let Some(reason) = stopped(&contact, lead, &stop_on) {
            finish(cx, contact, status::CANCELLED, reason)?;
            continue;
        }
        match plan {
            Ok(plan) => {
                proposer.careful = plan.read_outside_text;
                one(cx, &mut proposer, contact, lead, plan)?;
            }
            Err(failure) if failure.again => ask_later(cx, contact, &failure.message)?,
            Err(failure) => finish(cx, contact, status::FAILED, &failure.message)?,
        }
    }
    Ok(())
}

/// Why nothing more is planned for a contact, beside the gates' own reasons.
fn stopped(contact: &RunContact, lead: &Lead, stop_on: &[StopEvent]) -> Option<&'static str> {
    if contact.wave == 0 {
        return None;
    }
    if lead.outreach_disabled {
        Some("lead_stopped")
    } else if stop_on.contains(&StopEvent::Reply) && lead.replied_at.is_some_and(|at| at > contact.created_at) {
        Some("lead_replied")
    } else if stop_on.contains(&StopEvent::Meeting) && lead.meeting_booked {
        Some("meeting_booked")
    } else {
        None
    }
}

fn ask_later(cx: &mut Context<'_, '_>, mut contact: RunContact, message: &str) -> Result<()> {
    let due = cx.now.plus(PLANNER_PAUSE_MS);
    status::WAITING.clone_into(&mut contact.status);
    contact.reason = Some(format!("the planner had no answer and is asked again: {message}"));
    contact.due_at = Some(due);
    contact.updated_at = cx.now;
    let job = outrider_domain::id::JobId(cx.id());
    jobs::put(cx.tx, cx.project, job, super::CONTACT_JOB, contact.id.0, due, cx.now)?;
    rows::save_contacts(cx.tx, vec![contact])?;
    Ok(())
}

/// Writes one contact's wave.
fn one(
    cx: &mut Context<'_, '_>,
    proposer: &mut Proposer,
    mut contact: RunContact,
    lead: &Lead,
    plan: &ContactPlan,
) -> Result<()> {
    let known: Vec<Decision> =
        if contact.wave > 0 { rows::decisions(cx.tx, cx.project, contact.id)? } else { Vec::new() };
    let found = skill::found(&known)?;
    let mut position = i64::try_from(known.len()).unwrap_or(i64::MAX);
    let mut expected: HashMap<&str, &Decision> = known
        .iter()
        .filter(|decision| decision.status == "planned")
        .map(|decision| (decision.step.as_str(), decision))
        .collect();
    let mut written = Vec::new();
    let mut open = 0;
    for planned in &plan.moves {
        // A step that was announced keeps its place.
        let mut decision = match expected.remove(planned.step.key.as_str()) {
            Some(announced) => announced.clone(),
            None => {
                let fresh = new_decision(cx, &contact, position, &planned.step);
                position += 1;
                fresh
            }
        };
        decision.wave = contact.wave;
        decision.reason.clone_from(&planned.grounds.reason);
        decision.facts = to_json(&planned.grounds.facts)?;
        decision.updated_at = cx.now;
        if planned.go {
            decision.action_id = proposer.propose(cx, &contact, decision.id, lead, planned, &found)?;
            open += usize::from(decision.action_id.is_some());
        }
        decision.status = match (planned.go, decision.action_id) {
            (true, Some(_)) => "proposed",
            (true, None) => {
                "passed over: this agent did this step for this contact before".clone_into(&mut decision.reason);
                "skipped"
            }
            (false, _) => "skipped",
        }
        .to_owned();
        written.push(decision);
    }
    let announced: HashSet<&str> = expected.keys().copied().collect();
    for step in plan.upcoming.iter().filter(|step| !announced.contains(step.key.as_str())) {
        written.push(new_decision(cx, &contact, position, step));
        position += 1;
    }
    rows::save_decisions(cx.tx, written)?;
    contact.next_after = plan.next.map(|span| span.as_millis());
    contact.due_at = None;
    contact.updated_at = cx.now;
    contact.reason = None;
    if open == 0 {
        return settle(cx, contact);
    }
    status::ACTIVE.clone_into(&mut contact.status);
    rows::save_contacts(cx.tx, vec![contact])?;
    Ok(())
}

fn new_decision(cx: &Context<'_, '_>, contact: &RunContact, position: i64, step: &PlaybookStep) -> Decision {
    Decision {
        project_id: cx.project,
        id: DecisionId(cx.id()),
        run_contact_id: contact.id,
        position,
        wave: -1,
        step: step.key.clone(),
        kind: step.kind.as_str().to_owned(),
        status: "planned".to_owned(),
        reason: "comes later, if its condition holds then".to_owned(),
        facts: "[]".to_owned(),
        action_id: None,
        output: None,
        created_at: cx.now,
        updated_at: cx.now,
    }
}
