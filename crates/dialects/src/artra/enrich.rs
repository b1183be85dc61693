//! Enrichment as ARTRA's clients ask for it. What is looked for, what it rests on and what it costs is the engine's.

use futures_util::future::BoxFuture;
use outrider_domain::id::LeadId;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::enrichment::enrich_leads::{self, Answer, EnrichLeads, Question};
use outrider_engine::enrichment::report::Enrichment;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::outside::{Outside, Stage};
use outrider_engine::ports::Ports;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// `POST /api/v1/agent/enrich`.
pub struct Enrich;

/// Whom, and what is looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrichInput {
    /// The contacts, 25 at most.
    #[schemars(length(min = 1, max = 25))]
    contact_ids: Vec<LeadId>,
    /// Look for mail addresses.
    #[serde(default)]
    find_email: bool,
    /// Look for phone numbers.
    #[serde(default)]
    find_phone: bool,
}

impl From<EnrichInput> for enrich_leads::Input {
    fn from(input: EnrichInput) -> Self {
        Self { lead_ids: input.contact_ids, find_email: input.find_email, find_phone: input.find_phone }
    }
}

/// An error in the words of this API.
fn named(error: Error) -> Error {
    let message = error.message.replace("lead_ids", "contact_ids").replace("leads", "contacts");
    Error { message, field: error.field.map(|field| field.replacen("lead_ids", "contact_ids", 1)), ..error }
}

impl Operation for Enrich {
    const SPEC: Spec = Spec::act(
        "enrich",
        "enrichment",
        "/api/v1/agent/enrich",
        "enrich",
        "Find mail addresses and phone numbers that contacts lack; charged only for what is found.",
    )
    .describe("Nothing is looked up unless dry_run is false: the preview names what would be looked for, what would be skipped and why, the most it may cost, and a digest. What is found comes with a confidence and its evidence.")
    .effect(Effect::Outward)
    .previews()
    .fails(&[code::INSUFFICIENT_CREDITS, code::PLAN_CHANGED]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = EnrichInput;
    type Output = Enrichment;

    fn run(cx: &mut Context<'_, '_>, input: EnrichInput) -> Result<Enrichment> {
        let input: enrich_leads::Input = input.into();
        within::<EnrichLeads>(cx, json!(input)).map_err(named)
    }
}

impl Outside for Enrich {
    type Question = Question;
    type Answer = Answer;

    fn question(cx: &mut Context<'_, '_>, input: EnrichInput) -> Result<Question> {
        let input: enrich_leads::Input = input.into();
        EnrichLeads::question(cx, input).map_err(named)
    }

    fn ask(ports: &Ports, question: Question) -> BoxFuture<'_, Result<Answer>> {
        EnrichLeads::ask(ports, question)
    }
}
