//! `estimate_tasks`: what tasks would cost, without asking for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::work::Work;
use crate::context::Context;
use crate::credits::budget::Holder;
use crate::credits::payer::Payer;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};

/// Estimates tasks.
pub struct EstimateTasks;

/// Most tasks of one estimate.
pub const MOST: usize = 100;

/// One task.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct One {
    /// A skill or a workflow.
    pub task_type: String,
    /// What it would work on; its price without contacts when absent.
    #[serde(default)]
    pub input_payload: Option<Value>,
}

/// The tasks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// One to a hundred.
    #[schemars(length(min = 1, max = 100))]
    pub tasks: Vec<One>,
}

/// What they would cost.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Whether all are valid and paid for.
    pub would_succeed: bool,
    /// Credits of all valid ones.
    pub total_credits: i64,
    /// What the caller's purse holds.
    pub current_balance: i64,
    /// `agent` for the agent's own purse, `user` for the one above it.
    pub balance_source: String,
    /// One by one, in the order asked.
    pub per_task: Vec<Priced>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Priced {
    /// As asked.
    pub task_type: String,
    /// Whether it could be asked for.
    pub valid: bool,
    /// Credits; 0 for one that could not.
    pub credit_cost: i64,
    /// Why it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Operation for EstimateTasks {
    const SPEC: Spec = Spec::act(
        "estimate_tasks",
        "tasks",
        "/tasks/estimate",
        "tasks:read",
        "See what tasks would cost, without asking for them.",
    )
    .effect(crate::operation::Effect::Read)
    .natural();
    type Input = Input;
    type Output = Estimate;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Estimate> {
        if !(1..=MOST).contains(&input.tasks.len()) {
            return Err(Error::invalid("tasks", format!("tasks has 1 to {MOST} entries.")));
        }
        let payer = Payer::of(cx)?;
        let settings = &cx.core.settings;
        let per_task: Vec<Priced> = input
            .tasks
            .into_iter()
            .map(|one| {
                let price = Work::find(&one.task_type).and_then(|work| match &one.input_payload {
                    Some(payload) => work.check(settings, payload).map(|checked| checked.price),
                    None => Ok(work.unit_price(settings)),
                });
                match price {
                    Ok(price) => Priced { task_type: one.task_type, valid: true, credit_cost: price, error: None },
                    Err(error) => {
                        Priced { task_type: one.task_type, valid: false, credit_cost: 0, error: Some(error.message) }
                    }
                }
            })
            .collect();
        let total: i64 = per_task.iter().map(|one| one.credit_cost).sum();
        let balance = payer.balance(cx)?;
        let spendable = payer.spendable(cx)?;
        Ok(Estimate {
            would_succeed: per_task.iter().all(|one| one.valid) && spendable >= total,
            total_credits: total,
            current_balance: balance,
            balance_source: if matches!(payer.purse_of(), Holder::Agent(_)) { "agent" } else { "user" }.to_owned(),
            per_task,
        })
    }
}
