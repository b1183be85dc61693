//! Asking for one task, as every API does it: checked and paid for, done at once or queued, in the stages of `crate::outside`. An
//! operation that asks for one implements [`Submits`] and says nothing but what is asked for.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_skills::Needs;
use serde_json::{Value, json};

use super::allowance::{Allowance, count};
use super::make::{Made, Order, PATIENCE_AT_ONCE, make};
use super::queue::{Wanted, complete, queue};
use super::work::Work;
use super::{View, callback, gather, view};
use crate::campaigns;
use crate::context::Context;
use crate::credits::payer::Payer;
use crate::error::{Error, Result, code};
use crate::operation::Operation;
use crate::outside::Outside;
use crate::ports::Ports;

/// What is asked for.
pub struct Submission {
    /// A skill or a workflow.
    pub work: Work,
    /// Its input.
    pub input: Value,
    /// Where the result goes; the task is then queued.
    pub callback_url: Option<String>,
    /// The campaign it belongs to.
    pub campaign: Option<i64>,
}

/// An operation that asks for one task. Its `run` calls [`Submits::submit`], and it sets [`Operation::OUTSIDE`].
pub trait Submits: Operation {
    /// What its input asks for.
    ///
    /// # Errors
    /// `unsupported_task_type`, `workflow_not_found`.
    fn submission(input: Self::Input) -> Result<Submission>;

    /// Refuses callers who may not ask for this.
    ///
    /// # Errors
    /// The operation's own.
    fn admit(cx: &mut Context<'_, '_>, input: &Self::Input) -> Result<()> {
        let _ = (cx, input);
        Ok(())
    }

    /// Keeps the task: with what was made, paid; or queued, with its credits set aside.
    ///
    /// # Errors
    /// `validation_error`, `insufficient_credits`, `resource_not_found`.
    fn submit(cx: &mut Context<'_, '_>, input: Self::Input) -> Result<View> {
        let made: Arc<Option<Made>> = cx.answer()?;
        Self::admit(cx, &input)?;
        keep(cx, Self::submission(input)?, made.as_ref().as_ref())
    }
}

impl<T: Submits> Outside for T {
    /// What is made outside, when the output belongs into the answer.
    type Question = Option<Order>;
    type Answer = Option<Made>;

    fn question(cx: &mut Context<'_, '_>, input: T::Input) -> Result<Option<Order>> {
        T::admit(cx, &input)?;
        order(cx, T::submission(input)?)
    }

    fn ask(ports: &Ports, question: Option<Order>) -> BoxFuture<'_, Result<Option<Made>>> {
        made(ports, question).boxed()
    }
}

/// What is to be made before the transaction that keeps the task; nothing for what is queued.
///
/// # Errors
/// `validation_error`, `insufficient_credits`, `resource_not_found`.
pub fn order(cx: &mut Context<'_, '_>, asked: Submission) -> Result<Option<Order>> {
    let (is_sync, campaign) = (asked.work.is_sync(), asked.campaign);
    let (_, wanted, needs) = prepare(cx, asked)?;
    if !is_sync || wanted.callback_url.is_some() {
        return Ok(None);
    }
    let background = gather::background(cx, &needs, campaign)?;
    Ok(Some(Order {
        kind: wanted.kind,
        input: wanted.input,
        look_at: needs.looked_at(&background),
        background,
        allowance: Allowance::today(cx)?,
        patience: PATIENCE_AT_ONCE,
    }))
}

/// Makes what is to be made.
///
/// # Errors
/// `internal_error`, for an input that is refused after it was checked.
pub async fn made(ports: &Ports, order: Option<Order>) -> Result<Option<Made>> {
    let Some(order) = order else { return Ok(None) };
    let made = make(ports, order).await.map_err(|why| Error {
        source: Some(why.into()),
        ..Error::new(code::INTERNAL_ERROR, "The task could not be done; it costs nothing.")
    })?;
    Ok(Some(made))
}

/// Keeps a task: with what was made, paid; or queued, with its credits set aside.
///
/// # Errors
/// `validation_error`, `insufficient_credits`, `resource_not_found`.
pub fn keep(cx: &mut Context<'_, '_>, asked: Submission, made: Option<&Made>) -> Result<View> {
    let (payer, wanted, _) = prepare(cx, asked)?;
    let task = match made {
        Some(made) => {
            count(cx, made.tokens)?;
            Some(complete(cx, &payer, &wanted, made)?)
        }
        None => queue(cx, &payer, &[wanted])?.pop(),
    };
    view(task.ok_or_else(|| Error::new(code::INTERNAL_ERROR, "The task was not kept."))?)
}

/// Checks what is asked, and that it can be paid; describes it in the plan.
fn prepare(cx: &mut Context<'_, '_>, asked: Submission) -> Result<(Payer, Wanted, Needs)> {
    let checked = asked.work.check(&cx.core.settings, &asked.input)?;
    let payer = Payer::of(cx)?;
    let callback_url = callback::of_payer(&cx.core.settings, &payer, asked.callback_url)?;
    if let Some(campaign) = asked.campaign {
        campaigns::find(cx, campaign).map_err(|error| error.at("campaignId"))?;
    }
    payer.expect(cx, checked.price)?;
    let kind = asked.work.name();
    cx.plan.push(json!({ "task": { "type": kind, "credits": checked.price } }));
    let wanted =
        Wanted { kind, input: asked.input, price: checked.price, callback_url, campaign: asked.campaign, action: None };
    Ok((payer, wanted, checked.needs))
}
