//! Ticks: an enrollment that is due proposes its step's mail or call, and goes on when that action has ended.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use outrider_domain::autonomy::{Autonomy, ChannelAutonomy};
use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, AgentId, EnrollmentId, JobId, SequenceId};
use outrider_domain::sequence::{SequenceDefinition, Step};
use outrider_domain::time::Millis;
use outrider_domain::weights::seed;
use outrider_domain::window::TimeZone;
use outrider_store::actions::{self, Action};
use outrider_store::jobs::Job;
use outrider_store::leads::Lead;
use outrider_store::sequences::{self as rows, Enrollment, Sequence};
use outrider_store::{Error as StoreError, identities, jobs, leads, messages};
use serde_json::json;

use super::JOB;
use super::call_step;
use super::content::{Renderer, SenderName};
use super::rotation::{self, Candidate};
use super::stop::stop_enrollment;
use crate::actions::open::Origin;
use crate::actions::propose::{Proposal, propose};
use crate::actions::slots::Wanted;
use crate::actions::state;
use crate::connected::{self, Via};
use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::gates::snapshot::{Gatherer, read_json};
use crate::opt_out::link_url;

/// What the ticks of one transaction share.
#[derive(Default)]
pub struct Batch {
    /// Look-ups.
    pub gatherer: Gatherer,
    renderer: Renderer,
    pools: HashMap<SequenceId, Vec<Candidate>>,
    autonomies: HashMap<(Option<AgentId>, Channel), Autonomy>,
}

impl Batch {
    /// One whose look-ups hold senders until the transaction ends.
    #[must_use]
    pub fn holding() -> Self {
        Self { gatherer: Gatherer::holding(), ..Self::default() }
    }
}

/// One tick of an enrollment's job. Gives the action it proposed, when that is due at once.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn tick(cx: &mut Context<'_, '_>, batch: &mut Batch, job: &Job) -> Result<Option<ActionId>> {
    let enrollment = match rows::lock_enrollment(cx.tx, cx.project, EnrollmentId(job.subject_id)) {
        Ok(enrollment) => enrollment,
        Err(StoreError::NotFound) => return done(cx, job),
        Err(other) => return Err(other.into()),
    };
    if enrollment.state != "active" || enrollment.action_id.is_some() {
        return done(cx, job);
    }
    let Some((sequence, definition)) = batch.gatherer.sequence(cx, enrollment.sequence_id)? else {
        return stop_enrollment(cx, enrollment, "sequence_deleted").map(|()| None);
    };
    match sequence.status.as_str() {
        "paused" => {
            jobs::park(cx.tx, job.id, job.token, "sequence")?;
            return Ok(None);
        }
        "archived" => return stop_enrollment(cx, enrollment, "sequence_archived").map(|()| None),
        _ => {}
    }
    let lead = match leads::get(cx.tx, cx.project, enrollment.lead_id) {
        Ok(lead) => lead,
        Err(StoreError::NotFound) => return stop_enrollment(cx, enrollment, "lead_deleted").map(|()| None),
        Err(other) => return Err(other.into()),
    };
    if lead.outreach_disabled {
        return stop_enrollment(cx, enrollment, "lead_stopped").map(|()| None);
    }
    // First, for a step that is passed over may make the enrollment wait, by a job under the same name.
    done(cx, job)?;
    run_step(cx, batch, enrollment, &sequence, &definition, &lead)
}

fn done(cx: &mut Context<'_, '_>, job: &Job) -> Result<Option<ActionId>> {
    jobs::finish(cx.tx, job.id, job.token)?;
    Ok(None)
}

/// Proposes the act of the enrollment's step; passes over steps that were done before, or by which the lead can't be reached.
/// Gives the action when it is due at once.
fn run_step(
    cx: &mut Context<'_, '_>,
    batch: &mut Batch,
    mut enrollment: Enrollment,
    sequence: &Sequence,
    definition: &SequenceDefinition,
    lead: &Lead,
) -> Result<Option<ActionId>> {
    let mut index = position(cx, &enrollment, definition)?;
    loop {
        let Some(step) = definition.steps.get(index) else { return finish(cx, enrollment).map(|()| None) };
        enrollment.step = Some(step.key.clone());
        let over = match step.channel {
            Channel::Call => call_step::passes_over(cx, lead)?,
            _ if lead.email.is_none() && definition.channels().len() > 1 => Some("lead_no_email"),
            _ => None,
        };
        let action = match (over, step.channel) {
            (Some(_), _) => None,
            (None, Channel::Call) => call_step::propose_call(cx, batch, &enrollment, sequence, definition, step, lead)?,
            (None, _) => propose_mail(cx, batch, &mut enrollment, sequence, definition, step, lead)?,
        };
        if let Some(action) = action {
            enrollment.action_id = Some(action.id);
            enrollment.due_at = None;
            enrollment.updated_at = cx.now;
            rows::advance(cx.tx, &enrollment)?;
            return Ok(action.due_at.filter(|due| *due <= cx.now).map(|_| action.id));
        }
        cx.emit(
            Event::new("step.skipped")
                .lead(lead.id)
                .subject(enrollment.id)
                .data(json!({ "step": step.key, "reason": over.unwrap_or("duplicate") })),
        );
        index += 1;
        if let Some(next) = definition.steps.get(index).filter(|next| next.after.as_millis() > 0) {
            enrollment.step = Some(next.key.clone());
            let due = cx.now.plus(next.after.as_millis());
            return wait(cx, enrollment, due).map(|()| None);
        }
    }
}

/// Why a step's action exists.
pub(super) fn cause(sequence: SequenceId, step: &str) -> String {
    format!("sequence:{sequence}:{step}")
}

/// The place of the enrollment's step among those of today. When its step is no longer there: the place after the last step,
/// in today's order, that the lead had.
fn position(cx: &mut Context<'_, '_>, enrollment: &Enrollment, definition: &SequenceDefinition) -> Result<usize> {
    let Some(key) = &enrollment.step else { return Ok(definition.steps.len()) };
    if let Some((index, _)) = definition.step(key) {
        return Ok(index);
    }
    for (index, step) in definition.steps.iter().enumerate().rev() {
        let cause = cause(enrollment.sequence_id, &step.key);
        if actions::exists_on_any_channel(cx.tx, cx.project, enrollment.lead_id, &cause)? {
            return Ok(index + 1);
        }
    }
    Ok(0)
}

/// Proposes the mail of a step. `None` when it was sent before.
fn propose_mail(
    cx: &mut Context<'_, '_>,
    batch: &mut Batch,
    enrollment: &mut Enrollment,
    sequence: &Sequence,
    definition: &SequenceDefinition,
    step: &Step,
    lead: &Lead,
) -> Result<Option<Action>> {
    let sender = choose_sender(cx, batch, enrollment, sequence, definition, lead)?;
    let variant = step.choice(&seed(&format!("variant of {}", step.key), &[enrollment.id.0]));
    let id = ActionId(cx.id());
    let thread = match (step.thread, enrollment.thread_id) {
        (true, Some(thread)) => Some((thread, messages::thread_headers(cx.tx, cx.project, thread)?.pop())),
        _ => None,
    };
    let thread_subject = match &thread {
        Some((thread, _)) => Some(messages::get_thread(cx.tx, cx.project, *thread)?.subject),
        None => None,
    };
    let url = link_url(cx.core, cx.project, lead.id, id);
    let content = match batch.renderer.source(cx, &variant)? {
        Some(source) => {
            let name = sender.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
            batch.renderer.render(&source, lead, &name, &url, thread_subject.as_deref())
        }
        None => crate::actions::propose::Content {
            problems: vec![format!("the template {} is gone", variant.template.as_deref().unwrap_or_default())],
            ..Default::default()
        },
    };
    let proposal = Proposal {
        id,
        cause: cause(sequence.id, &step.key),
        lead,
        agent: sequence.agent_id,
        sender: sender.as_ref().and_then(|(id, name)| name.email.clone().map(|email| (*id, email))),
        origin: Some(Origin {
            sequence: sequence.id,
            enrollment: enrollment.id,
            step: step.key.clone(),
            variant: variant.key,
        }),
        decision: None,
        content,
        thread,
        autonomy: autonomy(cx, batch, sequence, definition, enrollment, Channel::Email)?,
        wanted: Wanted { earliest: cx.now, window: definition.window_of(step), zone: zone_of(cx, batch, lead)? },
    };
    propose(cx, proposal)
}

/// The zone a lead's hours are read in: its own, else the project's.
///
/// # Errors
/// When the database fails.
pub fn zone_of(cx: &mut Context<'_, '_>, batch: &mut Batch, lead: &Lead) -> Result<TimeZone> {
    if let Some(zone) = lead.time_zone.as_deref().and_then(|name| TimeZone::parse(name).ok()) {
        return Ok(zone);
    }
    Ok(TimeZone::parse(&batch.gatherer.project(cx)?.time_zone).unwrap_or(TimeZone::UTC))
}

/// The sequence's own policy, or else its agent's or the project's; for a lead that a connected agent enrolled, the stricter of
/// it and what the project lets such agents do.
///
/// # Errors
/// When the database fails.
pub(super) fn autonomy(
    cx: &mut Context<'_, '_>,
    batch: &mut Batch,
    sequence: &Sequence,
    definition: &SequenceDefinition,
    enrollment: &Enrollment,
    channel: Channel,
) -> Result<Autonomy> {
    let own = match definition.approval {
        Some(own) => own,
        None => match batch.autonomies.get(&(sequence.agent_id, channel)) {
            Some(known) => *known,
            None => {
                let found = effective_autonomy(cx, &mut batch.gatherer, sequence.agent_id, channel)?;
                batch.autonomies.insert((sequence.agent_id, channel), found);
                found
            }
        },
    };
    let via = Via::of(enrollment.via.as_deref());
    let project = batch.gatherer.project(cx)?;
    connected::stricter(&project, via, channel, own)
}

/// What an agent may do alone on a channel: its own policy where it has one, else the project's.
///
/// # Errors
/// When the database fails.
pub fn effective_autonomy(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    agent: Option<AgentId>,
    channel: Channel,
) -> Result<Autonomy> {
    let own = match agent {
        Some(id) => match outrider_store::agents::get(cx.tx, cx.project, id) {
            Ok(agent) => agent.autonomy,
            Err(StoreError::NotFound) => None,
            Err(other) => return Err(other.into()),
        },
        None => None,
    };
    let json = match own {
        Some(own) => own,
        None if cx.own_act => return Ok(Autonomy::Alone),
        None => gatherer.project(cx)?.autonomy.clone(),
    };
    let policy: ChannelAutonomy = read_json(&json, "an autonomy policy")?;
    Ok(policy.on(channel))
}

type Sender = (outrider_domain::id::IdentityId, SenderName);

/// The enrollment's sender, chosen at its first mail and kept while it is active.
fn choose_sender(
    cx: &mut Context<'_, '_>,
    batch: &mut Batch,
    enrollment: &mut Enrollment,
    sequence: &Sequence,
    definition: &SequenceDefinition,
    lead: &Lead,
) -> Result<Option<Sender>> {
    let name = |identity: &identities::Identity| SenderName {
        name: identity.name.clone(),
        email: Some(identity.address.clone()),
    };
    if let Some(id) = enrollment.identity_id
        && let Some(identity) = batch.gatherer.identity(cx, id)?.filter(|identity| identity.active)
    {
        return Ok(Some((id, name(&identity))));
    }
    let pool = match batch.pools.entry(sequence.id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            place.insert(rotation::candidates(cx, Channel::Email, &definition.identities, sequence.agent_id)?)
        }
    };
    let Some(identity) = rotation::choose(pool, lead) else { return Ok(None) };
    enrollment.identity_id = Some(identity.id);
    Ok(Some((identity.id, name(&identity))))
}

/// Lets an enrollment wait for its next step.
///
/// # Errors
/// When the database fails.
pub fn wait(cx: &mut Context<'_, '_>, mut enrollment: Enrollment, due: Millis) -> Result<()> {
    enrollment.action_id = None;
    enrollment.due_at = Some(due);
    enrollment.updated_at = cx.now;
    rows::advance(cx.tx, &enrollment)?;
    jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, enrollment.id.0, due, cx.now)?;
    Ok(())
}

fn finish(cx: &mut Context<'_, '_>, mut enrollment: Enrollment) -> Result<()> {
    "finished".clone_into(&mut enrollment.state);
    enrollment.step = None;
    enrollment.reason = Some("all steps are done".to_owned());
    enrollment.action_id = None;
    enrollment.due_at = None;
    enrollment.updated_at = cx.now;
    enrollment.finished_at = Some(cx.now);
    rows::advance(cx.tx, &enrollment)?;
    jobs::remove(cx.tx, cx.project, JOB, enrollment.id.0)?;
    cx.emit(
        Event::new("enrollment.finished")
            .lead(enrollment.lead_id)
            .subject(enrollment.id)
            .data(json!({ "sequence": enrollment.sequence_id })),
    );
    Ok(())
}

/// Moves an enrollment on when the action it waited for has ended.
///
/// # Errors
/// When the database fails.
pub fn after_action(cx: &mut Context<'_, '_>, action: &Action) -> Result<()> {
    let Some(id) = action.enrollment_id else { return Ok(()) };
    let mut enrollment = match rows::lock_enrollment(cx.tx, cx.project, id) {
        Ok(enrollment) => enrollment,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    if enrollment.action_id != Some(action.id) || !matches!(enrollment.state.as_str(), "active" | "paused") {
        return Ok(());
    }
    let reason = action.reason.clone().unwrap_or_default();
    match action.state.as_str() {
        // Paused by a person, it stays so: what they have to say about its mail does not wait for the outcome.
        state::UNKNOWN if enrollment.state == "paused" => Ok(()),
        state::UNKNOWN => {
            "paused".clone_into(&mut enrollment.state);
            enrollment.reason = Some("unknown_outcome".to_owned());
            enrollment.updated_at = cx.now;
            rows::advance(cx.tx, &enrollment)?;
            cx.emit(
                Event::new("enrollment.paused")
                    .lead(enrollment.lead_id)
                    .subject(id)
                    .data(json!({ "reason": "unknown_outcome", "action": action.id })),
            );
            Ok(())
        }
        state::DELIVERED => {
            if let Some(message) = action.message_id {
                enrollment.thread_id = messages::get(cx.tx, cx.project, message)?.thread_id.or(enrollment.thread_id);
            }
            next_step(cx, enrollment)
        }
        state::REFUSED if matches!(reason.as_str(), "duplicate" | "already_handed_over") => next_step(cx, enrollment),
        // Nobody was reached, and a later step may reach them.
        state::FAILED if matches!(reason.as_str(), "no_answer" | "busy") => next_step(cx, enrollment),
        _ => {
            enrollment.action_id = None;
            stop_enrollment(cx, enrollment, &reason)
        }
    }
}

/// Goes on to the step after the current one, or finishes.
///
/// # Errors
/// When the database fails.
pub fn next_step(cx: &mut Context<'_, '_>, mut enrollment: Enrollment) -> Result<()> {
    let row = rows::get(cx.tx, cx.project, enrollment.sequence_id).map_err(Error::from)?;
    let definition = cx.definition(&row)?;
    if enrollment.state == "paused" && enrollment.reason.as_deref() == Some("unknown_outcome") {
        "active".clone_into(&mut enrollment.state);
        enrollment.reason = None;
    }
    let done = enrollment.step.as_deref().and_then(|key| definition.step(key)).map(|(index, _)| index + 1);
    let next = match done {
        Some(next) => next,
        None => position(cx, &enrollment, &definition)?,
    };
    match definition.steps.get(next) {
        None => finish(cx, enrollment),
        Some(step) => {
            enrollment.step = Some(step.key.clone());
            let due = cx.now.plus(step.after.as_millis());
            wait(cx, enrollment, due)
        }
    }
}
