//! Agents as Artic's clients make, see and remove them. Templates, their rules and their prompts are the engine's.

use std::collections::BTreeMap;

use outrider_domain::id::AgentId;
use outrider_engine::agents::calling::Calling;
use outrider_engine::agents::{self, create_agent, delete_agent, get_agent, list_agents};
use outrider_engine::call_templates::get_call_template::GetCallTemplate;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Effect, Operation, Spec, within};
use outrider_engine::phone_numbers::provide;
use outrider_engine::{Error, Result};
use outrider_voice::{OutputVariable, TransferTrigger};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::Body;
use super::ids;

/// Rows asked for at a time where a list is given whole.
pub(super) const ROWS: i64 = 100;

/// How an agent calls.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentConfig {
    /// The shape of the conversation, such as `appointment_booking`; `outreach` for an agent that was made without a template.
    flow_type: String,
    /// What placeholders are filled with: the business's details, and the template's own values for what they leave out.
    dynamic_variables: BTreeMap<String, String>,
    /// What each call finds out beside what the template asks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output_variables: Vec<OutputVariable>,
    /// When a call goes to a person beside the template's own cases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transfer_triggers: Vec<TransferTrigger>,
}

/// An agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// Key: 24 hexadecimal digits.
    id: String,
    /// Display name.
    name: String,
    /// `configured`, or `inactive` while it is switched off and may not call.
    status: &'static str,
    /// How it calls.
    agent_config: AgentConfig,
}

impl Agent {
    fn of(cx: &Context<'_, '_>, agent: agents::Agent) -> Result<Self> {
        let calling = agent.calling.unwrap_or_default();
        let conversation = calling.conversation(cx.core)?;
        Ok(Self {
            id: ids::write(&agent.id),
            name: agent.name,
            status: if agent.active { "configured" } else { "inactive" },
            agent_config: AgentConfig {
                flow_type: conversation.flow_type,
                dynamic_variables: conversation.values,
                output_variables: calling.output_variables,
                transfer_triggers: calling.transfer_triggers,
            },
        })
    }
}

/// `POST /api/v1/agents`.
pub struct CreateAgent;

/// What an agent is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewAgent {
    /// Slug of a call template, such as `dental-appointment`.
    template_slug: String,
    /// The template's placeholders and what stands in their place. `timeZone` (IANA) and `country` tell beside it where the
    /// people live whom the agent calls: nobody is called without that.
    business_details: BTreeMap<String, String>,
    /// What each call is to find out; only where the template is dynamic. An entry is a name, or an object with a `name` and, if you
    /// like, `type`, `description`, `question`, `options`, `format`, `min`, `max`.
    #[serde(default)]
    output_variables: Option<Vec<Value>>,
    /// When a call goes to a person, in words; only where the template is dynamic.
    #[serde(default)]
    transfer_triggers: Option<Vec<Trigger>>,
}

/// When a call goes to a person.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Trigger {
    /// The condition in words.
    when: String,
}

/// A new agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedAgent {
    /// The agent.
    #[serde(flatten)]
    agent: Agent,
    /// The whole of what it is told to say and do.
    assembled_prompt: String,
}

/// Fields of an output variable; others are passed over, as everywhere in a body.
const VARIABLE: [&str; 10] =
    ["name", "type", "description", "question", "options", "format", "min", "max", "future", "past"];

fn output_variable(entry: &Value) -> std::result::Result<OutputVariable, String> {
    let fields = match entry {
        Value::String(name) => json!({ "name": name }),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| VARIABLE.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        _ => return Err("An output variable is a name or an object with a name.".to_owned()),
    };
    OutputVariable::deserialize(fields).map_err(|error| error.to_string())
}

fn output_variables(entries: Option<Vec<Value>>) -> Result<Vec<OutputVariable>> {
    let read = entries.unwrap_or_default().iter().map(output_variable).collect::<std::result::Result<_, _>>();
    read.map_err(|problem| Error::invalid("outputVariables", problem))
}

fn is_trigger(entry: &Value) -> std::result::Result<(), String> {
    match entry.get("when") {
        Some(Value::String(_)) => Ok(()),
        _ => Err("A transfer trigger is an object with the text when.".to_owned()),
    }
}

fn check(input: &Value) -> Result<()> {
    let mut body = Body::of(input);
    body.text("templateSlug");
    if let Some(details) = body.required("businessDetails") {
        body.texts("businessDetails", details);
        if details.get("timeZone").is_some_and(|zone| zone.as_str().is_some_and(|zone| !super::calls::is_zone(zone))) {
            body.refuse("businessDetails.timeZone", super::calls::NO_ZONE);
        }
    }
    body.list("outputVariables", |entry| output_variable(entry).map(drop));
    body.list("transferTriggers", is_trigger);
    body.done()
}

/// A problem of an agent's calls in the words of this API's fields.
fn translated((field, problem): (String, String)) -> (String, String) {
    for (native, own) in [
        ("values", "businessDetails"),
        ("output_variables", "outputVariables"),
        ("transfer_triggers", "transferTriggers"),
    ] {
        if let Some(rest) = field.strip_prefix(native) {
            return (format!("{own}{rest}"), problem.replacen(native, own, 1));
        }
    }
    (field, problem)
}

impl Operation for CreateAgent {
    const SPEC: Spec = Spec::create(
        "create_agent",
        "agents",
        "/api/v1/agents",
        "agents:write",
        "Create an agent from a call template.",
    )
    .describe("Each required placeholder that is missing is named in `fields`, as `businessDetails.NAME`.")
    .fails(&[code::RESOURCE_NOT_FOUND]);
    const CHECK: Option<fn(&Value) -> Result<()>> = Some(check);
    type Input = NewAgent;
    type Output = CreatedAgent;

    fn run(cx: &mut Context<'_, '_>, input: NewAgent) -> Result<CreatedAgent> {
        let template = within::<GetCallTemplate>(cx, json!({ "call_template": input.template_slug }))
            .map_err(|error| error.at("templateSlug"))?;
        let calling = Calling {
            template: Some(input.template_slug),
            values: input.business_details,
            output_variables: output_variables(input.output_variables)?,
            transfer_triggers: input
                .transfer_triggers
                .unwrap_or_default()
                .into_iter()
                .map(|trigger| TransferTrigger { when: trigger.when })
                .collect(),
            transfer_to: None,
        };
        let problems = calling.problems(cx.core)?;
        if !problems.is_empty() {
            return Err(Error::invalid_fields(problems.into_iter().map(translated).collect()));
        }
        let assembled_prompt = calling.assembled_prompt(cx.core)?.unwrap_or_default();
        let asked = json!({
            "name": template.agent_name, "type": "outbound", "outreach_model": "call",
            "language": template.template.language, "calling": calling,
        });
        let agent = within::<create_agent::CreateAgent>(cx, asked)?;
        Ok(CreatedAgent { agent: Agent::of(cx, agent)?, assembled_prompt })
    }
}

/// `GET /api/v1/agents`.
pub struct ListAgents;

/// Nothing is asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Nothing {}

impl Operation for ListAgents {
    const SPEC: Spec =
        Spec::get("list_agents", "agents", "/api/v1/agents", "agents:read", "List every agent, newest first.")
            .describe("The list is whole, and of one moment.");
    type Input = Nothing;
    type Output = Vec<Agent>;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Vec<Agent>> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = within::<list_agents::ListAgents>(cx, json!({ "limit": ROWS, "cursor": cursor }))?;
            for agent in page.items {
                all.push(Agent::of(cx, agent)?);
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }
}

/// `GET /api/v1/agents/{id}`.
pub struct GetAgent;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Which {
    /// Its id: 24 hexadecimal digits.
    pub(super) id: String,
}

impl Operation for GetAgent {
    const SPEC: Spec = Spec::get("get_agent", "agents", "/api/v1/agents/{id}", "agents:read", "Get an agent.")
        .fails(&[ids::INVALID_ID, code::RESOURCE_NOT_FOUND]);
    type Input = Which;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, input: Which) -> Result<Agent> {
        let id: AgentId = ids::read(&input.id, "id")?;
        let found = within::<get_agent::GetAgent>(cx, json!({ "agent_id": id })).map_err(|error| error.at("id"))?;
        Agent::of(cx, found.agent)
    }
}

/// `DELETE /api/v1/agents/{id}`.
pub struct DeleteAgent;

/// It is done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    /// Always true.
    ok: bool,
}

impl Operation for DeleteAgent {
    const SPEC: Spec =
        Spec::delete("delete_agent", "agents", "/api/v1/agents/{id}", "agents:write", "Delete an agent.")
            .describe("Its numbers are free again; its calls that wait are canceled, and those that were placed stay listed. An agent in whose name a sequence or a mailbox works is kept: 409.")
            .effect(Effect::Destructive)
            .fails(&[ids::INVALID_ID, code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Which;
    type Output = Done;

    fn run(cx: &mut Context<'_, '_>, input: Which) -> Result<Done> {
        let id: AgentId = ids::read(&input.id, "id")?;
        provide::back_from_agent(cx, id)?;
        within::<delete_agent::DeleteAgent>(cx, json!({ "agent_id": id })).map_err(|error| error.at("id"))?;
        Ok(Done { ok: true })
    }
}
