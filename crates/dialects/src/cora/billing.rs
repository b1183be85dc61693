//! Plans, checkout and portal as Cora's clients know them. The payment provider is asked by the native operations.

use futures_util::future::BoxFuture;
use outrider_domain::plan::Interval;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Operation, Spec, decode, within};
use outrider_engine::outside::{Outside, Stage};
use outrider_engine::ports::Ports;
use outrider_engine::subscription::create_billing_portal::CreateBillingPortal;
use outrider_engine::subscription::create_checkout;
use outrider_engine::subscription::list_plans::{OfferedPlan, offered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::credits::Nothing;

/// `GET /api/v1/billing/plans`.
pub struct ListPlans;

impl Operation for ListPlans {
    const SPEC: Spec = Spec::get(
        "list_plans",
        "billing",
        "/api/v1/billing/plans",
        "billing:read",
        "List the plans there are, the cheapest first.",
    );
    type Input = Nothing;
    type Output = Vec<OfferedPlan>;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Vec<OfferedPlan>> {
        Ok(offered(cx.core))
    }
}

/// `POST /api/v1/billing/checkout`.
pub struct CreateCheckout;

/// Which plan.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PlanWanted {
    /// A plan of `GET /billing/plans`.
    plan: String,
    /// How often it is paid; `monthly` when absent.
    #[serde(default)]
    interval: Option<Interval>,
}

impl PlanWanted {
    fn native(&self) -> Value {
        json!({ "plan": self.plan, "interval": self.interval.unwrap_or(Interval::Monthly) })
    }
}

/// Where to pay.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckoutLink {
    /// For a person's browser.
    checkout_url: String,
}

impl Operation for CreateCheckout {
    const SPEC: Spec = Spec::act(
        "create_checkout",
        "billing",
        "/api/v1/billing/checkout",
        "billing:write",
        "Make a page where a person subscribes the project to a plan.",
    )
    .describe("Nothing is charged until the person pays there; then outreach no longer answers payment_required. A server without a payment provider says so: there the operator grants plans.")
    .fails(&[code::WRONG_STATE, code::PAYMENTS_DISABLED, code::PAYMENTS_UNAVAILABLE]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = PlanWanted;
    type Output = CheckoutLink;

    fn run(cx: &mut Context<'_, '_>, input: PlanWanted) -> Result<CheckoutLink> {
        let made = within::<create_checkout::CreateCheckout>(cx, input.native())?;
        Ok(CheckoutLink { checkout_url: made.checkout_url })
    }
}

impl Outside for CreateCheckout {
    type Question = <create_checkout::CreateCheckout as Outside>::Question;
    type Answer = <create_checkout::CreateCheckout as Outside>::Answer;

    fn question(cx: &mut Context<'_, '_>, input: PlanWanted) -> Result<Self::Question> {
        create_checkout::CreateCheckout::question(cx, decode(input.native())?)
    }

    fn ask(ports: &Ports, question: Self::Question) -> BoxFuture<'_, Result<Self::Answer>> {
        create_checkout::CreateCheckout::ask(ports, question)
    }
}

/// `POST /api/v1/billing/portal`.
pub struct CreatePortal;

/// Where to manage what is paid.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PortalLink {
    /// For a person's browser; works for some minutes.
    portal_url: String,
}

impl Operation for CreatePortal {
    const SPEC: Spec = Spec::act(
        "create_portal",
        "billing",
        "/api/v1/billing/portal",
        "billing:write",
        "Make a page where a person manages subscription, payment method and invoices.",
    )
    .describe("For a project that has subscribed before.")
    .fails(&[code::WRONG_STATE, code::PAYMENTS_DISABLED, code::PAYMENTS_UNAVAILABLE]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Nothing;
    type Output = PortalLink;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<PortalLink> {
        let made = within::<CreateBillingPortal>(cx, json!({}))?;
        Ok(PortalLink { portal_url: made.portal_url })
    }
}

impl Outside for CreatePortal {
    type Question = <CreateBillingPortal as Outside>::Question;
    type Answer = <CreateBillingPortal as Outside>::Answer;

    fn question(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Self::Question> {
        CreateBillingPortal::question(cx, decode(json!({}))?)
    }

    fn ask(ports: &Ports, question: Self::Question) -> BoxFuture<'_, Result<Self::Answer>> {
        CreateBillingPortal::ask(ports, question)
    }
}
