//! What a lead's answer does to its parts in runs: it ends them where the playbook stops on replies, and the wait for steps that are
//! for those who answered. Plans and proposes nothing.

use std::collections::HashMap;

use outrider_domain::filter::is_reply;
use outrider_domain::id::{JobId, LeadId};
use outrider_domain::playbook::{Structure, follow};
use outrider_domain::sequence::StopEvent;
use outrider_domain::time::Millis;
use outrider_store::actions as action_rows;
use outrider_store::leads::Lead;
use outrider_store::runs::{self as rows, RunContact};
use outrider_store::{Error as StoreError, jobs};

use super::progress::finish;
use super::skill::found;
use super::subject::{LeadSubject, happened};
use super::{CONTACT_JOB, Inputs, status};
use crate::actions::content::ActionContent;
use crate::actions::{refuse, state};
use crate::context::Context;
use crate::error::Result;

/// Why a part ends, and what it would still have sent.
const REASON: &str = "lead_replied";

/// Goes through the lead's parts in runs when it has answered; `lead` is as it is since.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn answered(cx: &mut Context<'_, '_>, lead: &Lead) -> Result<()> {
    for contact in rows::open_contacts_of_lead(cx.tx, cx.project, lead.id)? {
        let contact = rows::lock_contact(cx.tx, cx.project, contact.id)?;
        // An answer that starts a run does not stop it.
        if contact.finished_at.is_some() || contact.created_at >= cx.now {
            continue;
        }
        let run = rows::get(cx.tx, cx.project, contact.run_id)?;
        let inputs = Inputs::of(&run)?;
        let Some(structure) = &inputs.structure else { continue };
        let waits = contact.status == status::WAITING && contact.due_at.is_some_and(|due| due > cx.now);
        let stops = structure.stop_on.contains(&StopEvent::Reply);
        match (stops, contact.status.as_str()) {
            (true, _) if waits => finish(cx, contact, status::CANCELLED, REASON)?,
            (true, status::ACTIVE) => take_back(cx, &contact)?,
            (false, _) if waits && waits_for_this(cx, &contact, lead, structure, &inputs)? => {
                end_wait(cx, contact)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses what has not left to the lead yet; the part goes on or ends by what became of it.
fn take_back(cx: &mut Context<'_, '_>, contact: &RunContact) -> Result<()> {
    for decision in rows::decisions(cx.tx, cx.project, contact.id)? {
        let Some(id) = decision.action_id else { continue };
        let action = match action_rows::lock(cx.tx, cx.project, id) {
            Ok(action) => action,
            Err(StoreError::NotFound) => continue,
            Err(other) => return Err(other.into()),
        };
        if !matches!(action.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) {
            continue;
        }
        let content = ActionContent::read(action.content.as_deref())?.unwrap_or_default();
        if content.stops.is_some_and(|rule| rule.on.contains(&StopEvent::Reply)) {
            refuse(cx, action, REASON, "the lead has replied")?;
        }
    }
    Ok(())
}

/// Whether the steps that a contact waits for are for those who answered.
fn waits_for_this(
    cx: &mut Context<'_, '_>,
    contact: &RunContact,
    lead: &Lead,
    structure: &Structure,
    inputs: &Inputs,
) -> Result<bool> {
    let follower = follow(structure, &|name| inputs.segment(name));
    let known = happened(cx.tx, cx.project, &[lead.id], &follower.events())?.remove(&lead.id).unwrap_or_default();
    let known = with_this(cx, lead.id, known);
    let found = found(&rows::decisions(cx.tx, cx.project, contact.id)?)?;
    let subject = LeadSubject::new(lead, Some(&known)).with(&found);
    let wave = usize::try_from(contact.wave).unwrap_or(usize::MAX);
    Ok(follower.waits_for_reply(wave, &subject, cx.now))
}

/// Adds the answer itself, which is in the log only when the transaction ends.
fn with_this(cx: &Context<'_, '_>, lead: LeadId, mut known: HashMap<String, Millis>) -> HashMap<String, Millis> {
    let answers = cx.lead_events().filter(|(kind, of)| *of == lead && is_reply(kind));
    known.extend(answers.map(|(kind, _)| (kind.to_owned(), cx.now)));
    known
}

fn end_wait(cx: &mut Context<'_, '_>, mut contact: RunContact) -> Result<()> {
    contact.due_at = Some(cx.now);
    contact.updated_at = cx.now;
    jobs::put(cx.tx, cx.project, JobId(cx.id()), CONTACT_JOB, contact.id.0, cx.now, cx.now)?;
    rows::save_contacts(cx.tx, vec![contact])?;
    Ok(())
}
