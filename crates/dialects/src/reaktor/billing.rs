//! Billing: checkout, transfers, balances.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::credits::budget::{self, Holder};
use outrider_engine::credits::buy_credits::BuyCredits;
use outrider_engine::credits::payer::Payer;
use outrider_engine::credits::transfer_credits::TransferCredits;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Operation, Spec, decode, within};
use outrider_engine::outside::{Outside, Stage};
use outrider_engine::ports::{CheckoutPage, CheckoutWanted, Ports};
use outrider_engine::principal::ANY;
use outrider_engine::sub_agents::{is_owner, owner_only, working};
use outrider_engine::subscription::create_checkout::{CreateCheckout, page_for};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Plans that the contract names beside the packs.
const PLANS: &[&str] = &["starter", "growth", "scale"];

/// `POST /api/v1/billing/checkout`.
pub struct Checkout;

/// What to buy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutInput {
    /// `pack_basic`, `pack_plus`, `pack_max`, or a plan: `starter`, `growth`, `scale`.
    pack: String,
    /// For which agent.
    #[serde(default)]
    agent_id: Option<i64>,
}

/// Where to pay.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// For a person's browser.
    checkout_url: String,
    /// The payment provider's key.
    session_id: String,
}

impl Operation for Checkout {
    const SPEC: Spec =
        Spec::act("create_checkout", "billing", "/api/v1/billing/checkout", "credits:write", "Buy credits.")
            .describe("A person pays at checkoutUrl; the credits are there once the payment provider reports it. Where nothing is sold, the answer is BETA_CHECKOUT_DISABLED, and the operator grants credits.")
            .fails(&[code::PAYMENTS_DISABLED, code::PAYMENTS_UNAVAILABLE, code::AGENT_NOT_OWNED, code::WRONG_STATE]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = CheckoutInput;
    type Output = Session;

    fn run(cx: &mut Context<'_, '_>, input: CheckoutInput) -> Result<Session> {
        if cx.core.settings.packs.get(&input.pack).is_some() {
            let made = within::<BuyCredits>(cx, json!({ "pack": input.pack, "sub_agent": input.agent_id }))?;
            return Ok(Session { checkout_url: made.checkout_url, session_id: made.id });
        }
        let made = within::<CreateCheckout>(cx, json!({ "plan": input.pack }))?;
        Ok(Session { checkout_url: made.checkout_url, session_id: made.id })
    }
}

impl Outside for Checkout {
    type Question = CheckoutWanted;
    type Answer = CheckoutPage;

    fn question(cx: &mut Context<'_, '_>, input: CheckoutInput) -> Result<CheckoutWanted> {
        owner_only(cx, "buy credits")?;
        if let Some(agent) = input.agent_id {
            owned(cx, agent)?;
        }
        let settings = &cx.core.settings;
        if settings.packs.get(&input.pack).is_some() {
            return BuyCredits::question(cx, decode(json!({ "pack": input.pack, "sub_agent": input.agent_id }))?);
        }
        if settings.plans.get(&input.pack).is_some() {
            return CreateCheckout::question(cx, decode(json!({ "plan": input.pack }))?);
        }
        if PLANS.contains(&input.pack.as_str()) {
            return Err(Error::new(code::PAYMENTS_DISABLED, "This plan is not sold here."));
        }
        let packs: Vec<&str> = settings.packs.by_price().into_iter().map(|(name, _)| name).collect();
        let text = format!("The packs are {}; the plans {}.", packs.join(", "), PLANS.join(", "));
        Err(Error::invalid("pack", text))
    }

    fn ask(ports: &Ports, wanted: CheckoutWanted) -> BoxFuture<'_, Result<CheckoutPage>> {
        page_for(ports, wanted).boxed()
    }
}

fn owned(cx: &mut Context<'_, '_>, agent: i64) -> Result<outrider_engine::sub_agents::View> {
    let missing = |_| Error::new(code::AGENT_NOT_OWNED, "There is no such agent of yours.");
    let agent = working(cx, agent).map_err(missing)?;
    outrider_engine::sub_agents::view(cx, agent)
}

/// `POST /api/v1/billing/transfer`.
pub struct Transfer;

/// To whom, how many.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferInput {
    /// The agent.
    #[schemars(range(min = 1))]
    agent_id: i64,
    /// Whole credits.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    credits: i64,
}

/// Where the purses stand.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transferred {
    /// Always true.
    success: bool,
    /// The agent.
    agent_id: i64,
    /// What was moved.
    credits_transferred: i64,
    /// What the owner's purse holds now.
    user_purchased_credits: i64,
    /// What the agent's purse holds now.
    agent_balance: i64,
}

impl Operation for Transfer {
    const SPEC: Spec = Spec::act(
        "transfer_credits",
        "billing",
        "/api/v1/billing/transfer",
        "credits:write",
        "Move credits from the owner's purse to an agent's.",
    )
    .describe("All of it or nothing. Needs the provisioning right.")
    .fails(&[code::INSUFFICIENT_CREDITS, code::AGENT_NOT_OWNED, code::WRONG_STATE]);
    type Input = TransferInput;
    type Output = Transferred;

    fn run(cx: &mut Context<'_, '_>, input: TransferInput) -> Result<Transferred> {
        let asked = json!({ "sub_agent": input.agent_id, "credits": input.credits });
        let moved = within::<TransferCredits>(cx, asked)?;
        Ok(Transferred {
            success: true,
            agent_id: input.agent_id,
            credits_transferred: moved.credits_transferred,
            user_purchased_credits: moved.owner_balance,
            agent_balance: moved.balance,
        })
    }
}

/// `GET /api/v1/billing/credits`.
pub struct GetCredits;

/// Whose.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct CreditsInput {
    /// An agent of yours; the caller's own when absent.
    agent_id: Option<i64>,
}

/// What is left.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// What the purse holds.
    credits: i64,
    /// The agent, for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<i64>,
    /// The agent's purse, for an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_balance: Option<i64>,
    /// Its cap, for an agent; 0 is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_credit_cap: Option<i64>,
    /// Credits it spent in this month, for an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    spent_this_month: Option<i64>,
    /// The owner's purse, for an owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_purchased_credits: Option<i64>,
    /// The same, as the contract's prose calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    purchased_credits: Option<i64>,
    /// Records left in this month, for an owner; null without such a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_records_remaining: Option<Option<i64>>,
}

impl Operation for GetCredits {
    const SPEC: Spec =
        Spec::get("get_credits", "billing", "/api/v1/billing/credits", "credits:read", "Check a balance.")
            .describe("An agent sees its own purse and cap; an owner the account's, or with agentId an agent's.")
            .fails(&[code::AGENT_NOT_OWNED]);
    type Input = CreditsInput;
    type Output = Balance;

    fn run(cx: &mut Context<'_, '_>, input: CreditsInput) -> Result<Balance> {
        if let Some(agent) = input.agent_id {
            let view = owned(cx, agent)?;
            return Ok(Balance {
                credits: view.balance,
                agent_id: Some(view.id),
                agent_balance: Some(view.balance),
                monthly_credit_cap: Some(view.monthly_credit_cap),
                spent_this_month: Some(view.spent_this_month),
                ..Balance::default()
            });
        }
        let payer = Payer::of(cx)?;
        let credits = payer.balance(cx)?;
        if is_owner(cx)? {
            let purchased = Payer::owner(cx)?.balance(cx)?;
            return Ok(Balance {
                credits: purchased,
                user_purchased_credits: Some(purchased),
                purchased_credits: Some(purchased),
                monthly_records_remaining: Some(None),
                ..Balance::default()
            });
        }
        let own = match payer.number() {
            Some(number) => Some(budget::of(cx, Holder::Agent(number))?),
            None => None,
        };
        Ok(Balance {
            credits,
            agent_id: payer.number(),
            agent_balance: Some(credits),
            monthly_credit_cap: own.as_ref().map(|own| own.monthly_cap),
            spent_this_month: own.as_ref().map(|own| budget::spent(own, cx.now)),
            ..Balance::default()
        })
    }
}

/// What the caller's purse holds, for the header that tells it.
pub struct LeftInPurse;

/// Who may spend or look is told; a key for other things only is not.
const TOLD: &[&str] = &["credits:read", "tasks:write", "trigger:run"];

/// What is left.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Left {
    /// What the purse holds.
    credits: i64,
}

impl Operation for LeftInPurse {
    const SPEC: Spec = Spec::get("left_in_purse", "billing", "", ANY, "See what the caller's purse holds.");
    type Input = super::agents::Nothing;
    type Output = Left;

    fn run(cx: &mut Context<'_, '_>, _: Self::Input) -> Result<Left> {
        if !TOLD.iter().any(|scope| cx.principal.may(scope)) {
            return Err(Error::new(code::INSUFFICIENT_SCOPE, "This key neither spends credits nor sees them."));
        }
        Ok(Left { credits: Payer::of(cx)?.balance(cx)? })
    }
}
