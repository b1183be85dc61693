//! `update_agent`: some fields of an agent.

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::id::AgentId;
use outrider_domain::patch::Patch;
use outrider_store::agents as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::calling::{self, Calling};
use super::{Agent, AgentType, Brain, OutreachModel, check_policy};
use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::{changed, kept, patched, patched_required, to_json};
use crate::gates::snapshot::read_json;
use crate::leads::missing;
use crate::operation::{Operation, Spec};
use crate::playbooks::PlaybookInput;
use crate::playbooks::save::{remove, save};

/// Changes an agent.
pub struct UpdateAgent;

/// The fields to change; null clears one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The agent.
    agent_id: AgentId,
    /// Display name.
    #[serde(default)]
    name: Patch<String>,
    /// `outbound` or `inbound`.
    #[serde(default, rename = "type")]
    kind: Patch<AgentType>,
    /// Whether it may act at all; while not, everything in its name is held.
    #[serde(default)]
    active: Patch<bool>,
    /// Whether it acts by itself.
    #[serde(default)]
    automation_enabled: Patch<bool>,
    /// What it reaches out by.
    #[serde(default)]
    outreach_model: Patch<OutreachModel>,
    /// Language it writes in.
    #[serde(default)]
    language: Patch<String>,
    /// When a person must approve; null for the project's policy.
    #[serde(default)]
    autonomy: Patch<ChannelAutonomy>,
    /// The playbook it follows by itself: the fields to change; null takes it away.
    #[serde(default)]
    playbook: Patch<PlaybookInput>,
    /// Who it is and how it behaves.
    #[serde(default)]
    system_prompt: Patch<String>,
    /// What the product is.
    #[serde(default)]
    product_explanation: Patch<String>,
    /// Why it is worth having.
    #[serde(default)]
    value_proposition: Patch<String>,
    /// What troubles the people it writes to.
    #[serde(default)]
    pain_points: Patch<String>,
    /// What they gain.
    #[serde(default)]
    benefits: Patch<String>,
    /// What sets the product apart.
    #[serde(default)]
    features_differentiators: Patch<String>,
    /// The product in a breath.
    #[serde(default)]
    elevator_pitch: Patch<String>,
    /// How a call opens.
    #[serde(default)]
    first_message: Patch<String>,
    /// What it needs to know to write mails.
    #[serde(default)]
    email_knowledge: Patch<String>,
    /// A mail to write like.
    #[serde(default)]
    example_email: Patch<String>,
    /// How it calls, whole; null for a short outreach from its brain.
    #[serde(default)]
    calling: Patch<Calling>,
}

impl Operation for UpdateAgent {
    const SPEC: Spec = Spec::patch("update_agent", "agents", "/agents/{agent_id}", "agents:write", "Change an agent.")
        .describe("Send only the fields to change; null clears one. Activating an agent lets go what was held for it. A policy that asks less needs the scope actions:approve.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Agent;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Agent> {
        let before =
            rows::lock(cx.tx, cx.project, input.agent_id).map_err(|error| missing(error, "agent", "agent_id"))?;
        let mut after = before.clone();
        after.name = patched_required("name", input.name, after.name)?;
        after.active = kept("active", input.active, after.active)?;
        after.automation_enabled = kept("automation_enabled", input.automation_enabled, after.automation_enabled)?;
        after.language = patched("language", input.language, after.language)?;
        if input.kind.is_present() {
            kept("type", input.kind, AgentType::Outbound)?.as_str().clone_into(&mut after.kind);
        }
        if input.outreach_model.is_present() {
            kept("outreach_model", input.outreach_model, OutreachModel::Email)?
                .as_str()
                .clone_into(&mut after.outreach_model);
        }
        if input.autonomy.is_present() {
            let current: Option<ChannelAutonomy> =
                before.autonomy.as_deref().map(|json| read_json(json, "an agent's policy")).transpose()?;
            let policy = input.autonomy.apply(None);
            check_policy(cx, current.as_ref(), policy.as_ref())?;
            after.autonomy = policy.as_ref().map(to_json).transpose()?;
        }
        if input.calling.is_present() {
            let calling = input.calling.apply(None);
            if let Some(calling) = &calling {
                calling::check(cx, "calling", calling)?;
            }
            after.calling = calling.as_ref().map(to_json).transpose()?;
        }
        let mut brain: Brain = serde_json::from_str(&after.brain).unwrap_or_default();
        let brain_fields = brain.patch([
            input.system_prompt,
            input.product_explanation,
            input.value_proposition,
            input.pain_points,
            input.benefits,
            input.features_differentiators,
            input.elevator_pitch,
            input.first_message,
            input.email_knowledge,
            input.example_email,
        ])?;
        let mut fields = changed(&[
            ("name", before.name != after.name),
            ("type", before.kind != after.kind),
            ("active", before.active != after.active),
            ("automation_enabled", before.automation_enabled != after.automation_enabled),
            ("outreach_model", before.outreach_model != after.outreach_model),
            ("language", before.language != after.language),
            ("autonomy", before.autonomy != after.autonomy),
            ("calling", before.calling != after.calling),
        ]);
        fields.extend(&brain_fields);
        match input.playbook {
            Patch::Absent => {}
            Patch::Null => {
                remove(cx, before.id)?;
                fields.push("playbook");
            }
            Patch::Value(playbook) => {
                if !save(cx, before.id, playbook, "playbook")?.is_empty() {
                    fields.push("playbook");
                }
            }
        }
        if fields.is_empty() {
            return Agent::of(cx, before);
        }
        if !brain_fields.is_empty() {
            after.brain = to_json(&brain)?;
        }
        cx.plan.push(json!({ "update_agent": { "id": after.id, "fields": fields, "active": after.active } }));
        after.updated_at = cx.now;
        after.clone().save(cx.tx)?;
        cx.emit(Event::new("agent.updated").agent(after.id).subject(after.id).data(json!({ "fields": fields })));
        if after.active && !before.active {
            outrider_store::jobs::wake(cx.tx, cx.project, "agent", cx.now)?;
        }
        if before.calling != after.calling {
            // Calls that could not be spoken are made anew.
            outrider_store::jobs::wake(cx.tx, cx.project, "content", cx.now)?;
        }
        Agent::of(cx, after)
    }
}
