//! `GET /api/v1/docs`: the reference in Markdown. Its prose is here; every endpoint, field and code comes from the lists that
//! the server itself works by.

use std::fmt::Write as _;

use outrider_http::{Bound, endpoints_markdown};

use super::style::{CODES, REQUESTS_PER_MINUTE};

/// The words of a text with the marks `BASE`, `MCP` and `LIMIT` filled in.
const PROSE: &str = include_str!("docs.md");

/// The reference, for a server at a public URL.
pub(super) fn markdown(bound: &Bound, public_url: &str) -> String {
    let surface = &bound.surface;
    let root = surface.base(public_url);
    let mcp = format!("{root}{}", surface.mcp.unwrap_or_default());
    let mut text = PROSE
        .replace("{BASE}", &format!("{root}/api/v1"))
        .replace("{MCP}", &mcp)
        .replace("{LIMIT}", &REQUESTS_PER_MINUTE.to_string());
    text.push_str("\n## Error codes\n\n| code | status | meaning |\n|---|---|---|\n");
    for row in CODES {
        let _ = writeln!(text, "| `{}` | {} | {} |", row.name, row.status, row.meaning);
    }
    text.push('\n');
    text.push_str(&endpoints_markdown(bound, public_url));
    text
}
