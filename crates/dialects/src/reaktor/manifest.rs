//! The agent manifest at its two addresses, the same bytes at both.

use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::core::Settings;
use outrider_engine::operation::{Operation, Spec};
use outrider_engine::sub_agents::create_sub_agent::HOURLY as AGENTS_HOURLY;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::agents::Nothing;
use super::catalog::{HOURLY, catalog};
use super::style::{REQUESTS, RESEARCH, SUBMISSIONS};

/// What its operations are listed under; answers under it may be kept for five minutes.
pub(super) const TAG: &str = "manifest";
/// The version of the contract that is spoken.
pub(super) const VERSION: &str = "1.4.0";

/// The manifest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Manifest(Map<String, Value>);

/// Where the dialect is, without a slash at the end: at a host of its own, or below its mount.
pub(super) fn base(settings: &Settings) -> String {
    settings.dialect_hosts.iter().find(|(dialect, _)| dialect == "reaktor").map_or_else(
        || format!("{}/reaktor", settings.public_url),
        |(_, host)| {
            let scheme = settings.public_url.split("://").next().unwrap_or("https");
            format!("{scheme}://{host}")
        },
    )
}

fn manifest(settings: &Settings) -> Manifest {
    let base = base(settings);
    let catalog = catalog(settings);
    let link = |path: &str| format!("{base}{path}");
    let packs: Vec<Value> = settings
        .packs
        .by_price()
        .into_iter()
        .map(|(id, pack)| {
            let mut shown = json!({ "id": id, "name": pack.name, "credits": pack.credits, "amount": pack.amount, "currency": pack.currency });
            if pack.currency == "usd" {
                shown["priceUsd"] = json!(f64::from(pack.amount) / 100.0);
            }
            shown
        })
        .collect();
    let value = json!({
        "name": "Data Reaktor",
        "description": "Give it a lead, get a score, a message, a brief, a sequence or a script; metered in credits.",
        "url": base,
        "version": VERSION,
        "authentication": { "schemes": ["apiKey", "bearer"], "header": "X-API-Key", "keyFormat": "drk_…" },
        "capabilities": catalog,
        "links": {
            "openapi": link("/api/v1/openapi.json"),
            "capabilities": link("/api/v1/capabilities"),
            "skills": link("/api/v1/skills"),
            "workflows": link("/api/v1/workflows"),
            "errors": link("/api/v1/errors"),
            "estimate": link("/api/v1/tasks/estimate"),
            "llms": link("/llms.txt"),
            "llmsFull": link("/llms-full.txt"),
            "context": link("/CONTEXT.md"),
            "help": link("/help"),
            "mcp": link("/mcp"),
            "agentCard": link("/.well-known/agent-card.json"),
            "a2a": link("/a2a"),
        },
        "status": { "version": VERSION, "beta": true, "deprecatedTaskTypes": [], "changelogUrl": link("/AGENTS.md") },
        "pricing": { "unit": "credits", "creditPacks": packs, "checkout": link("/api/v1/billing/checkout") },
        "rateLimits": {
            "requestsPerMinute": REQUESTS,
            "taskSubmissionsPerMinute": SUBMISSIONS,
            "researchSubmissionsPerMinute": RESEARCH,
            "subAgentCreatesPerHour": AGENTS_HOURLY,
            "headers": ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Credits-Remaining"],
        },
    });
    Manifest(value.as_object().cloned().unwrap_or_default())
}

/// `GET /.well-known/agent.json`.
pub struct GetManifest;

impl Operation for GetManifest {
    const SPEC: Spec =
        Spec::get("get_manifest", TAG, "/.well-known/agent.json", "tasks:read", "Get the agent manifest.")
            .public(HOURLY);
    type Input = Nothing;
    type Output = Manifest;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Manifest> {
        Ok(manifest(&cx.core.settings))
    }
}

/// `GET /agent.json`.
pub struct GetRootManifest;

impl Operation for GetRootManifest {
    const SPEC: Spec =
        Spec::get("get_root_manifest", TAG, "/agent.json", "tasks:read", "Get the same agent manifest.").public(HOURLY);
    type Input = Nothing;
    type Output = Manifest;

    fn run(cx: &mut Context<'_, '_>, _: Nothing) -> Result<Manifest> {
        Ok(manifest(&cx.core.settings))
    }
}
