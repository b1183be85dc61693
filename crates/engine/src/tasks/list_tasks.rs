//! `list_tasks`: tasks and their outputs, newest first, filtered and searched.

use outrider_store::tasks::{self as rows, Filter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{View, view};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};
use crate::sub_agents::sight;

/// Lists tasks.
pub struct ListTasks;

/// Rows when nothing is said, and at the most.
pub const LIMIT: i64 = 50;
/// Most rows.
pub const MOST: i64 = 200;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only of this skill or workflow.
    pub task_type: Option<String>,
    /// Only in this state: `queued`, `completed`, `failed` or `cancelled`.
    pub status: Option<String>,
    /// Only those whose person or company has this text.
    #[schemars(length(max = 200))]
    pub search: Option<String>,
    /// Only starred ones, or only others.
    pub starred: Option<bool>,
    /// Rows, 1 to 200; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<i64>,
    /// Rows passed over.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub offset: Option<i64>,
}

/// A page of tasks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tasks {
    /// Newest first.
    pub tasks: Vec<View>,
    /// How many there are altogether.
    pub total: i64,
    /// As asked.
    pub limit: i64,
    /// As asked.
    pub offset: i64,
}

impl Operation for ListTasks {
    const SPEC: Spec = Spec::get("list_tasks", "tasks", "/tasks", "tasks:read", "List tasks and what came of them.")
        .describe("A key of a sub-agent sees its own.");
    type Input = Input;
    type Output = Tasks;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Tasks> {
        let (limit, offset) = (input.limit.unwrap_or(LIMIT), input.offset.unwrap_or(0));
        if !(1..=MOST).contains(&limit) {
            return Err(Error::invalid("limit", format!("limit is 1 to {MOST}.")));
        }
        if offset < 0 {
            return Err(Error::invalid("offset", "offset can't be negative."));
        }
        let filter = Filter {
            sub_agent: sight(cx)?,
            kind: input.task_type,
            state: input.status,
            starred: input.starred,
            about: input.search.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty()),
        };
        let total = rows::count(cx.tx, cx.project, filter.clone())?;
        let tasks = rows::list(cx.tx, cx.project, filter, limit, offset)?;
        Ok(Tasks { tasks: tasks.into_iter().map(view).collect::<Result<_>>()?, total, limit, offset })
    }
}
