//! What makes a structure one that can be followed. Changes nothing.

use std::collections::HashSet;

use super::{PlaybookError, PlaybookStep, StepKind, Structure};
use crate::filter::{Field, Filter};
use crate::sequence::MAX_DELAY;
use crate::template::Template;

/// Most steps of a playbook.
pub const MAX_STEPS: usize = 50;
/// Longest key of a step, in characters.
const MAX_KEY: usize = 40;
/// Stages a step may set.
const STAGES: [&str; 3] = ["new", "in_progress", "converted"];
/// Fields a step may set, beside those of the project's own.
pub(super) const SETTABLE: [&str; 6] = ["role", "company", "country", "language", "time_zone", "linkedin_url"];

impl Structure {
    /// Checks every step: keys, delays, conditions, and that it has what its kind needs and nothing else.
    ///
    /// # Errors
    /// The first thing wrong, at its field.
    pub fn check(&self) -> Result<(), PlaybookError> {
        let refuse = |field: String, message: String| Err(PlaybookError { line: None, field, message });
        if self.steps.len() > MAX_STEPS {
            return refuse("steps".to_owned(), format!("a playbook has at most {MAX_STEPS} steps"));
        }
        let mut keys = HashSet::new();
        let mut skills = HashSet::new();
        for (place, step) in self.steps.iter().enumerate() {
            let at = |name: &str| format!("steps[{place}].{name}");
            if !is_key(&step.key) {
                return refuse(
                    at("key"),
                    format!("a step's key has 1 to {MAX_KEY} lower-case letters, digits, - and _: \"{}\"", step.key),
                );
            }
            if !keys.insert(step.key.as_str()) {
                return refuse(at("key"), format!("two steps have the key \"{}\"", step.key));
            }
            if step.after > MAX_DELAY {
                return refuse(at("after"), format!("a delay is at most {MAX_DELAY}"));
            }
            if let Some(when) = &step.when
                && let Err(error) = Filter::parse(when)
            {
                return refuse(at("when"), error.to_string());
            }
            check_parts(step).or_else(|(name, message)| refuse(at(name), message))?;
            for (name, key) in steps_named(step) {
                if !skills.contains(key.as_str()) {
                    return refuse(
                        at(name),
                        format!("steps.{key} is used here, and no skill before has the key \"{key}\""),
                    );
                }
            }
            if step.kind == StepKind::Skill {
                skills.insert(step.key.as_str());
            }
        }
        Ok(())
    }

    /// The names of the segments its conditions ask for, each once.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let parsed = self.steps.iter().filter_map(|step| Filter::parse(step.when.as_deref()?).ok());
        let mut names: Vec<String> = parsed.flat_map(|filter| filter.segments()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn is_key(key: &str) -> bool {
    let mut letters = key.bytes();
    let first = letters.next().is_some_and(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    first
        && key.len() <= MAX_KEY
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, b'-' | b'_'))
}

/// The keys of the steps whose findings a step uses, each with the part that does.
fn steps_named(step: &PlaybookStep) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let condition = step.when.as_deref().and_then(|when| Filter::parse(when).ok());
    for field in condition.iter().flat_map(Filter::fields) {
        if let Field::Step(path) = field {
            found.push(("when", path.split('.').next().unwrap_or_default().to_owned()));
        }
    }
    let values = step.set.values().map(|value| ("set", Some(value.as_str())));
    for (name, text) in step.texts().into_iter().chain(values) {
        let placeholders = text.and_then(|text| Template::parse(text).ok()).map(|text| text.placeholders());
        for placeholder in placeholders.unwrap_or_default() {
            if let Some(path) = placeholder.strip_prefix("steps.") {
                found.push((name, path.split('.').next().unwrap_or_default().to_owned()));
            }
        }
    }
    found
}

/// What a step must and may have, by its kind.
fn check_parts(step: &PlaybookStep) -> Result<(), (&'static str, String)> {
    let kind = step.kind;
    let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    let given = [
        ("subject", step.subject.is_some()),
        ("text", step.text.is_some()),
        ("template", step.template.is_some()),
        ("title", step.title.is_some()),
        ("stage", step.stage.is_some()),
        ("set", !step.set.is_empty()),
        ("skill", step.skill.is_some()),
    ];
    let fits: &[&str] = match kind {
        StepKind::Email => &["subject", "text", "template"],
        StepKind::Linkedin | StepKind::Sms | StepKind::Call | StepKind::Note => &["text"],
        StepKind::Task | StepKind::Escalate => &["title", "text"],
        StepKind::Update => &["set"],
        StepKind::Stage => &["stage"],
        StepKind::Skill => &["skill", "text"],
    };
    if let Some((name, _)) = given.iter().find(|(name, given)| *given && !fits.contains(name)) {
        return Err((name, format!("a step of kind {kind} has no {name}")));
    }
    match kind {
        StepKind::Email if step.template.is_some() && step.text.is_some() => {
            return Err(("template", "a mail has a text or a template, not both".to_owned()));
        }
        StepKind::Email if step.template.is_none() && (blank(&step.text) || blank(&step.subject)) => {
            let missing = if blank(&step.text) { "text" } else { "subject" };
            return Err((missing, format!("a mail needs a subject and a text, or a template: {missing} is missing")));
        }
        StepKind::Email => {}
        StepKind::Task | StepKind::Escalate if blank(&step.title) && blank(&step.text) => {
            return Err(("title", format!("a step of kind {kind} needs a title or a text")));
        }
        StepKind::Task | StepKind::Escalate => {}
        StepKind::Update => check_set(step)?,
        StepKind::Stage => {
            let stage = step.stage.as_deref().unwrap_or_default();
            if !STAGES.contains(&stage) {
                return Err(("stage", format!("a stage is one of {}, not \"{stage}\"", STAGES.join(", "))));
            }
        }
        StepKind::Skill if blank(&step.skill) => {
            let text = "a step of kind skill says which, such as \"- skill: research\"".to_owned();
            return Err(("skill", text));
        }
        // Placeholders would read - as minus.
        StepKind::Skill
            if step.key.contains('-') || !step.key.starts_with(|first: char| first.is_ascii_lowercase()) =>
        {
            return Err(("key", format!("a skill's key begins with a letter and has no -: \"{}\"", step.key)));
        }
        StepKind::Skill => {}
        _ if blank(&step.text) => return Err(("text", format!("a step of kind {kind} needs a text"))),
        _ => {}
    }
    for (name, text) in step.texts() {
        if let Some(Err(error)) = text.map(Template::parse) {
            return Err((name, error.to_string()));
        }
    }
    Ok(())
}

fn check_set(step: &PlaybookStep) -> Result<(), (&'static str, String)> {
    if step.set.is_empty() {
        return Err(("set", "a step of kind update sets at least one field".to_owned()));
    }
    for (name, value) in &step.set {
        let own = name.strip_prefix("custom.").is_some_and(|own| !own.is_empty());
        if !own && !SETTABLE.contains(&name.as_str()) {
            let known = SETTABLE.join(", ");
            return Err((
                "set",
                format!("\"{name}\" can't be set by a playbook; those that can are {known} and custom.NAME"),
            ));
        }
        if let Err(error) = Template::parse(value) {
            return Err(("set", format!("{name}: {error}")));
        }
    }
    Ok(())
}
