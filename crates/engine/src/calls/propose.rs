//! Proposing a call: its row, its digest, its hold of credits, and the action that carries it. Dials nothing.

use std::collections::BTreeMap;

use outrider_domain::autonomy::Autonomy;
use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, IdentityId};
use outrider_store::actions::Action;
use outrider_store::agents::Agent;
use outrider_store::calls::Call;
use outrider_store::leads::Lead;
use serde_json::json;

use super::{of_action, script, status};
use crate::actions::open::{self, Opening, Origin};
use crate::actions::propose::Decided;
use crate::actions::slots::Wanted;
use crate::context::{Context, Event};
use crate::credits;
use crate::credits::payer::Payer;
use crate::error::Result;
use crate::fields::to_json;

/// What one call is to be.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Id of a call template; the agent's own when absent.
    pub template: Option<String>,
    /// Values for this call, over the agent's.
    pub variables: BTreeMap<String, String>,
    /// Why the lead is called, as the end of "I'm calling about …".
    pub call_reason: Option<String>,
    /// Said after the disclosure instead of the usual first message.
    pub first_message: Option<String>,
    /// Minutes it is expected to take.
    pub estimated_minutes: Option<i64>,
}

/// A call to be proposed.
#[derive(Debug)]
pub struct Proposal<'a> {
    /// Its id; the call has the same number.
    pub id: ActionId,
    /// Why it exists; unique per lead and channel.
    pub cause: String,
    /// To whom.
    pub lead: &'a Lead,
    /// In whose name.
    pub agent: &'a Agent,
    /// From which number.
    pub sender: Option<(IdentityId, String)>,
    /// From which step of a sequence.
    pub origin: Option<Origin>,
    /// From which decision of a run.
    pub decision: Option<Decided>,
    /// What it is to be.
    pub wishes: Wishes,
    /// When a person must agree.
    pub autonomy: Autonomy,
    /// When it may be dialled.
    pub wanted: Wanted,
}

/// What the action of a call does.
pub const KIND: &str = "place_call";

/// Credits set aside for a call of so many minutes.
#[must_use]
pub fn cost(cx: &Context<'_, '_>, estimated_minutes: Option<i64>) -> i64 {
    let settings = &cx.core.settings;
    estimated_minutes.unwrap_or(settings.call_estimate_minutes).saturating_mul(settings.call_minute_price)
}

/// The row a call begins as, before it is known what it would say.
///
/// # Errors
/// When a value can't be written.
pub(super) fn draft(
    cx: &Context<'_, '_>,
    id: ActionId,
    lead: &Lead,
    agent: &Agent,
    sender: Option<(IdentityId, String)>,
    wishes: Wishes,
) -> Result<Call> {
    let (identity, number) = sender.unzip();
    Ok(Call {
        project_id: cx.project,
        id: of_action(id),
        lead_id: lead.id,
        agent_id: Some(agent.id),
        identity_id: identity,
        action_id: Some(id),
        direction: "outbound".to_owned(),
        lead_phone: lead.phone.clone().unwrap_or_default(),
        agent_phone: number,
        status: status::QUEUED.to_owned(),
        outcome: None,
        ending: None,
        reason: None,
        carrier: None,
        carrier_id: None,
        template: wishes.template,
        call_reason: wishes.call_reason,
        first_message: wishes.first_message,
        variables: to_json(&wishes.variables)?,
        opening: String::new(),
        discloses: false,
        script: None,
        output: "{}".to_owned(),
        estimated_minutes: wishes.estimated_minutes,
        billable_minutes: wishes.estimated_minutes.unwrap_or(0),
        minute_price: cx.core.settings.call_minute_price,
        summary: None,
        transcript: String::new(),
        heard: String::new(),
        turn: 0,
        recording_type: None,
        created_at: cx.now,
        started_at: None,
        answered_at: None,
        finished_at: None,
        updated_at: cx.now,
    })
}

/// Proposes a call. `None` when an action with its cause exists: it will never be placed a second time.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn propose(cx: &mut Context<'_, '_>, proposal: Proposal<'_>) -> Result<Option<(Action, Call)>> {
    let Proposal { id, cause, lead, agent, sender, origin, decision, wishes, autonomy, wanted } = proposal;
    if open::is_taken(cx, lead, Channel::Call.as_str(), &cause)? {
        return Ok(None);
    }
    let identity = sender.as_ref().map(|(identity, _)| *identity);
    let cost = cost(cx, wishes.estimated_minutes);
    let mut call = draft(cx, id, lead, agent, sender, wishes)?;
    let built = script::build(cx, &call, Some(agent), lead)?;
    call.opening.clone_from(&built.opening);
    call.discloses = built.discloses;
    let digest = script::digest(call.agent_phone.as_deref().unwrap_or(""), &call.lead_phone, &built.script)?;
    call.clone().insert(cx.tx)?;
    let opening = Opening {
        id,
        kind: KIND,
        channel: Channel::Call.as_str(),
        cause,
        lead,
        agent: Some(agent.id),
        identity,
        origin,
        step: decision.as_ref().map(|decided| decided.step.clone()),
        message: None,
        decision: decision.as_ref().map(|decided| decided.decision),
        content: decision.as_ref().map(|decided| to_json(&decided.content)).transpose()?,
        digest,
        problems: &built.problems,
        autonomy,
        proposed_by: decision.map(|decided| decided.proposed_by),
        wanted,
        cost,
        about: call.call_reason.as_deref().unwrap_or(&built.script.template.title),
    };
    let action = open::open(cx, opening)?;
    // Credits that are not there now hold the call at its gate.
    let payer = Payer::project(cx)?;
    credits::hold(cx, &payer, &id.to_string(), cost, "call")?;
    cx.emit(
        Event::new("call.queued")
            .lead(lead.id)
            .agent(agent.id)
            .subject(call.id)
            .data(json!({ "action": id, "template": call.template, "digest": action.digest })),
    );
    Ok(Some((action, call)))
}
