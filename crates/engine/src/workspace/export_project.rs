//! `export_project`: the project as `apply_project` takes it.

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::window::TimeZone;
use outrider_domain::workspace::{ProjectEntry, SuppressionEntry};
use outrider_store::{agents, identities, projects, sequences, suppressions, templates};
use serde_json::json;

use super::{agent_entry, agent_names, all, entry, identity_entry, sequence_entry, template_entry};
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;
use crate::operation::{Empty, Operation, Spec};

/// Exports the project.
pub struct ExportProject;

impl Operation for ExportProject {
    const SPEC: Spec = Spec::get(
        "export_project",
        "workspace",
        "/workspace/export",
        "workspace:read",
        "Write the project's set-up out.",
    )
    .describe("Applying the answer changes nothing. Leads, mails, logs, credits and archived sequences are not in it.");
    type Input = Empty;
    type Output = ProjectEntry;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<ProjectEntry> {
        let project = projects::get(cx.tx, cx.project)?;
        let stopped = projects::kill_switches(cx.tx, cx.project)?.iter().any(|switch| !switch.everywhere);
        let names = agent_names(cx)?;
        let agents = all(
            cx,
            |row: &agents::Agent| row.id.0,
            |cx, before, limit| Ok(agents::list(cx.tx, cx.project, None, before, limit)?),
        )?;
        let identities = all(
            cx,
            |row: &identities::Identity| row.id.0,
            |cx, before, limit| Ok(identities::list(cx.tx, cx.project, before, limit)?),
        )?;
        let templates = all(
            cx,
            |row: &templates::Template| row.id.0,
            |cx, before, limit| Ok(templates::list(cx.tx, cx.project, before, limit)?),
        )?;
        let sequences = all(
            cx,
            |row: &sequences::Sequence| row.id.0,
            |cx, before, limit| Ok(sequences::list(cx.tx, cx.project, before, limit)?),
        )?;
        let autonomy: ChannelAutonomy = read_json(&project.autonomy, "a project's policy")?;
        Ok(ProjectEntry {
            slug: project.slug,
            name: project.name,
            plan: project.plan,
            time_zone: TimeZone::parse(&project.time_zone).unwrap_or(TimeZone::UTC),
            autonomy,
            kill_switch: stopped.then_some(true),
            credits: None,
            agents: agents.iter().map(agent_entry).collect::<Result<_>>()?,
            identities: identities.iter().map(|row| identity_entry(row, &names)).collect::<Result<_>>()?,
            templates: templates.iter().map(template_entry).collect(),
            sequences: sequences
                .iter()
                .filter(|row| row.status != "archived")
                .map(|row| sequence_entry(row, &names))
                .collect::<Result<_>>()?,
            suppressions: suppressed(cx)?,
        })
    }
}

/// Every suppression: whoever sets the file up elsewhere must not write to people who asked not to be written to.
fn suppressed(cx: &mut Context<'_, '_>) -> Result<Vec<SuppressionEntry>> {
    let rows = all(
        cx,
        |row: &suppressions::Suppression| row.id.0,
        |cx, before, limit| Ok(suppressions::list(cx.tx, cx.project, before, limit)?),
    )?;
    let written = |row: suppressions::Suppression| {
        entry(json!({ "kind": row.kind, "value": row.value, "reason": row.reason }), "a suppression")
    };
    rows.into_iter().map(written).collect()
}
