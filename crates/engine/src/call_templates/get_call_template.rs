//! `get_call_template`: one kind of call with its values and what it finds out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CallTemplate, CallTemplateDetail, no_template};
use crate::context::Context;
use crate::error::{Result, code};
use crate::operation::{Operation, Spec};

/// Gets a call template.
pub struct GetCallTemplate;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id, such as `dental-appointment`.
    #[schemars(length(min = 1, max = 100))]
    pub call_template: String,
}

impl Operation for GetCallTemplate {
    const SPEC: Spec = Spec::get(
        "get_call_template",
        "call_templates",
        "/call-templates/{call_template}",
        "templates:read",
        "Get a kind of call with the values it needs.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = CallTemplateDetail;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<CallTemplateDetail> {
        let catalog = cx.core.catalog()?;
        let template = catalog
            .get(&input.call_template)
            .ok_or_else(|| no_template(catalog, &input.call_template).at("call_template"))?;
        let examples: BTreeMap<String, String> = template
            .placeholders
            .iter()
            .map(|placeholder| (placeholder.name.clone(), placeholder.example.clone()))
            .collect();
        Ok(CallTemplateDetail {
            template: CallTemplate::from(template),
            agent_name: template.agent_name.clone(),
            placeholders: template.placeholders.clone(),
            output_variables: template.variables.clone(),
            transfers: template.transfers.iter().map(|rule| rule.when.clone()).collect(),
            example_prompt: template.assembled_prompt(&examples),
        })
    }
}
