//! `get_kill_switch`: whether anything stops this project.

use super::KillSwitch;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Gets the kill switch.
pub struct GetKillSwitch;

impl Operation for GetKillSwitch {
    const SPEC: Spec = Spec::get(
        "get_kill_switch",
        "kill_switch",
        "/kill-switch",
        "kill_switch:read",
        "See whether the kill switch is engaged.",
    );
    type Input = Empty;
    type Output = KillSwitch;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<KillSwitch> {
        KillSwitch::now(cx)
    }
}
