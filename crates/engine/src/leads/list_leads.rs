//! `list_leads`: leads by page, filtered and searched.

use outrider_domain::id::AgentId;
use outrider_store::leads as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Lead, Stage, check_references};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;

/// Lists or searches leads.
pub struct ListLeads;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Words that name, email or phone contain.
    #[schemars(length(max = 200))]
    query: Option<String>,
    /// Only this stage.
    status: Option<Stage>,
    /// Only this agent's.
    agent_id: Option<AgentId>,
    /// Only with or without a meeting.
    has_meeting: Option<bool>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListLeads {
    const SPEC: Spec = Spec::list("list_leads", "leads", "/leads", "leads:read", "List or search leads, newest first.");
    type Input = Input;
    type Output = Page<Lead>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Lead>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        if input.query.as_ref().is_some_and(|query| query.chars().count() > 200 || query.contains('\0')) {
            return Err(Error::invalid("query", "query has at most 200 characters and no NUL."));
        }
        check_references(cx, input.agent_id, None)?;
        let filter = rows::Filter {
            query: input.query,
            stage: input.status.map(|stage| stage.as_str().to_owned()),
            agent: input.agent_id,
            has_meeting: input.has_meeting,
            owner: sees_only(cx)?,
        };
        let rows = rows::list(cx.tx, cx.project, &filter, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Lead::from))
    }
}
