//! `export_project`: the project as `apply_project` and the workspace file have it.

use outrider_domain::workspace::ProjectEntry;
use outrider_store::projects;

use super::read;
use crate::context::Context;
use crate::error::Result;
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
        let row = projects::get(cx.tx, cx.project)?;
        read::project(cx.tx, row)
    }
}
