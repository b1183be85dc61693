//! Skills as steps of a run: what one is given of a contact and of what others found, and what that costs. Makes no output.

use outrider_domain::playbook::{PlaybookStep, Structure};
use outrider_store::leads::Lead;
use outrider_store::runs::Decision;
use serde_json::{Map, Value, json};

use crate::agents::Brain;
use crate::core::Settings;
use crate::error::{Error, Result};
use crate::gates::snapshot::read_json;
use crate::tasks::work::{Checked, Work};
use crate::tasks::workflows::input_of;

/// What skills found for one contact, by the keys of their steps.
pub type Found = Map<String, Value>;

/// What a contact's decisions hold of skills' outputs.
///
/// # Errors
/// When one can't be read.
pub fn found(decisions: &[Decision]) -> Result<Found> {
    let outputs = decisions.iter().filter_map(|decision| Some((decision.step.clone(), decision.output.as_deref()?)));
    outputs.map(|(step, output)| Ok((step, read_json(output, "what a skill found")?))).collect()
}

/// What a skill is told of a contact, beside what it is asked to look at.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The steps of the run, which say what found what.
    pub structure: &'a Structure,
    /// The lead as it is now.
    pub lead: &'a Lead,
    /// What the agent knows.
    pub brain: &'a Brain,
    /// What skills before it found.
    pub found: &'a Found,
}

impl Told<'_> {
    /// The input of a step's skill; `context` is the step's own text.
    #[must_use]
    pub fn input(&self, skill: &str, context: Option<&str>) -> Map<String, Value> {
        let lead = self.lead;
        let given = [
            ("contactName", Some(lead.name.as_str())),
            ("contactRole", lead.role.as_deref()),
            ("company", lead.company.as_deref()),
            ("userValueProp", self.brain.value_proposition.as_deref()),
            ("context", context),
        ];
        let given = given.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
        let by_skill: Map<String, Value> = self
            .structure
            .steps
            .iter()
            .filter_map(|step| Some((step.skill.clone()?, self.found.get(&step.key)?.clone())))
            .collect();
        match input_of(skill, &Value::Object(given.collect()), &Value::Object(by_skill)) {
            Value::Object(input) => input,
            _ => Map::new(),
        }
    }

    /// Why a step's skill can't work for the contact; none when it can.
    #[must_use]
    pub fn lacks(&self, settings: &Settings, step: &PlaybookStep) -> Option<String> {
        let skill = step.skill.as_deref()?;
        check(settings, skill, self.input(skill, None)).err().map(|error| error.message)
    }
}

/// Checks an input; gives what the skill costs.
///
/// # Errors
/// `unsupported_task_type`, `validation_error`.
pub fn check(settings: &Settings, skill: &str, input: Map<String, Value>) -> Result<Checked> {
    Work::skill(skill)?.check(settings, &Value::Object(input)).map_err(|error| Error { field: None, ..error })
}
