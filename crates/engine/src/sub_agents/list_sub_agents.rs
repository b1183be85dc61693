//! `list_sub_agents`: those that work, without secrets.

use outrider_store::sub_agents as rows;
use schemars::JsonSchema;
use serde::Serialize;

use super::{View, is_anothers, sight, view};
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
            .describe(
                "A key without the provisioning right sees itself alone, a seller those whose keys act for them.",
            );
    type Input = Empty;
    type Output = SubAgents;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<SubAgents> {
        let own = sight(cx)?;
        let all = rows::list(cx.tx, cx.project)?;
        let mut sub_agents = Vec::with_capacity(all.len());
        for agent in all.into_iter().filter(|agent| own.is_none_or(|own| own == agent.id)) {
            if !is_anothers(cx, &agent)? {
                sub_agents.push(view(cx, agent)?);
            }
        }
        Ok(SubAgents { sub_agents })
    }
}
