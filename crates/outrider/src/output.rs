//! What commands print: JSON for scripts, aligned text for people. Results go to standard output, everything else to standard error.

use std::io::Write as _;

use serde_json::Value;

/// How results are printed.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// As JSON.
    pub json: bool,
}

impl Output {
    /// Prints a result: itself as JSON, or what `human` makes of it.
    pub fn result(self, value: &Value, human: impl FnOnce(&Value) -> String) {
        if self.json {
            line(&format!("{value:#}"));
        } else {
            let text = human(value);
            if !text.is_empty() {
                line(text.trim_end());
            }
        }
    }

    /// Says something on the way, to people only.
    pub fn note(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }
}

/// Prints a line; a reader who has seen enough (`| head`) is no reason to complain.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// The text of a field; empty when it is null or absent.
#[must_use]
pub fn text(value: &Value, field: &str) -> String {
    match &value[field] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), ToOwned::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    }
}

/// Rows under a heading, columns aligned.
#[must_use]
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut lines = String::new();
    let heading: Vec<String> = heading.iter().map(|cell| cell.to_uppercase()).collect();
    for row in std::iter::once(&heading).chain(rows) {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line += cell;
            line += &" ".repeat(width - cell.chars().count() + 2);
        }
        lines += line.trim_end();
        lines.push('\n');
    }
    lines
}

/// A list's items as a table of some of their fields.
#[must_use]
pub fn items(value: &Value, fields: &[&str], empty: &str) -> String {
    let rows: Vec<Vec<String>> = value["items"]
        .as_array()
        .map(|items| items.iter().map(|item| fields.iter().map(|field| text(item, field)).collect()).collect())
        .unwrap_or_default();
    if rows.is_empty() {
        return empty.to_owned();
    }
    table(fields, &rows)
}

/// A plan's steps, one line each: `{"create_agent": {"name": "Ada"}}` becomes `create agent  name Ada`.
#[must_use]
pub fn plan(steps: &[Value]) -> String {
    let mut lines = String::new();
    for step in steps {
        let Some((verb, detail)) = step.as_object().and_then(|step| step.iter().next()) else {
            lines += &format!("  {step}\n");
            continue;
        };
        let details: Vec<String> = match detail {
            Value::Object(fields) => fields.keys().map(|field| format!("{field} {}", text(detail, field))).collect(),
            Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        };
        lines += &format!("  {}  {}\n", verb.replace('_', " "), details.join(", "));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{items, plan};

    #[test]
    fn lists_are_aligned_and_say_when_they_are_empty() {
        let list = json!({ "items": [{ "id": "a", "name": "Ada" }, { "id": "bbb", "name": null }] });
        assert_eq!(items(&list, &["id", "name"], "none"), "ID   NAME\na    Ada\nbbb\n");
        assert_eq!(items(&json!({ "items": [] }), &["id"], "none"), "none");
    }

    #[test]
    fn a_plan_reads_as_sentences() {
        assert_eq!(plan(&[json!({ "create_agent": { "name": "Ada" } })]), "  create agent  name Ada\n");
    }
}
