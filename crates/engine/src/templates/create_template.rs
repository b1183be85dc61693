//! `create_template`: one new template, checked.

use outrider_domain::id::TemplateId;
use outrider_store::templates as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Template, check_name, parse};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::required;
use crate::operation::{Operation, Spec};

/// Creates a template.
pub struct CreateTemplate;

/// What a template is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Unique in the project.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Source of the subject; leave it out for follow-ups that keep the thread's.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    subject: String,
    /// Source of the plain text, such as `Hi {{ first_name | default("there") }}`; may be absent beside HTML.
    #[serde(default)]
    text: String,
    /// Source of the HTML; values are escaped in it.
    #[serde(default)]
    html: Option<String>,
}

impl Operation for CreateTemplate {
    const SPEC: Spec = Spec::create(
        "create_template",
        "templates",
        "/templates",
        "templates:write",
        "Create a template.",
    )
    .describe(
        "Placeholders that nothing fills come back as warnings; a mail with one that stays empty is held, not sent.",
    )
    .previews()
    .fails(&[code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Template;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Template> {
        let name = required("name", input.name)?;
        parse(&input.subject, &input.text, input.html.as_deref())?;
        check_name(cx, &name, None)?;
        cx.plan.push(json!({ "create_template": { "name": name } }));
        let row = rows::Template {
            project_id: cx.project,
            id: TemplateId(cx.id()),
            name,
            subject: input.subject,
            text: input.text,
            html: input.html,
            version: 1,
            created_at: cx.now,
            updated_at: cx.now,
        };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("template.created").subject(row.id).data(json!({ "name": row.name })));
        outrider_store::jobs::wake(cx.tx, cx.project, "content", cx.now)?;
        Ok(row.into())
    }
}
