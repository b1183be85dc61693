//! `update_sub_agent`: the provisioning right and the cap. A person's or the operator's alone.

use outrider_store::keys;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{View, lock_working, view};
use crate::context::{Context, Event};
use crate::credits::budget::{self, Holder};
use crate::credits::set_budget::people_only;
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::principal::Actor;

/// Changes a sub-agent.
pub struct UpdateSubAgent;

/// What to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its number.
    #[schemars(range(min = 1))]
    sub_agent: i64,
    /// Whether it may make sub-agents and give them credits.
    #[serde(default)]
    can_provision: Option<bool>,
    /// Credits it may spend in a calendar month (UTC); 0 is no cap.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    monthly_credit_cap: Option<i64>,
}

impl Operation for UpdateSubAgent {
    const SPEC: Spec = Spec::patch(
        "update_sub_agent",
        "sub_agents",
        "/sub-agents/{sub_agent}",
        "keys:write",
        "Give a sub-agent the provisioning right or another cap.",
    )
    .describe("For an owner or admin who signed in, or the operator: no key gives another key rights.");
    type Input = Input;
    type Output = View;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<View> {
        let agent = lock_working(cx, input.sub_agent)?;
        if !matches!(cx.actor, Actor::Operator | Actor::User(_)) {
            let text = "Only a person who signed in, or the operator, gives this right.";
            return Err(Error::new(code::INSUFFICIENT_SCOPE, text));
        }
        people_only(cx)?;
        if let Some(can_provision) = input.can_provision {
            keys::set_can_provision(cx.tx, cx.project, agent.key_id, can_provision)?;
        }
        if let Some(cap) = input.monthly_credit_cap {
            let own = budget::lock(cx, Holder::Agent(agent.id))?;
            budget::set(cx, Holder::Agent(agent.id), own.own_purse, cap)?;
        }
        let data = json!({ "can_provision": input.can_provision, "monthly_credit_cap": input.monthly_credit_cap });
        cx.emit(Event::new("sub_agent.updated").subject(agent.id).data(data));
        let agent = lock_working(cx, agent.id)?;
        view(cx, agent)
    }
}
