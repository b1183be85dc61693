//! How a contact's part in a run goes on when one of its actions has ended, and how parts and runs end. Proposes nothing.

use outrider_domain::id::{JobId, LeadId};
use outrider_store::actions::{self as action_rows, Action};
use outrider_store::runs::{self as rows, Decision, RunContact};
use outrider_store::{Error as StoreError, jobs, playbooks};
use serde_json::json;

use super::{CONTACT_JOB, JOB, status};
use crate::actions::{refuse, state};
use crate::context::{Context, Event};
use crate::error::Result;

/// Why a contact's part ends whose lead is gone.
pub(super) const LEAD_DELETED: &str = "the lead was deleted";

/// Goes on after an action of a run has ended.
///
/// # Errors
/// When the database fails.
pub fn after_action(cx: &mut Context<'_, '_>, action: &Action) -> Result<()> {
    let Some(decision) = action.decision_id else { return Ok(()) };
    // Gone with its run, when the agent was deleted.
    let Some(decision) = rows::find_decision(cx.tx, cx.project, decision)? else { return Ok(()) };
    let contact = rows::lock_contact(cx.tx, cx.project, decision.run_contact_id)?;
    if contact.finished_at.is_some() || decision.wave != contact.wave {
        return Ok(());
    }
    settle(cx, contact)
}

/// Looks where a contact's wave stands: waits on, begins the wait for the next, or ends.
///
/// # Errors
/// When the database fails.
pub fn settle(cx: &mut Context<'_, '_>, mut contact: RunContact) -> Result<()> {
    let decisions = rows::decisions(cx.tx, cx.project, contact.id)?;
    let mut stopped: Option<String> = None;
    for decision in decisions.iter().filter(|decision| decision.wave == contact.wave) {
        let Some(id) = decision.action_id else { continue };
        let action = action_rows::get(cx.tx, cx.project, id)?;
        match action.state.as_str() {
            // Its end is not known: a person says, and that comes back here.
            state::UNKNOWN => {
                contact.reason = Some("an action's end is unknown".to_owned());
                return save(cx, contact, status::WAITING);
            }
            state::DELIVERED => {}
            other if state::is_final(other) => {
                let code = action.reason.unwrap_or_else(|| other.to_owned());
                // What was done before by another way is no reason to stop.
                if !matches!(code.as_str(), "duplicate" | "already_handed_over") {
                    stopped = Some(format!("{}: {}", decision.step, action.detail.unwrap_or(code)));
                }
            }
            _ => return save(cx, contact, status::ACTIVE),
        }
    }
    if let Some(reason) = stopped {
        let ended = if contact.next_after.is_some() { status::CANCELLED } else { status::COMPLETED };
        return finish(cx, contact, ended, &reason);
    }
    match contact.next_after {
        None => finish(cx, contact, status::COMPLETED, "every step is at its end"),
        Some(after) => {
            contact.wave += 1;
            let due = cx.now.plus(after);
            contact.due_at = Some(due);
            contact.reason = None;
            jobs::put(cx.tx, cx.project, JobId(cx.id()), CONTACT_JOB, contact.id.0, due, cx.now)?;
            save(cx, contact, status::WAITING)
        }
    }
}

fn save(cx: &mut Context<'_, '_>, mut contact: RunContact, now_is: &str) -> Result<()> {
    now_is.clone_into(&mut contact.status);
    contact.updated_at = cx.now;
    rows::save_contacts(cx.tx, vec![contact])?;
    Ok(())
}

/// Ends a contact's part: what is still planned will not come, what is still open is refused.
///
/// # Errors
/// When the database fails.
pub fn finish(cx: &mut Context<'_, '_>, mut contact: RunContact, ended: &str, reason: &str) -> Result<()> {
    if contact.finished_at.is_some() {
        return Ok(());
    }
    ended.clone_into(&mut contact.status);
    contact.reason = Some(reason.to_owned());
    contact.due_at = None;
    contact.updated_at = cx.now;
    contact.finished_at = Some(cx.now);
    rows::save_contacts(cx.tx, vec![contact.clone()])?;
    jobs::remove(cx.tx, cx.project, CONTACT_JOB, contact.id.0)?;
    let mut decisions = rows::decisions(cx.tx, cx.project, contact.id)?;
    for decision in &decisions {
        if let Some(action) = open_action(cx, decision)? {
            refuse(cx, action, "run_ended", reason)?;
        }
    }
    decisions.retain(|decision| decision.status == "planned");
    for decision in &mut decisions {
        "cancelled".clone_into(&mut decision.status);
        decision.reason = format!("not done: {reason}");
        decision.updated_at = cx.now;
    }
    rows::save_decisions(cx.tx, decisions)?;
    playbooks::release(cx.tx, cx.project, contact.agent_id, contact.lead_id, contact.run_id)?;
    if let Some((open, stands)) = rows::close_contact(cx.tx, cx.project, contact.run_id, cx.now)?
        && open <= 0
        && stands == status::WAITING
    {
        let run = rows::lock(cx.tx, cx.project, contact.run_id)?;
        end_run(cx, run, status::COMPLETED, "every contact is at its end")?;
    }
    Ok(())
}

/// Whether nothing was begun for a contact: no action of its part has left or ended, and no skill has worked.
///
/// # Errors
/// When the database fails.
pub(super) fn untouched(cx: &mut Context<'_, '_>, contact: &RunContact) -> Result<bool> {
    for decision in rows::decisions(cx.tx, cx.project, contact.id)? {
        let begun = decision.action_id.is_some() && open_action(cx, &decision)?.is_none();
        if begun || decision.output.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The action of a decision, when it has not been handed over.
fn open_action(cx: &mut Context<'_, '_>, decision: &Decision) -> Result<Option<Action>> {
    let Some(id) = decision.action_id else { return Ok(None) };
    match action_rows::lock(cx.tx, cx.project, id) {
        Ok(action) if matches!(action.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) => Ok(Some(action)),
        Ok(_) | Err(StoreError::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Ends a run.
///
/// # Errors
/// When the database fails.
pub fn end_run(cx: &mut Context<'_, '_>, mut run: rows::Run, ended: &str, reason: &str) -> Result<()> {
    ended.clone_into(&mut run.status);
    run.reason = Some(reason.to_owned());
    run.updated_at = cx.now;
    run.finished_at = Some(cx.now);
    let (id, agent, contacts) = (run.id, run.agent_id, run.contacts);
    run.save(cx.tx)?;
    cx.emit(
        Event::new("run.finished")
            .agent(agent)
            .subject(id)
            .data(json!({ "status": ended, "reason": reason, "contacts": contacts })),
    );
    Ok(())
}

/// A lead is deleted: its parts in runs end.
///
/// # Errors
/// When the database fails.
pub fn lead_gone(cx: &mut Context<'_, '_>, lead: LeadId) -> Result<()> {
    for contact in rows::open_contacts_of_lead(cx.tx, cx.project, lead)? {
        let contact = rows::lock_contact(cx.tx, cx.project, contact.id)?;
        finish(cx, contact, status::CANCELLED, LEAD_DELETED)?;
    }
    Ok(())
}

/// An agent is deleted: its runs go, and whatever was to leave in its name is refused at once, with its credits and its place given
/// back. The audit keeps what was done.
///
/// # Errors
/// When the database fails.
pub fn agent_gone(cx: &mut Context<'_, '_>, agent: outrider_domain::id::AgentId) -> Result<u64> {
    for run in rows::open_of_agent(cx.tx, cx.project, agent)? {
        jobs::remove(cx.tx, cx.project, JOB, run.0)?;
    }
    let gone = rows::delete_of_agent(cx.tx, cx.project, agent)?;
    for action in action_rows::open_of_agent(cx.tx, cx.project, agent)? {
        let action = action_rows::lock(cx.tx, cx.project, action.id)?;
        if matches!(action.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) {
            refuse(cx, action, "agent_deleted", "the agent was deleted")?;
        }
    }
    Ok(gone)
}
