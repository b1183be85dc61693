//! Who may change a policy of autonomy. Says nothing about single acts: that is the policy's own job.

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::channel::Channel;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::principal::APPROVE;

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
