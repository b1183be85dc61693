//! Proposing a mail: its message, its digest, and the action that carries it. Judges nothing.

use outrider_domain::autonomy::Autonomy;
use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, AgentId, DecisionId, IdentityId, MessageId, ThreadId};
use outrider_store::actions::Action;
use outrider_store::leads::Lead;
use outrider_store::messages::Message;
use sha2::{Digest, Sha256};

use super::content::ActionContent;
use super::open::{self, Opening, Origin};
use super::slots::Wanted;
use crate::context::Context;
use crate::error::Result;
use crate::fields::to_json;
use crate::pipeline::hex;

/// A text, final but for what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: Option<String>,
    /// What keeps it from being sent.
    pub problems: Vec<String>,
}

/// Where a mail comes from in a run.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The decision.
    pub decision: DecisionId,
    /// Key of the playbook's step.
    pub step: String,
    /// Hours and what ends it.
    pub content: ActionContent,
    /// Who asked for the run.
    pub proposed_by: String,
}

/// A mail to be proposed.
#[derive(Debug)]
pub struct Proposal<'a> {
    /// Its id, made before its content since links name it.
    pub id: ActionId,
    /// Why it exists; unique per lead and channel.
    pub cause: String,
    /// To whom.
    pub lead: &'a Lead,
    /// In whose name.
    pub agent: Option<AgentId>,
    /// From which sender, with its domain.
    pub sender: Option<(IdentityId, String)>,
    /// From which step of a sequence.
    pub origin: Option<Origin>,
    /// From which decision of a run.
    pub decision: Option<Decided>,
    /// What it says.
    pub content: Content,
    /// The thread it goes on with, and the Message-ID it answers.
    pub thread: Option<(ThreadId, Option<String>)>,
    /// When a person must agree.
    pub autonomy: Autonomy,
    /// When it may leave.
    pub wanted: Wanted,
}

/// Digest of what an approver sees: who writes to whom, and what.
#[must_use]
pub fn content_digest(from: &str, to: &str, content: &Content) -> String {
    let mut hash = Sha256::new();
    for part in ["email", from, to, &content.subject, &content.text, content.html.as_deref().unwrap_or("")] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// The Message-ID of an action's mail: the same at every attempt.
#[must_use]
pub fn header_id(id: ActionId, sender_email: Option<&str>) -> String {
    let domain = sender_email.and_then(|email| email.rsplit_once('@')).map_or("outrider.invalid", |(_, domain)| domain);
    format!("{id}@{domain}")
}

/// Proposes a mail. `None` when an action with its cause exists: it will never be sent a second time.
///
/// # Errors
/// When the database fails.
pub fn propose(cx: &mut Context<'_, '_>, proposal: Proposal<'_>) -> Result<Option<Action>> {
    let Proposal { id, cause, lead, agent, sender, origin, decision, content, thread, autonomy, wanted } = proposal;
    let channel = Channel::Email.as_str();
    if open::is_taken(cx, lead, channel, &cause)? {
        return Ok(None);
    }
    let to = lead.email.as_deref().unwrap_or("");
    let from = sender.as_ref().map_or("", |(_, email)| email);
    let message = Message {
        project_id: cx.project,
        id: MessageId(cx.id()),
        direction: "out".to_owned(),
        kind: "outreach".to_owned(),
        lead_id: lead.id,
        thread_id: thread.as_ref().map(|(thread, _)| *thread),
        action_id: Some(id),
        agent_id: agent,
        identity_id: sender.as_ref().map(|(identity, _)| *identity),
        address: to.to_owned(),
        subject: content.subject.clone(),
        text: content.text.clone(),
        html: content.html.clone(),
        header_id: header_id(id, sender.as_ref().map(|(_, email)| email.as_str())),
        reply_to_header: thread.and_then(|(_, header)| header),
        status: "draft".to_owned(),
        response: None,
        class: None,
        evidence: None,
        created_at: cx.now,
        sent_at: None,
        bounced_at: None,
    };
    let message_id = message.id;
    message.insert(cx.tx)?;
    let step = match (&origin, &decision) {
        (None, Some(decided)) => Some(decided.step.clone()),
        _ => None,
    };
    let opening = Opening {
        id,
        kind: "send_email",
        channel,
        cause,
        lead,
        agent,
        identity: sender.as_ref().map(|(identity, _)| *identity),
        origin,
        step,
        message: Some(message_id),
        decision: decision.as_ref().map(|decided| decided.decision),
        content: decision.as_ref().map(|decided| to_json(&decided.content)).transpose()?,
        digest: content_digest(from, to, &content),
        problems: &content.problems,
        autonomy,
        proposed_by: decision.map(|decided| decided.proposed_by),
        wanted,
        cost: cx.core.settings.email_price,
        about: &content.subject,
    };
    open::open(cx, opening).map(Some)
}
