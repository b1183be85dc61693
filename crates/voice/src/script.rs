//! All that one call needs, in one value that can be stored: the template or the agent's brain, values, and the moment. Decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::template::{OutputVariable, Template, VariableType};

/// What is wrong with one field; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, JsonSchema)]
#[error("{field} {message}")]
#[schemars(inline)]
pub struct FieldError {
    /// The field: a placeholder's name, or a path such as `output_variables[0].name`.
    pub field: String,
    /// What is wrong, to be read after the field's name.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What an agent knows. Its sentences are spoken word for word or not at all; `system_prompt` is never spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct Brain {
    /// Standing orders for an engine with a language model; the built-in one does not read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// How the call opens, after the disclosure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_message: Option<String>,
    /// What is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_explanation: Option<String>,
    /// Why anyone would want it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_proposition: Option<String>,
    /// What troubles the people who are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pain_points: Option<String>,
    /// What they gain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benefits: Option<String>,
    /// What others don't have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features_differentiators: Option<String>,
    /// All of it in half a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevator_pitch: Option<String>,
}

/// A condition of the agent's owner for handing the call to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct TransferTrigger {
    /// The condition in words, such as "the caller asks about a refund". The built-in engine looks for its words in what is said;
    /// a part between quotation marks must be said as it stands.
    pub when: String,
}

/// Everything one call needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The kind of call; for an agent made without one, [`crate::Catalog::outreach`].
    pub template: Template,
    /// The business's values for the template's placeholders, the call's own variables over them, and the lead's fields and the
    /// agent's name and company under the names in [`crate::template::CALL_VALUES`].
    pub values: BTreeMap<String, String>,
    /// Asked beside the template's own, when it is dynamic.
    pub output_variables: Vec<OutputVariable>,
    /// Hand over on these beside the template's own, when it is dynamic.
    pub transfer_triggers: Vec<TransferTrigger>,
    /// What the agent knows.
    pub brain: Brain,
    /// Said in place of the template's or the agent's first message, after the disclosure.
    pub first_message_override: Option<String>,
    /// Why this call is made, as the end of "I'm calling about …".
    pub call_reason: Option<String>,
    /// Whether someone is there to take the call over. When not, a wish for a person becomes a call back.
    pub transfer_available: bool,
    /// The callee's date and time when the call begins: what "tomorrow" and "in an hour" are counted from.
    pub now: DateTime,
    /// Chooses between phrases that mean the same; an id of the call, say.
    pub seed: u64,
}

/// Most output variables and transfer triggers of an agent's own.
const MOST: usize = 20;

impl Script {
    /// A call from a template, with nothing of its own yet.
    #[must_use]
    pub fn new(template: Template, now: DateTime, seed: u64) -> Self {
        Self {
            template,
            values: BTreeMap::new(),
            output_variables: Vec::new(),
            transfer_triggers: Vec::new(),
            brain: Brain::default(),
            first_message_override: None,
            call_reason: None,
            transfer_available: false,
            now,
            seed,
        }
    }

    /// Why the built-in engine can't speak it; empty when it can.
    #[must_use]
    pub fn problems(&self) -> Vec<FieldError> {
        let mut problems = self.template.missing(&self.values);
        let language = self.template.language.split('-').next().unwrap_or_default();
        if !language.eq_ignore_ascii_case("en") {
            problems.push(FieldError::new("language", "must be English for the built-in dialogue"));
        }
        problems.extend(self.template.refused(&self.output_variables, &self.transfer_triggers));
        problems
    }
}

impl Template {
    /// What is wrong with an agent's own output variables and transfer triggers on this template, by the fields `output_variables` and
    /// `transfer_triggers`.
    #[must_use]
    pub fn refused(&self, variables: &[OutputVariable], triggers: &[TransferTrigger]) -> Vec<FieldError> {
        let mut problems = Vec::new();
        for (field, count) in [("output_variables", variables.len()), ("transfer_triggers", triggers.len())] {
            if count > 0 && !self.dynamic {
                problems.push(FieldError::new(
                    field,
                    format!("are taken by dynamic templates only, and {} is none", self.id),
                ));
            } else if count > MOST {
                problems.push(FieldError::new(field, format!("may have at most {MOST} entries")));
            }
        }
        let mut seen: BTreeSet<&str> = self.variables.iter().map(|variable| variable.name.as_str()).collect();
        for (index, variable) in variables.iter().enumerate() {
            let at = |field: &str| format!("output_variables[{index}].{field}");
            if !is_name(&variable.name) {
                problems.push(FieldError::new(
                    at("name"),
                    "must begin with a letter and have at most 60 letters, digits and underscores",
                ));
            } else if !seen.insert(&variable.name) {
                problems.push(FieldError::new(at("name"), format!("names \"{}\" a second time", variable.name)));
            }
            for (field, text) in
                [("description", Some(&variable.description)), ("question", variable.question.as_ref())]
            {
                if text.is_some_and(|text| text.len() > 500 || text.contains(['{', '}'])) {
                    problems.push(FieldError::new(at(field), "must be plain text of at most 500 characters"));
                }
            }
            if (variable.kind == VariableType::Enum) != (variable.options.len() >= 2) {
                problems.push(FieldError::new(at("options"), "belong to an enum, which needs at least two"));
            }
        }
        for (index, trigger) in triggers.iter().enumerate() {
            if trigger.when.trim().is_empty() || trigger.when.len() > 500 {
                problems.push(FieldError::new(
                    format!("transfer_triggers[{index}].when"),
                    "must say a condition in at most 500 characters",
                ));
            }
        }
        problems
    }
}

/// Whether a text can name a variable or placeholder.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
