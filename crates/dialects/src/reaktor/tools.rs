//! The tools of the MCP endpoint: one for each skill and workflow, and three about the account. Each is an operation like an endpoint,
//! with the same checks and the same price.

use std::marker::PhantomData;
use std::sync::Arc;

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Effect, Operation, Spec};
use outrider_engine::outside::Stage;
use outrider_engine::tasks::submit::{Submission, Submits};
use outrider_engine::tasks::work::Work;
use outrider_engine::tasks::{View, workflows};
use outrider_http::AppState;
use outrider_http::mcp::{Document, DocumentBody};
use outrider_skills::Definition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agents::Nothing;
use super::billing::{Balance, GetCredits};
use super::catalog::{Capabilities, catalog};
use super::task::Task;
use super::tasks::{ById, GetTask};

outrider_engine::operations! {
    /// Every tool, in the order they are listed.
    pub static TOOLS
    ListCapabilities,
    CheckCredits,
    GetTaskStatus,
    Run::<outrider_skills::lead_scoring::LeadScoring>,
    Run::<outrider_skills::linkedin_message::LinkedinMessage>,
    Run::<outrider_skills::personalized_email::PersonalizedEmail>,
    Run::<outrider_skills::cold_call_script::ColdCallScript>,
    Run::<outrider_skills::outreach_sequence::OutreachSequence>,
    Run::<outrider_skills::thought_leadership::ThoughtLeadership>,
    Run::<outrider_skills::research::Research>,
    Run::<outrider_skills::outreach_generation::OutreachGeneration>,
    Run::<outrider_skills::abm_content_brief::AbmContentBrief>,
    Run::<outrider_skills::domain_to_company::DomainToCompany>,
    Run::<outrider_skills::contact_lookup::ContactLookup>,
    Follow::<0>,
    Follow::<1>,
    Follow::<2>,
    Follow::<3>,
    Follow::<4>,
}

/// Where tools are called.
pub(super) const PATH: &str = "/mcp";

/// A task as a tool answers it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Key, for `get_task_status`.
    task_id: String,
    /// `completed`, or `queued`.
    status: String,
    /// What came of it, when it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    /// Credits it costs.
    credits_charged: i64,
}

impl From<View> for Done {
    fn from(task: View) -> Self {
        Self { task_id: task.id.to_string(), credits_charged: task.charged(), status: task.status, output: task.output }
    }
}

fn asked(work: Work, input: &impl Serialize) -> Result<Submission> {
    let mut input = serde_json::to_value(input).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "The input was lost.")
    })?;
    if let Some(fields) = input.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(Submission { work, input, callback_url: None, campaign: None })
}

/// A skill as a tool.
pub struct Run<S>(PhantomData<S>);

impl<S: Definition + Send + Sync + 'static> Submits for Run<S> {
    fn submission(input: S::Input) -> Result<Submission> {
        asked(Work::skill(S::NAME)?, &input)
    }
}

impl<S: Definition + Send + Sync + 'static> Operation for Run<S> {
    const SPEC: Spec = Spec::act(S::NAME, "skills", PATH, "tasks:write", S::DESCRIPTION)
        .effect(Effect::Outward)
        .fails(&[code::INSUFFICIENT_CREDITS]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = S::Input;
    type Output = Done;

    fn run(cx: &mut Context<'_, '_>, input: S::Input) -> Result<Done> {
        Self::submit(cx, input).map(Done::from)
    }
}

/// A workflow as a tool, by its place in the list.
pub struct Follow<const PLACE: usize>;

/// What workflows work on; each uses what its skills know.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlowInput {
    /// The person's full name.
    #[serde(default)]
    contact_name: Option<String>,
    /// Their role.
    #[serde(default)]
    contact_role: Option<String>,
    /// Where they work.
    #[serde(default)]
    company: Option<String>,
    /// The company's domain.
    #[serde(default)]
    domain: Option<String>,
    /// Whatever else is known.
    #[serde(default)]
    context: Option<String>,
    /// What is offered.
    #[serde(default)]
    user_value_prop: Option<String>,
    /// What content is about.
    #[serde(default)]
    topic: Option<String>,
}

impl<const PLACE: usize> Submits for Follow<PLACE> {
    fn submission(input: FlowInput) -> Result<Submission> {
        asked(Work::Workflow(&workflows::ALL[PLACE]), &input)
    }
}

impl<const PLACE: usize> Operation for Follow<PLACE> {
    const SPEC: Spec =
        Spec::act(workflows::ALL[PLACE].name, "workflows", PATH, "tasks:write", workflows::ALL[PLACE].description)
            .effect(Effect::Outward)
            .accepts()
            .fails(&[code::INSUFFICIENT_CREDITS]);
    const OUTSIDE: Option<Stage> = Some(Stage::of::<Self>());
    type Input = FlowInput;
    type Output = Done;

    fn run(cx: &mut Context<'_, '_>, input: FlowInput) -> Result<Done> {
        Self::submit(cx, input).map(Done::from)
    }
}

/// `list_capabilities`.
pub struct ListCapabilities;

impl Operation for ListCapabilities {
    const SPEC: Spec = Spec::get(
        "list_capabilities",
        "account",
        PATH,
        "tasks:read",
        "List every skill and workflow with prices, schemas and examples.",
    );
    type Input = Nothing;
    type Output = Capabilities;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Capabilities> {
        Ok(catalog(&cx.core.settings))
    }
}

/// `check_credits`.
pub struct CheckCredits;

impl Operation for CheckCredits {
    const SPEC: Spec = Spec::get("check_credits", "account", PATH, "credits:read", "See your credit balance.");
    type Input = Nothing;
    type Output = Balance;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Balance> {
        GetCredits::run(cx, super::billing::CreditsInput::default())
    }
}

/// `get_task_status`.
pub struct GetTaskStatus;

impl Operation for GetTaskStatus {
    const SPEC: Spec = Spec::get("get_task_status", "account", PATH, "tasks:read", "Poll a task by its taskId.");
    type Input = ById;
    type Output = Task;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Task> {
        GetTask::run(cx, input)
    }
}

/// What can be read beside the tools.
pub(super) fn resources() -> Vec<Document> {
    let json_of =
        |make: fn(&AppState) -> Value| DocumentBody::Text(Arc::new(move |state: &AppState| make(state).to_string()));
    let document = |uri: &str, title: &str, description: &str, media_type: &str, body: DocumentBody| Document {
        uri: uri.to_owned(),
        name: uri.rsplit('/').next().unwrap_or_default().to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        media_type: media_type.to_owned(),
        body,
    };
    const JSON: &str = "application/json";
    vec![
        document(
            "drk://catalog/skills",
            "Skills",
            "Every skill with its price and JSON Schemas.",
            JSON,
            json_of(|state| {
                let skills = super::catalog::capabilities(&state.pipeline().core().settings);
                json!({ "count": skills.len(), "skills": skills })
            }),
        ),
        document(
            "drk://catalog/workflows",
            "Workflows",
            "Every workflow with its steps and price.",
            JSON,
            json_of(|state| {
                let all = outrider_engine::tasks::list_workflows::listed(&state.pipeline().core().settings);
                json!({ "count": all.len(), "workflows": all })
            }),
        ),
        document(
            "drk://docs/openapi",
            "OpenAPI document",
            "The REST API.",
            JSON,
            DocumentBody::Text(Arc::new(|state: &AppState| state.document_of("reaktor", super::style::INDEX))),
        ),
        document(
            "drk://docs/agents-md",
            "Agent reference",
            "The REST API in words.",
            "text/markdown",
            DocumentBody::Text(Arc::new(|state: &AppState| state.document_of("reaktor", "/AGENTS.md"))),
        ),
    ]
}
