//! Agents as Pathbound shows them: the playbook part of ours, with its names.

use outrider_domain::id::{AgentId, IdentityId};
use outrider_domain::patch::Patch;
use outrider_domain::playbook::Structure;
use outrider_domain::time::Millis;
use outrider_engine::context::Context;
use outrider_engine::error::{Error, code};
use outrider_engine::operation::{Operation, Spec, within};
use outrider_engine::playbooks::{LlmConfig, Monitoring, agents_by_place};
use outrider_engine::{Result, agents};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// An agent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Agent {
    /// Key.
    id: AgentId,
    /// Display name.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// The predefined playbook it began from.
    playbook_template: Option<String>,
    /// What it may do; everything when empty.
    capabilities: Vec<String>,
    /// The identity it writes as.
    identity_id: Option<IdentityId>,
    /// What it follows.
    playbook: Option<Playbook>,
    /// Whom it watches.
    monitoring: Option<Monitoring>,
    /// Which model it asks, for planners that do.
    llm_config: Option<LlmConfig>,
    /// Whether it is active.
    enabled: bool,
    /// When its schedule comes next.
    next_run_at: Option<Millis>,
    /// When made.
    created_at: Millis,
    /// When changed.
    updated_at: Millis,
}

/// What an agent follows.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Playbook {
    /// For people.
    playbook_md: Option<String>,
    /// The steps that are followed.
    structure: Option<Structure>,
}

impl From<agents::Agent> for Agent {
    fn from(agent: agents::Agent) -> Self {
        let part = agent.playbook;
        let enabled = agent.active && part.as_ref().is_some_and(|part| part.enabled);
        let updated_at = part.as_ref().map_or(agent.updated_at, |part| part.updated_at.max(agent.updated_at));
        let next_run_at = part.as_ref().and_then(|part| part.next_run_at);
        let Some(part) = part else {
            return Self {
                id: agent.id,
                name: agent.name,
                description: None,
                playbook_template: None,
                capabilities: Vec::new(),
                identity_id: None,
                playbook: None,
                monitoring: None,
                llm_config: None,
                enabled,
                next_run_at,
                created_at: agent.created_at,
                updated_at,
            };
        };
        let has_playbook = part.playbook_md.is_some() || part.structure.is_some();
        Self {
            id: agent.id,
            name: agent.name,
            description: part.description,
            playbook_template: part.template,
            capabilities: part.capabilities,
            identity_id: part.identity_id,
            playbook: has_playbook.then_some(Playbook { playbook_md: part.playbook_md, structure: part.structure }),
            monitoring: Some(part.monitoring),
            llm_config: part.llm_config,
            enabled,
            next_run_at,
            created_at: agent.created_at,
            updated_at,
        }
    }
}

/// One agent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OneAgent {
    /// The agent.
    agent: Agent,
}

/// A page of agents.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentsPage {
    /// Newest first.
    agents: Vec<Agent>,
    /// How many there are altogether.
    total: i64,
    /// As asked.
    limit: i64,
    /// As asked.
    offset: i64,
}

/// Rows on a page when nothing is said.
pub(super) const LIMIT: i64 = 20;

/// A custom playbook.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PlaybookInput {
    /// The playbook as Markdown. Steps under a heading `## Steps` are followed.
    #[serde(default)]
    playbook_md: Patch<String>,
    /// The steps, instead of those in the Markdown.
    #[serde(default)]
    structure: Patch<Structure>,
}

/// What to keep.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListInput {
    /// Only enabled or disabled ones.
    enabled: Option<bool>,
    /// Only those made from this playbook template.
    #[schemars(length(max = 200))]
    playbook_template: Option<String>,
    /// Results per page, 1 to 100.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<i64>,
    /// Results passed over.
    #[schemars(range(min = 0))]
    offset: Option<i64>,
}

/// `GET /v1/agents`.
pub struct ListAgents;

impl Operation for ListAgents {
    const SPEC: Spec = Spec::get("list_agents", "agents", "/v1/agents", "agents:read", "List agents, newest first.");
    type Input = ListInput;
    type Output = AgentsPage;

    fn run(cx: &mut Context<'_, '_>, input: ListInput) -> Result<AgentsPage> {
        let (limit, offset) = (input.limit.unwrap_or(LIMIT), input.offset.unwrap_or(0));
        let (found, total) = agents_by_place(cx, input.enabled, input.playbook_template, limit, offset)?;
        Ok(AgentsPage { agents: found.into_iter().map(Agent::from).collect(), total, limit, offset })
    }
}

/// What an agent is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInput {
    /// Display name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// What it is for.
    #[serde(default)]
    description: Patch<String>,
    /// A predefined playbook, such as `cold_outreach`.
    #[serde(default)]
    playbook_template: Patch<String>,
    /// What it may do, such as `email`, `linkedin`, `notes`, `crm_sync`.
    #[serde(default)]
    capabilities: Patch<Vec<String>>,
    /// The identity it writes as.
    #[serde(default)]
    identity_id: Patch<IdentityId>,
    /// A playbook of your own.
    #[serde(default)]
    playbook: Patch<PlaybookInput>,
    /// Whom it watches and when: `filter`, `schedule_cron`, `max_contacts_per_run`.
    #[serde(default)]
    monitoring: Patch<Monitoring>,
    /// Which model it asks, for planners that do.
    #[serde(default)]
    llm_config: Patch<LlmConfig>,
    /// Whether it is active; false when absent.
    #[serde(default)]
    enabled: Patch<bool>,
}

/// The fields of an agent beside its name.
struct Part {
    description: Patch<String>,
    playbook_template: Patch<String>,
    capabilities: Patch<Vec<String>>,
    identity_id: Patch<IdentityId>,
    playbook: Patch<PlaybookInput>,
    monitoring: Patch<Monitoring>,
    llm_config: Patch<LlmConfig>,
    enabled: Patch<bool>,
}

fn put<T: Serialize>(fields: &mut Map<String, Value>, name: &str, patch: Patch<T>) {
    match patch {
        Patch::Absent => {}
        Patch::Null => {
            fields.insert(name.to_owned(), Value::Null);
        }
        Patch::Value(value) => {
            fields.insert(name.to_owned(), json!(value));
        }
    }
}

impl Part {
    /// The same as ours takes it.
    fn native(self) -> Value {
        let mut fields = Map::new();
        put(&mut fields, "description", self.description);
        put(&mut fields, "template", self.playbook_template);
        put(&mut fields, "capabilities", self.capabilities);
        put(&mut fields, "identity_id", self.identity_id);
        put(&mut fields, "monitoring", self.monitoring);
        put(&mut fields, "llm_config", self.llm_config);
        put(&mut fields, "enabled", self.enabled);
        match self.playbook {
            Patch::Absent => {}
            Patch::Null => {
                fields.insert("playbook_md".to_owned(), Value::Null);
                fields.insert("structure".to_owned(), Value::Null);
            }
            Patch::Value(playbook) => {
                put(&mut fields, "playbook_md", playbook.playbook_md);
                put(&mut fields, "structure", playbook.structure);
            }
        }
        Value::Object(fields)
    }
}

/// Our names of fields in Pathbound's.
fn renamed(error: Error) -> Error {
    let Some(field) = error.field.clone() else { return error };
    let Some(rest) = field.strip_prefix("playbook.") else {
        return if field == "agent_id" { error.at("id") } else { error };
    };
    let name = match rest.split(['.', '[']).next().unwrap_or_default() {
        "template" => "playbook_template".to_owned(),
        "playbook_md" | "structure" => field.clone(),
        _ => rest.to_owned(),
    };
    error.at(name)
}

/// `POST /v1/agents`.
pub struct CreateAgent;

impl Operation for CreateAgent {
    const SPEC: Spec = Spec::create("create_agent", "agents", "/v1/agents", "agents:write", "Create an agent.")
        .describe("It starts disabled unless `enabled` is true.")
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = CreateInput;
    type Output = OneAgent;

    fn run(cx: &mut Context<'_, '_>, input: CreateInput) -> Result<OneAgent> {
        let part = Part {
            description: input.description,
            playbook_template: input.playbook_template,
            capabilities: input.capabilities,
            identity_id: input.identity_id,
            playbook: input.playbook,
            monitoring: input.monitoring,
            llm_config: input.llm_config,
            enabled: input.enabled,
        };
        let native = json!({ "name": input.name, "type": "outbound", "playbook": part.native() });
        let made = within::<agents::create_agent::CreateAgent>(cx, native).map_err(renamed)?;
        Ok(OneAgent { agent: made.into() })
    }
}

/// Which agent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneInput {
    /// The agent.
    id: AgentId,
}

/// `GET /v1/agents/:id`.
pub struct GetAgent;

impl Operation for GetAgent {
    const SPEC: Spec = Spec::get("get_agent", "agents", "/v1/agents/{id}", "agents:read", "Get an agent.")
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = OneInput;
    type Output = OneAgent;

    fn run(cx: &mut Context<'_, '_>, input: OneInput) -> Result<OneAgent> {
        let found = within::<agents::get_agent::GetAgent>(cx, json!({ "agent_id": input.id })).map_err(renamed)?;
        Ok(OneAgent { agent: found.agent.into() })
    }
}

/// The fields to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateInput {
    /// The agent.
    id: AgentId,
    /// Display name.
    #[serde(default)]
    name: Patch<String>,
    /// What it is for.
    #[serde(default)]
    description: Patch<String>,
    /// A predefined playbook, such as `cold_outreach`.
    #[serde(default)]
    playbook_template: Patch<String>,
    /// What it may do, such as `email`, `linkedin`, `notes`, `crm_sync`.
    #[serde(default)]
    capabilities: Patch<Vec<String>>,
    /// The identity it writes as.
    #[serde(default)]
    identity_id: Patch<IdentityId>,
    /// A playbook of your own.
    #[serde(default)]
    playbook: Patch<PlaybookInput>,
    /// Whom it watches and when: `filter`, `schedule_cron`, `max_contacts_per_run`.
    #[serde(default)]
    monitoring: Patch<Monitoring>,
    /// Which model it asks, for planners that do.
    #[serde(default)]
    llm_config: Patch<LlmConfig>,
    /// Whether it is active; false when absent.
    #[serde(default)]
    enabled: Patch<bool>,
}

/// `PATCH /v1/agents/:id`.
pub struct UpdateAgent;

impl Operation for UpdateAgent {
    const SPEC: Spec =
        Spec::patch("update_agent", "agents", "/v1/agents/{id}", "agents:write", "Change the fields that you send.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = UpdateInput;
    type Output = OneAgent;

    fn run(cx: &mut Context<'_, '_>, input: UpdateInput) -> Result<OneAgent> {
        let mut fields = Map::new();
        fields.insert("agent_id".to_owned(), json!(input.id));
        put(&mut fields, "name", input.name);
        if input.enabled == Patch::Value(true) {
            fields.insert("active".to_owned(), true.into());
        }
        let part = Part {
            description: input.description,
            playbook_template: input.playbook_template,
            capabilities: input.capabilities,
            identity_id: input.identity_id,
            playbook: input.playbook,
            monitoring: input.monitoring,
            llm_config: input.llm_config,
            enabled: input.enabled,
        }
        .native();
        if part.as_object().is_some_and(|part| !part.is_empty()) {
            fields.insert("playbook".to_owned(), part);
        }
        let changed = within::<agents::update_agent::UpdateAgent>(cx, Value::Object(fields)).map_err(renamed)?;
        Ok(OneAgent { agent: changed.into() })
    }
}

/// What a removal answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Removed {
    /// What is gone.
    id: String,
    /// Always true.
    deleted: bool,
}

/// `DELETE /v1/agents/:id`.
pub struct DeleteAgent;

impl Operation for DeleteAgent {
    const SPEC: Spec =
        Spec::delete("delete_agent", "agents", "/v1/agents/{id}", "agents:write", "Delete an agent with its runs.")
            .describe("What it proposed and has not left is refused. The audit keeps what was sent.")
            .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = OneInput;
    type Output = Removed;

    fn run(cx: &mut Context<'_, '_>, input: OneInput) -> Result<Removed> {
        let gone = within::<agents::delete_agent::DeleteAgent>(cx, json!({ "agent_id": input.id })).map_err(renamed)?;
        Ok(Removed { id: gone.id, deleted: gone.deleted })
    }
}
