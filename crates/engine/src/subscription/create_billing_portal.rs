//! `create_billing_portal`: a page of the payment provider where a person changes or ends the subscription, and finds invoices.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_store::subscriptions as rows;
use schemars::JsonSchema;
use serde::Serialize;

use super::create_checkout::once;
use super::no_page;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::operation::{Empty, Operation, Spec};
use crate::outside::{Outside, Stage};
use crate::payments::disabled;
use crate::ports::{PortalWanted, Ports};

/// Makes a portal page.
pub struct CreateBillingPortal;

/// Where to manage what is paid.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BillingPortal {
    /// For a person's browser; works for some minutes.
    pub portal_url: String,
}

impl Operation for CreateBillingPortal {
    const SPEC: Spec = Spec::create(
        "create_billing_portal",
        "subscription",
        "/subscription/portal",
        "billing:write",
        "Make a page where a person manages subscription, payment method and invoices.",
    )
    .describe("For a project that has subscribed before.")
    .fails(&[code::WRONG_STATE, code::PAYMENTS_DISABLED, code::PAYMENTS_UNAVAILABLE]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = Empty;
    type Output = BillingPortal;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<BillingPortal> {
        let url = cx.answer::<String>()?;
        Ok(BillingPortal { portal_url: url.as_ref().clone() })
    }
}

impl Outside for CreateBillingPortal {
    type Question = PortalWanted;
    type Answer = String;

    fn question(cx: &mut Context<'_, '_>, _: Empty) -> Result<PortalWanted> {
        let Some(latest) = rows::of_project(cx.tx, cx.project)?.into_iter().next() else {
            let text = "The payment provider knows no subscription of this project: create_checkout begins one, where this server takes payments.";
            return Err(Error::new(code::WRONG_STATE, text));
        };
        let return_url = format!("{}/billing", cx.core.settings.public_url);
        Ok(PortalWanted { once: once(cx), customer: latest.customer, return_url })
    }

    fn ask(ports: &Ports, wanted: PortalWanted) -> BoxFuture<'_, Result<String>> {
        async move {
            let payments = ports.payments.as_ref().ok_or_else(disabled)?;
            payments.portal(wanted).await.map_err(no_page)
        }
        .boxed()
    }
}
