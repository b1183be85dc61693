//! `get_stats`: the project in figures.

use std::collections::BTreeMap;

use outrider_domain::time::{DAY, Millis};
use outrider_store::{actions, agents, calls, leads, messages};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets the figures.
pub struct GetStats;

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum TimeRange {
    /// Seven days.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
    /// Ninety days.
    #[serde(rename = "90d")]
    Quarter,
    /// From the beginning.
    #[default]
    #[serde(rename = "all")]
    All,
}

impl TimeRange {
    fn since(self, now: Millis) -> Millis {
        match self {
            Self::Week => now.plus(-7 * DAY),
            Self::Month => now.plus(-30 * DAY),
            Self::Quarter => now.plus(-90 * DAY),
            Self::All => Millis(0),
        }
    }
}

/// Over which time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// `7d`, `30d`, `90d` or `all`; `all` when absent.
    time_range: TimeRange,
}

/// Agents by type.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct AgentCounts {
    /// Those that write and call.
    pub outbound: i64,
    /// Those that answer.
    pub inbound: i64,
}

/// The figures.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stats {
    /// The range they are for.
    pub time_range: TimeRange,
    /// Leads made in it.
    pub total_leads: i64,
    /// Calls dialled in it.
    pub total_calls: i64,
    /// Mails handed over in it.
    pub total_emails: i64,
    /// Of those leads, how many have a meeting.
    pub meetings_booked: i64,
    /// Of those leads, how many became customers.
    pub converted: i64,
    /// Agents there are now.
    pub agents: AgentCounts,
    /// Actions there are now, by state.
    pub actions: BTreeMap<String, i64>,
    /// Scheduled actions that are held now, by the gate that holds them.
    pub held: BTreeMap<String, i64>,
}

impl Operation for GetStats {
    const SPEC: Spec = Spec::get("get_stats", "stats", "/stats", "stats:read", "See the project in figures.")
        .describe("The range holds for leads, calls and mails; agents, actions and holds are as of now.");
    type Input = Input;
    type Output = Stats;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Stats> {
        let since = input.time_range.since(cx.now);
        let (total_leads, meetings_booked, converted) = leads::count(cx.tx, cx.project, since)?;
        let mut agents = AgentCounts::default();
        for (kind, count) in agents::count_by_kind(cx.tx, cx.project)? {
            match kind.as_str() {
                "inbound" => agents.inbound = count,
                _ => agents.outbound = count,
            }
        }
        Ok(Stats {
            time_range: input.time_range,
            total_leads,
            total_calls: calls::count_started(cx.tx, cx.project, since)?,
            total_emails: messages::count_sent(cx.tx, cx.project, since)?,
            meetings_booked,
            converted,
            agents,
            actions: actions::count_by_state(cx.tx, cx.project)?.into_iter().collect(),
            held: actions::held_by_gate(cx.tx, cx.project)?.into_iter().collect(),
        })
    }
}
