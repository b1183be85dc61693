//! `get_project`: one project of the caller's organization.

use outrider_domain::id::ProjectId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Project, visible};
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Spec};

/// Gets a project.
pub struct GetProject;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The project.
    project_id: ProjectId,
}

impl Operation for GetProject {
    const SPEC: Spec =
        Spec::get("get_project", "projects", "/projects/{project_id}", "projects:read", "Get a project.");
    type Input = Input;
    type Output = Project;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Project> {
        Ok(visible(cx, input.project_id)?.into())
    }
}
