//! The playbook part of an agent: what it follows, whom it watches and when. Its shape and checks; runs do the work.

pub mod get_playbook;
pub mod list_playbooks;
pub mod monitoring;
pub mod save;
pub mod schedule;
pub mod triggers;

use outrider_domain::id::{AgentId, IdentityId};
use outrider_domain::patch::Patch;
use outrider_domain::playbook::Structure;
use outrider_domain::time::Millis;
use outrider_store::jobs;
use outrider_store::playbooks as rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agents::Agent;
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;

pub use monitoring::Monitoring;

/// The kind of the job that starts scheduled runs; its subject is the agent.
pub const JOB: &str = "playbook_schedule";

/// For planners that ask a language model; the built-in planner needs none of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct LlmConfig {
    /// Who runs the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub provider: Option<String>,
    /// Which model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub model: Option<String>,
    /// How freely it writes, 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f64>,
    /// Longest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_tokens: Option<i64>,
}

/// The playbook part of an agent, to be set or changed: absent fields stay, null clears one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct PlaybookInput {
    /// What the agent is for.
    pub description: Patch<String>,
    /// A playbook of the catalog to begin from: gives text, steps and, where you say nothing, monitoring.
    pub template: Patch<String>,
    /// The playbook for people, as Markdown. Steps under a heading `## Steps` are followed.
    pub playbook_md: Patch<String>,
    /// The steps, instead of those in the Markdown.
    pub structure: Patch<Structure>,
    /// What it may do, such as `email`, `linkedin`, `notes`, `crm_sync`; everything when empty.
    pub capabilities: Patch<Vec<String>>,
    /// The sender it writes as; any that fits when absent.
    pub identity_id: Patch<IdentityId>,
    /// Whom it watches and when.
    pub monitoring: Patch<Monitoring>,
    /// For planners that ask a language model.
    pub llm_config: Patch<LlmConfig>,
    /// Whether it works; false when absent.
    pub enabled: Patch<bool>,
}

/// The playbook part of an agent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct PlaybookPart {
    /// What the agent is for.
    pub description: Option<String>,
    /// The playbook of the catalog it began from.
    pub template: Option<String>,
    /// The playbook for people.
    pub playbook_md: Option<String>,
    /// Counts changes of what is followed, from 1; a run keeps what it began with.
    pub version: i64,
    /// What the built-in planner follows; null when the text has no steps it could follow.
    pub structure: Option<Structure>,
    /// What it may do; everything when empty.
    pub capabilities: Vec<String>,
    /// The sender it writes as.
    pub identity_id: Option<IdentityId>,
    /// Whom it watches and when.
    pub monitoring: Monitoring,
    /// For planners that ask a language model.
    pub llm_config: Option<LlmConfig>,
    /// Whether it works.
    pub enabled: bool,
    /// When the schedule comes next.
    pub next_run_at: Option<Millis>,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

/// An agent's playbook as it is shown.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn part(cx: &mut Context<'_, '_>, agent: AgentId) -> Result<Option<PlaybookPart>> {
    let Some(row) = rows::find(cx.tx, cx.project, agent)? else { return Ok(None) };
    let next = jobs::find(cx.tx, cx.project, JOB, agent.0)?.and_then(|job| job.due_at).filter(|_| row.enabled);
    Ok(Some(PlaybookPart {
        structure: structure(&row)?,
        monitoring: monitoring(&row)?,
        capabilities: read_json(&row.capabilities, "an agent's capabilities")?,
        llm_config: row.llm_config.as_deref().map(|json| read_json(json, "a model's settings")).transpose()?,
        description: row.description,
        template: row.template,
        playbook_md: row.markdown,
        version: row.version,
        identity_id: row.identity_id,
        enabled: row.enabled,
        next_run_at: next,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }))
}

/// Agents by place, newest first, and how many there are: those that work or don't, those that began from a playbook of the
/// catalog, or all.
///
/// # Errors
/// When the database fails.
pub fn agents_by_place(
    cx: &mut Context<'_, '_>,
    enabled: Option<bool>,
    template: Option<String>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Agent>, i64)> {
    let (ids, total) = rows::list_agents(cx.tx, cx.project, &rows::Filter { enabled, template }, limit, offset)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = outrider_store::agents::get(cx.tx, cx.project, id)?;
        found.push(Agent::of(cx, row)?);
    }
    Ok((found, total))
}

/// Agents that have a playbook, by place, newest first, and how many there are.
///
/// # Errors
/// When the database fails.
pub fn followers_by_place(cx: &mut Context<'_, '_>, limit: i64, offset: i64) -> Result<(Vec<Agent>, i64)> {
    let (ids, total) = rows::page(cx.tx, cx.project, limit, offset)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = outrider_store::agents::get(cx.tx, cx.project, id)?;
        found.push(Agent::of(cx, row)?);
    }
    Ok((found, total))
}

/// The steps of a stored playbook.
///
/// # Errors
/// `internal_error` when they can't be read.
pub fn structure(row: &rows::Playbook) -> Result<Option<Structure>> {
    row.structure.as_deref().map(|json| read_json(json, "a playbook's steps")).transpose()
}

/// Whom a stored playbook watches.
///
/// # Errors
/// `internal_error` when it can't be read.
pub fn monitoring(row: &rows::Playbook) -> Result<Monitoring> {
    read_json(&row.monitoring, "an agent's monitoring")
}
