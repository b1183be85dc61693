//! `list_threads`: conversations by page.

use outrider_domain::id::LeadId;
use outrider_store::messages as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Thread;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;

/// Lists threads.
pub struct ListThreads;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only with this lead.
    lead_id: Option<LeadId>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListThreads {
    const SPEC: Spec =
        Spec::list("list_threads", "threads", "/threads", "emails:read", "List conversations, the newest begun first.");
    type Input = Input;
    type Output = Page<Thread>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Thread>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let owner = sees_only(cx)?;
        let rows = rows::list_threads(cx.tx, cx.project, input.lead_id, owner, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Thread::from))
    }
}
