//! The call templates there are: those in the binary, and an operator's files over them. Reads texts; opening files is the caller's.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::template::Template;

mod check;
mod file;
mod phrases;

pub use phrases::PHRASES;

/// The file of common phrases.
const PHRASES_FILE: &str = "phrases.toml";
/// The template of agents that were made without one.
const OUTREACH: &str = "general-outreach";

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// The files in the binary: name and text.
        const EMBEDDED: &[(&str, &str)] = &[$((concat!($name, ".toml"), include_str!(concat!("../catalog/", $name, ".toml")))),*];
    };
}

embedded![
    "appointment-confirmation",
    "customer-survey",
    "demo-booking",
    "dental-appointment",
    "event-invitation",
    "general-outreach",
    "lead-qualification",
    "no-show-recovery",
    "payment-reminder",
    "phrases",
    "product-feedback",
    "reactivation",
    "referral-request",
    "renewal-reminder",
    "webinar-follow-up",
];

/// What is wrong with a file of the catalog; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error, JsonSchema)]
#[error("{file}:{line}: {message}")]
#[schemars(inline)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// All templates, by id.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    templates: BTreeMap<String, Template>,
    outreach: Template,
}

impl Catalog {
    /// The templates in the binary.
    ///
    /// # Errors
    /// Never in a binary whose tests have passed: they read the same files.
    pub fn embedded() -> Result<Self, Vec<Problem>> {
        Self::with_overrides(std::iter::empty::<(String, String)>())
    }

    /// The templates in the binary with an operator's files over and beside them: `NAME.toml` is the template of id `NAME`, and
    /// `phrases.toml` changes common phrases.
    ///
    /// # Errors
    /// Everything that is wrong with the files, by file and line.
    pub fn with_overrides<N, T>(files: impl IntoIterator<Item = (N, T)>) -> Result<Self, Vec<Problem>>
    where
        N: Into<String>,
        T: Into<String>,
    {
        let mut all: BTreeMap<String, String> =
            EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let mut phrases = Vec::from_iter(all.remove(PHRASES_FILE));
        for (name, text) in files {
            let name = name.into();
            if name == PHRASES_FILE {
                phrases.push(text.into());
            } else {
                all.insert(name, text.into());
            }
        }
        let mut problems = Vec::new();
        let phrases = phrases::read(PHRASES_FILE, &phrases, &mut problems);
        let mut templates = BTreeMap::new();
        for (name, text) in &all {
            if let Some(template) = file::read(name, text, &phrases, &mut problems) {
                templates.insert(template.id.clone(), template);
            }
        }
        problems.sort();
        match templates.get(OUTREACH).cloned() {
            Some(outreach) if problems.is_empty() => Ok(Self { templates, outreach }),
            _ => Err(problems),
        }
    }

    /// The template of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Template> {
        self.templates.get(id)
    }

    /// All of them by id.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.templates.values()
    }

    /// The one for agents that were made without a template: a short outreach from the agent's brain that asks for a meeting.
    #[must_use]
    pub const fn outreach(&self) -> &Template {
        &self.outreach
    }
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
