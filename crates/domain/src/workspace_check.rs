//! What is wrong with a workspace file in meaning: names used twice, names of nothing, texts that are no templates.
//! Looks at the file alone.

use std::collections::HashSet;

use crate::address::{Domain, Email, Phone};
use crate::lint::lint_warnings;
pub use crate::sequence::Problem;
use crate::template::{KNOWN_PLACEHOLDERS, Template};
use crate::workspace::{ProjectEntry, SuppressionKind, Workspace};

/// Problems found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { path: path.into(), message: message.into() });
    }

    /// Reports names that are blank or used twice, compared without case.
    fn names<'a>(&mut self, list: &str, field: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for (index, name) in names.enumerate() {
            let path = format!("{list}[{index}].{field}");
            if name.trim().is_empty() {
                self.add(path, "must not be blank");
            } else if !seen.insert(name.trim().to_lowercase()) {
                self.add(path, format!("\"{name}\" is used twice"));
            }
        }
    }
}

impl Workspace {
    /// Everything wrong with it; empty when it can be applied.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        if self.organization.trim().is_empty() {
            problems.add("organization", "must not be blank");
        }
        problems.names("users", "email", self.users.iter().map(|user| user.email.as_str()));
        problems.names("projects", "slug", self.projects.iter().map(|project| project.slug.as_str()));
        for (index, project) in self.projects.iter().enumerate() {
            project.validate(&format!("projects[{index}]"), &mut problems);
        }
        problems.0
    }

    /// What is no reason not to apply it but worth knowing: placeholders nobody fills, subjects that will be cut.
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        let mut problems = Problems::default();
        for (index, project) in self.projects.iter().enumerate() {
            for (path, source, html) in project.texts(&format!("projects[{index}]")) {
                let parsed = if html { Template::parse_html(source) } else { Template::parse(source) };
                for name in
                    parsed.map(|template| template.unknown_placeholders(&KNOWN_PLACEHOLDERS)).unwrap_or_default()
                {
                    problems.add(path.clone(), format!("nothing fills the placeholder {name}"));
                }
                if path.ends_with(".subject") {
                    for message in lint_warnings(source) {
                        problems.add(path.clone(), message);
                    }
                }
            }
        }
        problems.0
    }
}

impl ProjectEntry {
    fn validate(&self, path: &str, problems: &mut Problems) {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.slug.is_empty() || self.slug.len() > 60 || !self.slug.chars().all(allowed) || self.slug.starts_with('-')
        {
            problems.add(
                format!("{path}.slug"),
                "a slug has 1 to 60 lower-case letters, digits and -, and begins with a letter or digit",
            );
        }
        if self.name.trim().is_empty() {
            problems.add(format!("{path}.name"), "must not be blank");
        }
        problems.names(&format!("{path}.agents"), "name", self.agents.iter().map(|agent| agent.name.as_str()));
        problems.names(
            &format!("{path}.identities"),
            "email",
            self.identities.iter().map(|identity| identity.email.as_str()),
        );
        problems.names(
            &format!("{path}.phone_numbers"),
            "number",
            self.phone_numbers.iter().map(|number| number.number.as_str()),
        );
        problems.names(&format!("{path}.segments"), "name", self.segments.iter().map(|segment| segment.name.as_str()));
        problems.names(
            &format!("{path}.templates"),
            "name",
            self.templates.iter().map(|template| template.name.as_str()),
        );
        problems.names(
            &format!("{path}.sequences"),
            "name",
            self.sequences.iter().map(|sequence| sequence.name.as_str()),
        );
        let has_agent = |name: &str| self.agents.iter().any(|agent| agent.name == name);
        for (index, identity) in self.identities.iter().enumerate() {
            let path = format!("{path}.identities[{index}]");
            if let Some(agent) = identity.agent.as_deref().filter(|agent| !has_agent(agent)) {
                problems.add(format!("{path}.agent"), format!("there is no agent \"{agent}\" in this project"));
            }
            if identity.transport.trim().is_empty() {
                problems.add(format!("{path}.transport"), "must not be blank");
            }
            if identity.ramp.cap == 0 {
                problems.add(format!("{path}.ramp.cap"), "a cap of 0 sends nothing: set active to false instead");
            }
        }
        for (index, number) in self.phone_numbers.iter().enumerate() {
            let path = format!("{path}.phone_numbers[{index}]");
            for (field, name) in [("agent", &number.agent), ("answered_by", &number.answered_by)] {
                if let Some(agent) = name.as_deref().filter(|agent| !has_agent(agent)) {
                    problems.add(format!("{path}.{field}"), format!("there is no agent \"{agent}\" in this project"));
                }
            }
            if number.ramp.cap == 0 {
                problems.add(format!("{path}.ramp.cap"), "a cap of 0 calls nobody: set active to false instead");
            }
        }
        for (index, template) in self.templates.iter().enumerate() {
            if template.text.trim().is_empty() && template.html.as_ref().is_none_or(|html| html.trim().is_empty()) {
                problems.add(format!("{path}.templates[{index}].text"), "a template needs a text or HTML");
            }
            if template.subject.contains(['\r', '\n']) {
                problems.add(format!("{path}.templates[{index}].subject"), "a subject is one line");
            }
        }
        for (path, source, html) in self.texts(path).into_iter().filter(|(path, _, _)| !path.contains(".sequences[")) {
            let parsed = if html { Template::parse_html(source) } else { Template::parse(source) };
            if let Err(error) = parsed {
                problems.add(path, error.to_string());
            }
        }
        self.validate_sequences(path, problems);
        self.validate_suppressions(path, problems);
    }

    fn validate_sequences(&self, path: &str, problems: &mut Problems) {
        for (index, sequence) in self.sequences.iter().enumerate() {
            let path = format!("{path}.sequences[{index}]");
            for problem in sequence.definition().validate() {
                problems.add(format!("{path}.{}", problem.path), problem.message);
            }
            if let Some(agent) = &sequence.agent
                && !self.agents.iter().any(|entry| entry.name == *agent)
            {
                problems.add(format!("{path}.agent"), format!("there is no agent \"{agent}\" in this project"));
            }
            for (place, name) in sequence.identities.iter().enumerate() {
                let known = self.identities.iter().any(|identity| {
                    identity.email.as_str().eq_ignore_ascii_case(name)
                        || identity.name.as_ref().is_some_and(|own| own == name)
                });
                if !known {
                    problems.add(
                        format!("{path}.identities[{place}]"),
                        format!("there is no identity \"{name}\" in this project"),
                    );
                }
            }
            let begins: Vec<(String, &str)> = sequence
                .steps
                .iter()
                .enumerate()
                .flat_map(|(at, step)| {
                    let own = step
                        .template
                        .iter()
                        .map(move |name| (format!("steps[{at}].template"), name.as_str(), step.thread));
                    let variants = step.variants.iter().enumerate().filter_map(move |(place, variant)| {
                        let name = variant.template.as_deref()?;
                        Some((format!("steps[{at}].variants[{place}].template"), name, step.thread))
                    });
                    own.chain(variants)
                })
                .filter_map(|(field, name, thread)| {
                    match self.templates.iter().find(|template| template.name == name) {
                        None => {
                            problems.add(
                                format!("{path}.{field}"),
                                format!("there is no template \"{name}\" in this project"),
                            );
                            None
                        }
                        Some(template) => (!thread && template.subject.trim().is_empty()).then_some((field, name)),
                    }
                })
                .collect();
            for (field, name) in begins {
                problems.add(
                    format!("{path}.{field}"),
                    format!("the step begins a thread, but template \"{name}\" has no subject"),
                );
            }
        }
    }

    fn validate_suppressions(&self, path: &str, problems: &mut Problems) {
        let mut seen = HashSet::new();
        for (index, entry) in self.suppressions.iter().enumerate() {
            let path = format!("{path}.suppressions[{index}].value");
            let parsed = match entry.kind {
                SuppressionKind::Email => Email::parse(&entry.value).map(|email| email.to_string()),
                SuppressionKind::Domain => Domain::parse(&entry.value).map(|domain| domain.to_string()),
                SuppressionKind::Phone => Phone::parse(&entry.value).map(|phone| phone.to_string()),
            };
            match parsed {
                Err(error) => problems.add(path, error.to_string()),
                Ok(value) => {
                    if !seen.insert((entry.kind, value)) {
                        problems.add(path, format!("\"{}\" is listed twice", entry.value));
                    }
                }
            }
        }
    }

    /// Every text with placeholders: its path, its source and whether it is HTML.
    fn texts(&self, path: &str) -> Vec<(String, &str, bool)> {
        let mut texts = Vec::new();
        for (index, template) in self.templates.iter().enumerate() {
            let parts = [Some(&template.subject), Some(&template.text), template.html.as_ref()];
            add_texts(&mut texts, &format!("{path}.templates[{index}]"), parts);
        }
        for (index, sequence) in self.sequences.iter().enumerate() {
            for (at, step) in sequence.steps.iter().enumerate() {
                let path = format!("{path}.sequences[{index}].steps[{at}]");
                add_texts(&mut texts, &path, [step.subject.as_ref(), step.text.as_ref(), step.html.as_ref()]);
                for (place, variant) in step.variants.iter().enumerate() {
                    let parts = [variant.subject.as_ref(), variant.text.as_ref(), variant.html.as_ref()];
                    add_texts(&mut texts, &format!("{path}.variants[{place}]"), parts);
                }
            }
        }
        texts
    }
}

/// Adds those of subject, text and HTML that are there.
fn add_texts<'a>(texts: &mut Vec<(String, &'a str, bool)>, path: &str, parts: [Option<&'a String>; 3]) {
    for (name, source) in ["subject", "text", "html"].into_iter().zip(parts) {
        if let Some(source) = source {
            texts.push((format!("{path}.{name}"), source, name == "html"));
        }
    }
}
