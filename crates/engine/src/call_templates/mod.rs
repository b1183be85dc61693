//! Call templates as the catalog has them: their shape in answers. What is said from them is `outrider_voice`'s.

pub mod get_call_template;
pub mod list_call_templates;

use outrider_voice::{Catalog, OutputVariable, Placeholder, Template};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;

/// Most ids told to whoever asks for one that is not there.
const TOLD: usize = 30;

/// `resource_not_found` for an id that no call template has, with those there are.
pub(crate) fn no_template(catalog: &Catalog, id: &str) -> Error {
    let known: Vec<&str> = catalog.templates().map(|template| template.id.as_str()).take(TOLD).collect();
    let message = format!("There is no call template {id:?}. Those there are: {}.", known.join(", "));
    Error { message, ..Error::not_found("call template") }
}

/// A kind of call, in short.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CallTemplate {
    /// Its id, such as `dental-appointment`.
    pub id: String,
    /// A title.
    pub title: String,
    /// What such a call is for.
    pub description: String,
    /// Language it speaks.
    pub language: String,
    /// The shape of the conversation, such as `appointment_booking`.
    pub flow_type: String,
    /// Whether an agent may add output variables and transfer triggers.
    pub dynamic: bool,
    /// Names of the values it can't do without.
    pub required_values: Vec<String>,
}

impl From<&Template> for CallTemplate {
    fn from(template: &Template) -> Self {
        let required = template.placeholders.iter().filter(|placeholder| placeholder.required);
        Self {
            id: template.id.clone(),
            title: template.title.clone(),
            description: template.description.clone(),
            language: template.language.clone(),
            flow_type: template.flow_type.clone(),
            dynamic: template.dynamic,
            required_values: required.map(|placeholder| placeholder.name.clone()).collect(),
        }
    }
}

/// A kind of call with everything an agent needs to know of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CallTemplateDetail {
    /// In short.
    #[serde(flatten)]
    pub template: CallTemplate,
    /// What an agent made of it is called when nobody gives it a name.
    pub agent_name: String,
    /// Values the business gives.
    pub placeholders: Vec<Placeholder>,
    /// What it finds out.
    pub output_variables: Vec<OutputVariable>,
    /// When it hands over to a person, in words.
    pub transfers: Vec<String>,
    /// The prompt a person or a model would read, with the examples as values.
    pub example_prompt: String,
}
