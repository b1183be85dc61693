//! `get_lead_timeline`: everything that happened with one lead.

use outrider_domain::id::LeadId;
use outrider_store::{leads as rows, logs};
use schemars::JsonSchema;
use serde::Deserialize;

use super::missing;
use crate::context::Context;
use crate::error::{Result, code};
use crate::events::{Activity, in_words};
use crate::operation::{Operation, Page, Spec};
use crate::page;

/// Gets a lead's timeline.
pub struct GetLeadTimeline;

/// Whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
    /// Rows on a page, 1 to 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// `next_cursor` of the page before; absent or empty for the first page.
    #[serde(default)]
    cursor: Option<String>,
}

impl Operation for GetLeadTimeline {
    const SPEC: Spec = Spec::list(
        "get_lead_timeline",
        "leads",
        "/leads/{lead_id}/timeline",
        "leads:read",
        "See what happened with a lead, newest first.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Page<Activity>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Activity>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let lead = rows::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let filter = logs::EventFilter { lead: Some(lead.id), ..logs::EventFilter::default() };
        let rows = logs::events_before(cx.tx, cx.project, request.before, &filter, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.sequence, |row| row);
        Ok(Page { items: in_words(cx, page.items)?, next_cursor: page.next_cursor })
    }
}
