//! `get_task_statistics`: how many tasks, how well they went, what they cost.

use outrider_store::tasks as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Result, code};
use crate::operation::{Operation, Spec};
use crate::sub_agents::{sight, visible};

/// Counts tasks.
pub struct GetTaskStatistics;

/// Of whom.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only of this sub-agent.
    #[schemars(range(min = 1))]
    pub sub_agent: Option<i64>,
}

/// The counts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// All tasks.
    pub total_tasks: i64,
    /// With an output.
    pub completed: i64,
    /// Without one.
    pub failed: i64,
    /// Taken back.
    pub cancelled: i64,
    /// Completed per hundred that have ended by themselves; null when none has.
    pub success_rate: Option<i64>,
    /// Credits spent on outputs.
    pub credits_spent: i64,
    /// By skill or workflow.
    pub by_type: Vec<OfType>,
}

/// The counts of one kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfType {
    /// The skill or workflow.
    pub task_type: String,
    /// All of it.
    pub count: i64,
    /// With an output.
    pub completed: i64,
    /// Without one.
    pub failed: i64,
    /// Taken back.
    pub cancelled: i64,
    /// Completed per hundred that have ended by themselves; null when none has.
    pub success_rate: Option<i64>,
    /// Credits spent on outputs.
    pub credits_spent: i64,
    /// Milliseconds from asking to the output, on average; null without any.
    pub average_milliseconds: Option<i64>,
}

fn rate(completed: i64, failed: i64) -> Option<i64> {
    (completed + failed > 0).then(|| completed * 100 / (completed + failed))
}

impl Operation for GetTaskStatistics {
    const SPEC: Spec = Spec::get(
        "get_task_statistics",
        "tasks",
        "/tasks/statistics",
        "tasks:read",
        "See how many tasks there were, how well they went and what they cost.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Statistics;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Statistics> {
        let of = match input.sub_agent {
            Some(id) => Some(visible(cx, id)?.id),
            None => sight(cx)?,
        };
        let rows = rows::statistics(cx.tx, cx.project, of)?;
        let sum = |of: &dyn Fn(&rows::KindCount) -> i64| rows.iter().map(of).sum::<i64>();
        let (completed, failed) = (sum(&|row| row.completed), sum(&|row| row.failed));
        Ok(Statistics {
            total_tasks: sum(&|row| row.total),
            completed,
            failed,
            cancelled: sum(&|row| row.cancelled),
            success_rate: rate(completed, failed),
            credits_spent: sum(&|row| row.credits),
            by_type: rows
                .into_iter()
                .map(|row| OfType {
                    success_rate: rate(row.completed, row.failed),
                    average_milliseconds: (row.completed > 0).then(|| row.milliseconds / row.completed),
                    task_type: row.kind,
                    count: row.total,
                    completed: row.completed,
                    failed: row.failed,
                    cancelled: row.cancelled,
                    credits_spent: row.credits,
                })
                .collect(),
        })
    }
}
