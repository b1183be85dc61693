//! `release_kill_switch`: what was held goes on, through every gate again.

use outrider_store::{jobs, projects as rows};
use serde_json::json;

use super::{KillSwitch, Which};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::operator_only;
use crate::operation::{Effect, Operation, Spec};
use crate::principal::APPROVE;

/// Releases the kill switch.
pub struct ReleaseKillSwitch;

impl Operation for ReleaseKillSwitch {
    const SPEC: Spec = Spec::act("release_kill_switch", "kill_switch", "/kill-switch/release", "kill_switch:write", "Let what was stopped go on.")
        .describe("What was held goes through every gate again. Needs the scope actions:approve too: a person let it stop, and a person lets it go on.")
        .effect(Effect::Outward);
    type Input = Which;
    type Output = KillSwitch;

    fn run(cx: &mut Context<'_, '_>, input: Which) -> Result<KillSwitch> {
        if !cx.principal.may(APPROVE) {
            return Err(Error::new(
                code::INSUFFICIENT_SCOPE,
                format!("Releasing the kill switch needs the scope {APPROVE}."),
            ));
        }
        if input.everywhere {
            operator_only(cx, "let every project go on")?;
        }
        let project = (!input.everywhere).then_some(cx.project);
        if rows::release(cx.tx, project)? {
            cx.emit(Event::new("kill_switch.released").data(json!({ "everywhere": input.everywhere })));
            match project {
                Some(project) => jobs::wake(cx.tx, project, "kill_switch", cx.now)?,
                None => jobs::wake_everywhere(cx.tx, "kill_switch", cx.now)?,
            };
        }
        KillSwitch::now(cx)
    }
}
