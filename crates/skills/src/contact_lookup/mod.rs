//! `contact_lookup`: what is known of a person, with sources. Guesses no address and no role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, given};
use crate::fit::seniority::{Seniority, field};
use crate::skill::{Definition, Needs, Problem};

/// Looks people up.
pub struct ContactLookup;

/// Whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Full name.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Where they work.
    #[schemars(length(min = 1, max = 200))]
    pub company: String,
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Full name.
    pub name: String,
    /// Where they work.
    pub company: String,
    /// Whether the person is known here.
    pub found: bool,
    /// Role.
    pub role: Option<String>,
    /// Rank, in words.
    pub seniority: Option<String>,
    /// Field of work.
    pub department: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Profile address.
    pub linkedin_url: Option<String>,
    /// The company's industry.
    pub industry: Option<String>,
    /// The company's employees.
    pub company_size: Option<String>,
    /// What was noted, newest first.
    pub signals: Vec<String>,
    /// Where the facts come from.
    pub sources: Vec<String>,
}

impl Definition for ContactLookup {
    const NAME: &'static str = "contact_lookup";
    const TITLE: &'static str = "Contact lookup";
    const DESCRIPTION: &'static str =
        "Tells what is known of a person at a company: role, rank, signals, and where each fact comes from.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    const FACTS: &'static [&'static str] = &[""];
    type Input = Input;
    type Output = Found;

    fn check(input: &Input) -> Result<(), Problem> {
        for (name, text) in [("name", &input.name), ("company", &input.company)] {
            if !text.chars().any(char::is_alphanumeric) {
                return Err(Problem::at(name, format!("{name} must have a letter.")));
            }
        }
        Ok(())
    }

    fn needs(input: &Input) -> Needs {
        Needs { person: Some(input.name.clone()), company: Some(input.company.clone()), ..Needs::default() }
    }

    fn run(input: &Input, background: &Background) -> Found {
        let person = background.person.clone();
        let company = background.company.clone().unwrap_or_default();
        let found = person.is_some();
        let person = person.unwrap_or_default();
        let mut sources = person.sources;
        sources.extend(company.sources);
        let rank = person.role.as_deref().map(Seniority::of).filter(|rank| *rank != Seniority::Unknown);
        Found {
            name: given(Some(&input.name)).unwrap_or_default(),
            company: given(Some(&input.company)).unwrap_or_default(),
            found,
            seniority: rank.map(|rank| rank.label().to_owned()),
            department: person.role.as_deref().and_then(field).map(ToOwned::to_owned),
            role: person.role,
            email: person.email,
            linkedin_url: person.linkedin_url,
            industry: company.industry,
            company_size: company.size,
            signals: person.signals,
            sources,
        }
    }

    fn problems(output: &Found) -> Vec<String> {
        if output.name.is_empty() { vec!["name must not be empty".to_owned()] } else { Vec::new() }
    }
}
