//! `get_template`: one template, with its warnings.

use outrider_domain::id::TemplateId;
use outrider_store::templates as rows;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Template;
use crate::context::Context;
use crate::error::Result;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Gets a template.
pub struct GetTemplate;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The template.
    template_id: TemplateId,
}

impl Operation for GetTemplate {
    const SPEC: Spec =
        Spec::get("get_template", "templates", "/templates/{template_id}", "templates:read", "Get a template.");
    type Input = Input;
    type Output = Template;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Template> {
        Ok(rows::get(cx.tx, cx.project, input.template_id)
            .map_err(|error| missing(error, "template", "template_id"))?
            .into())
    }
}
