//! `list_sub_agents`: those that work, without secrets.

use outrider_store::sub_agents as rows;
use schemars::JsonSchema;
use serde::Serialize;

use super::{View, sight, view};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Lists sub-agents.
pub struct ListSubAgents;

/// All of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SubAgents {
    /// Oldest first.
    pub sub_agents: Vec<View>,
}

impl Operation for ListSubAgents {
    const SPEC: Spec =
        Spec::get("list_sub_agents", "sub_agents", "/sub-agents", "keys:read", "List the sub-agents that work.")
            .describe("A key without the provisioning right sees itself alone.");
    type Input = Empty;
    type Output = SubAgents;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<SubAgents> {
        let own = sight(cx)?;
        let all = rows::list(cx.tx, cx.project)?;
        let seen = all.into_iter().filter(|agent| own.is_none_or(|own| own == agent.id));
        Ok(SubAgents { sub_agents: seen.map(|agent| view(cx, agent)).collect::<Result<_>>()? })
    }
}
