//! Proposing acts that no provider carries out: notes, tasks, changes of a lead, and messages a person sends by hand. Decides
//! nothing about them.

use outrider_domain::autonomy::Autonomy;
use outrider_domain::id::{ActionId, AgentId, DecisionId, IdentityId};
use outrider_store::actions::Action;
use outrider_store::leads::Lead;

use super::content::ActionContent;
use super::open::{self, Opening, Origin};
use super::slots::Wanted;
use crate::context::Context;
use crate::error::Result;
use crate::fields::to_json;

/// The channel of acts that reach nobody outside.
pub const INSIDE: &str = "record";
/// The kinds of acts that reach nobody outside, with what they do.
pub const KINDS: [&str; 7] = ["note", "task", "update", "stage", "escalate", "lead", SKILL];
/// The kind of an act that is the work of a skill.
pub const SKILL: &str = "skill";

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
    /// The number it is sent from, for a text message.
    pub identity: Option<IdentityId>,
    /// The step of a sequence behind it.
    pub origin: Option<Origin>,
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
    /// Credits it costs.
    pub cost: i64,
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
        identity,
        origin,
        decision,
        step,
        content,
        problems,
        autonomy,
        proposed_by,
        wanted,
        cost,
    } = proposal;
    if open::is_taken(cx, lead, channel, &cause)? {
        return Ok(None);
    }
    let opening = Opening {
        id,
        kind,
        channel,
        cause,
        lead,
        agent,
        identity,
        origin,
        step,
        message: None,
        decision,
        digest: content.digest(kind, &lead.id.to_string()),
        content: Some(to_json(&content)?),
        problems: &problems,
        autonomy,
        proposed_by: Some(proposed_by),
        wanted,
        cost,
        about: content.text.as_deref().or(content.title.as_deref()).unwrap_or(""),
    };
    open::open(cx, opening).map(Some)
}
