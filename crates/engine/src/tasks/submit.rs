//! Asking for one task, as every API does it: checked and paid for, done at once or queued. Its three functions are the stages of
//! `crate::outside`.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use outrider_store::tasks::Task;
use serde_json::{Value, json};

use super::charge::Payer;
use super::make::{Made, Order, make};
use super::queue::{Wanted, complete, queue};
use super::work::Work;
use super::{callback, gather};
use crate::campaigns;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::ports::Ports;

/// What is asked for.
#[derive(Clone)]
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

/// What is made outside, when the output belongs into the answer.
pub type Question = Option<Order>;
/// What was made.
pub type Answer = Option<Made>;

fn prepare(cx: &mut Context<'_, '_>, asked: &Submission) -> Result<(Payer, Wanted, outrider_skills::Needs)> {
    let settings = &cx.core.settings;
    let checked = asked.work.check(settings, &asked.input)?;
    let callback_url = callback::checked(settings, asked.callback_url.clone(), "callbackUrl")?;
    if let Some(campaign) = asked.campaign {
        campaigns::find(cx, campaign).map_err(|error| error.at("campaignId"))?;
    }
    let payer = Payer::of(cx)?;
    if callback_url.is_some() && payer.agent.is_none() {
        let text = "Callbacks are signed with a sub-agent's secret, and this caller is none.";
        return Err(Error::invalid("callbackUrl", text));
    }
    payer.expect(cx, checked.price)?;
    cx.plan.push(json!({ "task": { "type": asked.work.name(), "credits": checked.price } }));
    let wanted = Wanted {
        kind: asked.work.name(),
        input: asked.input.clone(),
        price: checked.price,
        callback_url,
        campaign: asked.campaign,
    };
    Ok((payer, wanted, checked.needs))
}

/// Checks, and says what is to be made for the answer.
///
/// # Errors
/// `validation_error`, `insufficient_credits`, `resource_not_found`.
pub fn question(cx: &mut Context<'_, '_>, asked: &Submission) -> Result<Question> {
    let (_, wanted, needs) = prepare(cx, asked)?;
    if !asked.work.is_sync() || wanted.callback_url.is_some() {
        return Ok(None);
    }
    let background = gather::background(cx, &needs, asked.campaign)?;
    Ok(Some(Order { kind: wanted.kind, input: wanted.input, background }))
}

/// Makes it.
pub fn ask(ports: &Ports, question: Question) -> BoxFuture<'_, Result<Answer>> {
    async move {
        let Some(order) = question else { return Ok(None) };
        match make(ports, &order).await {
            Ok(made) => Ok(Some(made)),
            Err(why) => Err(Error {
                source: Some(why.into()),
                ..Error::new(code::INTERNAL_ERROR, "The task could not be done; it costs nothing.")
            }),
        }
    }
    .boxed()
}

/// Keeps the task: with what was made, paid; or queued, with its credits set aside.
///
/// # Errors
/// `validation_error`, `insufficient_credits`.
pub fn run(cx: &mut Context<'_, '_>, asked: &Submission) -> Result<Task> {
    let made: Arc<Answer> = cx.answer()?;
    let (payer, wanted, _) = prepare(cx, asked)?;
    match made.as_ref() {
        Some(made) => complete(cx, &payer, &wanted, made),
        None => queue(cx, &payer, &[wanted])?
            .pop()
            .ok_or_else(|| Error::new(code::INTERNAL_ERROR, "The task was not kept.")),
    }
}
