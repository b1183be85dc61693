//! `list_projects`: the projects of the caller's organization.

use outrider_store::projects as rows;

use super::Project;
use crate::context::Context;
use crate::error::Result;
use crate::oauth::access::only_project;
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
    )
    .describe("An application that was let into one project alone sees that one.");
    type Input = PageInput;
    type Output = Page<Project>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Project>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let own = rows::get(cx.tx, cx.project)?;
        if only_project(cx)?.is_some() {
            return Ok(Page { items: vec![Project::from(own)], next_cursor: None });
        }
        let organization = own.organization_id;
        let rows = rows::list_before(cx.tx, organization, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Project::from))
    }
}
