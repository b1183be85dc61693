//! The reference in HTML, for the frame that all pages share. Decides no content.

use std::fmt::Write as _;

use super::flatten::Field;
use super::llms::SUMMARY;
use super::markdown::said;
use super::model::{Code, Entry, Reference, Tag};
use crate::pages::escape;

/// The page that leads to all others.
pub(super) fn index(references: &[Reference]) -> String {
    let mut html = format!("<p>{SUMMARY}</p>\n<ul>\n");
    for reference in references {
        let count = reference.operations().count();
        let _ = writeln!(
            html,
            "<li><a href=\"/docs/{}\">{}</a>: {count} operations at <code>{}</code></li>",
            reference.name,
            escape(reference.title),
            escape(&reference.base)
        );
    }
    html.push_str(
        "<li><a href=\"/errors\">Error codes</a></li>\n</ul>\n<p>For models: <a href=\"/llms.txt\">llms.txt</a>, \
         <a href=\"/llms-full.txt\">everything in one text</a>. The pages of every API and every noun are there as Markdown too: add <code>.md</code> to their address.</p>",
    );
    html
}

/// A surface: what it is, its nouns, its endpoints.
pub(super) fn surface(reference: &Reference) -> String {
    let mut html = format!(
        "<p>{}</p>\n<p>Base URL: <code>{}</code>. Keys: <code>Authorization: Bearer {}</code>.</p>\n",
        code_spans(reference.introduction),
        escape(&reference.base),
        escape(reference.key)
    );
    let mut documents: Vec<String> = reference
        .documents
        .iter()
        .map(|(name, url)| format!("<a href=\"{}\">{}</a>", escape(url), escape(&name.replace('_', " "))))
        .collect();
    documents.push(format!("<a href=\"/docs/{}.md\">this as Markdown</a>", reference.name));
    let _ = writeln!(html, "<p>Documents: {}.</p>", documents.join(", "));
    for tag in &reference.tags {
        let address = format!("/docs/{}/{}", reference.name, tag.name);
        let _ = writeln!(html, "<h2><a href=\"{address}\">{}</a></h2>", escape(&tag.title));
        html.push_str(&scrolled(&tag.title, &endpoints(&address, tag)));
    }
    if reference.name != crate::native::DIALECT {
        let _ = write!(html, "<h2>Error codes</h2>\n{}", errors(&reference.errors));
    }
    html
}

fn endpoints(address: &str, tag: &Tag) -> String {
    let mut html = "<table>\n<thead><tr><th scope=\"col\">Endpoint</th><th scope=\"col\">Operation</th><th scope=\"col\">What it does</th></tr></thead>\n<tbody>\n".to_owned();
    for entry in &tag.operations {
        let _ = writeln!(
            html,
            "<tr><td><code>{} {}</code></td><td><a href=\"{address}#{}\">{}</a></td><td>{}</td></tr>",
            entry.method,
            escape(entry.path),
            entry.name,
            entry.name,
            code_spans(entry.summary)
        );
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

/// The operations on one noun.
pub(super) fn tag(reference: &Reference, tag: &Tag) -> String {
    let address = format!("/docs/{}/{}", reference.name, tag.name);
    let mut html = format!(
        "<p><a href=\"/docs/{}\">{}</a> at <code>{}</code>. <a href=\"{address}.md\">This as Markdown</a>.</p>\n",
        reference.name,
        escape(reference.title),
        escape(&reference.base)
    );
    for entry in &tag.operations {
        html.push_str(&operation(entry));
    }
    html
}

fn operation(entry: &Entry) -> String {
    let mut html = format!(
        "<h2 id=\"{}\">{}</h2>\n<p><code>{} {}</code></p>\n<p>{} {}</p>\n",
        entry.name,
        entry.name,
        entry.method,
        escape(entry.path),
        code_spans(entry.summary),
        code_spans(&entry.terms.join(" "))
    );
    if !entry.description.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", code_spans(entry.description));
    }
    if !entry.takes.is_empty() {
        let rows: String =
            entry.takes.iter().map(|field| row(field, &format!("<td>{}</td>", field.place), &said(field))).collect();
        let head = "<th scope=\"col\">Field</th><th scope=\"col\">In</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th>";
        html.push_str(&fields(&format!("What {} takes", entry.name), head, &rows));
    }
    match (entry.is_file, entry.gives.is_empty()) {
        (true, _) => {
            let _ = writeln!(html, "<p>Answers <code>{}</code> with the bytes.</p>", entry.status);
        }
        (false, true) => {
            let _ = writeln!(html, "<p>Answers <code>{}</code>.</p>", entry.status);
        }
        (false, false) => {
            let rows: String = entry.gives.iter().map(|field| row(field, "", &field.about)).collect();
            let head = "<th scope=\"col\">Field</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th>";
            html.push_str(&fields(&format!("What {} answers with {}", entry.name, entry.status), head, &rows));
        }
    }
    let errors: Vec<String> = entry.errors.iter().map(|name| format!("<code>{name}</code>")).collect();
    let _ = writeln!(html, "<p>Errors: {}.</p>", errors.join(", "));
    html
}

fn fields(caption: &str, head: &str, rows: &str) -> String {
    let caption = escape(caption);
    let table = format!(
        "<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    );
    scrolled(&caption, &table)
}

fn row(field: &Field, place: &str, about: &str) -> String {
    format!(
        "<tr><th scope=\"row\"><code>{}</code></th>{place}<td>{}</td><td>{}</td></tr>\n",
        escape(&field.path),
        code_spans(&field.kind),
        code_spans(about)
    )
}

/// A part that may be wider than the page, which a keyboard can reach and scroll. `label` is escaped.
fn scrolled(label: &str, table: &str) -> String {
    format!("<div class=\"scroll\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">\n{table}</div>\n")
}

/// The table of error codes.
pub(super) fn errors(codes: &[Code]) -> String {
    let mut rows = String::new();
    for code in codes {
        let _ = writeln!(
            rows,
            "<tr id=\"{name}-{status}\"><th scope=\"row\"><code>{name}</code></th><td>{status}</td><td>{}</td><td>{}</td></tr>",
            if code.retryable { "later" } else { "no" },
            code_spans(code.meaning),
            name = code.name,
            status = code.status,
        );
    }
    let head = "<th scope=\"col\">Code</th><th scope=\"col\">Status</th><th scope=\"col\">Try again</th><th scope=\"col\">Meaning</th>";
    fields("Every code an error can carry", head, &rows)
}

/// Text with its `code` as such.
fn code_spans(text: &str) -> String {
    let mut html = String::new();
    for (place, part) in text.split('`').enumerate() {
        if place % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", escape(part));
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}
