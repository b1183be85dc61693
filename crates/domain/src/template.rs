//! Users' texts with placeholders: `{{ first_name | default("there") }}`, `{% if company %}…{% endif %}`. A template sees only
//! the values it is given, in bounded time and memory; it can load, call or keep nothing.
//!
//! A value that is absent, null or blank is *missing*: false in a condition, replaced by `default(…)` or `or …`, and when it
//! would be written after all, reported by name instead of leaving a hole in the text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

pub use crate::lint::{lint, lint_warnings};
use crate::template_check::check;

/// Longest source, in bytes.
pub const MAX_SOURCE: usize = 256 * 1024;
/// Longest rendered text, in bytes.
pub const MAX_OUTPUT: usize = 1024 * 1024;
/// Instructions a rendering may take: a long mail takes some hundred.
const FUEL: u64 = 100_000;
/// The name under which a template is kept in its own environment.
const NAME: &str = "text";

/// The placeholders the engine fills, for [`Template::unknown_placeholders`]; `x.*` stands for any field of `x`.
pub const KNOWN_PLACEHOLDERS: [&str; 10] = [
    "first_name",
    "last_name",
    "name",
    "company",
    "role",
    "email",
    "lead.*",
    "custom.*",
    "sender.*",
    "unsubscribe_url",
];

/// Filters a template may use.
pub(crate) const FILTERS: [&str; 10] =
    ["capitalize", "default", "domain", "first_word", "join", "length", "lower", "title", "trim", "upper"];
/// Tests a template may use after `is`.
pub(crate) const TESTS: [&str; 2] = ["defined", "undefined"];

/// A source that is no template, or one that could not be rendered; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TemplateError {
    /// Line of the source, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A rendered text and what was missing from it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// The text; has holes when something was missing.
    pub text: String,
    /// Placeholders that had no value and no fallback, each once, in order of use. Such a text must not be sent.
    pub unresolved: Vec<String>,
}

/// A checked template. Parsing costs about as much as rendering: keep it when many texts are made from one.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
    html: bool,
}

static SANDBOX: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut sandbox = Environment::empty();
    sandbox.set_fuel(Some(FUEL));
    sandbox.set_recursion_limit(50);
    sandbox.set_undefined_behavior(UndefinedBehavior::Strict);
    sandbox.set_debug(false);
    sandbox.set_formatter(write_value);
    sandbox.add_filter(
        "default",
        |value: &Value, fallback: Value| if is_missing(value) { fallback } else { value.clone() },
    );
    sandbox.add_filter("length", length);
    sandbox.add_filter("join", join);
    sandbox.add_filter("lower", |value: &Value| map_text(value, str::to_lowercase));
    sandbox.add_filter("upper", |value: &Value| map_text(value, str::to_uppercase));
    sandbox.add_filter("trim", |value: &Value| map_text(value, |text| text.trim().to_owned()));
    sandbox.add_filter("capitalize", |value: &Value| map_text(value, capitalize));
    sandbox.add_filter("title", |value: &Value| map_text(value, title));
    sandbox.add_filter("first_word", |value: &Value| map_text(value, first_word));
    sandbox.add_filter("domain", |value: &Value| map_text(value, domain));
    sandbox.add_test("defined", |value: &Value| !is_missing(value));
    sandbox.add_test("undefined", |value: &Value| is_missing(value));
    sandbox
});

impl Template {
    /// Parses a plain text: values are written as they are.
    ///
    /// # Errors
    /// A syntax error, an unknown filter, something a template may not do, or a source over [`MAX_SOURCE`].
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        Self::parse_as(source, false)
    }

    /// Parses an HTML text: values are escaped.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn parse_html(source: &str) -> Result<Self, TemplateError> {
        Self::parse_as(source, true)
    }

    fn parse_as(source: &str, html: bool) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError { line: 1, message: format!("a template has at most {} KB", MAX_SOURCE / 1024) });
        }
        // First, for the engine computes constants while it parses.
        check(source)?;
        let mut environment = SANDBOX.clone();
        environment.set_auto_escape_callback(move |_| if html { AutoEscape::Html } else { AutoEscape::None });
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| explain(&error))?;
        Ok(Self { environment, html })
    }

    /// Whether it was parsed as HTML.
    #[must_use]
    pub const fn is_html(&self) -> bool {
        self.html
    }

    /// The names it looks up, such as `first_name` and `custom.industry`, sorted.
    #[must_use]
    pub fn placeholders(&self) -> Vec<String> {
        let Ok(template) = self.environment.get_template(NAME) else {
            return Vec::new();
        };
        let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        names.sort_unstable();
        names
    }

    /// Those of its placeholders that are not in `known`, where `x.*` stands for `x` and any field of it. Worth a warning
    /// when the template is saved: they will be missing from every text unless they have a fallback.
    #[must_use]
    pub fn unknown_placeholders(&self, known: &[&str]) -> Vec<String> {
        let is_known = |name: &str| {
            known.iter().any(|known| match known.strip_suffix(".*") {
                Some(object) => name.strip_prefix(object).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
                None => name == *known,
            })
        };
        self.placeholders().into_iter().filter(|name| !is_known(name)).collect()
    }

    /// Renders with the fields of `context`, a JSON object. It is shared and read as fields are asked for, since a text names few of
    /// the many there are.
    ///
    /// # Errors
    /// When it takes too long, grows over [`MAX_OUTPUT`], writes a list or object, or computes with unfit values.
    pub fn render(&self, context: &Arc<serde_json::Value>) -> Result<Rendered, TemplateError> {
        let missing = Names::default();
        let root = Root { json: Arc::clone(context), made: Mutex::default(), missing: Arc::clone(&missing) };
        let root = Value::from_object(root);
        let mut text = Limited(Vec::with_capacity(1024));
        let template = self.environment.get_template(NAME).map_err(|error| explain(&error))?;
        template.render_captured_to(root, &mut text).map_err(|error| explain(&error))?;
        let unresolved = missing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Rendered { text: String::from_utf8_lossy(&text.0).into_owned(), unresolved })
    }
}

fn explain(error: &Error) -> TemplateError {
    let message = match error.kind() {
        ErrorKind::OutOfFuel => "the template takes too long".to_owned(),
        ErrorKind::WriteFailure => format!("the text grows over {} KB", MAX_OUTPUT / 1024),
        kind => error.detail().map_or_else(|| kind.to_string(), str::to_owned),
    };
    TemplateError { line: error.line().unwrap_or(1), message }
}

/// A buffer that refuses to grow over [`MAX_OUTPUT`].
struct Limited(Vec<u8>);

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_OUTPUT {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

type Names = Arc<Mutex<Vec<String>>>;

/// The context: its fields become values when they are asked for.
#[derive(Debug)]
struct Root {
    json: Arc<serde_json::Value>,
    /// Lists and objects that were asked for.
    made: Mutex<BTreeMap<String, Value>>,
    missing: Names,
}

/// An object inside the context: knows its path, so that what it lacks has a name.
#[derive(Debug)]
struct Fields {
    path: String,
    values: BTreeMap<String, Value>,
    missing: Names,
}

/// A value that is not there. Writing it down records its name.
#[derive(Debug)]
struct Missing {
    path: String,
    missing: Names,
}

fn join_path(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn missing_value(path: String, missing: &Names) -> Value {
    Value::from_object(Missing { path, missing: Arc::clone(missing) })
}

fn value_of(json: &serde_json::Value, path: &str, missing: &Names) -> Value {
    match json {
        serde_json::Value::Null => missing_value(path.to_owned(), missing),
        serde_json::Value::String(text) if text.trim().is_empty() => missing_value(path.to_owned(), missing),
        serde_json::Value::Array(items) => {
            Value::from(items.iter().map(|item| value_of(item, path, missing)).collect::<Vec<_>>())
        }
        serde_json::Value::Object(fields) => {
            let values = fields
                .iter()
                .map(|(key, json)| (key.clone(), value_of(json, &join_path(path, key), missing)))
                .collect();
            Value::from_object(Fields { path: path.to_owned(), values, missing: Arc::clone(missing) })
        }
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let Some(json) = self.json.get(key) else { return Some(missing_value(key.to_owned(), &self.missing)) };
        if !(json.is_object() || json.is_array()) {
            return Some(value_of(json, key, &self.missing));
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Some(made.entry(key.to_owned()).or_insert_with(|| value_of(json, key, &self.missing)).clone())
    }
}

impl Object for Fields {
    // Plain: a field that is missing still has a value here, so that asking with `in` would always find it.
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        Some(self.values.get(key).cloned().unwrap_or_else(|| missing_value(join_path(&self.path, key), &self.missing)))
    }

    fn render(self: &Arc<Self>, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        record(&self.path, &self.missing);
        Ok(())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.values.is_empty()
    }
}

impl Object for Missing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(missing_value(join_path(&self.path, key.as_str()?), &self.missing))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        record(&self.path, &self.missing);
        Ok(())
    }
}

fn record(path: &str, missing: &Names) {
    let mut names = missing.lock().unwrap_or_else(PoisonError::into_inner);
    if !names.iter().any(|name| name == path) {
        names.push(path.to_owned());
    }
}

fn is_missing(value: &Value) -> bool {
    value.is_undefined()
        || value.is_none()
        || value.downcast_object_ref::<Missing>().is_some()
        || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn write_value(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if let Some(missing) = value.downcast_object_ref::<Missing>() {
        record(&missing.path, &missing.missing);
        return Ok(());
    }
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => {
            return Err(Error::new(ErrorKind::UndefinedError, "this has no value"));
        }
        ValueKind::Map | ValueKind::Seq | ValueKind::Iterable | ValueKind::Plain | ValueKind::Bytes => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "this is a list or an object, not a text: name one of its fields",
            ));
        }
        ValueKind::Bool => {
            return output.write_str(if value.is_true() { "true" } else { "false" }).map_err(Error::from);
        }
        _ => {}
    }
    let text = value.to_string();
    let written = if matches!(state.auto_escape(), AutoEscape::Html) {
        write_escaped(output, &text)
    } else {
        output.write_str(&text)
    };
    written.map_err(Error::from)
}

/// Escapes what has a meaning in HTML text and in quoted attributes. A slash has none: links stay readable.
fn write_escaped(output: &mut Output, text: &str) -> std::fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        output.write_str(&rest[..at])?;
        output.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    output.write_str(rest)
}

/// Applies `change` to a text; what is missing stays missing and keeps its name.
fn map_text(value: &Value, change: impl Fn(&str) -> String) -> Result<Value, Error> {
    if value.downcast_object_ref::<Missing>().is_some() {
        return Ok(value.clone());
    }
    match value.as_str() {
        Some(text) => Ok(Value::from(change(text))),
        None if value.is_number() => Ok(Value::from(change(&value.to_string()))),
        None => Err(Error::new(ErrorKind::InvalidOperation, "this filter needs a text")),
    }
}

fn length(value: &Value) -> Result<usize, Error> {
    match value.as_str() {
        Some(text) => Ok(text.chars().count()),
        None => value.len().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "length needs a text or a list")),
    }
}

fn join(value: &Value, separator: &str) -> Result<Value, Error> {
    if value.downcast_object_ref::<Missing>().is_some() {
        return Ok(value.clone());
    }
    let mut text = String::new();
    for (index, item) in value.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        let _ = write!(text, "{item}");
        if text.len() > MAX_OUTPUT {
            return Err(ErrorKind::WriteFailure.into());
        }
    }
    Ok(Value::from(text))
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect())
}

/// Capitalizes each word, also after a hyphen or an apostrophe: `jean-luc o'neill` becomes `Jean-Luc O'Neill`.
fn title(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        if inside {
            result.extend(letter.to_lowercase());
        } else {
            result.extend(letter.to_uppercase());
        }
        inside = letter.is_alphanumeric();
    }
    result
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or("").to_owned()
}

/// The host name in an address or link, without `www.`.
fn domain(text: &str) -> String {
    let text = text.trim();
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or("");
    let host = host.split(':').next().unwrap_or("").to_lowercase();
    host.strip_prefix("www.").map_or_else(|| host.clone(), str::to_owned)
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
