//! The catalogue: capabilities, skills with their schemas, and the error registry. Open to everybody.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::core::Settings;
use outrider_engine::operation::{Operation, Spec};
use outrider_engine::tasks::list_workflows::{Listed, listed};
use outrider_engine::tasks::work::price_of;
use outrider_skills::{Mode, SKILLS, Skill};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::agents::Nothing;
use super::style::{CODES, RESEARCH, SUBMISSIONS};

/// Looks an hour from one address at what is open to everybody.
pub(super) const HOURLY: i64 = 3_600;

/// A skill, with all a caller needs to use it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// What `taskType` is to be.
    name: String,
    /// For people.
    title: String,
    /// What it does.
    description: String,
    /// Whether it is part of this server rather than of another's.
    is_native: bool,
    /// `sync` or `async`.
    mode: Mode,
    /// Credits for one unit.
    credit_cost: i64,
    /// Whether the price is per contact.
    per_contact: bool,
    /// How often it may be submitted.
    rate_limit: String,
    /// JSON Schema 2020-12 of the input, the one that submissions are checked by.
    input_schema: Value,
    /// JSON Schema 2020-12 of the output.
    output_schema: Value,
    /// An input that works.
    example_payload: Value,
}

fn capability(settings: &Settings, skill: &Skill) -> Capability {
    let per_minute = if skill.name == "research" { RESEARCH.max(SUBMISSIONS) } else { SUBMISSIONS };
    Capability {
        name: skill.name.to_owned(),
        title: skill.title.to_owned(),
        description: skill.description.to_owned(),
        is_native: true,
        mode: skill.mode,
        credit_cost: price_of(settings, skill.name),
        per_contact: skill.name == "outreach_generation",
        rate_limit: format!("{per_minute}/minute"),
        input_schema: skill.input_schema(),
        output_schema: skill.output_schema(),
        example_payload: skill.example(),
    }
}

/// Every skill.
pub(super) fn capabilities(settings: &Settings) -> Vec<Capability> {
    SKILLS.iter().map(|skill| capability(settings, skill)).collect()
}

/// Skills and workflows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Capabilities {
    /// Every skill.
    capabilities: Vec<Capability>,
    /// Every workflow.
    workflows: Vec<Listed>,
    /// How many skills.
    count: i64,
}

/// Skills and workflows with their prices.
pub(super) fn catalog(settings: &Settings) -> Capabilities {
    let capabilities = capabilities(settings);
    Capabilities { count: i64::try_from(capabilities.len()).unwrap_or(0), capabilities, workflows: listed(settings) }
}

/// `GET /api/v1/capabilities`.
pub struct ListCapabilities;

impl Operation for ListCapabilities {
    const SPEC: Spec = Spec::get(
        "list_capabilities",
        "catalog",
        "/api/v1/capabilities",
        "tasks:read",
        "List skills and workflows with prices, schemas and examples.",
    )
    .public(HOURLY);
    type Input = Nothing;
    type Output = Capabilities;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Capabilities> {
        Ok(catalog(&cx.core.settings))
    }
}

/// `GET /api/v1/skills`.
pub struct ListSkills;

/// The skills.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Skills {
    /// In the order of the price list.
    pub(super) skills: Vec<Capability>,
    /// How many.
    pub(super) count: i64,
}

impl Operation for ListSkills {
    const SPEC: Spec =
        Spec::get("list_skills", "catalog", "/api/v1/skills", "tasks:read", "List skills with their JSON Schemas.")
            .public(HOURLY);
    type Input = Nothing;
    type Output = Skills;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Skills> {
        let skills = capabilities(&cx.core.settings);
        Ok(Skills { count: i64::try_from(skills.len()).unwrap_or(0), skills })
    }
}

/// `GET /api/v1/errors`.
pub struct ListErrors;

/// An error code.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorCode {
    /// Stable.
    code: &'static str,
    /// HTTP status.
    status: u16,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// What it tells.
    meaning: &'static str,
}

/// The registry.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Errors {
    /// Every code.
    errors: Vec<ErrorCode>,
    /// How many.
    count: i64,
}

impl Operation for ListErrors {
    const SPEC: Spec =
        Spec::get("list_errors", "catalog", "/api/v1/errors", "tasks:read", "List the error codes.").public(HOURLY);
    type Input = Nothing;
    type Output = Errors;

    fn run(_: &mut Context<'_, '_>, _: Nothing) -> Result<Errors> {
        let errors: Vec<ErrorCode> = CODES
            .iter()
            .map(|row| ErrorCode { code: row.code, status: row.status, retryable: row.retryable, meaning: row.meaning })
            .collect();
        Ok(Errors { count: i64::try_from(errors.len()).unwrap_or(0), errors })
    }
}
