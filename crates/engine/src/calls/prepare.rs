//! Preparing: a call that waits is made anew from the agent, lead and number of today, so that what is dialled is what is true.
//! Never lets an approval of something else stand.

use outrider_store::actions::Action;
use outrider_store::{Error as StoreError, agents, leads};
use serde_json::json;

use super::find;
use super::script::{self, Built};
use crate::actions::{await_approval, release_slot, state};
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::Gatherer;

/// Builds the action's call again and notes what has changed; gives what it would say. `None` when lead or call is gone.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn prepare(cx: &mut Context<'_, '_>, gatherer: &mut Gatherer, action: &mut Action) -> Result<Option<Built>> {
    let Some(mut call) = find(cx, action)? else { return Ok(None) };
    let lead = match leads::get(cx.tx, cx.project, action.lead_id) {
        Ok(lead) => lead,
        Err(StoreError::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let agent = match action.agent_id.map(|id| agents::get(cx.tx, cx.project, id)).transpose() {
        Ok(agent) => agent,
        Err(StoreError::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let number = match action.identity_id {
        Some(id) => gatherer.identity(cx, id)?.map(|identity| identity.address),
        None => None,
    };
    let before = call.clone();
    call.identity_id = action.identity_id;
    call.agent_phone = number;
    if let Some(phone) = &lead.phone {
        call.lead_phone.clone_from(phone);
    }
    let built = script::build(cx, &call, agent.as_ref(), &lead)?;
    call.opening.clone_from(&built.opening);
    call.discloses = built.discloses;
    if call != before {
        call.updated_at = cx.now;
        call.clone().save(cx.tx)?;
    }
    let digest = script::digest(call.agent_phone.as_deref().unwrap_or(""), &call.lead_phone, &built.script)?;
    let problems = json!(built.problems).to_string();
    if digest != action.digest || problems != action.problems {
        action.digest = digest;
        action.problems = problems;
        action.updated_at = cx.now;
        if action.approval == "given" {
            release_slot(cx, action)?;
            "needed".clone_into(&mut action.approval);
            state::PENDING_APPROVAL.clone_into(&mut action.state);
            action.hold_gate = Some("approval".to_owned());
            action.hold_reason =
                Some("what the call would say, or its number, changed since it was approved".to_owned());
            action.expires_at = None;
            await_approval(cx, action)?;
        }
        action.clone().save(cx.tx)?;
    }
    Ok(Some(built))
}
