//! Looking at a whole request body, so that every field at fault is named at once. Knows the shapes of fields and no rule of the
//! engine's.

use std::str::FromStr;

use outrider_engine::{Error, Result};
use serde_json::{Map, Value};

/// A body under examination.
pub(super) struct Body<'a> {
    fields: Option<&'a Map<String, Value>>,
    problems: Vec<(String, String)>,
}

impl<'a> Body<'a> {
    /// Of a received input. What is no object has no fields, and decoding refuses it.
    pub(super) fn of(input: &'a Value) -> Self {
        Self { fields: input.as_object(), problems: Vec::new() }
    }

    /// A field that was sent; null is not sent.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields?.get(name).filter(|value| !value.is_null())
    }

    /// Notes what is wrong with a field.
    pub(super) fn refuse(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.problems.push((field.into(), problem.into()));
    }

    /// A field that must be there.
    pub(super) fn required(&mut self, name: &str) -> Option<&'a Value> {
        let value = self.get(name);
        if value.is_none() {
            self.refuse(name, format!("{name} is required."));
        }
        value
    }

    /// Text that must be there and not be blank.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        match self.required(name)? {
            Value::String(text) if !text.trim().is_empty() => return Some(text),
            Value::String(_) => self.refuse(name, format!("{name} can't be empty.")),
            _ => self.refuse(name, format!("{name} must be text.")),
        }
        None
    }

    /// Text of a type of its own that must be there.
    pub(super) fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) {
        if let Some(text) = self.text(name)
            && let Err(error) = text.parse::<T>()
        {
            self.refuse(name, format!("{name}: {error}."));
        }
    }

    /// An object of texts.
    pub(super) fn texts(&mut self, name: &str, value: &Value) {
        let Value::Object(entries) = value else {
            return self.refuse(name, format!("{name} must be an object of texts."));
        };
        for (key, value) in entries {
            if !value.is_string() {
                self.refuse(format!("{name}.{key}"), format!("{name}.{key} must be text."));
            }
        }
    }

    /// A list, each entry judged by itself.
    pub(super) fn list(&mut self, name: &str, judge: impl Fn(&Value) -> std::result::Result<(), String>) {
        match self.get(name) {
            None => {}
            Some(Value::Array(entries)) => {
                for (place, entry) in entries.iter().enumerate() {
                    if let Err(problem) = judge(entry) {
                        self.refuse(format!("{name}[{place}]"), problem);
                    }
                }
            }
            Some(_) => self.refuse(name, format!("{name} must be a list.")),
        }
    }

    /// A number of a range that may be absent.
    pub(super) fn number(&mut self, name: &str, least: f64, most: f64) {
        let Some(value) = self.get(name) else { return };
        match value.as_f64() {
            Some(number) if (least..=most).contains(&number) => {}
            _ => self.refuse(name, format!("{name} must be a number from {least} to {most}.")),
        }
    }

    /// The end of the examination.
    ///
    /// # Errors
    /// `validation_error` at every field at fault.
    pub(super) fn done(self) -> Result<()> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::invalid_fields(self.problems)) }
    }
}
