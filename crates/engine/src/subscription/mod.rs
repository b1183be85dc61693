//! The project's plan: what a subscription opens. Payments are elsewhere.

pub mod get_subscription;
pub mod set_plan;

use schemars::JsonSchema;
use serde::Serialize;

/// Where the project stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Subscription {
    /// `self_hosted`, `none` or a plan's name.
    pub plan: String,
    /// Whether outreach may go out under it.
    pub active: bool,
}

impl Subscription {
    fn of(plan: String) -> Self {
        Self { active: plan != "none", plan }
    }
}
