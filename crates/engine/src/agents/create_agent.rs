//! `create_agent`: one new agent, with automation off.

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::id::AgentId;
use outrider_store::agents as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::calling::{self, Calling};
use super::{Agent, AgentType, Brain, OutreachModel, check_policy};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::{required, to_json};
use crate::leads::tidy;
use crate::operation::{Operation, Spec};
use crate::playbooks::PlaybookInput;
use crate::playbooks::save::save;
use crate::subscription::limits::{self, Limited};

/// Creates an agent.
pub struct CreateAgent;

/// What an agent is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Display name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// `outbound` or `inbound`.
    #[serde(rename = "type")]
    kind: AgentType,
    /// What it reaches out by; mail when absent.
    #[serde(default)]
    outreach_model: OutreachModel,
    /// Language it writes in.
    #[serde(default)]
    #[schemars(length(max = 200))]
    language: Option<String>,
    /// Whether it may act at all; true when absent.
    #[serde(default)]
    active: Option<bool>,
    /// When a person must approve; the project's policy when absent.
    #[serde(default)]
    autonomy: Option<ChannelAutonomy>,
    /// The playbook it follows by itself, with whom it watches and when.
    #[serde(default)]
    playbook: Option<PlaybookInput>,
    /// Who it is and how it behaves.
    #[serde(default)]
    system_prompt: Option<String>,
    /// What the product is.
    #[serde(default)]
    product_explanation: Option<String>,
    /// Why it is worth having.
    #[serde(default)]
    value_proposition: Option<String>,
    /// What troubles the people it writes to.
    #[serde(default)]
    pain_points: Option<String>,
    /// What they gain.
    #[serde(default)]
    benefits: Option<String>,
    /// What sets the product apart.
    #[serde(default)]
    features_differentiators: Option<String>,
    /// The product in a breath.
    #[serde(default)]
    elevator_pitch: Option<String>,
    /// How a call opens.
    #[serde(default)]
    first_message: Option<String>,
    /// What it needs to know to write mails.
    #[serde(default)]
    email_knowledge: Option<String>,
    /// A mail to write like.
    #[serde(default)]
    example_email: Option<String>,
    /// How it calls: a call template with the business's values; a short outreach from its brain when absent.
    #[serde(default)]
    calling: Option<Calling>,
}

impl Operation for CreateAgent {
    const SPEC: Spec = Spec::create("create_agent", "agents", "/agents", "agents:write", "Create an agent.")
        .describe("It starts active, with automation off. A policy that asks less than the project's needs the scope actions:approve.")
        .previews()
        .fails(&[code::PLAN_LIMIT_REACHED, code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Agent> {
        limits::check(cx, Limited::Agents)?;
        check_policy(cx, None, input.autonomy.as_ref())?;
        if let Some(calling) = &input.calling {
            calling::check(cx, "calling", calling)?;
        }
        let brain = Brain {
            system_prompt: input.system_prompt,
            product_explanation: input.product_explanation,
            value_proposition: input.value_proposition,
            pain_points: input.pain_points,
            benefits: input.benefits,
            features_differentiators: input.features_differentiators,
            elevator_pitch: input.elevator_pitch,
            first_message: input.first_message,
            email_knowledge: input.email_knowledge,
            example_email: input.example_email,
        }
        .tidy()?;
        let row = rows::Agent {
            project_id: cx.project,
            id: AgentId(cx.id()),
            name: required("name", input.name)?,
            kind: input.kind.as_str().to_owned(),
            active: input.active.unwrap_or(true),
            automation_enabled: false,
            outreach_model: input.outreach_model.as_str().to_owned(),
            language: tidy("language", input.language)?,
            autonomy: input.autonomy.as_ref().map(to_json).transpose()?,
            brain: to_json(&brain)?,
            calling: input.calling.as_ref().map(to_json).transpose()?,
            created_at: cx.now,
            updated_at: cx.now,
        };
        cx.plan.push(json!({ "create_agent": { "name": row.name, "type": row.kind } }));
        row.clone().insert(cx.tx)?;
        if let Some(playbook) = input.playbook {
            save(cx, row.id, playbook, "playbook")?;
        }
        cx.emit(Event::new("agent.created").agent(row.id).subject(row.id).data(json!({ "name": row.name })));
        Agent::of(cx, row)
    }
}
