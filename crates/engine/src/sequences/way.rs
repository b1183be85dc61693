//! A lead's way: what follows from what came of a step, or from what the lead told us: the next step, a branch's, a pause, the end.
//! Proposes nothing.

use outrider_domain::id::{ActionId, JobId, LeadId};
use outrider_domain::sequence::{Branch, Happening, SequenceDefinition, Step, StopEvent, Then};
use outrider_domain::time::Millis;
use outrider_store::actions::{self as action_rows, Action};
use outrider_store::sequences::{self as rows, Enrollment};
use outrider_store::{Error as StoreError, jobs, messages, notes};
use serde_json::json;

use super::stop::{self, stop_enrollment};
use super::tick::position;
use super::{ASKED_FOR_LATER, JOB};
use crate::actions::{refuse, state};
use crate::context::{Context, Event};
use crate::delivery::inside::is_by_hand;
use crate::error::Result;
use crate::{calls, texts};

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

/// Ends a lead's way at its end.
///
/// # Errors
/// When the database fails.
pub(super) fn finish(cx: &mut Context<'_, '_>, mut enrollment: Enrollment, reason: &str) -> Result<()> {
    "finished".clone_into(&mut enrollment.state);
    enrollment.step = None;
    enrollment.reason = Some(reason.to_owned());
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

/// Why the end of an enrollment that had all its steps.
pub(super) const ALL_DONE: &str = "all steps are done";

/// Pauses an enrollment: until a moment, else until a person resumes it, where it stood. An action under way is held meanwhile.
///
/// # Errors
/// When the database fails.
pub(super) fn pause(
    cx: &mut Context<'_, '_>,
    enrollment: &mut Enrollment,
    reason: &str,
    until: Option<Millis>,
) -> Result<()> {
    "paused".clone_into(&mut enrollment.state);
    enrollment.reason = Some(reason.to_owned());
    enrollment.due_at = until.or(enrollment.due_at);
    enrollment.updated_at = cx.now;
    rows::advance(cx.tx, enrollment)?;
    match until {
        Some(due) => {
            jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, enrollment.id.0, due, cx.now)?;
        }
        None => jobs::remove(cx.tx, cx.project, JOB, enrollment.id.0)?,
    }
    cx.emit(
        Event::new("enrollment.paused")
            .lead(enrollment.lead_id)
            .subject(enrollment.id)
            .data(json!({ "reason": reason, "until": until, "action": enrollment.action_id })),
    );
    Ok(())
}

/// Lets go of an action that an enrollment no longer waits for: what has not left is refused, what a person was to do is taken back.
///
/// # Errors
/// When the database fails.
pub(super) fn let_go(cx: &mut Context<'_, '_>, id: ActionId, reason: &str, detail: &str) -> Result<()> {
    match action_rows::lock(cx.tx, cx.project, id) {
        Ok(action) if matches!(action.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) => {
            refuse(cx, action, reason, detail)
        }
        Ok(action) if state::is_final(&action.state) => take_back_task(cx, &action, "person_task.withdrawn", reason),
        Ok(_) | Err(StoreError::NotFound) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Ends the task that an action has given to a person, when it is still open.
fn take_back_task(cx: &mut Context<'_, '_>, action: &Action, event: &'static str, reason: &str) -> Result<()> {
    let Some(mut task) = notes::open_task_of(cx.tx, cx.project, action.lead_id, action.id)? else { return Ok(()) };
    "dismissed".clone_into(&mut task.status);
    task.done_by = Some(cx.actor.to_string());
    task.done_at = Some(cx.now);
    let (id, kind) = (task.id, task.kind.clone());
    task.save(cx.tx)?;
    cx.emit(
        Event::new(event)
            .lead(action.lead_id)
            .agent(action.agent_id)
            .subject(id)
            .data(json!({ "kind": kind, "reason": reason })),
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
        state::UNKNOWN => pause(cx, &mut enrollment, "unknown_outcome", None),
        state::DELIVERED => {
            if let Some(message) = action.message_id {
                enrollment.thread_id = messages::get(cx.tx, cx.project, message)?.thread_id.or(enrollment.thread_id);
            }
            if action.sequence_id.is_some() && gives_a_task(action) {
                return wait_for_a_person(cx, enrollment);
            }
            go_on(cx, enrollment, came_of(action, &reason))
        }
        state::REFUSED if matches!(reason.as_str(), "duplicate" | "already_handed_over") => go_on(cx, enrollment, &[]),
        // Nobody was reached, and a later step may reach them.
        state::FAILED if matches!(reason.as_str(), "no_answer" | "busy") => {
            go_on(cx, enrollment, &[Happening::NoAnswer, Happening::Any])
        }
        // A call that came to nothing reached nobody either, and what it was about to be is not told from it: a later step may.
        state::FAILED if calls::is_call(action) || leads_on(cx, &enrollment, FAILED)? => go_on(cx, enrollment, FAILED),
        _ => {
            enrollment.action_id = None;
            if reason == "bounced" {
                return after_bounce(cx, enrollment);
            }
            stop_enrollment(cx, enrollment, &reason)
        }
    }
}

/// The mailbox turned out to be dead when a step wrote to it: a branch of that step or of the sequence may lead on by another way.
fn after_bounce(cx: &mut Context<'_, '_>, mut enrollment: Enrollment) -> Result<()> {
    let definition = definition_of(cx, &enrollment)?;
    let happened = [Happening::Bounced];
    match definition.branch_on(enrollment.step.as_deref(), &happened).cloned() {
        Some(branch) => {
            enrollment.done_step = enrollment.step.clone();
            hear(cx, enrollment, &definition, &branch, &happened, None)
        }
        None => stop_enrollment(cx, enrollment, "bounced"),
    }
}

/// What came of a step that definitely failed.
const FAILED: &[Happening] = &[Happening::Failed, Happening::Any];

fn gives_a_task(action: &Action) -> bool {
    is_by_hand(action) || action.kind == "task"
}

/// What came of an action that was done.
fn came_of(action: &Action, reason: &str) -> &'static [Happening] {
    if calls::is_call(action) {
        return of_call(reason);
    }
    if action.message_id.is_some() || texts::is_text(action) {
        &[Happening::Sent, Happening::Any]
    } else {
        &[Happening::Any]
    }
}

/// What a call that was put through came to, by how its conversation ended.
#[must_use]
pub(crate) fn of_call(ending: &str) -> &'static [Happening] {
    match ending {
        "voicemail" => &[Happening::Voicemail, Happening::Any],
        "declined" => &[Happening::Declined, Happening::Answered, Happening::Any],
        "callback_requested" => &[Happening::CallbackRequested, Happening::Answered, Happening::Any],
        "transferred" => &[Happening::Transferred, Happening::Answered, Happening::Any],
        _ => &[Happening::Answered, Happening::Any],
    }
}

/// Whether the enrollment's step has a branch for this.
fn leads_on(cx: &mut Context<'_, '_>, enrollment: &Enrollment, happened: &[Happening]) -> Result<bool> {
    let definition = definition_of(cx, enrollment)?;
    let step = enrollment.step.as_deref().and_then(|key| definition.step(key));
    Ok(step.is_some_and(|(_, step)| step.branch_on(happened).is_some()))
}

fn definition_of(cx: &mut Context<'_, '_>, enrollment: &Enrollment) -> Result<std::sync::Arc<SequenceDefinition>> {
    let row = rows::get(cx.tx, cx.project, enrollment.sequence_id)?;
    cx.definition(&row)
}

/// The task is on a person's list: the enrollment waits for them, or goes on.
fn wait_for_a_person(cx: &mut Context<'_, '_>, mut enrollment: Enrollment) -> Result<()> {
    let definition = definition_of(cx, &enrollment)?;
    let step = enrollment.step.as_deref().and_then(|key| definition.step(key)).map(|(_, step)| step);
    let Some(step) = step.filter(|step| step.waits_for_a_person()) else {
        return go_on(cx, enrollment, &[Happening::Any]);
    };
    enrollment.due_at = step.within.map(|within| cx.now.plus(within.as_millis()));
    enrollment.updated_at = cx.now;
    rows::advance(cx.tx, &enrollment)?;
    if let Some(due) = enrollment.due_at {
        jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, enrollment.id.0, due, cx.now)?;
    }
    Ok(())
}

/// A person has done the task of a step, or will not.
///
/// # Errors
/// When the database fails.
pub fn after_task(cx: &mut Context<'_, '_>, action: ActionId, done: bool) -> Result<()> {
    let action = match action_rows::get(cx.tx, cx.project, action) {
        Ok(action) => action,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let Some(enrollment) = waiting_for(cx, &action)? else { return Ok(()) };
    go_on(cx, enrollment, if done { &[Happening::Done, Happening::Any] } else { &[Happening::Skipped, Happening::Any] })
}

/// The enrollment that waits for what an action has given to a person.
fn waiting_for(cx: &mut Context<'_, '_>, action: &Action) -> Result<Option<Enrollment>> {
    let Some(id) = action.enrollment_id else { return Ok(None) };
    let enrollment = match rows::lock_enrollment(cx.tx, cx.project, id) {
        Ok(enrollment) => enrollment,
        Err(StoreError::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let waits = enrollment.action_id == Some(action.id)
        && matches!(enrollment.state.as_str(), "active" | "paused")
        && action.state == state::DELIVERED;
    Ok(waits.then_some(enrollment))
}

/// The time for an enrollment's task is over: it is taken back, and the way goes on.
///
/// # Errors
/// When the database fails.
pub(super) fn overdue(cx: &mut Context<'_, '_>, action: ActionId) -> Result<()> {
    let action = match action_rows::lock(cx.tx, cx.project, action) {
        Ok(action) => action,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let Some(enrollment) = waiting_for(cx, &action)? else { return Ok(()) };
    take_back_task(cx, &action, "person_task.overdue", "nobody did it in its time")?;
    go_on(cx, enrollment, &[Happening::Overdue, Happening::Any])
}

/// Goes on after a step by what came of it: to a branch's step, else to the next one, else to the end.
///
/// # Errors
/// When the database fails.
pub fn go_on(cx: &mut Context<'_, '_>, mut enrollment: Enrollment, happened: &[Happening]) -> Result<()> {
    let definition = definition_of(cx, &enrollment)?;
    if enrollment.state == "paused" && enrollment.reason.as_deref() == Some("unknown_outcome") {
        "active".clone_into(&mut enrollment.state);
        enrollment.reason = None;
    }
    let here = enrollment.step.as_deref().and_then(|key| definition.step(key));
    let next = match here {
        Some((index, _)) => index + 1,
        None => position(cx, &enrollment, &definition)?,
    };
    let branch = here.and_then(|(_, step)| step.branch_on(happened)).cloned();
    enrollment.action_id = None;
    enrollment.done_step = enrollment.step.take();
    match branch {
        Some(branch) if branch.then != Some(Then::GoOn) => lead(cx, enrollment, &definition, &branch, happened, None),
        _ => match definition.steps.get(next) {
            None => finish(cx, enrollment, ALL_DONE),
            Some(step) => wait_for_step(cx, enrollment, step),
        },
    }
}

/// Lets an enrollment wait for a step as long as the step says.
fn wait_for_step(cx: &mut Context<'_, '_>, mut enrollment: Enrollment, step: &Step) -> Result<()> {
    enrollment.step = Some(step.key.clone());
    let due = cx.now.plus(step.after.as_millis());
    wait(cx, enrollment, due)
}

/// Takes an enrollment, whose action has been let go, where a branch leads.
pub(super) fn lead(
    cx: &mut Context<'_, '_>,
    mut enrollment: Enrollment,
    definition: &SequenceDefinition,
    branch: &Branch,
    happened: &[Happening],
    until: Option<Millis>,
) -> Result<()> {
    let on = happened.iter().find(|one| branch.on.contains(one)).map_or("any", |one| one.as_str());
    cx.emit(
        Event::new("enrollment.branched")
            .lead(enrollment.lead_id)
            .subject(enrollment.id)
            .data(json!({ "on": on, "go_to": branch.go_to, "then": branch.then, "after": enrollment.done_step })),
    );
    let target = branch.go_to.as_deref().and_then(|key| definition.step(key)).map(|(_, step)| step);
    match (target, branch.then) {
        (Some(step), _) => wait_for_step(cx, enrollment, step),
        (None, Some(Then::Pause)) => {
            if enrollment.step.is_none() {
                let next = enrollment.done_step.as_deref().and_then(|key| definition.step(key)).map(|(at, _)| at + 1);
                enrollment.step = next.and_then(|at| definition.steps.get(at)).map(|step| step.key.clone());
            }
            pause(cx, &mut enrollment, if until.is_some() { ASKED_FOR_LATER } else { on }, until)
        }
        (None, _) => finish(cx, enrollment, &format!("a branch on {on} ends it")),
    }
}

/// What a lead told us takes each of its enrollments where a branch leads, or ends it where the sequence stops on it; gives how many it
/// moved or ended. `until`: the day the lead named.
///
/// # Errors
/// When the database fails.
pub fn told(
    cx: &mut Context<'_, '_>,
    lead_id: LeadId,
    happened: &[Happening],
    until: Option<Millis>,
    reason: &str,
) -> Result<usize> {
    let mut moved = 0;
    for enrollment in rows::of_lead(cx.tx, cx.project, lead_id)? {
        // What a branch has just answered is not answered by it again.
        if matches!(enrollment.state.as_str(), "stopped" | "finished") || enrollment.heard_at == Some(cx.now) {
            continue;
        }
        let definition = definition_of(cx, &enrollment)?;
        match definition.branch_on(enrollment.done_step.as_deref(), happened).cloned() {
            Some(branch) => {
                let enrollment = rows::lock_enrollment(cx.tx, cx.project, enrollment.id)?;
                hear(cx, enrollment, &definition, &branch, happened, until)?;
                moved += 1;
            }
            None if definition.stopped_by(happened).is_some() => {
                stop_enrollment(cx, enrollment, reason)?;
                moved += 1;
            }
            None => {}
        }
    }
    Ok(moved)
}

/// A request to stop ends each of a lead's enrollments whose sequence stops on replies, whatever its branches say.
///
/// # Errors
/// When the database fails.
pub fn ended_by_reply(cx: &mut Context<'_, '_>, lead_id: LeadId, reason: &str) -> Result<()> {
    stop::on_event(cx, lead_id, StopEvent::Reply, reason).map(drop)
}

/// Follows a branch on what the lead told: that is answered by it, and stops nothing any more.
fn hear(
    cx: &mut Context<'_, '_>,
    mut enrollment: Enrollment,
    definition: &SequenceDefinition,
    branch: &Branch,
    happened: &[Happening],
    until: Option<Millis>,
) -> Result<()> {
    enrollment.heard_at = Some(cx.now);
    enrollment.updated_at = cx.now;
    let until = until.filter(|until| *until > cx.now);
    if enrollment.state == "paused" && enrollment.reason.as_deref() == Some(ASKED_FOR_LATER) {
        "active".clone_into(&mut enrollment.state);
        enrollment.reason = None;
    }
    match branch.then {
        Some(Then::GoOn) => Ok(rows::advance(cx.tx, &enrollment)?),
        Some(Then::Pause) if enrollment.state == "active" => lead(cx, enrollment, definition, branch, happened, until),
        Some(Then::Pause) => Ok(rows::advance(cx.tx, &enrollment)?),
        _ => {
            let open = enrollment.action_id.take();
            rows::advance(cx.tx, &enrollment)?;
            if let Some(open) = open {
                let_go(cx, open, "branched", "what the lead told leads on elsewhere")?;
            }
            lead(cx, enrollment, definition, branch, happened, until)
        }
    }
}

/// Notes for the enrollment a call belongs to that what was said in it is answered by the branches of its step; false when none is
/// meant for it.
///
/// # Errors
/// When the database fails.
pub fn answers_call(cx: &mut Context<'_, '_>, lead_id: LeadId, action: Option<ActionId>, ending: &str) -> Result<bool> {
    let Some(action) = action else { return Ok(false) };
    let found = rows::of_lead(cx.tx, cx.project, lead_id)?.into_iter().find(|one| one.action_id == Some(action));
    let Some(enrollment) = found else { return Ok(false) };
    if !leads_on(cx, &enrollment, of_call(ending))? {
        return Ok(false);
    }
    let mut enrollment = rows::lock_enrollment(cx.tx, cx.project, enrollment.id)?;
    enrollment.heard_at = Some(cx.now);
    enrollment.updated_at = cx.now;
    rows::advance(cx.tx, &enrollment)?;
    Ok(true)
}
