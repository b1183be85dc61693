//! `set_plan`: the operator gives the project a plan, or takes it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Subscription, change_plan, check_name};
use crate::context::Context;
use crate::error::Result;
use crate::fields::operator_only;
use crate::operation::{Operation, Spec, Verb};

/// Sets the plan.
pub struct SetPlan;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `self_hosted`, `none` or a plan of `list_plans`.
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
        .describe("With `none`, outreach is held until there is a plan again. What the project pays for is not changed: that is done in the billing portal.")
        .previews()
    };
    type Input = Input;
    type Output = Subscription;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Subscription> {
        operator_only(cx, "set plans")?;
        check_name(cx.core, &input.plan)?;
        change_plan(cx, &input.plan)?;
        Subscription::of(cx)
    }
}
