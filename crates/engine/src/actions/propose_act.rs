//! Proposing acts that no provider carries out: notes, tasks, changes of a lead, and messages a person sends by hand. Decides
//! nothing about them.

use outrider_domain::autonomy::Autonomy;
use outrider_domain::id::{ActionId, AgentId, DecisionId};
use outrider_domain::weights::seed;
use outrider_store::actions::{self as rows, Action};
use outrider_store::leads::Lead;
use serde_json::json;

use super::content::ActionContent;
use super::slots::Wanted;
use super::{await_approval, schedule, state};
use crate::context::{Context, Event};
use crate::error::Result;
use crate::fields::to_json;

/// The channel of acts that reach nobody outside.
pub const INSIDE: &str = "record";
/// The kinds of acts that reach nobody outside, with what they do.
pub const KINDS: [&str; 5] = ["note", "task", "update", "stage", "escalate"];

/// An act to be proposed.
#[derive(Debug)]
pub struct ActProposal<'a> {
    /// Its id.
    pub id: ActionId,
    /// One of [`KINDS`], `linkedin` or `call_task`.
    pub kind: &'static str,
    /// [`INSIDE`], or the channel a person uses.
    pub channel: &'static str,
    /// Why it exists; unique per lead and channel.
    pub cause: String,
    /// About whom.
    pub lead: &'a Lead,
    /// In whose name.
    pub agent: Option<AgentId>,
    /// The decision of a run behind it.
    pub decision: Option<DecisionId>,
    /// Key of the playbook's step.
    pub step: Option<String>,
    /// What it does.
    pub content: ActionContent,
    /// What keeps it from being done.
    pub problems: Vec<String>,
    /// When a person must agree.
    pub autonomy: Autonomy,
    /// Who proposes it.
    pub proposed_by: String,
    /// When it may be done.
    pub wanted: Wanted,
}

/// Proposes an act. `None` when one with its cause exists: it will never be done a second time.
///
/// # Errors
/// When the database fails.
pub fn propose_act(cx: &mut Context<'_, '_>, proposal: ActProposal<'_>) -> Result<Option<Action>> {
    let ActProposal {
        id,
        kind,
        channel,
        cause,
        lead,
        agent,
        decision,
        step,
        content,
        problems,
        autonomy,
        proposed_by,
        wanted,
    } = proposal;
    if rows::exists(cx.tx, cx.project, lead.id, channel, &cause)? {
        return Ok(None);
    }
    let first_touch =
        matches!(autonomy, Autonomy::FirstTouch) && !rows::sent_before(cx.tx, cx.project, lead.id, channel)?;
    let ask = autonomy.needs_approval(first_touch, &seed("approval", &[id.0]));
    let mut action = Action {
        project_id: cx.project,
        id,
        kind: kind.to_owned(),
        channel: channel.to_owned(),
        cause,
        lead_id: lead.id,
        agent_id: agent,
        identity_id: None,
        sequence_id: None,
        enrollment_id: None,
        step,
        variant: None,
        message_id: None,
        decision_id: decision,
        digest: content.digest(kind, &lead.id.to_string()),
        content: Some(to_json(&content)?),
        state: if ask { state::PENDING_APPROVAL } else { state::SCHEDULED }.to_owned(),
        reason: None,
        detail: None,
        hold_gate: ask.then(|| "approval".to_owned()),
        hold_reason: ask.then(|| "waits for a person".to_owned()),
        problems: json!(problems).to_string(),
        approval: if ask { "needed" } else { "not_needed" }.to_owned(),
        approved_digest: None,
        approved_by: None,
        approved_at: None,
        expires_at: None,
        proposed_by,
        due_at: None,
        slot_day: None,
        attempts: 0,
        token: None,
        cost: 0,
        created_at: cx.now,
        updated_at: cx.now,
        finished_at: None,
    };
    if ask {
        await_approval(cx, &mut action)?;
        cx.emit(
            Event::new("approval.requested")
                .lead(lead.id)
                .agent(agent)
                .subject(id)
                .data(json!({ "kind": kind, "digest": action.digest })),
        );
    } else {
        schedule(cx, &mut action, &wanted)?;
    }
    action.clone().insert(cx.tx)?;
    Ok(Some(action))
}
