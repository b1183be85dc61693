//! Puts together what is said, each part with its source. Makes up no words.

use serde_json::{Map, Value as Json};

use super::Dialogue;
use crate::template::{TextFormat, VariableType, render};
use crate::turn::{Part, Source};
use crate::value::Value;

impl Dialogue {
    /// The values a text may use now.
    pub(super) fn values_now(&self) -> Json {
        let mut values: Map<String, Json> = self.values.clone();
        for (name, value) in &self.variables {
            // The callee's own words are never said back: they may be anything.
            let is_free = self
                .script
                .template
                .variable(name)
                .or_else(|| self.script.output_variables.iter().find(|own| own.name == *name))
                .is_none_or(|variable| variable.kind == VariableType::String && variable.format == TextFormat::Text);
            if !is_free {
                values.insert(name.clone(), Json::String(value.spoken()));
            }
        }
        if let Some(callback) = &self.callback {
            let day = callback.day.map(|day| Value::Date(day).spoken());
            let time = callback.time.clone().map(|time| Value::Text(time).spoken());
            let spoken: Vec<String> = day.into_iter().chain(time).collect();
            if !spoken.is_empty() {
                values.insert("callback".to_owned(), Json::String(spoken.join(", ")));
            }
        }
        Json::Object(values)
    }

    /// Says a text of the template; false when it can't be said.
    pub(super) fn template_text(&mut self, path: &str, text: &str) -> bool {
        match render(text, &self.values_now()) {
            Some(text) => {
                self.parts.push(Part { text, source: Source::Template(path.to_owned()) });
                true
            }
            None => false,
        }
    }

    /// Says one form of a common phrase.
    pub(super) fn phrase(&mut self, name: &str) {
        let forms = self.script.template.phrases.get(name).cloned().unwrap_or_default();
        let first = self.choose(forms.len());
        let values = self.values_now();
        let rendered = (0..forms.len()).find_map(|step| render(&forms[(first + step) % forms.len()], &values));
        if let Some(text) = rendered {
            self.parts.push(Part { text, source: Source::Phrase(name.to_owned()) });
        }
    }

    /// Says that a machine calls, and for whom: the template's disclosure.
    pub(super) fn disclose(&mut self) {
        self.disclosed = true;
        let text = self.script.template.opening.disclosure.clone();
        if !self.template_text("opening.disclosure", &text) {
            self.phrase("who");
        }
    }
}
