//! `engage_kill_switch`: from this transaction on, nothing more is handed over.

use outrider_store::projects as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::KillSwitch;
use crate::context::{Context, Event};
use crate::error::Result;
use crate::fields::{operator_only, required};
use crate::operation::{Operation, Spec};

/// Engages the kill switch.
pub struct EngageKillSwitch;

/// Why, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Why; everyone whose mail waits will read it.
    #[schemars(length(min = 1, max = 200))]
    reason: String,
    /// For every project; for the operator alone.
    #[serde(default)]
    everywhere: bool,
}

impl Operation for EngageKillSwitch {
    const SPEC: Spec = Spec::act("engage_kill_switch", "kill_switch", "/kill-switch/engage", "kill_switch:write", "Stop everything that goes out, at once.")
        .describe("Everything due is held, not lost, until the switch is released. What a mail server is taking at this moment can't be called back. Engaging again keeps the first reason.");
    type Input = Input;
    type Output = KillSwitch;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<KillSwitch> {
        if input.everywhere {
            operator_only(cx, "stop every project")?;
        }
        let reason = required("reason", input.reason)?;
        let project = (!input.everywhere).then_some(cx.project);
        let by = cx.actor.to_string();
        if rows::engage(cx.tx, project, &reason, &by, cx.now)? {
            cx.emit(
                Event::new("kill_switch.engaged").data(json!({ "reason": reason, "everywhere": input.everywhere })),
            );
        }
        KillSwitch::now(cx)
    }
}
