//! `create_note`: a person writes something down about a lead.

use outrider_domain::id::{LeadId, NoteId};
use outrider_store::{leads, notes as rows};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Note;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::long_text;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Creates a note.
pub struct CreateNote;

/// About whom, and what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The lead.
    lead_id: LeadId,
    /// What it says.
    #[schemars(length(min = 1, max = 20_000))]
    text: String,
}

impl Operation for CreateNote {
    const SPEC: Spec =
        Spec::create("create_note", "notes", "/leads/{lead_id}/notes", "leads:write", "Write a note on a lead.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Note;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Note> {
        let lead = leads::get(cx.tx, cx.project, input.lead_id).map_err(|error| missing(error, "lead", "lead_id"))?;
        let text =
            long_text("text", Some(input.text))?.ok_or_else(|| Error::invalid("text", "A note can't be empty."))?;
        let row = rows::Note {
            project_id: cx.project,
            id: NoteId(cx.id()),
            lead_id: lead.id,
            agent_id: None,
            action_id: None,
            text,
            created_by: cx.actor.to_string(),
            created_at: cx.now,
        };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("note.created").lead(lead.id).subject(row.id));
        Ok(row.into())
    }
}
