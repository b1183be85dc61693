//! `domain_to_company`: what is known of the company behind a domain, each fact with its source. Looks nothing up itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::background::{Background, Company};
use crate::fit::industry;
use crate::skill::{Definition, Needs, Problem};

/// Resolves domains.
pub struct DomainToCompany;

/// Which.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Such as `acmecorp.com`; a web address or an email address is taken for its domain.
    #[schemars(length(min = 3, max = 253))]
    pub domain: String,
}

/// What is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The domain that was looked at.
    pub domain: String,
    /// Whether anything is known beside the domain.
    pub found: bool,
    /// The company's name.
    pub name: Option<String>,
    /// Its industry.
    pub industry: Option<String>,
    /// Its employees.
    pub size: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// What its own site says it does.
    pub description: Option<String>,
    /// What its site and DNS show it uses.
    pub technologies: Vec<String>,
    /// Who takes its mail.
    pub mail_provider: Option<String>,
    /// People of it that are known.
    pub people: Vec<String>,
    /// Where the facts come from.
    pub sources: Vec<String>,
}

/// A domain in small letters, of whatever it stands in: `https://www.Acme.com/x`, `jane@acme.com`.
#[must_use]
pub fn domain_of(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let text = text.strip_prefix("www.").unwrap_or(text).trim_end_matches('.');
    let labels: Vec<&str> = text.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends = labels.last().is_some_and(|last| last.len() >= 2 && !last.chars().all(|c| c.is_ascii_digit()));
    (labels.len() >= 2 && labels.iter().all(is_label) && ends && text.len() <= 253).then(|| text.to_owned())
}

impl Definition for DomainToCompany {
    const NAME: &'static str = "domain_to_company";
    const TITLE: &'static str = "Domain to company";
    const DESCRIPTION: &'static str = "Tells what is known of the company behind a domain: name, industry, size, technologies, and where each fact comes from.";
    const PROMPT: &'static str = include_str!("prompt.md");
    const EXAMPLE: &'static str = include_str!("example.json");
    const FACTS: &'static [&'static str] = &[""];
    type Input = Input;
    type Output = Found;

    fn check(input: &Input) -> Result<(), Problem> {
        match domain_of(&input.domain) {
            Some(_) => Ok(()),
            None => Err(Problem::at("domain", "domain must be a domain such as acme.com.")),
        }
    }

    fn needs(input: &Input) -> Needs {
        Needs { domain: domain_of(&input.domain), site: true, ..Needs::default() }
    }

    fn run(input: &Input, background: &Background) -> Found {
        let domain = domain_of(&input.domain).unwrap_or_else(|| input.domain.clone());
        of(domain, background.company.clone().unwrap_or_default())
    }

    fn problems(output: &Found) -> Vec<String> {
        if output.domain.is_empty() { vec!["domain must not be empty".to_owned()] } else { Vec::new() }
    }
}

/// The record of a company.
#[must_use]
pub fn of(domain: String, company: Company) -> Found {
    let mut sources = company.sources;
    let mut industry_name = company.industry;
    if industry_name.is_none()
        && let Some(found) = company.description.as_deref().and_then(industry::find)
    {
        industry_name = Some(found.name.to_owned());
        sources.push("industry: read from the site's own description".to_owned());
    }
    let found = company.name.is_some()
        || company.description.is_some()
        || !company.technologies.is_empty()
        || company.mail_provider.is_some();
    Found {
        domain,
        found,
        name: company.name,
        industry: industry_name,
        size: company.size,
        location: company.location,
        description: company.description,
        technologies: company.technologies,
        mail_provider: company.mail_provider,
        people: company.people,
        sources,
    }
}

#[cfg(test)]
mod tests {
    use super::domain_of;

    #[test]
    fn domains_in_any_dress() {
        for text in ["acme.com", "https://www.Acme.com/about?x=1", "jane@acme.com", "ACME.COM.", "http://acme.com:8080"]
        {
            assert_eq!(domain_of(text).as_deref(), Some("acme.com"), "{text}");
        }
        for text in ["acme", "", "a b.com", "-a.com", "127.0.0.1", "acme..com"] {
            assert_eq!(domain_of(text), None, "{text}");
        }
    }
}
