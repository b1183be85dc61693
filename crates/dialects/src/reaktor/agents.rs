//! Sub-agents: making, listing, rotating, revoking.

use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::sub_agents::{
    View, create_sub_agent, get_sub_agent, list_sub_agents, revoke_sub_agent, rotate_sub_agent_key, update_sub_agent,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::campaigns::ById;

/// An agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// Small number.
    agent_id: i64,
    /// What a person calls it.
    name: String,
    /// The first letters of its key.
    api_key_prefix: String,
    /// The tier it was made for.
    tier: String,
    /// Whether it may make agents.
    can_provision: bool,
    /// When its key stops working.
    api_key_expires_at: Option<Millis>,
    /// Where its results go.
    callback_url: Option<String>,
    /// Credits it may spend in a month; 0 is no cap.
    monthly_credit_cap: i64,
    /// What its purse holds.
    balance: i64,
    /// `active` or `revoked`.
    status: &'static str,
    /// When made.
    created_at: Millis,
}

impl From<View> for Agent {
    fn from(view: View) -> Self {
        Self {
            agent_id: view.id,
            name: view.name,
            api_key_prefix: view.key_hint,
            tier: view.tier,
            can_provision: view.can_provision,
            api_key_expires_at: view.key_expires_at,
            callback_url: view.callback_url,
            monthly_credit_cap: view.monthly_credit_cap,
            balance: view.balance,
            status: if view.revoked_at.is_some() { "revoked" } else { "active" },
            created_at: view.created_at,
        }
    }
}

/// `POST /api/v1/agents`.
pub struct CreateAgent;

/// What it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateInput {
    /// What a person calls it.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// `free`, `starter`, `growth` or `scale`.
    #[serde(default)]
    tier: Option<String>,
    /// Where its results go when a task names no other address.
    #[serde(default)]
    callback_url: Option<String>,
    /// Credits it may spend in a month; 0 is no cap.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    monthly_credit_cap: Option<i64>,
}

/// An agent with its secrets, shown once.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provisioned {
    /// Small number.
    agent_id: i64,
    /// What a person calls it.
    name: String,
    /// The first letters of its key.
    api_key_prefix: String,
    /// The whole key: shown exactly once.
    api_key: Option<String>,
    /// What its callbacks are signed with: the whole text is the key of the HMAC. It stays when the key is rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
    /// The tier it was made for.
    tier: String,
    /// Whether it may make agents.
    can_provision: bool,
    /// When its key stops working.
    api_key_expires_at: Option<Millis>,
}

impl From<outrider_engine::sub_agents::Secrets> for Provisioned {
    fn from(made: outrider_engine::sub_agents::Secrets) -> Self {
        let view = made.view;
        Self {
            agent_id: view.id,
            name: view.name,
            api_key_prefix: view.key_hint,
            api_key: made.api_key,
            signing_secret: made.signing_secret,
            tier: view.tier,
            can_provision: view.can_provision,
            api_key_expires_at: view.key_expires_at,
        }
    }
}

impl Operation for CreateAgent {
    const SPEC: Spec = Spec::create("create_agent", "agents", "/api/v1/agents", "keys:write", "Create a sub-agent.")
        .describe(
            "Needs the provisioning right. The key is shown exactly once and works for 365 days. At most 20 an hour.",
        );
    type Input = CreateInput;
    type Output = Provisioned;

    fn run(cx: &mut Context<'_, '_>, input: CreateInput) -> Result<Provisioned> {
        let asked = json!({ "name": input.name, "tier": input.tier, "callback_url": input.callback_url,
            "monthly_credit_cap": input.monthly_credit_cap });
        within::<create_sub_agent::CreateSubAgent>(cx, asked).map(Provisioned::from).map_err(renamed)
    }
}

/// Errors name fields as this API does.
fn renamed(error: outrider_engine::Error) -> outrider_engine::Error {
    match error.field.as_deref() {
        Some("callback_url") => error.at("callbackUrl"),
        Some("monthly_credit_cap") => error.at("monthlyCreditCap"),
        _ => error,
    }
}

/// Nothing is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Nothing {}

/// `GET /api/v1/agents`.
pub struct ListAgents;

/// The agents.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Agents {
    /// Oldest first.
    agents: Vec<Agent>,
    /// How many.
    count: i64,
}

impl Operation for ListAgents {
    const SPEC: Spec = Spec::get("list_agents", "agents", "/api/v1/agents", "keys:read", "List your agents.")
        .describe("A key without the provisioning right sees itself.");
    type Input = Nothing;
    type Output = Agents;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Agents> {
        let all = within::<list_sub_agents::ListSubAgents>(cx, json!({}))?;
        let agents: Vec<Agent> = all.sub_agents.into_iter().map(Agent::from).collect();
        Ok(Agents { count: i64::try_from(agents.len()).unwrap_or(0), agents })
    }
}

/// `GET /api/v1/agents/{id}`.
pub struct GetAgent;

impl Operation for GetAgent {
    const SPEC: Spec = Spec::get("get_agent", "agents", "/api/v1/agents/{id}", "keys:read", "Get an agent.");
    type Input = ById;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Agent> {
        within::<get_sub_agent::GetSubAgent>(cx, json!({ "sub_agent": input.id })).map(Agent::from)
    }
}

/// `POST /api/v1/agents/{id}/rotate-key`.
pub struct RotateKey;

impl Operation for RotateKey {
    const SPEC: Spec = Spec::act(
        "rotate_agent_key",
        "agents",
        "/api/v1/agents/{id}/rotate-key",
        "keys:write",
        "Give an agent another key; the one before stops working at once.",
    );
    type Input = ById;
    type Output = Provisioned;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Provisioned> {
        within::<rotate_sub_agent_key::RotateSubAgentKey>(cx, json!({ "sub_agent": input.id })).map(Provisioned::from)
    }
}

/// `PATCH /api/agents/{id}`.
pub struct UpdateAgent;

/// What to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateInput {
    /// Its number.
    #[schemars(range(min = 1))]
    id: i64,
    /// Whether it may make agents, give them credits and revoke them.
    #[serde(default)]
    can_provision: Option<bool>,
    /// Credits it may spend in a month; 0 is no cap.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    monthly_credit_cap: Option<i64>,
}

impl Operation for UpdateAgent {
    const SPEC: Spec = Spec::patch(
        "update_agent",
        "agents",
        "/api/agents/{id}",
        "keys:write",
        "Give an agent the provisioning right, or another cap.",
    )
    .describe("For a person who signed in: no key gives another key rights.")
    .for_people();
    type Input = UpdateInput;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, input: UpdateInput) -> Result<Agent> {
        let asked = json!({ "sub_agent": input.id, "can_provision": input.can_provision,
            "monthly_credit_cap": input.monthly_credit_cap });
        within::<update_sub_agent::UpdateSubAgent>(cx, asked).map(Agent::from).map_err(renamed)
    }
}

/// `DELETE /api/v1/agents/{id}`.
pub struct RevokeAgent;

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// Always true.
    success: bool,
    /// The agent.
    agent_id: i64,
    /// Credits that went back to the owner.
    credits_returned: i64,
}

impl Operation for RevokeAgent {
    const SPEC: Spec = Spec::delete("revoke_agent", "agents", "/api/v1/agents/{id}", "keys:write", "Revoke an agent.")
        .describe("An agent key can't revoke itself. What the agent's purse holds goes back to the owner.");
    type Input = ById;
    type Output = Revoked;

    fn run(cx: &mut Context<'_, '_>, input: ById) -> Result<Revoked> {
        let gone = within::<revoke_sub_agent::RevokeSubAgent>(cx, json!({ "sub_agent": input.id }))?;
        Ok(Revoked { success: gone.revoked, agent_id: gone.id, credits_returned: gone.credits_returned })
    }
}
