//! `delete_template`: a template that no sequence needs goes.

use outrider_domain::id::{SequenceId, TemplateId};
use outrider_domain::sequence::SequenceDefinition;
use outrider_store::{sequences, templates as rows};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::Deleted;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Removes a template.
pub struct DeleteTemplate;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The template.
    template_id: TemplateId,
}

/// Sequences read at once.
const BATCH: i64 = 200;

impl Operation for DeleteTemplate {
    const SPEC: Spec = Spec::delete(
        "delete_template",
        "templates",
        "/templates/{template_id}",
        "templates:write",
        "Delete a template.",
    )
    .describe("Refused while a sequence that is not archived uses it. Mails already written keep their text.")
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let template = rows::get(cx.tx, cx.project, input.template_id)
            .map_err(|error| missing(error, "template", "template_id"))?;
        if let Some((id, name)) = user_of(cx, &template.name)? {
            let message =
                format!("The sequence {name} ({id}) uses this template. Change or archive the sequence first.");
            return Err(Error::new(code::WRONG_STATE, message).at("template_id"));
        }
        cx.plan.push(json!({ "delete_template": { "id": template.id, "name": template.name } }));
        rows::delete(cx.tx, cx.project, template.id)?;
        cx.emit(Event::new("template.deleted").subject(template.id).data(json!({ "name": template.name })));
        Ok(Deleted::of(template.id))
    }
}

/// A sequence, not archived, that names the template.
fn user_of(cx: &mut Context<'_, '_>, template: &str) -> Result<Option<(SequenceId, String)>> {
    let mut before = i64::MAX;
    loop {
        let batch = sequences::list(cx.tx, cx.project, before, BATCH)?;
        let Some(last) = batch.last() else { return Ok(None) };
        before = last.id.0;
        for row in batch.into_iter().filter(|row| row.status != "archived") {
            let definition: SequenceDefinition = serde_json::from_str(&row.definition).map_err(|error| Error {
                source: Some(Box::new(error)),
                ..Error::new(code::INTERNAL_ERROR, "A stored sequence could not be read.")
            })?;
            if definition.template_names().contains(&template) {
                return Ok(Some((row.id, row.name)));
            }
        }
    }
}
