//! A sequence's step that calls: whom, from which number, and what about. Proposes; the gates and the carrier are others'.

use outrider_domain::channel::Channel;
use outrider_domain::id::ActionId;
use outrider_domain::sequence::{CallStep, Step};
use outrider_store::actions::Action;
use outrider_store::leads::Lead;
use outrider_store::{Error as StoreError, agents, suppressions};

use super::rotation;
use super::tick::{Batch, Place, autonomy, cause};
use crate::calls::propose::{Proposal, Wishes, propose};
use crate::context::Context;
use crate::error::Result;

/// Why a lead is not called although its step says so; it goes on with the next step.
///
/// # Errors
/// When the database fails.
pub(super) fn passes_over(cx: &mut Context<'_, '_>, lead: &Lead) -> Result<Option<&'static str>> {
    let Some(phone) = lead.phone.as_deref() else { return Ok(Some("lead_no_phone")) };
    let listed = suppressions::find(cx.tx, cx.project, "phone", phone)?;
    Ok(listed.is_some_and(|row| row.reason == "do_not_call").then_some("do_not_call"))
}

/// What a step's call is to be.
fn wishes(step: &Step) -> Wishes {
    let CallStep { template, reason, first_message, variables, estimated_minutes } =
        step.call.clone().unwrap_or_default();
    Wishes { template, variables, call_reason: reason, first_message, estimated_minutes }
}

/// Proposes the call of a step. `None` when it was placed before, or the agent that was to speak is gone.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub(super) fn propose_call(cx: &mut Context<'_, '_>, batch: &mut Batch, place: &Place<'_>) -> Result<Option<Action>> {
    let Place { enrollment, sequence, definition, step, lead } = *place;
    let agent = match sequence.agent_id.map(|id| agents::get(cx.tx, cx.project, id)).transpose() {
        Ok(Some(agent)) => agent,
        Ok(None) | Err(StoreError::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let mut numbers = rotation::candidates(cx, Channel::Call, &[], Some(agent.id))?;
    let sender = rotation::choose(&mut numbers, lead).map(|identity| (identity.id, identity.address));
    let autonomy = autonomy(cx, batch, sequence, definition, enrollment, Channel::Call)?;
    let proposal = Proposal {
        id: ActionId(cx.id()),
        cause: cause(sequence.id, &step.key),
        lead,
        agent: &agent,
        sender,
        decision: None,
        origin: Some(place.origin("a".to_owned())),
        wishes: wishes(step),
        autonomy,
        wanted: place.wanted(cx, batch)?,
    };
    Ok(propose(cx, proposal)?.map(|(action, _)| action))
}
