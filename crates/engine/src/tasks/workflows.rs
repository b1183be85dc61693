//! Workflows: skills one after the other over one lead, where later ones use what earlier ones found. Charges as much as its
//! steps together.

use outrider_skills::Skill;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result, code};

/// Skills in order.
#[derive(Debug)]
pub struct Workflow {
    /// Name in every API.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// Names of skills.
    pub steps: &'static [&'static str],
    /// An input that works, as JSON.
    pub example: &'static str,
}

const PROSPECT: &str = r#"{ "contactName": "Jane Smith", "contactRole": "VP of Sales", "company": "Acme Corp", "context": "Recently hired 10 SDRs, just raised Series B" }"#;

/// All of them.
pub const ALL: &[Workflow] = &[
    Workflow {
        name: "prospect_and_outreach",
        title: "Prospect and outreach",
        description: "Looks the contact up, scores them, and writes a LinkedIn message and a personal email.",
        steps: &["contact_lookup", "lead_scoring", "linkedin_message", "personalized_email"],
        example: PROSPECT,
    },
    Workflow {
        name: "score_and_sequence",
        title: "Score and sequence",
        description: "Scores the contact and writes a four-step outreach sequence.",
        steps: &["lead_scoring", "outreach_sequence"],
        example: PROSPECT,
    },
    Workflow {
        name: "research_and_call",
        title: "Research and call",
        description: "Researches the contact and writes a script for the first call.",
        steps: &["research", "cold_call_script"],
        example: PROSPECT,
    },
    Workflow {
        name: "account_plan",
        title: "Account plan",
        description: "Resolves the account's domain and plans account-based content for it.",
        steps: &["domain_to_company", "abm_content_brief"],
        example: r#"{ "company": "Acme Corp", "domain": "acmecorp.com", "context": "Series B funded, hiring 12 SDRs" }"#,
    },
    Workflow {
        name: "content_and_outreach",
        title: "Content and outreach",
        description: "Writes a content pack on a topic and a personal email to a contact.",
        steps: &["thought_leadership", "personalized_email"],
        example: r#"{ "topic": "Why outbound is changing", "contactName": "Jane Smith", "company": "Acme Corp" }"#,
    },
];

/// The workflow of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Workflow> {
    ALL.iter().find(|workflow| workflow.name == name)
}

impl Workflow {
    /// The skill of a step.
    ///
    /// # Errors
    /// `internal_error` for a step that is no skill.
    pub fn skill(&self, step: &str) -> Result<&'static Skill> {
        outrider_skills::find(step).ok_or_else(|| {
            Error::new(code::INTERNAL_ERROR, format!("The workflow {} names no skill with {step}.", self.name))
        })
    }

    /// The steps' outputs put together.
    #[must_use]
    pub fn output(&self, found: &Value) -> Value {
        json!({ "workflowId": self.name, "steps": found })
    }
}

/// Which fields of an input those before may have found, and where they say it; the first that says it counts.
const FOUND: [(&str, &str); 6] = [
    ("contactRole", "/contact_lookup/role"),
    ("industry", "/contact_lookup/industry"),
    ("companySize", "/contact_lookup/companySize"),
    ("industry", "/domain_to_company/industry"),
    ("companySize", "/domain_to_company/size"),
    ("contactRole", "/research/brief/person/role"),
];

/// What a skill among others is given: what all of them were given, under the names that it knows, with what those before found, by
/// their names.
#[must_use]
pub fn input_of(step: &str, input: &Value, found: &Value) -> Value {
    let mut fields: Map<String, Value> = input.as_object().cloned().unwrap_or_default();
    if step == "research" || step == "contact_lookup" {
        copy(&mut fields, "contactName", "name");
    }
    let known = |path: &str| found.pointer(path).filter(|value| !value.is_null()).cloned();
    for (field, path) in FOUND {
        if let Some(value) = known(path) {
            let entry = fields.entry(field).or_insert(Value::Null);
            if entry.is_null() {
                *entry = value;
            }
        }
    }
    Value::Object(fields)
}

fn copy(fields: &mut Map<String, Value>, from: &str, to: &str) {
    if !fields.contains_key(to)
        && let Some(value) = fields.get(from).cloned()
    {
        fields.insert(to.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FOUND, input_of};

    #[test]
    fn what_those_before_found_is_read_where_they_say_it() {
        for (field, path) in FOUND {
            let mut parts = path.split('/').skip(1);
            let skill = outrider_skills::find(parts.next().expect("a skill")).expect(path);
            let mut schema = skill.output_schema();
            for part in parts {
                schema = schema["properties"][part].clone();
            }
            assert!(schema["type"].is_array() || schema["type"].is_string(), "{field}: no skill says {path}");
        }
        let found = json!({ "contact_lookup": { "companySize": "51-200", "role": "CFO" }, "domain_to_company": { "size": "1-10" } });
        let given = json!({ "contactName": "Jane Smith", "contactRole": "CEO" });
        let input = input_of("lead_scoring", &given, &found);
        assert_eq!(input, json!({ "contactName": "Jane Smith", "contactRole": "CEO", "companySize": "51-200" }));
    }
}
