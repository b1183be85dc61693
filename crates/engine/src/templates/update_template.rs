//! `update_template`: some parts of a template. Mails already written keep their text.

use outrider_domain::id::TemplateId;
use outrider_domain::patch::Patch;
use outrider_store::templates as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Template, check_name, parse, user_of};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{changed, kept, patched_required};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Changes a template.
pub struct UpdateTemplate;

/// The parts to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The template.
    template_id: TemplateId,
    /// Unique in the project.
    #[serde(default)]
    name: Patch<String>,
    /// Source of the subject.
    #[serde(default)]
    subject: Patch<String>,
    /// Source of the plain text.
    #[serde(default)]
    text: Patch<String>,
    /// Source of the HTML; null removes it.
    #[serde(default)]
    html: Patch<String>,
}

impl Operation for UpdateTemplate {
    const SPEC: Spec = Spec::patch(
        "update_template",
        "templates",
        "/templates/{template_id}",
        "templates:write",
        "Change a template.",
    )
    .describe("Mails already written keep their text. Held mails are looked at again. A template keeps its name while a sequence uses it.")
    .previews()
    .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS, code::WRONG_STATE]);
    type Input = Input;
    type Output = Template;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Template> {
        let before = rows::lock(cx.tx, cx.project, input.template_id)
            .map_err(|error| missing(error, "template", "template_id"))?;
        let mut after = before.clone();
        after.name = patched_required("name", input.name, after.name)?;
        after.subject = kept("subject", input.subject, after.subject)?;
        after.text = kept("text", input.text, after.text)?;
        after.html = input.html.apply(after.html);
        let fields = changed(&[
            ("name", before.name != after.name),
            ("subject", before.subject != after.subject),
            ("text", before.text != after.text),
            ("html", before.html != after.html),
        ]);
        if fields.is_empty() {
            return Ok(before.into());
        }
        parse(&after.subject, &after.text, after.html.as_deref())?;
        if before.name != after.name {
            check_name(cx, &after.name, Some(after.id))?;
            if let Some((id, name)) = user_of(cx, &before.name)? {
                let message = format!(
                    "The sequence {name} ({id}) uses this template by its name. Change or archive the sequence first."
                );
                return Err(Error::new(code::WRONG_STATE, message).at("name"));
            }
        }
        if fields != ["name"] {
            after.version += 1;
        }
        cx.plan.push(json!({ "update_template": { "id": after.id, "fields": fields, "version": after.version } }));
        after.updated_at = cx.now;
        after.clone().save(cx.tx)?;
        cx.emit(
            Event::new("template.updated")
                .subject(after.id)
                .data(json!({ "fields": fields, "version": after.version })),
        );
        outrider_store::jobs::wake(cx.tx, cx.project, "content", cx.now)?;
        Ok(after.into())
    }
}
