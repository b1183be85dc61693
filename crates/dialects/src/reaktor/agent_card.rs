//! The agent card of A2A 1.0, where its clients look for it, beside the manifest. Says only what `super::a2a` does.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::core::Settings;
use outrider_engine::operation::{Operation, Spec};
use outrider_skills::SKILLS;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::a2a::PROTOCOL;
use super::agents::Nothing;
use super::catalog::HOURLY;
use super::manifest::{TAG, VERSION, base};

/// An agent card (A2A 1.0, section 4.4.1).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Card(Map<String, Value>);

fn card(settings: &Settings) -> Card {
    const JSON: &str = "application/json";
    let base = base(settings);
    let skills: Vec<Value> = SKILLS
        .iter()
        .map(|skill| {
            let example = json!({ "skill": skill.name, "input": skill.example() });
            json!({
                "id": skill.name,
                "name": skill.title,
                "description": skill.description,
                "tags": ["sales", skill.name],
                "examples": [example.to_string()],
                "inputModes": [JSON],
                "outputModes": [JSON],
            })
        })
        .collect();
    let card = json!({
        "name": "Data Reaktor",
        "description": "Give it a lead, get a score, a message, a brief, a sequence or a script; metered in credits. Send a data part { \"skill\": …, \"input\": … }.",
        "version": VERSION,
        "supportedInterfaces": [
            { "url": format!("{base}/a2a"), "protocolBinding": "JSONRPC", "protocolVersion": PROTOCOL },
        ],
        "documentationUrl": format!("{base}/AGENTS.md"),
        "capabilities": { "streaming": false, "pushNotifications": false, "extendedAgentCard": false },
        "securitySchemes": {
            "apiKey": { "apiKeySecurityScheme": { "location": "header", "name": "X-API-Key" } },
            "bearer": { "httpAuthSecurityScheme": { "scheme": "Bearer" } },
        },
        "securityRequirements": [
            { "schemes": { "apiKey": { "list": [] } } },
            { "schemes": { "bearer": { "list": [] } } },
        ],
        "defaultInputModes": [JSON, "text/plain"],
        "defaultOutputModes": [JSON],
        "skills": skills,
    });
    Card(card.as_object().cloned().unwrap_or_default())
}

/// `GET /.well-known/agent-card.json`.
pub struct GetAgentCard;

impl Operation for GetAgentCard {
    const SPEC: Spec =
        Spec::get("get_agent_card", TAG, "/.well-known/agent-card.json", "tasks:read", "Get the A2A agent card.")
            .public(HOURLY);
    type Input = Nothing;
    type Output = Card;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Card> {
        Ok(card(&cx.core.settings))
    }
}
