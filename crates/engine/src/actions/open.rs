//! Opening: how every action comes to be, whatever it does: its row, its approval, its slot. The only place that inserts
//! outward actions; what they say is made by those who propose them.

use outrider_domain::autonomy::Autonomy;
use outrider_domain::id::{ActionId, AgentId, DecisionId, EnrollmentId, IdentityId, MessageId, SequenceId};
use outrider_domain::weights::seed;
use outrider_store::actions::{self as rows, Action};
use outrider_store::leads::Lead;
use serde_json::json;

use super::slots::Wanted;
use super::{await_approval, schedule, state};
use crate::context::{Context, Event};
use crate::error::Result;

/// Where an action comes from in a sequence.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The sequence.
    pub sequence: SequenceId,
    /// The enrollment.
    pub enrollment: EnrollmentId,
    /// Key of the step.
    pub step: String,
    /// Key of the variant.
    pub variant: String,
}

/// What every action is made of.
#[derive(Debug)]
pub struct Opening<'a> {
    /// Its id.
    pub id: ActionId,
    /// What it does, such as `send_email`.
    pub kind: &'static str,
    /// The way it takes: a channel's name, or `record` for what reaches nobody.
    pub channel: &'static str,
    /// Why it exists; unique per lead and channel.
    pub cause: String,
    /// To whom.
    pub lead: &'a Lead,
    /// In whose name.
    pub agent: Option<AgentId>,
    /// From which sender.
    pub identity: Option<IdentityId>,
    /// From which step.
    pub origin: Option<Origin>,
    /// Key of a playbook's step; a sequence's is in its origin.
    pub step: Option<String>,
    /// Its mail.
    pub message: Option<MessageId>,
    /// The decision of a run behind it.
    pub decision: Option<DecisionId>,
    /// What it does, or its hours, JSON.
    pub content: Option<String>,
    /// Digest of what an approver sees.
    pub digest: String,
    /// What keeps it from leaving.
    pub problems: &'a [String],
    /// When a person must agree.
    pub autonomy: Autonomy,
    /// Who proposes it; the one who acts when absent.
    pub proposed_by: Option<String>,
    /// When it may leave.
    pub wanted: Wanted,
    /// Credits it costs.
    pub cost: i64,
    /// What it is about, in a line for the approval queue.
    pub about: &'a str,
}

/// Whether an action with this cause exists: it will never be opened a second time.
///
/// # Errors
/// When the database fails.
pub fn is_taken(cx: &mut Context<'_, '_>, lead: &Lead, channel: &str, cause: &str) -> Result<bool> {
    Ok(rows::exists(cx.tx, cx.project, lead.id, channel, cause)?)
}

/// The row an action would begin as: scheduled, or waiting for a person. Writes nothing.
///
/// # Errors
/// When the database fails.
pub fn row(cx: &mut Context<'_, '_>, opening: &Opening<'_>) -> Result<Action> {
    let channel = opening.channel;
    let first_touch = matches!(opening.autonomy, Autonomy::FirstTouch)
        && !rows::sent_before(cx.tx, cx.project, opening.lead.id, channel)?;
    let ask = opening.autonomy.needs_approval(first_touch, &seed("approval", &[opening.id.0]));
    let origin = opening.origin.as_ref();
    Ok(Action {
        project_id: cx.project,
        id: opening.id,
        kind: opening.kind.to_owned(),
        channel: channel.to_owned(),
        cause: opening.cause.clone(),
        lead_id: opening.lead.id,
        agent_id: opening.agent,
        identity_id: opening.identity,
        sequence_id: origin.map(|origin| origin.sequence),
        enrollment_id: origin.map(|origin| origin.enrollment),
        step: origin.map(|origin| origin.step.clone()).or_else(|| opening.step.clone()),
        variant: origin.map(|origin| origin.variant.clone()),
        message_id: opening.message,
        decision_id: opening.decision,
        content: opening.content.clone(),
        state: if ask { state::PENDING_APPROVAL } else { state::SCHEDULED }.to_owned(),
        reason: None,
        detail: None,
        hold_gate: ask.then(|| "approval".to_owned()),
        hold_reason: ask.then(|| "waits for a person".to_owned()),
        digest: opening.digest.clone(),
        problems: json!(opening.problems).to_string(),
        approval: if ask { "needed" } else { "not_needed" }.to_owned(),
        approved_digest: None,
        approved_by: None,
        approved_at: None,
        expires_at: None,
        proposed_by: opening.proposed_by.clone().unwrap_or_else(|| cx.actor.to_string()),
        due_at: None,
        slot_day: None,
        attempts: 0,
        token: None,
        cost: opening.cost,
        created_at: cx.now,
        updated_at: cx.now,
        finished_at: None,
    })
}

/// Opens an action: it is scheduled, or waits for a person.
///
/// # Errors
/// `already_exists` when its cause is taken; others when the database fails.
pub fn open(cx: &mut Context<'_, '_>, opening: Opening<'_>) -> Result<Action> {
    let mut action = row(cx, &opening)?;
    if action.state == state::PENDING_APPROVAL {
        await_approval(cx, &mut action)?;
        cx.emit(
            Event::new("approval.requested")
                .lead(action.lead_id)
                .agent(action.agent_id)
                .subject(action.id)
                .data(json!({ "kind": action.kind, "subject": opening.about, "channel": action.channel, "digest": action.digest })),
        );
    } else {
        schedule(cx, &mut action, &opening.wanted)?;
    }
    rows::insert_new(cx.tx, action.clone())?;
    Ok(action)
}
