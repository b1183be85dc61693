//! Figures as Cora shows them.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::stats::get_stats::{self, AgentCounts, TimeRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// `GET /api/v1/stats`.
pub struct GetStats;

/// Over which time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Asked {
    /// The time looked back over; `all` when absent.
    time_range: TimeRange,
}

/// The project in figures.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stats {
    /// Leads made in that time.
    total_leads: i64,
    /// Calls placed in it.
    total_calls: i64,
    /// Mails handed over in it.
    total_emails: i64,
    /// Of those leads, how many have a meeting.
    meetings_booked: i64,
    /// Of those leads, how many became customers.
    converted: i64,
    /// Agents there are now, by type.
    agents: AgentCounts,
}

impl Operation for GetStats {
    const SPEC: Spec = Spec::get("get_stats", "stats", "/api/v1/stats", "stats:read", "See the project in figures.")
        .describe("The time range holds for leads, calls and mails; agents are counted as of now.");
    type Input = Asked;
    type Output = Stats;

    fn run(cx: &mut Context<'_, '_>, input: Asked) -> Result<Stats> {
        let stats = within::<get_stats::GetStats>(cx, json!({ "time_range": input.time_range }))?;
        Ok(Stats {
            total_leads: stats.total_leads,
            total_calls: stats.total_calls,
            total_emails: stats.total_emails,
            meetings_booked: stats.meetings_booked,
            converted: stats.converted,
            agents: stats.agents,
        })
    }
}
