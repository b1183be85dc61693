//! Who may change a policy of autonomy. Says nothing about single acts: that is the policy's own job.

use outrider_domain::autonomy::{Autonomy, ChannelAutonomy};
use outrider_domain::channel::Channel;
use outrider_domain::id::AgentId;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::gates::snapshot::Gatherer;
use crate::principal::APPROVE;
use crate::sequences::tick;

/// Lets everyone make a policy stricter, and only those who may approve loosen it: a policy that asks less approves in
/// advance.
///
/// # Errors
/// `insufficient_scope` at `autonomy`.
pub fn check_change(cx: &Context<'_, '_>, before: &ChannelAutonomy, after: &ChannelAutonomy) -> Result<()> {
    let looser = |channel: &Channel| {
        after.on(*channel) != before.on(*channel)
            && before.on(*channel).stricter(after.on(*channel)) != after.on(*channel)
    };
    if cx.principal.may(APPROVE) || !Channel::ALL.iter().any(looser) {
        return Ok(());
    }
    Err(Error::new(
        code::INSUFFICIENT_SCOPE,
        format!("A policy that asks a person less often needs the scope {APPROVE}."),
    )
    .at("autonomy"))
}

/// The same for a sequence's own policy on its channels, over the one it stands on: its agent's, else the project's.
///
/// # Errors
/// `insufficient_scope` at `definition.approval`; others when the database fails.
pub fn check_sequence(
    cx: &mut Context<'_, '_>,
    agent: Option<AgentId>,
    before: Option<Autonomy>,
    after: Option<Autonomy>,
    channels: &[Channel],
) -> Result<()> {
    if after.is_none() || after == before {
        return Ok(());
    }
    let mut gatherer = Gatherer::default();
    for channel in channels {
        let below = tick::effective_autonomy(cx, &mut gatherer, agent, *channel)?;
        let before = ChannelAutonomy::from(before.unwrap_or(below));
        let after = ChannelAutonomy::from(after.unwrap_or(below));
        check_change(cx, &before, &after).map_err(|error| error.at("definition.approval"))?;
    }
    Ok(())
}
