//! `create_checkout`: a page of the payment provider where a person subscribes the project to a plan.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::plan::Interval;
use outrider_domain::time::{MINUTE, Millis};
use outrider_store::subscriptions as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{is_live, no_page};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::outside::{Outside, Stage};
use crate::payments::disabled;
use crate::ports::{CheckoutPage, CheckoutWanted, Ports, Purchase};

/// Makes a checkout.
pub struct CreateCheckout;

/// Of which plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A plan of `list_plans`.
    plan: String,
    /// How often it is paid.
    #[serde(default = "monthly")]
    interval: Interval,
}

const fn monthly() -> Interval {
    Interval::Monthly
}

/// Where to pay.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checkout {
    /// The payment provider's key of the checkout.
    pub id: String,
    /// For a person's browser.
    pub checkout_url: String,
    /// What it subscribes to.
    pub plan: String,
    /// How often it is paid.
    pub interval: Interval,
    /// When the page stops working; null when the provider does not say.
    pub expires_at: Option<Millis>,
}

/// How long two requests with one idempotency key lead to one page, at least.
const ONCE_MS: i64 = 10 * MINUTE;

impl Operation for CreateCheckout {
    const SPEC: Spec = Spec::create(
        "create_checkout",
        "subscription",
        "/subscription/checkout",
        "billing:write",
        "Make a page where a person subscribes the project to a plan.",
    )
    .describe("Nothing is charged until the person pays there. The plan holds as soon as the payment provider reports the payment; get_subscription shows it. A subscription that runs is changed in the billing portal instead.")
    .fails(&[code::WRONG_STATE, code::PAYMENTS_DISABLED, code::PAYMENTS_UNAVAILABLE]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = Checkout;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Checkout> {
        let page = cx.answer::<CheckoutPage>()?;
        cx.emit(
            Event::new("subscription.checkout_created")
                .subject(&page.id)
                .data(json!({ "plan": input.plan, "interval": input.interval })),
        );
        Ok(Checkout {
            id: page.id.clone(),
            checkout_url: page.url.clone(),
            plan: input.plan,
            interval: input.interval,
            expires_at: page.expires_at,
        })
    }
}

impl Outside for CreateCheckout {
    type Question = CheckoutWanted;
    type Answer = CheckoutPage;

    fn question(cx: &mut Context<'_, '_>, input: Input) -> Result<CheckoutWanted> {
        let plans = &cx.core.settings.plans;
        let Some(plan) = plans.get(&input.plan) else {
            let names: Vec<&str> = plans.by_price().into_iter().map(|(name, _)| name).collect();
            return Err(Error::invalid("plan", format!("There is no such plan. There are: {}.", names.join(", "))));
        };
        let Some(price) = plan.price(input.interval) else {
            let text = format!("The plan {} has no {} price.", input.plan, input.interval.as_str());
            return Err(Error::invalid("interval", text));
        };
        let known = rows::of_project(cx.tx, cx.project)?;
        if let Some(running) = known.iter().find(|row| is_live(&row.status)) {
            let text = format!(
                "The project pays for the plan {} already. Change or end that in the billing portal: create_billing_portal.",
                running.plan
            );
            return Err(Error::new(code::WRONG_STATE, text).at("plan"));
        }
        let base = &cx.core.settings.public_url;
        Ok(CheckoutWanted {
            once: once(cx),
            project: cx.project.to_string(),
            title: plan.name.clone(),
            currency: plan.currency.clone(),
            purchase: Purchase::Plan { interval: input.interval, price: price.clone(), plan: input.plan },
            customer: known.into_iter().next().map(|row| row.customer),
            success_url: format!("{base}/billing/done"),
            cancel_url: format!("{base}/billing/canceled"),
        })
    }

    fn ask(ports: &Ports, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage>> {
        page_for(ports, wanted).boxed()
    }
}

/// Asks for a page to pay on.
///
/// # Errors
/// `payments_disabled`, `payments_unavailable`.
pub async fn page_for(ports: &Ports, wanted: CheckoutWanted) -> Result<CheckoutPage> {
    let payments = ports.payments.as_ref().ok_or_else(disabled)?;
    payments.checkout(wanted).await.map_err(no_page)
}

/// A name for the provider's idempotency. It is not the caller's key alone: the provider remembers its own failures too, and they
/// must not outlast their cause.
pub(crate) fn once(cx: &Context<'_, '_>) -> String {
    match &cx.once {
        Some(once) => format!("{once}-{}", cx.now.0 / ONCE_MS),
        None => format!("{:016x}", cx.id()),
    }
}
