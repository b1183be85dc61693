//! The product in words for language models, and everything in one text. Says nothing about any endpoint itself.

use outrider_http::{Bound, llms_txt};
use outrider_skills::SKILLS;

use super::guide;

/// Where the rest stands.
const LINKS: &[(&str, &str)] = &[
    ("The whole API in words", "/AGENTS.md"),
    ("OpenAPI 3.1 document", "/api/v1/openapi.json"),
    ("Skills and workflows with prices, schemas and examples", "/api/v1/capabilities"),
    ("Error codes", "/api/v1/errors"),
    ("Agent manifest", "/.well-known/agent.json"),
    ("A2A agent card", "/.well-known/agent-card.json"),
];

/// `CONTEXT.md`: what this is and how it is used.
pub(super) fn markdown(bound: &Bound, public_url: &str) -> String {
    let base = bound.surface.base(public_url);
    let mut text = format!(
        "# Data Reaktor on Outrider\n\n\
         A seller's workbench for agents at {base}. One request has a lead or a topic in it, one answer a score or a text. \
         Every answer is paid in credits when it is there, and costs nothing when it is not.\n\n\
         ## How it works\n\n\
         1. Send a key in `X-API-Key`, or as a bearer.\n\
         2. Fill in the profile once (`PATCH /api/v1/profile`): every text is written from it.\n\
         3. Submit a task (`POST /api/v1/tasks`). Most answer at once; `research` and `outreach_generation` are queued and polled, or posted to a \
         callback address signed with `X-DR-Signature`.\n\
         4. Read outputs again later (`GET /api/v1/outputs`).\n\n\
         ## What to rely on\n\n\
         - Texts use the facts that were given, the profile, the ideal customer profile, and what the account's own leads and companies say. They \
         add none. A missing fact is a missing sentence.\n\
         - The built-in writers write English, and leave out what is given in another language.\n\
         - `engine` in an output says what made it.\n\
         - A score explains every point in `breakdown`.\n\n\
         ## Skills\n\n"
    );
    for skill in SKILLS {
        text.push_str(&format!("- `{}`: {}\n", skill.name, skill.description));
    }
    text.push_str("\n## Where to look\n\n");
    for (title, path) in LINKS {
        text.push_str(&format!("- [{title}]({base}{path})\n"));
    }
    text
}

/// `llms-full.txt`: the map, the reference and the context in one.
pub(super) fn whole(bound: &Bound, public_url: &str) -> String {
    [llms_txt(bound, public_url), guide::markdown(bound, public_url), markdown(bound, public_url)].join("\n\n")
}
