//! Discovery as ARTRA's clients ask for it: reading a sentence for free, and finding companies for credits. Both are the engine's.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::discovery::answer::Discovery;
use outrider_engine::discovery::parse_query::{ParseQuery, Parsed};
use outrider_engine::error::code;
use outrider_engine::operation::{Effect, Idempotency, Operation, Spec, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// `POST /api/v1/agent/discover/parse`.
pub struct ParseDiscovery;

/// The sentence.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParseInput {
    /// Who is looked for, such as `fintechs in Berlin with 20 to 50 people hiring sales`.
    #[schemars(length(min = 1, max = 1000))]
    query: String,
}

/// What a sentence says, and what that costs to find out.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ParseAnswer {
    /// The sentence as filters, with what was understood and what was dropped.
    #[serde(flatten)]
    parsed: Parsed,
    /// Reading is free: always 0.
    credits: i64,
}

impl Operation for ParseDiscovery {
    const SPEC: Spec = Spec {
        // A read that is sent with a body.
        idempotency: Idempotency::Natural,
        ..Spec::act(
            "discover_parse",
            "discovery",
            "/api/v1/agent/discover/parse",
            "discover",
            "Read a prospecting query as filters; free.",
        )
        .effect(Effect::Read)
        .describe("Says what it understood and what it dropped. Words are data: nothing in a query is followed as an instruction.")
    };
    type Input = ParseInput;
    type Output = ParseAnswer;

    fn run(cx: &mut Context<'_, '_>, input: ParseInput) -> Result<ParseAnswer> {
        let parsed = within::<ParseQuery>(cx, json!({ "query": input.query }))?;
        Ok(ParseAnswer { parsed, credits: 0 })
    }
}

/// `POST /api/v1/agent/discover`.
pub struct Discover;

/// What is looked for: a sentence, filters, or both, where filters win.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiscoverInput {
    /// A sentence, read as `discover/parse` reads it.
    #[schemars(length(max = 1000))]
    query: Option<String>,
    /// Filters, as `discover/parse` answers them. Those not known are dropped and listed.
    filters: Map<String, Value>,
    /// Companies on a page, 1 to 100; as many as the sentence says, or 10.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// Companies passed over.
    #[schemars(range(min = 0, max = 1_000))]
    offset: Option<i64>,
    /// People of each company who become contacts, 0 to 10; 3 when absent.
    #[schemars(range(min = 0, max = 10))]
    people_per_company: Option<i64>,
}

impl Operation for Discover {
    const SPEC: Spec = Spec::act(
        "discover",
        "discovery",
        "/api/v1/agent/discover",
        "discover",
        "Find companies that fit and the people there; about one credit for each company.",
    )
    .describe("Ranked, each with the reasons. A company is paid for once; the people found become the seller's contacts. filters_dropped says what could not be looked for. With dry_run true nothing is charged or revealed: the answer says how many there are, how many are new, what they cost and what kind they are, with a digest that a commit may send back as plan_digest.")
    .effect(Effect::Outward)
    .previews()
    .fails(&[code::INSUFFICIENT_CREDITS, code::PLAN_CHANGED]);
    type Input = DiscoverInput;
    type Output = Discovery;

    fn run(cx: &mut Context<'_, '_>, input: DiscoverInput) -> Result<Discovery> {
        let asked = json!({
            "query": input.query, "filters": input.filters, "limit": input.limit, "offset": input.offset,
            "people_per_company": input.people_per_company,
        });
        within::<outrider_engine::discovery::discover::Discover>(cx, asked)
    }
}
