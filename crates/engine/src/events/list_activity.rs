//! `list_activity`: the event log backwards, as a feed for people.

use outrider_domain::id::{AgentId, LeadId};
use outrider_store::{leads, logs};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Activity, in_words};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::{check_references, missing};
use crate::operation::{Operation, Page, Spec};
use crate::page;
use crate::users::caller::sees_only;

/// Lists activity.
pub struct ListActivity;

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only this lead's.
    lead_id: Option<LeadId>,
    /// Only this agent's.
    agent_id: Option<AgentId>,
    /// Only this type, such as `email.sent`.
    #[schemars(length(max = 100))]
    event_type: Option<String>,
    /// Rows on a page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    cursor: Option<String>,
}

impl Operation for ListActivity {
    const SPEC: Spec =
        Spec::list("list_activity", "activity", "/activity", "events:read", "See what happened, newest first.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Page<Activity>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Activity>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        if input.event_type.as_ref().is_some_and(|kind| kind.len() > 100 || kind.contains('\0')) {
            return Err(Error::invalid("event_type", "An event type is a name such as email.sent."));
        }
        check_references(cx, input.agent_id, None)?;
        if let Some(lead) = input.lead_id {
            leads::get(cx.tx, cx.project, lead).map_err(|error| missing(error, "lead", "lead_id"))?;
        }
        let filter = logs::EventFilter {
            lead: input.lead_id,
            agent: input.agent_id,
            kind: input.event_type,
            owner: sees_only(cx)?,
        };
        let rows = logs::events_before(cx.tx, cx.project, request.before, &filter, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.sequence, |row| row);
        Ok(Page { items: in_words(cx, page.items)?, next_cursor: page.next_cursor })
    }
}
