//! `list_calls` and `list_lead_calls`: calls by page, newest first.

use std::collections::HashMap;

use outrider_domain::id::{ActionId, AgentId, LeadId};
use outrider_store::{actions, calls as rows, leads};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::status;
use super::view::{Call, Status};
use crate::context::Context;
use crate::error::{Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;
use crate::written_outside::summaries_of_page;

/// Lists calls.
pub struct ListCalls;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only this lead's.
    pub lead_id: Option<LeadId>,
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    pub cursor: Option<String>,
}

impl Operation for ListCalls {
    const SPEC: Spec = Spec::list("list_calls", "calls", "/calls", "calls:read", "List calls, newest first.");
    const WRITTEN_OUTSIDE: fn(&Value) -> Vec<String> = summaries_of_page;
    type Input = Input;
    type Output = Page<Call>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Call>> {
        let filter = rows::Filter {
            lead: input.lead_id,
            agent: input.agent_id,
            status: input.status.map(|status| status.as_str().to_owned()),
            owner: sees_only(cx)?,
        };
        list(cx, Self::SPEC.name, &filter, input.limit, input.cursor.as_deref())
    }
}

/// Lists a lead's calls.
pub struct ListLeadCalls;

/// Whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadInput {
    /// The lead.
    pub lead_id: LeadId,
    /// Rows on a page, 1 to 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Operation for ListLeadCalls {
    const SPEC: Spec = Spec::list(
        "list_lead_calls",
        "leads",
        "/leads/{lead_id}/calls",
        "calls:read",
        "List the calls with a lead, newest first.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    const WRITTEN_OUTSIDE: fn(&Value) -> Vec<String> = summaries_of_page;
    type Input = LeadInput;
    type Output = Page<Call>;

    fn run(cx: &mut Context<'_, '_>, input: LeadInput) -> Result<Page<Call>> {
        let lead = leads::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let filter = rows::Filter { lead: Some(lead.id), ..rows::Filter::default() };
        list(cx, Self::SPEC.name, &filter, input.limit, input.cursor.as_deref())
    }
}

fn list(
    cx: &mut Context<'_, '_>,
    name: &'static str,
    filter: &rows::Filter,
    limit: Option<i64>,
    cursor: Option<&str>,
) -> Result<Page<Call>> {
    let request = page::open(cx, name, limit, cursor)?;
    let rows = rows::list(cx.tx, cx.project, filter, request.before, request.fetch())?;
    let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
    let mut items = page.items.into_iter().map(Call::of).collect::<Result<Vec<_>>>()?;
    let waiting: Vec<ActionId> =
        items.iter().filter(|call| call.status == status::QUEUED).filter_map(|call| call.action_id).collect();
    let mut reasons: HashMap<ActionId, String> =
        actions::hold_reasons(cx.tx, cx.project, &waiting)?.into_iter().collect();
    for call in &mut items {
        call.hold_reason = call.action_id.and_then(|action| reasons.remove(&action));
    }
    Ok(Page { items, next_cursor: page.next_cursor })
}
