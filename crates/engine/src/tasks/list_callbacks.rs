//! `list_callbacks`: results that were to be posted somewhere, and what became of them. Shows the callers of a project its own alone.

use outrider_domain::id::TaskId;
use outrider_domain::time::Millis;
use outrider_store::callbacks::{self as rows, Callback};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};
use crate::sub_agents::sight;

/// Lists callbacks.
pub struct ListCallbacks;

/// Rows when nothing is said.
const LIMIT: i64 = 50;
/// Most rows.
const MOST: i64 = 200;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only in this state: `waiting`, `delivered` or `failed`.
    state: Option<String>,
    /// Rows, 1 to 200; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
}

/// A result on its way.
#[derive(Debug, Serialize, JsonSchema)]
pub struct View {
    /// The task whose result it is.
    task_id: TaskId,
    /// Where it goes.
    url: String,
    /// `waiting`, `delivered` or `failed`.
    state: String,
    /// How often it was tried since it was prepared or replayed.
    attempts: i64,
    /// The status that was answered last.
    last_status: Option<i64>,
    /// Why the last try failed.
    last_error: Option<String>,
    /// When prepared.
    created_at: Millis,
    /// When delivered or given up.
    finished_at: Option<Millis>,
}

impl From<Callback> for View {
    fn from(row: Callback) -> Self {
        Self {
            task_id: row.id,
            url: row.url,
            state: row.state,
            attempts: row.attempts,
            last_status: row.last_status,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// Callbacks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Callbacks {
    /// Newest first.
    callbacks: Vec<View>,
}

impl Operation for ListCallbacks {
    const SPEC: Spec = Spec::get(
        "list_callbacks",
        "tasks",
        "/callbacks",
        "tasks:read",
        "List results that are posted to web addresses.",
    )
    .describe("A key of a sub-agent sees its own.");
    type Input = Input;
    type Output = Callbacks;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Callbacks> {
        if let Some(state) = &input.state
            && !matches!(state.as_str(), "waiting" | "delivered" | "failed")
        {
            return Err(Error::invalid("state", "state is waiting, delivered or failed."));
        }
        let limit = input.limit.unwrap_or(LIMIT).clamp(1, MOST);
        let own = sight(cx)?;
        let found = rows::list(cx.tx, cx.project, own, input.state.as_deref(), limit)?;
        Ok(Callbacks { callbacks: found.into_iter().map(View::from).collect() })
    }
}
