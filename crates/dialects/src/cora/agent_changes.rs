//! Making and changing agents as Cora's clients do. Every check is the native operations'.

use outrider_domain::id::AgentId;
use outrider_domain::patch::Patch;
use outrider_engine::Result;
use outrider_engine::agents::{AgentType, OutreachModel, create_agent, update_agent};
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Spec, within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agents::Agent;
use super::ids;
use super::input::native;

/// `POST /api/v1/agents`.
pub struct CreateAgent;

/// What an agent is made of.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct NewAgent {
    /// Display name; named after its type when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    name: Option<String>,
    /// Which way it works.
    #[serde(rename = "type")]
    kind: AgentType,
    /// What it reaches out by; `email` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outreach_model: Option<OutreachModel>,
    /// Language it speaks and writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    language: Option<String>,
}

impl Operation for CreateAgent {
    const SPEC: Spec = Spec::create("create_agent", "agents", "/api/v1/agents", "agents:write", "Create an agent.")
        .describe("It begins with automation off. Its number and mailbox are assigned to it afterwards.");
    type Input = NewAgent;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, mut input: NewAgent) -> Result<Agent> {
        let unnamed = match input.kind {
            AgentType::Outbound => "Outbound agent",
            AgentType::Inbound => "Inbound agent",
        };
        input.name.get_or_insert_with(|| unnamed.to_owned());
        within::<create_agent::CreateAgent>(cx, Value::Object(native(&input)?)).map(Agent::from)
    }
}

/// `PATCH /api/v1/agents/{agent_id}`.
pub struct UpdateAgent;

/// The fields to change; null clears one.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct AgentChanges {
    /// The agent.
    #[serde(skip_serializing)]
    agent_id: String,
    /// Display name.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    name: Patch<String>,
    /// Whether it acts by itself.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    automation_enabled: Patch<bool>,
    /// What it reaches out by.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    outreach_model: Patch<OutreachModel>,
    /// Language it speaks and writes.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    language: Patch<String>,
    /// Brain: who it is and how it behaves.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    system_prompt: Patch<String>,
    /// Brain: what the product is.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    product_explanation: Patch<String>,
    /// Brain: why it is worth having.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    value_proposition: Patch<String>,
    /// Brain: what troubles the people it writes to.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pain_points: Patch<String>,
    /// Brain: what they gain.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    benefits: Patch<String>,
    /// Brain: what sets the product apart.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    features_differentiators: Patch<String>,
    /// Brain: the product in a breath.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    elevator_pitch: Patch<String>,
    /// Brain: how a call opens.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    first_message: Patch<String>,
    /// Brain: what it needs to know to write mails.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    email_knowledge: Patch<String>,
    /// Brain: a mail to write like; one with placeholders is followed as a template.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    example_email: Patch<String>,
}

impl Operation for UpdateAgent {
    const SPEC: Spec = Spec::patch(
        "update_agent",
        "agents",
        "/api/v1/agents/{agent_id}",
        "agents:write",
        "Change an agent's settings and what it knows.",
    )
    .describe("Send only the fields to change. A field that is left out stays; null clears it, where an agent can be without it.");
    type Input = AgentChanges;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, input: AgentChanges) -> Result<Agent> {
        let id: AgentId = ids::read(&input.agent_id, "agent", "agent_id")?;
        let mut fields = native(&input)?;
        fields.insert("agent_id".to_owned(), json!(id));
        within::<update_agent::UpdateAgent>(cx, Value::Object(fields)).map(Agent::from)
    }
}
