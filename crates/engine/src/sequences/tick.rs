//! Ticks: an enrollment that is due proposes its step's mail or call, and goes on when that action has ended.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use outrider_domain::autonomy::{Autonomy, ChannelAutonomy};
use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, AgentId, EnrollmentId, SequenceId};
use outrider_domain::sequence::{Happening, SequenceDefinition, Step, Then};
use outrider_domain::weights::seed;
use outrider_domain::window::TimeZone;
use outrider_store::actions::{self, Action};
use outrider_store::jobs::Job;
use outrider_store::leads::Lead;
use outrider_store::sequences::{self as rows, Enrollment, Sequence};
use outrider_store::{Error as StoreError, identities, jobs, leads, messages, suppressions};
use serde_json::json;

use super::content::{Renderer, SenderName};
use super::rotation::{self, Candidate};
use super::stop::stop_enrollment;
use super::{ASKED_FOR_LATER, act_step, call_step, way};
use crate::actions::open::Origin;
use crate::actions::propose::{Proposal, propose};
use crate::actions::slots::Wanted;
use crate::connected::{self, Via};
use crate::context::{Claimed, Context, Event};
use crate::error::Result;
use crate::gates::snapshot::{Gatherer, read_json};
use crate::opt_out::link_url;

/// What the ticks of one transaction share.
#[derive(Default)]
pub struct Batch {
    /// Look-ups.
    pub gatherer: Gatherer,
    pub(super) renderer: Renderer,
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
    if let (Some(action), "active") = (enrollment.action_id, enrollment.state.as_str()) {
        done(cx, job)?;
        return way::overdue(cx, action).map(|()| None);
    }
    let enrollment = match enrollment.state.as_str() {
        "active" => enrollment,
        "paused" if pause_is_over(cx, &enrollment) => match resume(cx, enrollment)? {
            Some(enrollment) => enrollment,
            None => return done(cx, job),
        },
        _ => return done(cx, job),
    };
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
    cx.claimed = Claimed::Tick(job.clone());
    let due = run_step(cx, batch, enrollment, &sequence, &definition, &lead)?;
    let_go_of_job(cx)?;
    Ok(due)
}

/// Ends the tick's job, unless an action took it over.
fn let_go_of_job(cx: &mut Context<'_, '_>) -> Result<()> {
    if let Claimed::Tick(job) = &cx.claimed {
        jobs::finish(cx.tx, job.id, job.token)?;
        cx.claimed = Claimed::None;
    }
    Ok(())
}

fn done(cx: &mut Context<'_, '_>, job: &Job) -> Result<Option<ActionId>> {
    jobs::finish(cx.tx, job.id, job.token)?;
    Ok(None)
}

/// Whether an enrollment waited for a day that has come.
fn pause_is_over(cx: &Context<'_, '_>, enrollment: &Enrollment) -> bool {
    enrollment.reason.as_deref() == Some(ASKED_FOR_LATER) && enrollment.due_at.is_some_and(|due| due <= cx.now)
}

/// Ends such a pause; `None` when an action is under way, which looks at its gates again.
fn resume(cx: &mut Context<'_, '_>, mut enrollment: Enrollment) -> Result<Option<Enrollment>> {
    "active".clone_into(&mut enrollment.state);
    enrollment.reason = None;
    enrollment.due_at = None;
    enrollment.updated_at = cx.now;
    rows::advance(cx.tx, &enrollment)?;
    cx.emit(Event::new("enrollment.resumed").lead(enrollment.lead_id).subject(enrollment.id));
    if enrollment.action_id.is_some() {
        jobs::wake(cx.tx, cx.project, "sequence", cx.now)?;
        return Ok(None);
    }
    Ok(Some(enrollment))
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
        let Some(step) = definition.steps.get(index) else {
            let_go_of_job(cx)?;
            return way::finish(cx, enrollment, way::ALL_DONE).map(|()| None);
        };
        enrollment.step = Some(step.key.clone());
        let over = passes_over(cx, definition, step, lead)?;
        let whose = Place { enrollment: &enrollment, sequence, definition, step, lead };
        let action = match (over, step.channel) {
            (Some(_), _) => None,
            (None, Channel::Call) => call_step::propose_call(cx, batch, &whose)?,
            (None, Channel::Email) => propose_mail(cx, batch, &mut enrollment, sequence, definition, step, lead)?,
            (None, Channel::Sms | Channel::Linkedin | Channel::Task) => act_step::propose(cx, batch, &whose)?,
        };
        if let Some(action) = action {
            enrollment.action_id = Some(action.id);
            enrollment.due_at = None;
            enrollment.updated_at = cx.now;
            rows::advance(cx.tx, &enrollment)?;
            return Ok(action.due_at.filter(|due| *due <= cx.now).map(|_| action.id));
        }
        // First, for a step that is passed over may make the enrollment wait, by a job under the same name.
        let_go_of_job(cx)?;
        cx.emit(
            Event::new("step.skipped")
                .lead(lead.id)
                .subject(enrollment.id)
                .data(json!({ "step": step.key, "reason": over.unwrap_or("duplicate") })),
        );
        enrollment.done_step = Some(step.key.clone());
        let came = if over.is_some() { [Happening::Unreachable, Happening::Any].as_slice() } else { &[] };
        let branch = step.branch_on(came).filter(|branch| branch.then != Some(Then::GoOn));
        if let Some(branch) = branch.filter(|branch| branch.go_to.is_none()) {
            enrollment.step = None;
            return way::lead(cx, enrollment, definition, branch, came, None).map(|()| None);
        }
        // A branch leads to a later step alone, so this comes to an end.
        let target = branch.and_then(|branch| branch.go_to.as_deref()).and_then(|key| definition.step(key));
        index = target.map_or(index + 1, |(at, _)| at.max(index + 1));
        if let Some(next) = definition.steps.get(index).filter(|next| next.after.as_millis() > 0) {
            enrollment.step = Some(next.key.clone());
            let due = cx.now.plus(next.after.as_millis());
            return way::wait(cx, enrollment, due).map(|()| None);
        }
    }
}

/// Why a lead is not reached by a step; it goes on with the next one, where there is another way to reach it.
fn passes_over(
    cx: &mut Context<'_, '_>,
    definition: &SequenceDefinition,
    step: &Step,
    lead: &Lead,
) -> Result<Option<&'static str>> {
    match step.channel {
        Channel::Call | Channel::Sms => call_step::passes_over(cx, lead),
        Channel::Linkedin => Ok(lead.linkedin_url.is_none().then_some("lead_no_profile")),
        Channel::Task => Ok(None),
        Channel::Email if definition.channels().len() == 1 => Ok(None),
        Channel::Email => match lead.email.as_deref() {
            None => Ok(Some("lead_no_email")),
            Some(email) => {
                let listed = suppressions::find(cx.tx, cx.project, "email", email)?;
                Ok(listed.is_some_and(|row| row.reason == "bounce").then_some("address_bounced"))
            }
        },
    }
}

/// Where a lead stands when a step is proposed for it.
pub(super) struct Place<'a> {
    /// Its way.
    pub(super) enrollment: &'a Enrollment,
    /// The sequence.
    pub(super) sequence: &'a Sequence,
    /// What that is made of.
    pub(super) definition: &'a SequenceDefinition,
    /// The step.
    pub(super) step: &'a Step,
    /// Who.
    pub(super) lead: &'a Lead,
}

impl Place<'_> {
    /// Where the step's action comes from.
    pub(super) fn origin(&self, variant: String) -> Origin {
        Origin { sequence: self.sequence.id, enrollment: self.enrollment.id, step: self.step.key.clone(), variant }
    }

    /// When it may leave.
    pub(super) fn wanted(&self, cx: &mut Context<'_, '_>, batch: &mut Batch) -> Result<Wanted> {
        Ok(Wanted {
            earliest: cx.now,
            window: self.definition.window_of(self.step),
            zone: zone_of(cx, batch, self.lead)?,
            holidays: batch.gatherer.holidays(cx, Some(self.definition), self.lead)?,
        })
    }
}

/// Why a step's action exists.
pub(super) fn cause(sequence: SequenceId, step: &str) -> String {
    format!("sequence:{sequence}:{step}")
}

/// The place of the enrollment's step among those of today. When its step is no longer there: the place after the last step,
/// in today's order, that the lead had.
pub(super) fn position(
    cx: &mut Context<'_, '_>,
    enrollment: &Enrollment,
    definition: &SequenceDefinition,
) -> Result<usize> {
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
        wanted: Wanted {
            earliest: cx.now,
            window: definition.window_of(step),
            zone: zone_of(cx, batch, lead)?,
            holidays: batch.gatherer.holidays(cx, Some(definition), lead)?,
        },
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
