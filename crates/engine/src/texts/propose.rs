//! Proposing a text message: the action that carries it. Hands nothing over.

use outrider_domain::autonomy::Autonomy;
use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, AgentId, IdentityId};
use outrider_store::actions::Action;
use outrider_store::leads::Lead;

use super::KIND;
use crate::actions::content::ActionContent;
use crate::actions::open::{self, Opening, Origin};
use crate::actions::propose::Decided;
use crate::actions::slots::Wanted;
use crate::context::Context;
use crate::error::Result;
use crate::fields::to_json;

/// A text message to be proposed.
#[derive(Debug)]
pub struct Proposal<'a> {
    /// Its id; the message has the same number.
    pub id: ActionId,
    /// Why it exists; unique per lead and channel.
    pub cause: String,
    /// To whom.
    pub lead: &'a Lead,
    /// In whose name.
    pub agent: Option<AgentId>,
    /// From which number.
    pub sender: Option<IdentityId>,
    /// From which step of a sequence.
    pub origin: Option<Origin>,
    /// From which decision of a run.
    pub decision: Option<Decided>,
    /// What it says.
    pub content: ActionContent,
    /// What keeps it from being sent.
    pub problems: Vec<String>,
    /// When a person must agree.
    pub autonomy: Autonomy,
    /// When it may leave.
    pub wanted: Wanted,
}

/// Proposes a text message. `None` when an action with its cause exists: it will never be sent a second time.
///
/// # Errors
/// When the database fails.
pub fn propose(cx: &mut Context<'_, '_>, proposal: Proposal<'_>) -> Result<Option<Action>> {
    let Proposal { id, cause, lead, agent, sender, origin, decision, content, problems, autonomy, wanted } = proposal;
    let channel = Channel::Sms.as_str();
    if open::is_taken(cx, lead, channel, &cause)? {
        return Ok(None);
    }
    let digest = content.digest(KIND, &lead.id.to_string());
    let opening = Opening {
        id,
        kind: KIND,
        channel,
        cause,
        lead,
        agent,
        identity: sender,
        origin,
        step: decision.as_ref().map(|decided| decided.step.clone()),
        message: None,
        decision: decision.as_ref().map(|decided| decided.decision),
        digest,
        problems: &problems,
        autonomy,
        proposed_by: decision.map(|decided| decided.proposed_by),
        wanted,
        cost: 0,
        about: content.text.as_deref().unwrap_or(""),
        content: Some(to_json(&content)?),
    };
    open::open(cx, opening).map(Some)
}
