//! `AGENTS.md` and `/help`: how the API is used, in words. Its prose is here; tasks, prices, limits, codes and endpoints come from the
//! lists that the server itself works by.

use std::fmt::Write as _;

use outrider_engine::core::Settings;
use outrider_engine::sub_agents::create_sub_agent::HOURLY;
use outrider_engine::tasks::work::price_of;
use outrider_http::{Bound, endpoints_markdown};
use outrider_skills::{Mode, SKILLS};
use serde_json::Value;

use super::style::{CODES, REQUESTS, RESEARCH, SUBMISSIONS};

/// The words of a text with marks to be filled in.
const PROSE: &str = include_str!("guide.md");

/// What has changed for clients, the newest first.
const CHANGES: &[(&str, &str)] = &[
    (
        "1.4.0",
        "Error codes for a wrong method, a body that is too large and one that is not JSON; company look-ups read the company's site and DNS.",
    ),
    ("1.4.0", "The manifest at both addresses, cost estimates, the error registry, headers for limits and credits."),
];

/// The names of a schema's fields, the required ones first and in bold.
fn fields(schema: &Value) -> String {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let all = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
    let others = all.filter(|name| !required.contains(&name.as_str())).map(|name| format!("`{name}`"));
    required.iter().map(|name| format!("**`{name}`**")).chain(others).collect::<Vec<_>>().join(", ")
}

fn tasks() -> String {
    let settings = Settings::default();
    let mut text =
        "| task type | mode | credits | inputPayload (required in bold) | output |\n|---|---|---|---|---|\n".to_owned();
    for skill in SKILLS {
        let mode = if skill.mode == Mode::Sync { "sync" } else { "async" };
        let unit = if skill.name == "outreach_generation" { " for each contact" } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {mode} | {}{unit} | {} | {} |",
            skill.name,
            price_of(&settings, skill.name),
            fields(&skill.input_schema()),
            fields(&skill.output_schema()).replace("**", "")
        );
    }
    text.push_str(
        "\nPrices are the usual ones; the operator may set others, which `GET /api/v1/capabilities` tells.\n\n",
    );
    for skill in SKILLS {
        let _ = writeln!(
            text,
            "`{}`: {} For example:\n\n```json\n{}\n```\n",
            skill.name,
            skill.description,
            skill.example()
        );
    }
    text
}

/// The guide, for a server at a public URL.
pub(super) fn markdown(bound: &Bound, public_url: &str) -> String {
    let surface = &bound.surface;
    let base = surface.base(public_url);
    let mut text = PROSE
        .replace("{BASE}", &base)
        .replace("{MCP}", &format!("{base}{}", surface.mcp.unwrap_or_default()))
        .replace("{TASKS}", &tasks())
        .replace("{REQUESTS}", &REQUESTS.to_string())
        .replace("{SUBMISSIONS}", &SUBMISSIONS.to_string())
        .replace("{RESEARCH}", &RESEARCH.to_string())
        .replace("{AGENTS}", &HOURLY.to_string());
    text.push_str("## Errors\n\nAn error is `{\"error\": \"for people\", \"code\": \"FOR_PROGRAMS\"}`.\n\n| code | status | again? | meaning |\n|---|---|---|---|\n");
    for row in CODES {
        let again = if row.retryable { "yes" } else { "no" };
        let _ = writeln!(text, "| `{}` | {} | {again} | {} |", row.code, row.status, row.meaning);
    }
    text.push_str("\n## Changelog\n\n");
    for (version, change) in CHANGES {
        let _ = writeln!(text, "- {version}: {change}");
    }
    text.push('\n');
    text.push_str(&endpoints_markdown(bound, public_url));
    text
}
