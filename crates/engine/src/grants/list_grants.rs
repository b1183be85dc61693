//! `list_grants`: the applications connected to the caller's own account; to the operator, everyone's in the organization.

use outrider_store::{oauth_grants as rows, projects};

use super::Grant;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};
use crate::principal::Actor;

/// Lists connected applications.
pub struct ListGrants;

impl Operation for ListGrants {
    const SPEC: Spec = Spec::list(
        "list_grants",
        "grants",
        "/grants",
        "grants:read",
        "List the applications that you let act for you, newest first.",
    )
    .describe("A key sees those of the person it acts for; without a person it sees none.");
    type Input = PageInput;
    type Output = Page<Grant>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Grant>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = match (cx.principal.user, cx.actor) {
            (Some(user), _) => rows::list(cx.tx, user, request.before, cx.now, request.fetch())?,
            (None, Actor::Operator) => {
                let organization = projects::get(cx.tx, cx.project)?.organization_id;
                rows::list_of_organization(cx.tx, organization, request.before, cx.now, request.fetch())?
            }
            (None, _) => Vec::new(),
        };
        Ok(page::close(cx, &request, rows, |row| row.id.0, Grant::from))
    }
}
