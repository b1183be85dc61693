//! `list_identities`: senders by page, each with what today leaves it.

use outrider_store::identities as rows;

use super::Identity;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists identities.
pub struct ListIdentities;

impl Operation for ListIdentities {
    const SPEC: Spec =
        Spec::list("list_identities", "identities", "/identities", "identities:read", "List senders, newest first.");
    type Input = PageInput;
    type Output = Page<Identity>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Identity>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, None, request.before, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
        let items = page.items.into_iter().map(|row| Identity::of(cx, row)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
