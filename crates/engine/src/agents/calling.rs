//! How an agent calls: its template, the business's values, what it finds out and when it hands over. Places no call.

use std::collections::BTreeMap;

use outrider_domain::address::Phone;
use outrider_voice::{OutputVariable, Template, TransferTrigger};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call_templates::no_template;
use crate::context::Context;
use crate::core::Core;
use crate::error::{Error, Result};

/// Most values of an agent.
const MOST_VALUES: usize = 100;
/// Longest value, in characters.
const LONGEST_VALUE: usize = 2_000;

/// How an agent calls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Calling {
    /// Id of a call template, as `list_call_templates` gives it; a short outreach from the agent's brain when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Values for the template's placeholders; every required one must be there.
    pub values: BTreeMap<String, String>,
    /// What each call is to find out beside the template's own; dynamic templates only.
    pub output_variables: Vec<OutputVariable>,
    /// When a call goes to a person beside the template's own cases; dynamic templates only.
    pub transfer_triggers: Vec<TransferTrigger>,
    /// The number of the person who takes over; without one, who wants a person is called back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_to: Option<Phone>,
}

impl Calling {
    /// Everything wrong with it, by field: `template`, `values.NAME`, `output_variables[0].name`.
    ///
    /// # Errors
    /// When the catalog can't be read.
    pub fn problems(&self, core: &Core) -> Result<Vec<(String, String)>> {
        let catalog = core.catalog()?;
        let mut problems = Vec::new();
        let template = match self.template.as_deref() {
            None => catalog.outreach(),
            Some(id) => match catalog.get(id) {
                Some(template) => template,
                None => return Ok(vec![("template".to_owned(), format!("There is no call template {id}."))]),
            },
        };
        check_values("values", &self.values, &mut problems);
        if self.template.is_some() {
            let missing = template.missing(&self.values).into_iter();
            problems.extend(missing.map(|error| (format!("values.{}", error.field), format!("{error}."))));
        }
        let refused = template.refused(&self.output_variables, &self.transfer_triggers).into_iter();
        problems.extend(refused.map(|error| (error.field.clone(), format!("{error}."))));
        Ok(problems)
    }

    /// The shape of its conversations and the values they are filled with, the template's defaults among them.
    ///
    /// # Errors
    /// When the catalog can't be read.
    pub fn conversation(&self, core: &Core) -> Result<Conversation> {
        let catalog = core.catalog()?;
        let template = self.template.as_deref().map_or(Some(catalog.outreach()), |id| catalog.get(id));
        Ok(match template {
            Some(template) => {
                Conversation { flow_type: template.flow_type.clone(), values: template.filled(&self.values) }
            }
            // An operator has taken its file away; its calls are held until it is back.
            None => Conversation { flow_type: "unknown".to_owned(), values: self.values.clone() },
        })
    }

    /// The whole prompt an agent of this template would be given; absent without a template.
    ///
    /// # Errors
    /// When the catalog can't be read.
    pub fn assembled_prompt(&self, core: &Core) -> Result<Option<String>> {
        let Some(id) = self.template.as_deref() else { return Ok(None) };
        let prompt = |template: &Template| {
            template.assembled_prompt_with(&self.values, &self.output_variables, &self.transfer_triggers)
        };
        Ok(core.catalog()?.get(id).map(prompt))
    }
}

/// What an agent's calls are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// A short word, such as `appointment_booking`; `unknown` when the template is gone.
    pub flow_type: String,
    /// Values for placeholders.
    pub values: BTreeMap<String, String>,
}

/// Checks names and lengths of values.
pub(crate) fn check_values(field: &str, values: &BTreeMap<String, String>, problems: &mut Vec<(String, String)>) {
    if values.len() > MOST_VALUES {
        problems.push((field.to_owned(), format!("There are at most {MOST_VALUES} values.")));
    }
    for (name, value) in values {
        if value.chars().count() > LONGEST_VALUE || value.contains('\0') || name.contains('\0') || name.len() > 200 {
            problems
                .push((format!("{field}.{name}"), format!("A value is text of at most {LONGEST_VALUE} characters.")));
        }
    }
}

/// Refuses what is wrong, at the first field at fault under `field`.
///
/// # Errors
/// `resource_not_found` for a template that is none; `validation_error` for the rest.
pub(crate) fn check(cx: &Context<'_, '_>, field: &str, calling: &Calling) -> Result<()> {
    let problems = calling.problems(cx.core)?;
    let Some((at, first)) = problems.first() else { return Ok(()) };
    if at == "template" {
        let wanted = calling.template.as_deref().unwrap_or_default();
        return Err(no_template(cx.core.catalog()?, wanted).at(format!("{field}.template")));
    }
    let others = problems.len() - 1;
    let text = match others {
        0 => first.clone(),
        1 => format!("{first} One more field is at fault."),
        _ => format!("{first} {others} more fields are at fault."),
    };
    Err(Error::invalid(format!("{field}.{at}"), text))
}
