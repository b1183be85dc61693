//! `parse_query`: what a sentence says as filters, and what of it was dropped. Costs nothing and looks nothing up.

use outrider_domain::discovery::{Dropped, Filters, LONGEST_SENTENCE, Understood, parse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};

/// Reads a sentence.
pub struct ParseQuery;

/// The sentence.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Who is looked for, such as `fintechs in Berlin with 20 to 50 people hiring sales`.
    #[schemars(length(min = 1, max = 1000))]
    pub query: String,
}

/// What it says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Parsed {
    /// The sentence.
    pub query: String,
    /// As filters, ready for discovery.
    pub filters: Filters,
    /// How many companies were asked for.
    pub limit: Option<i64>,
    /// What was understood, part by part.
    pub understood: Vec<Understood>,
    /// What was not, part by part; discovery leaves it aside.
    pub dropped: Vec<Dropped>,
}

/// Refuses a sentence that is empty or too long.
///
/// # Errors
/// `validation_error` at `query`.
pub(super) fn check(query: &str) -> Result<()> {
    if query.trim().is_empty() || query.chars().count() > LONGEST_SENTENCE {
        return Err(Error::invalid("query", format!("query has 1 to {LONGEST_SENTENCE} characters.")));
    }
    Ok(())
}

impl Operation for ParseQuery {
    const SPEC: Spec = Spec::get(
        "parse_query",
        "discovery",
        "/discovery/parse",
        "discovery:read",
        "Read a sentence about companies or people as filters; free.",
    );
    type Input = Input;
    type Output = Parsed;

    fn run(_: &mut Context<'_, '_>, input: Input) -> Result<Parsed> {
        check(&input.query)?;
        let reading = parse(&input.query);
        Ok(Parsed {
            query: input.query,
            filters: reading.filters,
            limit: reading.limit,
            understood: reading.understood,
            dropped: reading.dropped,
        })
    }
}
