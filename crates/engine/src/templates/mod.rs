//! Templates: texts with placeholders. Checks them when they are saved and shows what they would say; sends nothing.

pub mod create_template;
pub mod delete_template;
pub mod get_template;
pub mod list_templates;
pub mod preview_template;
pub mod update_template;

use outrider_domain::id::{SequenceId, TemplateId};
use outrider_domain::sequence::SequenceDefinition;
use outrider_domain::template::{self, KNOWN_PLACEHOLDERS, TemplateError};
use outrider_domain::time::Millis;
use outrider_store::{sequences, templates as rows};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::gates::snapshot::read_json;

/// Longest subject source, in characters.
const SUBJECT: usize = 1_000;

/// A template.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Template {
    /// Key.
    pub id: TemplateId,
    /// Unique in the project.
    pub name: String,
    /// Source of the subject; empty for follow-ups that keep the thread's.
    pub subject: String,
    /// Source of the plain text.
    pub text: String,
    /// Source of the HTML.
    pub html: Option<String>,
    /// Counts changes of the content.
    pub version: i64,
    /// The names it looks up.
    pub placeholders: Vec<String>,
    /// What is worth a look: placeholders that nothing fills.
    pub warnings: Vec<String>,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

/// The three parsed parts of a template.
pub(crate) struct Parts {
    /// Subject.
    pub(crate) subject: template::Template,
    /// Plain text.
    pub(crate) text: template::Template,
    /// HTML.
    pub(crate) html: Option<template::Template>,
}

fn refuse(field: &'static str) -> impl Fn(TemplateError) -> Error {
    move |error| Error::invalid(field, error.to_string())
}

/// Parses the parts.
///
/// # Errors
/// `validation_error` at the part at fault, with the line.
pub(crate) fn parse(subject: &str, text: &str, html: Option<&str>) -> Result<Parts> {
    if subject.chars().count() > SUBJECT || subject.contains(['\r', '\n']) {
        return Err(Error::invalid("subject", format!("A subject is one line of at most {SUBJECT} characters.")));
    }
    for (field, source) in [("subject", Some(subject)), ("text", Some(text)), ("html", html)] {
        if source.is_some_and(|source| source.contains('\0')) {
            return Err(Error::invalid(field, format!("{field} has a NUL character.")));
        }
    }
    if text.trim().is_empty() && html.is_none_or(|html| html.trim().is_empty()) {
        return Err(Error::invalid("text", "A template needs a text or HTML."));
    }
    Ok(Parts {
        subject: template::Template::parse(subject).map_err(refuse("subject"))?,
        text: template::Template::parse(text).map_err(refuse("text"))?,
        html: html.map(template::Template::parse_html).transpose().map_err(refuse("html"))?,
    })
}

impl Parts {
    fn each(&self) -> impl Iterator<Item = (&'static str, &template::Template)> {
        [("subject", &self.subject), ("text", &self.text)]
            .into_iter()
            .chain(self.html.iter().map(|html| ("html", html)))
    }

    fn placeholders(&self) -> Vec<String> {
        let mut names: Vec<String> = self.each().flat_map(|(_, part)| part.placeholders()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn warnings(&self) -> Vec<String> {
        let known = KNOWN_PLACEHOLDERS.join(", ");
        self.each()
            .flat_map(|(field, part)| {
                let unknown = part.unknown_placeholders(&KNOWN_PLACEHOLDERS);
                unknown.into_iter().map(move |name| (field, name)).collect::<Vec<_>>()
            })
            .map(|(field, name)| format!("{field}: nothing fills {{{{ {name} }}}}. Known: {known}."))
            .collect()
    }
}

impl From<rows::Template> for Template {
    fn from(row: rows::Template) -> Self {
        // What is stored was parsed before; an older source that parses no more is shown with that as its warning.
        let (placeholders, warnings) = match parse(&row.subject, &row.text, row.html.as_deref()) {
            Ok(parts) => (parts.placeholders(), parts.warnings()),
            Err(error) => (Vec::new(), vec![error.message]),
        };
        Self {
            id: row.id,
            name: row.name,
            subject: row.subject,
            text: row.text,
            html: row.html,
            version: row.version,
            placeholders,
            warnings,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Refuses a name that another template has.
fn check_name(cx: &mut Context<'_, '_>, name: &str, own: Option<TemplateId>) -> Result<()> {
    match rows::find(cx.tx, cx.project, name)? {
        Some(other) if Some(other.id) != own => {
            Err(Error::new(code::ALREADY_EXISTS, format!("The template {} has this name already.", other.id))
                .at("name"))
        }
        _ => Ok(()),
    }
}

/// Sequences read at once.
const BATCH: i64 = 200;

/// A sequence, not archived, that names the template.
fn user_of(cx: &mut Context<'_, '_>, template: &str) -> Result<Option<(SequenceId, String)>> {
    let mut before = i64::MAX;
    loop {
        let batch = sequences::list(cx.tx, cx.project, before, BATCH)?;
        let Some(last) = batch.last() else { return Ok(None) };
        before = last.id.0;
        for row in batch.into_iter().filter(|row| row.status != "archived") {
            let definition: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
            if definition.template_names().contains(&template) {
                return Ok(Some((row.id, row.name)));
            }
        }
    }
}
