//! What can be asked for: skills and workflows by their names, their inputs checked, their prices. Runs nothing.

use std::collections::HashMap;
use std::sync::LazyLock;

use outrider_skills::{Mode, Needs, SKILLS, Skill};
use serde_json::Value;

use super::workflows::{self, Workflow};
use crate::core::Settings;
use crate::error::{Error, Result, code};
use crate::malformed;
use crate::schema::bounds;

/// A kind of work.
#[derive(Clone, Copy)]
pub enum Work {
    /// One skill.
    Skill(&'static Skill),
    /// Skills one after the other.
    Workflow(&'static Workflow),
}

/// An input that was checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What is worth knowing for it.
    pub needs: Needs,
    /// Credits.
    pub price: i64,
}

impl Work {
    /// The skill of that name.
    ///
    /// # Errors
    /// `unsupported_task_type`.
    pub fn skill(name: &str) -> Result<Self> {
        outrider_skills::find(name).map(Self::Skill).ok_or_else(|| {
            let known: Vec<&str> = SKILLS.iter().map(|skill| skill.name).collect();
            let text = format!("There is no task type {name:?}. There are {}.", known.join(", "));
            Error::new(code::UNSUPPORTED_TASK_TYPE, text).at("taskType")
        })
    }

    /// The workflow of that name.
    ///
    /// # Errors
    /// `workflow_not_found`.
    pub fn workflow(name: &str) -> Result<Self> {
        workflows::find(name).map(Self::Workflow).ok_or_else(|| {
            let known: Vec<&str> = workflows::ALL.iter().map(|workflow| workflow.name).collect();
            let text = format!("There is no workflow {name:?}. There are {}.", known.join(", "));
            Error::new(code::WORKFLOW_NOT_FOUND, text).at("workflowId")
        })
    }

    /// Either, for what is stored.
    ///
    /// # Errors
    /// `unsupported_task_type`.
    pub fn find(name: &str) -> Result<Self> {
        workflows::find(name).map_or_else(|| Self::skill(name), |workflow| Ok(Self::Workflow(workflow)))
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Skill(skill) => skill.name,
            Self::Workflow(workflow) => workflow.name,
        }
    }

    /// Whether the output comes in the answer.
    #[must_use]
    pub fn is_sync(&self) -> bool {
        matches!(self, Self::Skill(skill) if skill.mode == Mode::Sync)
    }

    /// Checks an input whole.
    ///
    /// # Errors
    /// `validation_error` at the field below `inputPayload`.
    pub fn check(&self, settings: &Settings, input: &Value) -> Result<Checked> {
        match self {
            Self::Skill(skill) => {
                let (needs, units) = check_skill(skill, input)?;
                Ok(Checked { needs, price: price_of(settings, skill.name).saturating_mul(units) })
            }
            Self::Workflow(workflow) => {
                let mut all = Needs::default();
                let mut price = 0_i64;
                for step in workflow.steps {
                    let skill = workflow.skill(step)?;
                    let checked = check_skill(skill, &workflows::input_of(step, input, &Value::Null));
                    let (needs, units) = checked.map_err(|error| match error.field.as_deref() {
                        // Steps that know the person by another name.
                        Some("inputPayload.name") if input.get("name").is_none() => {
                            Error::invalid("inputPayload.contactName", "contactName is required.")
                        }
                        _ => error,
                    })?;
                    price = price.saturating_add(price_of(settings, skill.name).saturating_mul(units));
                    all = Needs {
                        person: all.person.or(needs.person),
                        company: all.company.or(needs.company),
                        domain: all.domain.or(needs.domain),
                        site: all.site || needs.site,
                    };
                }
                Ok(Checked { needs: all, price })
            }
        }
    }

    /// The price of one unit, before any input is known.
    #[must_use]
    pub fn unit_price(&self, settings: &Settings) -> i64 {
        match self {
            Self::Skill(skill) => price_of(settings, skill.name),
            Self::Workflow(workflow) => workflow.steps.iter().map(|step| price_of(settings, step)).sum(),
        }
    }
}

/// Credits for one unit of a skill.
#[must_use]
pub fn price_of(settings: &Settings, name: &str) -> i64 {
    settings.prices.get(name).copied().unwrap_or(settings.task_price)
}

/// The schemas of all inputs, for the check of their bounds.
static INPUTS: LazyLock<HashMap<&'static str, Value>> =
    LazyLock::new(|| SKILLS.iter().map(|skill| (skill.name, skill.input_schema())).collect());

fn check_skill(skill: &Skill, input: &Value) -> Result<(Needs, i64)> {
    let below = |field: &str| match field {
        "" => "inputPayload".to_owned(),
        field => format!("inputPayload.{field}"),
    };
    if let Some(schema) = INPUTS.get(skill.name) {
        bounds::check_alone(schema, &mut input.clone()).map_err(|error| {
            let field = below(error.field.as_deref().unwrap_or_default());
            error.at(field)
        })?;
    }
    skill.check(input).map_err(|problem| {
        let field = Some(problem.field.as_str()).filter(|field| !field.is_empty());
        let said = malformed::in_words(&problem.message, field);
        Error::invalid(below(&problem.field), said)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Work;
    use crate::core::Settings;

    #[test]
    fn prices_follow_the_list_and_the_contacts() {
        let mut settings = Settings::default();
        let price = |settings: &Settings, name: &str, input| {
            Work::find(name)
                .expect("work")
                .check(settings, &input)
                .map(|checked| checked.price)
                .map_err(|error| error.field)
        };
        assert_eq!(price(&settings, "domain_to_company", json!({ "domain": "acme.com" })), Ok(5));
        let leads = json!({ "leads": [{ "first_name": "A", "company": "B" }, { "first_name": "C", "company": "D" }] });
        assert_eq!(price(&settings, "outreach_generation", leads.clone()), Ok(10));
        settings.prices.insert("outreach_generation".to_owned(), 7);
        assert_eq!(price(&settings, "outreach_generation", leads), Ok(14));
        let prospect = json!({ "contactName": "Jane Smith", "company": "Acme" });
        assert_eq!(price(&settings, "prospect_and_outreach", prospect), Ok(20));
        assert_eq!(
            price(&settings, "lead_scoring", json!({ "contactName": "x".repeat(201), "company": "A" })),
            Err(Some("inputPayload.contactName".to_owned()))
        );
        assert_eq!(
            price(&settings, "lead_scoring", json!({ "company": "A" })),
            Err(Some("inputPayload.contactName".to_owned()))
        );
        assert!(Work::find("sing").is_err_and(|error| error.code.name == "unsupported_task_type"));
        assert!(Work::workflow("sing").is_err_and(|error| error.code.name == "workflow_not_found"));
    }
}
