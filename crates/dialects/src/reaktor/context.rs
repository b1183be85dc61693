//! The product in words for language models, and everything in one text. Says nothing about any endpoint itself.

use outrider_http::{Bound, llms_txt};
use outrider_skills::SKILLS;

use super::guide;

/// `CONTEXT.md`: what this is and how it is used.
pub(super) fn markdown(bound: &Bound, public_url: &str) -> String {
    let base = guide::base(bound, public_url);
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
         - `engine` in an output says what made it.\n\
         - A score explains every point in `breakdown`.\n\n\
         ## Skills\n\n"
    );
    for skill in SKILLS {
        text.push_str(&format!("- `{}`: {}\n", skill.name, skill.description));
    }
    text
}

/// `llms-full.txt`: the map, the reference and the context in one.
pub(super) fn whole(bound: &Bound, public_url: &str) -> String {
    [llms_txt(bound, public_url), guide::markdown(bound, public_url), markdown(bound, public_url)].join("\n\n")
}
