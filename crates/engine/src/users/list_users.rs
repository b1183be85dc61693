//! `list_users`: the people of the caller's organization.

use outrider_store::projects as rows;

use super::User;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists users.
pub struct ListUsers;

impl Operation for ListUsers {
    const SPEC: Spec = Spec::list(
        "list_users",
        "users",
        "/users",
        "users:read",
        "List the people of your organization, newest first.",
    );
    type Input = PageInput;
    type Output = Page<User>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<User>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let organization = rows::get(cx.tx, cx.project)?.organization_id;
        let rows = rows::users_before(cx.tx, organization, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, User::from))
    }
}
