//! `list_agents`: agents by page.

use outrider_store::agents as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Agent, AgentType};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page;

/// Lists agents.
pub struct ListAgents;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only `outbound` or `inbound` ones.
    #[serde(rename = "type")]
    kind: Option<AgentType>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListAgents {
    const SPEC: Spec = Spec::list("list_agents", "agents", "/agents", "agents:read", "List agents, newest first.");
    type Input = Input;
    type Output = Page<Agent>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Agent>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let rows = rows::list(cx.tx, cx.project, input.kind.map(AgentType::as_str), request.before, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
        let items = page.items.into_iter().map(|row| Agent::of(cx, row)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
