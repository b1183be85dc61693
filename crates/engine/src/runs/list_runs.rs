//! `list_runs`: runs by page, of one agent or of all, filtered by status.

use outrider_domain::id::AgentId;
use outrider_store::runs as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::Run;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page;

/// Lists runs.
pub struct ListRuns;

/// A run's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum RunStatus {
    /// Its contacts are not chosen yet.
    Queued,
    /// Its contacts are being planned.
    Running,
    /// Something is not at its end.
    Waiting,
    /// Every contact is at its end.
    Completed,
    /// It could not be done.
    Failed,
    /// A person ended it.
    Cancelled,
}

impl RunStatus {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => super::status::QUEUED,
            Self::Running => super::status::RUNNING,
            Self::Waiting => super::status::WAITING,
            Self::Completed => super::status::COMPLETED,
            Self::Failed => super::status::FAILED,
            Self::Cancelled => super::status::CANCELLED,
        }
    }
}

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only this agent's.
    agent_id: Option<AgentId>,
    /// Only this status.
    status: Option<RunStatus>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListRuns {
    const SPEC: Spec = Spec::list("list_runs", "runs", "/runs", "agents:read", "List runs of playbooks, newest first.");
    type Input = Input;
    type Output = Page<Run>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Run>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let status = input.status.map(RunStatus::as_str);
        let rows = rows::list(cx.tx, cx.project, input.agent_id, status, request.before, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
        let items = page.items.into_iter().map(Run::of).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
