//! Projects as Cora shows them.

use outrider_domain::id::{OrganizationId, ProjectId};
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Operation, Page, Spec, within};
use outrider_engine::projects;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::page::Paging;

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
    type Input = Paging;
    type Output = Page<Project>;

    fn run(cx: &mut Context<'_, '_>, input: Paging) -> Result<Page<Project>> {
        let page = within::<projects::list_projects::ListProjects>(cx, input.native())?;
        Ok(page.map(Project::from))
    }
}

/// `POST /api/v1/projects`.
pub struct CreateProject;

/// What a project is made of.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewProject {
    /// Its name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

impl Operation for CreateProject {
    const SPEC: Spec = Spec::create(
        "create_project",
        "projects",
        "/api/v1/projects",
        "projects:write",
        "Create a project in your company.",
    )
    .describe(
        "Through MCP its id is the project_id of other tools. A key keeps seeing the project it was made for alone.",
    );
    type Input = NewProject;
    type Output = Project;

    fn run(cx: &mut Context<'_, '_>, input: NewProject) -> Result<Project> {
        within::<projects::create_project::CreateProject>(cx, json!({ "name": input.name })).map(Project::from)
    }
}
