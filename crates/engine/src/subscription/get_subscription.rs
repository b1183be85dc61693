//! `get_subscription`: the project's plan.

use super::Subscription;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Gets the plan.
pub struct GetSubscription;

impl Operation for GetSubscription {
    const SPEC: Spec = Spec::get(
        "get_subscription",
        "subscription",
        "/subscription",
        "billing:read",
        "See the project's plan, and until when it is paid.",
    );
    type Input = Empty;
    type Output = Subscription;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Subscription> {
        Subscription::of(cx)
    }
}
