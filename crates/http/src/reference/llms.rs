//! `llms.txt` and `llms-full.txt` (llmstxt.org): where a model finds what it needs, and all of it in one text. Under every second
//! heading stand links and nothing else, since readers of the format take nothing else there.

use std::fmt::Write as _;

use super::markdown;
use super::model::Reference;

/// What the product is, in a sentence.
pub(super) const SUMMARY: &str = "Outrider is a self-hosted outbound sales engine: it stores leads, writes and sends mail, places calls, waits for people's approval, \
    and explains every step. Agents drive it over MCP, or over REST.";

/// The list of everything.
pub(super) fn index(references: &[Reference], public_url: &str) -> String {
    let mut text = format!("# Outrider\n\n> {SUMMARY}\n\n");
    let _ = write!(
        text,
        "Agents that speak MCP connect to `{public_url}/mcp` (Streamable HTTP), where a person signs in once and says what they may do, or an API \
         key is sent; every operation is a tool. `outrider mcp` is the same over stdio.\n\n"
    );
    text.push_str(
        "Over REST, send an API key as `Authorization: Bearer KEY`. Answers are JSON. Repeat a write with the same `Idempotency-Key` and it happens once. \
         Every error has a stable code.\n\n## Documentation\n\n",
    );
    for reference in references {
        let count = reference.operations().count();
        let url = format!("{public_url}/docs/{}.md", reference.name);
        let _ = writeln!(text, "- [{}]({url}): all {count} operations in one text", reference.title);
    }
    let _ = writeln!(text, "- [Error codes]({public_url}/errors): what each means, and whether to try again");
    for reference in references {
        let _ = write!(text, "\n{}", section(reference, public_url));
    }
    let _ = write!(text, "\n## Optional\n\n- [Everything in one text]({public_url}/llms-full.txt): long\n");
    text
}

/// One surface's own list.
pub(super) fn of_surface(reference: &Reference, public_url: &str) -> String {
    let introduction = reference.introduction.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("# {}\n\n> {introduction}\n\n{}", reference.title, section(reference, public_url))
}

/// A surface's nouns and documents, as links.
fn section(reference: &Reference, public_url: &str) -> String {
    let mut text = format!("## {}\n\n", reference.title);
    for tag in &reference.tags {
        let names: Vec<&str> = tag.operations.iter().map(|entry| entry.name).collect();
        let url = format!("{public_url}/docs/{}/{}.md", reference.name, tag.name);
        let _ = writeln!(text, "- [{}]({url}): {}", tag.title, names.join(", "));
    }
    for (name, url) in &reference.documents {
        let _ = writeln!(text, "- [{}]({url}): of {}", name.replace('_', " "), reference.title);
    }
    text
}

/// Everything in one text.
pub(super) fn full(references: &[Reference]) -> String {
    let mut text = format!("# Outrider\n\n> {SUMMARY}\n");
    for reference in references {
        let _ = write!(text, "\n{}", markdown::whole(reference));
    }
    text
}
