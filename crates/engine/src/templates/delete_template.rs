//! `delete_template`: a template that no sequence needs goes.

use outrider_domain::id::TemplateId;
use outrider_store::templates as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::user_of;
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
