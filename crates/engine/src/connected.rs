//! What a connected agent may do alone: an application that calls tools over MCP on somebody's behalf. Says when to ask a person;
//! approvals themselves are the actions'.

use outrider_domain::autonomy::{Autonomy, ChannelAutonomy};
use outrider_domain::channel::Channel;
use outrider_domain::id::AgentId;
use outrider_store::projects;

use crate::autonomy::check_change;
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::{Gatherer, read_json};
use crate::sequences::tick;

/// By which way an act came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// A program, a page or the command line: whoever calls decides.
    #[default]
    Direct,
    /// A tool call of a connected agent, on a surface where outward acts ask a person unless the project says otherwise.
    Asking,
    /// The same on a surface whose contract lets it act at once, unless the project says otherwise.
    Trusted,
}

impl Via {
    /// How it is stored beside what it began.
    #[must_use]
    pub const fn stored(self) -> Option<&'static str> {
        match self {
            Self::Direct => None,
            Self::Asking => Some("asking"),
            Self::Trusted => Some("trusted"),
        }
    }

    /// From how it is stored; what is not known asks.
    #[must_use]
    pub fn of(stored: Option<&str>) -> Self {
        match stored {
            None => Self::Direct,
            Some("trusted") => Self::Trusted,
            Some(_) => Self::Asking,
        }
    }

    /// The policy where a project has none of its own.
    fn unset(self) -> Autonomy {
        if self == Self::Asking { Autonomy::Ask } else { Autonomy::Alone }
    }
}

/// What the caller may do on a channel in an agent's name without asking: what the agent may, or less over MCP.
///
/// # Errors
/// When the database fails.
pub fn autonomy(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    agent: Option<AgentId>,
    channel: Channel,
) -> Result<Autonomy> {
    let own = tick::effective_autonomy(cx, gatherer, agent, channel)?;
    let project = gatherer.project(cx)?;
    stricter(&project, cx.via, channel, own)
}

/// The stricter of a policy and what the project lets connected agents do, for an act that came in by `via`.
///
/// # Errors
/// When the stored policy can't be read.
pub fn stricter(project: &projects::Project, via: Via, channel: Channel, own: Autonomy) -> Result<Autonomy> {
    Ok(limit(project, via)?.map_or(own, |limit| own.stricter(limit.on(channel))))
}

/// [`stricter`] for all channels at once.
///
/// # Errors
/// When the stored policy can't be read.
pub fn stricter_everywhere(project: &projects::Project, via: Via, own: ChannelAutonomy) -> Result<ChannelAutonomy> {
    Ok(match limit(project, via)? {
        None => own,
        Some(limit) => own.stricter(&limit),
    })
}

/// What an act that came in by `via` may do at most; nothing limits who calls directly.
fn limit(project: &projects::Project, via: Via) -> Result<Option<ChannelAutonomy>> {
    if via == Via::Direct {
        return Ok(None);
    }
    Ok(Some(policy_of(project)?.unwrap_or_else(|| via.unset().into())))
}

/// Lets everyone make the policy stricter, and only those who may approve loosen it. Unset is compared as what it means on each
/// kind of surface.
///
/// # Errors
/// `insufficient_scope` at `connected_agents`.
pub fn check_policy(
    cx: &Context<'_, '_>,
    before: Option<&ChannelAutonomy>,
    after: Option<&ChannelAutonomy>,
) -> Result<()> {
    for via in [Via::Asking, Via::Trusted] {
        let on = |policy: Option<&ChannelAutonomy>| policy.cloned().unwrap_or_else(|| via.unset().into());
        check_change(cx, &on(before), &on(after)).map_err(|error| error.at("connected_agents"))?;
    }
    Ok(())
}

/// The stored policy of a project.
///
/// # Errors
/// When it can't be read.
pub(crate) fn policy_of(row: &projects::Project) -> Result<Option<ChannelAutonomy>> {
    row.connected_agents.as_deref().map(|json| read_json(json, "a policy for connected agents")).transpose()
}
