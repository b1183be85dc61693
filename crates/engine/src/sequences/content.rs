//! From a step's variant and a lead to a mail's text. Renders; stores nothing.

use std::collections::HashMap;
use std::sync::Arc;

use outrider_domain::sequence::Variant;
use outrider_domain::template::{Template, lint};
use outrider_store::leads::Lead;
use outrider_store::templates;
use serde_json::{Map, Value, json};

use crate::actions::propose::Content;
use crate::agents::Brain;
use crate::context::Context;
use crate::error::Result;

/// The sources of a mail's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Source {
    /// Template source of the subject.
    pub subject: String,
    /// Template source of the plain text.
    pub text: String,
    /// Template source of the HTML.
    pub html: Option<String>,
}

/// Who writes, as templates see it.
#[derive(Debug, Clone, Default)]
pub struct SenderName {
    /// Display name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
}

/// What a run knows beside the lead.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The agent, as `agent`.
    pub brain: Option<&'a Brain>,
    /// What skills found, as `steps`, by the keys of their steps.
    pub found: Option<&'a Map<String, Value>>,
}

type Parsed = Arc<std::result::Result<Template, String>>;

/// Renders mails, parsing each source once.
#[derive(Default)]
pub struct Renderer {
    texts: HashMap<String, Parsed>,
    pages: HashMap<String, Parsed>,
    stored: HashMap<String, Option<Source>>,
}

/// Above this many sources the cache starts anew: each costs some kilobytes.
const MOST_SOURCES: usize = 256;

impl Renderer {
    /// The sources of a variant: its own text, or the stored template's with the variant's subject.
    ///
    /// # Errors
    /// When the database fails. `None` when the template is gone.
    pub fn source(&mut self, cx: &mut Context<'_, '_>, variant: &Variant) -> Result<Option<Source>> {
        let Some(name) = &variant.template else {
            return Ok(Some(Source {
                subject: variant.subject.clone().unwrap_or_default(),
                text: variant.text.clone().unwrap_or_default(),
                html: variant.html.clone(),
            }));
        };
        if !self.stored.contains_key(name) {
            let found = templates::find(cx.tx, cx.project, name)?.map(|row| Source {
                subject: row.subject,
                text: row.text,
                html: row.html,
            });
            self.stored.insert(name.clone(), found);
        }
        let stored = self.stored.get(name).cloned().flatten();
        Ok(stored.map(|source| Source { subject: variant.subject.clone().unwrap_or(source.subject), ..source }))
    }

    fn parse(&mut self, html: bool, source: &str) -> Parsed {
        let parsed = if html { &mut self.pages } else { &mut self.texts };
        if let Some(known) = parsed.get(source) {
            return Arc::clone(known);
        }
        if parsed.len() > MOST_SOURCES {
            parsed.clear();
        }
        let new = if html { Template::parse_html(source) } else { Template::parse(source) };
        let new = Arc::new(new.map_err(|error| error.to_string()));
        parsed.insert(source.to_owned(), Arc::clone(&new));
        new
    }

    pub(super) fn fill(
        &mut self,
        html: bool,
        what: &str,
        source: &str,
        values: &Arc<Value>,
        problems: &mut Vec<String>,
    ) -> String {
        let parsed = self.parse(html, source);
        let rendered = match parsed.as_ref() {
            Ok(template) => template.render(values).map_err(|error| error.to_string()),
            Err(error) => Err(error.clone()),
        };
        match rendered {
            Ok(rendered) => {
                problems.extend(
                    rendered
                        .unresolved
                        .iter()
                        .map(|name| format!("{what}: nothing is known for {{{{ {name} }}}} and it has no fallback")),
                );
                rendered.text
            }
            Err(error) => {
                problems.push(format!("{what}: {error}"));
                String::new()
            }
        }
    }

    /// Renders a mail. Whatever keeps it from being sent is in `problems`.
    pub fn render(
        &mut self,
        source: &Source,
        lead: &Lead,
        sender: &SenderName,
        unsubscribe_url: &str,
        thread_subject: Option<&str>,
    ) -> Content {
        self.render_for(source, lead, sender, unsubscribe_url, thread_subject, Known::default())
    }

    /// The same, with what a run knows beside.
    pub fn render_for(
        &mut self,
        source: &Source,
        lead: &Lead,
        sender: &SenderName,
        unsubscribe_url: &str,
        thread_subject: Option<&str>,
        known: Known<'_>,
    ) -> Content {
        let values = values(lead, sender, unsubscribe_url, known);
        let mut problems = Vec::new();
        let own_subject = self.fill(false, "subject", &source.subject, &values, &mut problems);
        let subject = match thread_subject {
            Some(thread) => format!("Re: {thread}"),
            None => own_subject,
        };
        let text = self.fill(false, "text", &source.text, &values, &mut problems);
        let html = source.html.as_ref().map(|html| self.fill(true, "html", html, &values, &mut problems));
        let written = self.finish(Source { subject, text, html }, unsubscribe_url);
        problems.extend(written.problems);
        Content { problems, ..written }
    }

    /// A mail of texts that are final: adds the way out, and looks for what keeps it from being sent.
    pub fn finish(&self, source: Source, unsubscribe_url: &str) -> Content {
        let Source { subject, mut text, mut html } = source;
        if !text.contains(unsubscribe_url) {
            text = format!("{}\n\n-- \nNo more mails like this: {unsubscribe_url}\n", text.trim_end());
        }
        if let Some(html) = html.as_mut().filter(|html| !html.contains(unsubscribe_url)) {
            html.push_str(&format!(
                "<p style=\"color:#666;font-size:small\"><a href=\"{unsubscribe_url}\">No more mails like this</a></p>"
            ));
        }
        let subject = subject.trim().to_owned();
        let problems = lint(&subject, &text, html.as_deref());
        Content { subject, text, html, problems }
    }
}

/// What placeholders can name.
#[must_use]
pub fn values(lead: &Lead, sender: &SenderName, unsubscribe_url: &str, known: Known<'_>) -> Arc<Value> {
    let custom: Value = serde_json::from_str(&lead.custom_fields).unwrap_or_default();
    let person = json!({
        "first_name": lead.first_name, "last_name": lead.last_name, "name": lead.name, "company": lead.company, "role": lead.role,
        "email": lead.email, "phone": lead.phone, "country": lead.country, "language": lead.language, "linkedin_url": lead.linkedin_url
    });
    let mut all = person.clone();
    if let Value::Object(fields) = &mut all {
        fields.insert("lead".to_owned(), person);
        fields.insert("custom".to_owned(), custom);
        fields.insert("sender".to_owned(), json!({ "name": sender.name, "email": sender.email }));
        fields.insert("unsubscribe_url".to_owned(), unsubscribe_url.into());
        if let Some(brain) = known.brain {
            fields.insert("agent".to_owned(), json!(brain));
        }
        if let Some(found) = known.found {
            fields.insert("steps".to_owned(), Value::Object(found.clone()));
        }
    }
    Arc::new(all)
}
