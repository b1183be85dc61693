//! `list_lead_notes`: what is noted about a lead, by page.

use outrider_domain::id::LeadId;
use outrider_store::{leads, notes as rows};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Note;
use crate::context::Context;
use crate::error::{Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Page, Spec};
use crate::page;

/// Lists a lead's notes.
pub struct ListLeadNotes;

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

impl Operation for ListLeadNotes {
    const SPEC: Spec = Spec::list(
        "list_lead_notes",
        "notes",
        "/leads/{lead_id}/notes",
        "leads:read",
        "List a lead's notes, newest first.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Page<Note>;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Page<Note>> {
        let request = page::open(cx, Self::SPEC.name, input.limit, input.cursor.as_deref())?;
        let lead = leads::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let found = rows::notes_of_lead(cx.tx, cx.project, lead.id, request.before, request.fetch())?;
        Ok(page::close(cx, &request, found, |row| row.id.0, Note::from))
    }
}
