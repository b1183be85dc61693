//! How an action looks in answers, with its content. Reads; decides nothing.

use outrider_domain::filter::Fact;
use outrider_domain::id::{
    ActionId, AgentId, CallId, EnrollmentId, IdentityId, LeadId, MessageId, RunId, SequenceId, ThreadId,
};
use outrider_domain::time::Millis;
use outrider_store::actions::Action as Row;
use outrider_store::{messages, runs};
use schemars::JsonSchema;
use serde::Serialize;

use super::content::ActionContent;
use crate::calls;
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// One outward act and where it stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Action {
    /// Key.
    pub id: ActionId,
    /// `send_email`, `place_call`, `record_opt_out`, or what a playbook does: `note`, `task`, `update`, `stage`, `escalate`, `linkedin`, ….
    pub kind: String,
    /// `email`, `call`, or `record` for acts that reach nobody.
    pub channel: String,
    /// `pending_approval`, `scheduled`, `sending`, or final: `delivered`, `failed`, `refused`, `unknown`.
    pub state: String,
    /// Stable code of why it ended.
    pub reason: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
    /// The gate that holds it.
    pub hold_gate: Option<String>,
    /// Why that gate holds.
    pub hold_reason: Option<String>,
    /// When it is to leave; null while a hold has no end of its own.
    pub due_at: Option<Millis>,
    /// Why it exists; unique per lead and channel.
    pub cause: String,
    /// To whom.
    pub lead_id: LeadId,
    /// In whose name.
    pub agent_id: Option<AgentId>,
    /// The sender.
    pub identity_id: Option<IdentityId>,
    /// The sequence behind it.
    pub sequence_id: Option<SequenceId>,
    /// The enrollment behind it.
    pub enrollment_id: Option<EnrollmentId>,
    /// The step's key.
    pub step: Option<String>,
    /// The variant's key.
    pub variant: Option<String>,
    /// Digest of the content: what an approval is bound to.
    pub digest: String,
    /// What keeps the text from being sent.
    pub problems: Vec<String>,
    /// `not_needed`, `needed` or `given`.
    pub approval: String,
    /// Who approved.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Millis>,
    /// When it is refused if nobody has approved it.
    pub expires_at: Option<Millis>,
    /// Who proposed it.
    pub proposed_by: String,
    /// Hand-overs begun.
    pub attempts: i64,
    /// Credits it costs.
    pub cost: i64,
    /// When proposed.
    pub created_at: Millis,
    /// When it ended.
    pub finished_at: Option<Millis>,
    /// The call it places.
    pub call_id: Option<CallId>,
    /// What it says.
    pub message: Option<Message>,
    /// Whom it calls, and how the conversation begins.
    pub call: Option<PlacedCall>,
    /// What it does, when it is no mail: title, text, link, stage or fields to set.
    pub content: Option<ActionContent>,
    /// Why an agent's playbook proposed it.
    pub grounds: Option<Grounds>,
}

/// Why an action was proposed, with the facts that rests on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Grounds {
    /// The run.
    pub run_id: RunId,
    /// Its place among the contact's decisions in the run.
    pub position: i64,
    /// In words.
    pub reason: String,
    /// What was asked and found.
    pub facts: Vec<Fact>,
}

/// Why an action of a run was proposed; none when its run is gone.
fn grounds(cx: &mut Context<'_, '_>, row: &Row) -> Result<Option<Grounds>> {
    let Some(id) = row.decision_id else { return Ok(None) };
    let Some(decision) = runs::find_decision(cx.tx, cx.project, id)? else { return Ok(None) };
    let contact = runs::get_contact(cx.tx, cx.project, decision.run_contact_id)?;
    Ok(Some(Grounds {
        run_id: contact.run_id,
        position: decision.position,
        reason: decision.reason,
        facts: read_json(&decision.facts, "a decision's facts")?,
    }))
}

/// The mail of an action.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Message {
    /// Key.
    pub id: MessageId,
    /// Thread.
    pub thread_id: Option<ThreadId>,
    /// Address it goes to.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: Option<String>,
}

/// The call of an action, as an approver should see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlacedCall {
    /// The number it goes to, E.164.
    pub to: String,
    /// The number it comes from, once one is chosen.
    pub from: Option<String>,
    /// Why the lead is called, as the end of "I'm calling about …".
    pub call_reason: Option<String>,
    /// What is said first.
    pub opening: String,
}

/// What an approver sees of an action's call.
fn placed_call(cx: &mut Context<'_, '_>, row: &Row) -> Result<Option<PlacedCall>> {
    if !calls::is_call(row) {
        return Ok(None);
    }
    Ok(calls::find(cx, row)?.map(|call| PlacedCall {
        to: call.lead_phone,
        from: call.agent_phone,
        call_reason: call.call_reason,
        opening: call.opening,
    }))
}

/// The view of a row, with its message or call when `with_content`.
///
/// # Errors
/// When the database fails.
pub fn view(cx: &mut Context<'_, '_>, row: Row, with_content: bool) -> Result<Action> {
    let message = match row.message_id.filter(|_| with_content) {
        None => None,
        Some(id) => {
            let message = messages::get(cx.tx, cx.project, id)?;
            Some(Message {
                id,
                thread_id: message.thread_id,
                to: message.address,
                subject: message.subject,
                text: message.text,
                html: message.html,
            })
        }
    };
    let content = if row.message_id.is_none() { ActionContent::read(row.content.as_deref())? } else { None };
    let grounds = if with_content { grounds(cx, &row)? } else { None };
    let call = if with_content { placed_call(cx, &row)? } else { None };
    let call_id = calls::is_call(&row).then(|| calls::of_action(row.id));
    Ok(Action {
        id: row.id,
        kind: row.kind,
        channel: row.channel,
        state: row.state,
        reason: row.reason,
        detail: row.detail,
        hold_gate: row.hold_gate,
        hold_reason: row.hold_reason,
        due_at: row.due_at,
        cause: row.cause,
        lead_id: row.lead_id,
        agent_id: row.agent_id,
        identity_id: row.identity_id,
        sequence_id: row.sequence_id,
        enrollment_id: row.enrollment_id,
        step: row.step,
        variant: row.variant,
        digest: row.digest,
        problems: read_json(&row.problems, "an action's problems")?,
        approval: row.approval,
        approved_by: row.approved_by,
        approved_at: row.approved_at,
        expires_at: row.expires_at,
        proposed_by: row.proposed_by,
        attempts: row.attempts,
        cost: row.cost,
        created_at: row.created_at,
        finished_at: row.finished_at,
        call_id,
        message,
        call,
        content: content.map(|content| ActionContent { stops: None, ..content }),
        grounds,
    })
}
