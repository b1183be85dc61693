//! `buy_credits`: a page of the payment provider where a person buys a pack of credits. Grants none: the provider's webhook does, when
//! it is paid.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_domain::time::Millis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::budget::Holder;
use super::payer::Payer;
use crate::context::{Context, Event};
use crate::error::{Error, Kind, Result, code};
use crate::operation::{Operation, Spec};
use crate::outside::{Outside, Stage};
use crate::ports::{CheckoutPage, CheckoutWanted, Ports, Purchase};
use crate::sub_agents::{owner_only, working};
use crate::subscription::create_checkout::{once, page_for};

/// Makes a checkout for credits.
pub struct BuyCredits;

/// Which pack, for whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A pack of the settings, such as `pack_basic`.
    #[schemars(length(min = 1, max = 100))]
    pub pack: String,
    /// The sub-agent whose purse it goes to; the caller's own, or the project's, when absent.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub sub_agent: Option<i64>,
}

/// Where to pay.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Checkout {
    /// The payment provider's key of the checkout.
    pub id: String,
    /// For a person's browser.
    pub checkout_url: String,
    /// What is bought.
    pub pack: String,
    /// When the page stops working; null when the provider does not say.
    pub expires_at: Option<Millis>,
}

impl Operation for BuyCredits {
    const SPEC: Spec = Spec::create(
        "buy_credits",
        "credits",
        "/credits/checkout",
        "billing:write",
        "Make a page where a person buys a pack of credits.",
    )
    .describe("Nothing is charged until the person pays there. The credits are granted, once, when the payment provider reports the payment.")
    .fails(&[code::AGENT_NOT_OWNED, code::PAYMENTS_DISABLED, code::PAYMENTS_UNAVAILABLE]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Input;
    type Output = Checkout;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Checkout> {
        let page = cx.answer::<CheckoutPage>()?;
        let data = json!({ "pack": input.pack, "sub_agent": input.sub_agent });
        cx.emit(Event::new("credits.checkout_created").subject(&page.id).data(data));
        Ok(Checkout {
            id: page.id.clone(),
            checkout_url: page.url.clone(),
            pack: input.pack,
            expires_at: page.expires_at,
        })
    }
}

impl Outside for BuyCredits {
    type Question = CheckoutWanted;
    type Answer = CheckoutPage;

    fn question(cx: &mut Context<'_, '_>, input: Input) -> Result<CheckoutWanted> {
        owner_only(cx, "buy credits")?;
        let packs = &cx.core.settings.packs;
        let Some(pack) = packs.get(&input.pack).cloned() else {
            let names: Vec<&str> = packs.by_price().into_iter().map(|(name, _)| name).collect();
            return Err(Error::invalid("pack", format!("There is no such pack. There are: {}.", names.join(", "))));
        };
        if let Some(agent) = input.sub_agent {
            working(cx, agent).map_err(|error| match error.code.kind {
                Kind::NotFound => Error::new(code::AGENT_NOT_OWNED, "There is no such agent of yours.").at("sub_agent"),
                _ => error,
            })?;
        }
        let holder = match input.sub_agent {
            Some(agent) => Some(Holder::Agent(agent)),
            None => Some(Payer::owner(cx)?.purse_of()).filter(|holder| *holder != Holder::Project),
        };
        let base = &cx.core.settings.public_url;
        Ok(CheckoutWanted {
            once: once(cx),
            project: cx.project.to_string(),
            title: format!("{}: {} credits", pack.name, pack.credits),
            currency: pack.currency,
            purchase: Purchase::Credits { pack: input.pack, amount: pack.amount, holder },
            customer: None,
            success_url: format!("{base}/billing/done"),
            cancel_url: format!("{base}/billing/canceled"),
        })
    }

    fn ask(ports: &Ports, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage>> {
        page_for(ports, wanted).boxed()
    }
}
