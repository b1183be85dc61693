//! `list_projects`: the projects of the caller's organization.

use outrider_store::projects as rows;

use super::Project;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists projects.
pub struct ListProjects;

impl Operation for ListProjects {
    const SPEC: Spec = Spec::list(
        "list_projects",
        "projects",
        "/projects",
        "projects:read",
        "List your organization's projects, newest first.",
    );
    type Input = PageInput;
    type Output = Page<Project>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Project>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let organization = rows::get(cx.tx, cx.project)?.organization_id;
        let rows = rows::list_before(cx.tx, organization, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Project::from))
    }
}
