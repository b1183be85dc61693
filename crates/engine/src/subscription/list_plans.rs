//! `list_plans`: what a project can subscribe to.

use outrider_domain::plan::{Limits, Plan, Price};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::core::Core;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists the plans.
pub struct ListPlans;

/// What a plan costs for one period, and what that period brings.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanPrice {
    /// In the currency's smallest unit: 4900 is 49.00 USD.
    pub amount: u32,
    /// Credits granted when a period is paid.
    pub credits: u32,
}

/// A plan on offer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OfferedPlan {
    /// What checkout and subscription call it.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// One sentence; may be empty.
    pub description: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// Paid every month; null when it can't be.
    pub monthly: Option<PlanPrice>,
    /// Paid every year; null when it can't be.
    pub annual: Option<PlanPrice>,
    /// What a project under it may have; null is no limit.
    pub limits: Limits,
}

/// The plans on offer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Plans {
    /// The cheapest first.
    pub plans: Vec<OfferedPlan>,
}

/// The plans on offer, the cheapest first.
#[must_use]
pub fn offered(core: &Core) -> Vec<OfferedPlan> {
    core.settings.plans.by_price().into_iter().map(|(id, plan)| OfferedPlan::of(id, plan)).collect()
}

impl OfferedPlan {
    fn of(id: &str, plan: &Plan) -> Self {
        let price = |price: &Price| PlanPrice { amount: price.amount, credits: price.credits };
        Self {
            id: id.to_owned(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            currency: plan.currency.clone(),
            monthly: plan.monthly.as_ref().map(price),
            annual: plan.annual.as_ref().map(price),
            limits: plan.limits,
        }
    }
}

/// Looks an hour that one network address may take without a key.
const PER_HOUR: i64 = 600;

impl Operation for ListPlans {
    const SPEC: Spec = Spec::get(
        "list_plans",
        "subscription",
        "/plans",
        "billing:read",
        "List the plans a project can subscribe to, the cheapest first.",
    )
    .public(PER_HOUR);
    type Input = Empty;
    type Output = Plans;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Plans> {
        Ok(Plans { plans: offered(cx.core) })
    }
}
