//! Projects as Cora shows them.

use outrider_domain::id::{OrganizationId, ProjectId};
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Page, Spec, within};
use outrider_engine::page::PageInput;
use outrider_engine::projects;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// A project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Project {
    /// Key.
    id: ProjectId,
    /// Display name.
    name: String,
    /// The company it belongs to.
    org_id: OrganizationId,
}

impl From<projects::Project> for Project {
    fn from(project: projects::Project) -> Self {
        Self { id: project.id, name: project.name, org_id: project.org_id }
    }
}

/// `GET /api/v1/projects`.
pub struct ListProjects;

impl Operation for ListProjects {
    const SPEC: Spec = Spec::list(
        "list_projects",
        "projects",
        "/api/v1/projects",
        "projects:read",
        "List the projects of your company, newest first.",
    );
    type Input = PageInput;
    type Output = Page<Project>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Project>> {
        let page = within::<projects::list_projects::ListProjects>(
            cx,
            json!({ "limit": input.limit, "cursor": input.cursor }),
        )?;
        Ok(page.map(Project::from))
    }
}
