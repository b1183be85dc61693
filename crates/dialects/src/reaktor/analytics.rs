//! Analytics: how many tasks, how well they went, what they cost.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Spec};
use outrider_engine::tasks::task_statistics::{GetTaskStatistics, Input as Native, Statistics};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::agents::Nothing;

/// `GET /api/v1/analytics/performance`.
pub struct GetPerformance;

impl Operation for GetPerformance {
    const SPEC: Spec = Spec::get(
        "get_performance",
        "analytics",
        "/api/v1/analytics/performance",
        "tasks:read",
        "Get task counts by type, success rates and credit spend.",
    );
    type Input = Nothing;
    type Output = Statistics;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Statistics> {
        GetTaskStatistics::run(cx, Native::default())
    }
}

/// `GET /api/v1/analytics/agents/{agentId}`.
pub struct GetAgentPerformance;

/// Which agent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfAgent {
    /// Its number.
    #[schemars(range(min = 1))]
    agent_id: i64,
}

/// The counts of one agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentPerformance {
    /// The agent.
    agent_id: i64,
    /// Its counts.
    #[serde(flatten)]
    statistics: Statistics,
}

impl Operation for GetAgentPerformance {
    const SPEC: Spec = Spec::get(
        "get_agent_performance",
        "analytics",
        "/api/v1/analytics/agents/{agentId}",
        "tasks:read",
        "Get the same for one agent.",
    );
    type Input = OfAgent;
    type Output = AgentPerformance;

    fn run(cx: &mut Context<'_, '_>, input: OfAgent) -> Result<AgentPerformance> {
        let statistics = GetTaskStatistics::run(cx, Native { sub_agent: Some(input.agent_id) })?;
        Ok(AgentPerformance { agent_id: input.agent_id, statistics })
    }
}
