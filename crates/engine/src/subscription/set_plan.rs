//! `set_plan`: the operator gives the project a plan, or takes it.

use outrider_store::projects;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::Subscription;
use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::fields::operator_only;
use crate::operation::{Operation, Spec, Verb};

/// Sets the plan.
pub struct SetPlan;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `self_hosted`, `none` or a plan's name: lower-case letters, digits, dashes and underscores.
    #[schemars(regex(pattern = "^[a-z0-9_-]{1,40}$"))]
    plan: String,
}

impl Operation for SetPlan {
    const SPEC: Spec = Spec {
        verb: Verb::Put,
        ..Spec::act(
            "set_plan",
            "subscription",
            "/subscription",
            "billing:write",
            "Set the project's plan; for the operator.",
        )
        .describe("With `none`, outreach is held until there is a plan again.")
        .previews()
    };
    type Input = Input;
    type Output = Subscription;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Subscription> {
        operator_only(cx, "set plans")?;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if input.plan.is_empty() || input.plan.len() > 40 || !input.plan.bytes().all(allowed) {
            return Err(Error::invalid(
                "plan",
                "A plan's name has 1 to 40 lower-case letters, digits, dashes and underscores.",
            ));
        }
        let before = projects::get(cx.tx, cx.project)?.plan;
        if before != input.plan {
            cx.plan.push(json!({ "set_plan": { "from": before, "to": input.plan } }));
            projects::set_plan(cx.tx, cx.project, &input.plan)?;
            cx.emit(Event::new("subscription.changed").data(json!({ "from": before, "to": input.plan })));
            outrider_store::jobs::wake(cx.tx, cx.project, "subscription", cx.now)?;
        }
        Ok(Subscription::of(input.plan))
    }
}
