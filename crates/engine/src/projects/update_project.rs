//! `update_project`: name, zone and policy of the caller's own project.

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::id::ProjectId;
use outrider_domain::patch::Patch;
use outrider_domain::window::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Project, visible};
use crate::autonomy::check_change;
use crate::connected::{self, check_policy};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{changed, kept, patched_required, to_json};
use crate::gates::snapshot::read_json;
use crate::operation::{Operation, Spec};
use crate::principal::Actor;

/// Changes a project.
pub struct UpdateProject;

/// The fields to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The project.
    project_id: ProjectId,
    /// Display name.
    #[serde(default)]
    name: Patch<String>,
    /// For leads that have none of their own.
    #[serde(default)]
    time_zone: Patch<TimeZone>,
    /// When a person must approve, for agents without a policy of their own.
    #[serde(default)]
    autonomy: Patch<ChannelAutonomy>,
    /// Whether the key that proposed an action may also approve it. A key can forbid this, only a person can permit it.
    #[serde(default)]
    self_approval: Patch<bool>,
    /// What connected agents may do alone; null to leave it to each surface.
    #[serde(default)]
    connected_agents: Patch<ChannelAutonomy>,
}

impl Operation for UpdateProject {
    const SPEC: Spec = Spec::patch("update_project", "projects", "/projects/{project_id}", "projects:write", "Change your project.")
        .describe("A key changes its own project only. A policy holds for what is proposed from now on; one that asks less needs the scope actions:approve.")
        .previews()
        .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Project;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Project> {
        if input.project_id != cx.project && cx.actor != Actor::Operator {
            return Err(Error::not_found("project").at("project_id"));
        }
        let before = visible(cx, input.project_id)?;
        let mut after = before.clone();
        after.name = patched_required("name", input.name, after.name)?;
        if input.time_zone.is_present() {
            after.time_zone = kept("time_zone", input.time_zone, TimeZone::UTC)?.to_string();
        }
        if input.autonomy.is_present() {
            let policy = kept("autonomy", input.autonomy, ChannelAutonomy::default())?;
            let current: ChannelAutonomy = read_json(&before.autonomy, "a project's policy")?;
            check_change(cx, &current, &policy)?;
            after.autonomy = to_json(&policy)?;
        }
        after.self_approval = kept("self_approval", input.self_approval, after.self_approval)?;
        if after.self_approval && !before.self_approval && matches!(cx.actor, Actor::Key(_)) {
            return Err(Error::new(
                code::INSUFFICIENT_SCOPE,
                "Only a person who signed in, or the operator, may let keys approve what they proposed themselves.",
            )
            .at("self_approval"));
        }
        if input.connected_agents.is_present() {
            let policy = input.connected_agents.apply(None);
            check_policy(cx, connected::policy_of(&before)?.as_ref(), policy.as_ref())?;
            after.connected_agents = policy.as_ref().map(to_json).transpose()?;
        }
        let fields = changed(&[
            ("name", before.name != after.name),
            ("time_zone", before.time_zone != after.time_zone),
            ("autonomy", before.autonomy != after.autonomy),
            ("self_approval", before.self_approval != after.self_approval),
            ("connected_agents", before.connected_agents != after.connected_agents),
        ]);
        if fields.is_empty() {
            return Ok(before.into());
        }
        cx.plan.push(json!({ "update_project": { "id": after.id, "fields": fields } }));
        after.clone().save(cx.tx)?;
        cx.emit(Event::new("project.updated").subject(after.id).data(json!({ "fields": fields })));
        Ok(after.into())
    }
}
