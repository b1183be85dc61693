//! The reference in Markdown. Decides no content.

use std::fmt::Write as _;

use super::flatten::Field;
use super::model::{Code, Entry, Reference, Tag};

/// A whole surface: introduction, table of endpoints, each of them, errors.
pub(super) fn whole(reference: &Reference) -> String {
    let mut text = format!("# {}\n\n{}\n\n", reference.title, reference.introduction);
    let _ = writeln!(text, "Base URL: `{}`. Keys: `Authorization: Bearer {}`.\n", reference.base, reference.key);
    text.push_str(&endpoints(reference));
    let _ = writeln!(text, "\n## Error codes\n\n{}", errors(&reference.errors));
    text
}

/// The table of endpoints, and a section for each noun.
pub(super) fn endpoints(reference: &Reference) -> String {
    let mut text = format!("## Endpoints\n\n{}", table(reference.operations()));
    for tag in &reference.tags {
        let _ = write!(text, "\n{}", section(tag));
    }
    text
}

/// One noun as a page of its own.
pub(super) fn page(reference: &Reference, tag: &Tag) -> String {
    format!(
        "# {}: {}\n\nBase URL: `{}`. Keys: `Authorization: Bearer {}`.\n\n{}\n{}",
        reference.title,
        tag.title,
        reference.base,
        reference.key,
        table(tag.operations.iter()),
        section(tag)
    )
}

fn table<'a>(operations: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = "| endpoint | operation | what it does |\n|---|---|---|\n".to_owned();
    for entry in operations {
        let _ = writeln!(text, "| `{} {}` | `{}` | {} |", entry.method, entry.path, entry.name, cell(entry.summary));
    }
    text
}

fn section(tag: &Tag) -> String {
    let mut text = format!("## {}\n", tag.title);
    for entry in &tag.operations {
        let _ = writeln!(
            text,
            "\n### {}\n\n`{} {}`\n\n{} {}",
            entry.name,
            entry.method,
            entry.path,
            entry.summary,
            entry.terms.join(" ")
        );
        if !entry.description.is_empty() {
            let _ = writeln!(text, "\n{}", entry.description);
        }
        if !entry.takes.is_empty() {
            let _ = writeln!(text, "\nTakes:\n\n| field | in | type | |\n|---|---|---|---|");
            for field in &entry.takes {
                let _ = writeln!(
                    text,
                    "| `{}` | {} | {} | {} |",
                    field.path,
                    field.place,
                    cell(&field.kind),
                    cell(&said(field))
                );
            }
        }
        let _ = write!(text, "\n{}", gives(entry));
        let _ = writeln!(text, "\nErrors: `{}`.", entry.errors.join("`, `"));
    }
    text
}

fn gives(entry: &Entry) -> String {
    if entry.is_file {
        return format!("Answers `{}` with the bytes.\n", entry.status);
    }
    if entry.gives.is_empty() {
        return format!("Answers `{}`.\n", entry.status);
    }
    let mut text = format!("Answers `{}`:\n\n| field | type | |\n|---|---|---|\n", entry.status);
    for field in &entry.gives {
        let _ = writeln!(text, "| `{}` | {} | {} |", field.path, cell(&field.kind), cell(&field.about));
    }
    text
}

/// What is said of a field that is taken.
pub(super) fn said(field: &Field) -> String {
    match (field.required, field.about.is_empty()) {
        (true, true) => "Required.".to_owned(),
        (true, false) => format!("Required. {}", field.about),
        (false, _) => field.about.clone(),
    }
}

/// The table of error codes.
pub(super) fn errors(codes: &[Code]) -> String {
    let mut text = "| code | status | try again | meaning |\n|---|---|---|---|\n".to_owned();
    for code in codes {
        let again = if code.retryable { "later" } else { "no" };
        let _ = writeln!(text, "| `{}` | {} | {again} | {} |", code.name, code.status, cell(code.meaning));
    }
    text
}

/// Text as it may stand in a table's cell.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
