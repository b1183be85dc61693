//! `list_tokens`: the caller's own personal access tokens, without secrets.

use outrider_store::keys as rows;

use super::DIALECT;
use crate::context::Context;
use crate::error::Result;
use crate::keys::Key;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists personal tokens.
pub struct ListTokens;

impl Operation for ListTokens {
    const SPEC: Spec = Spec::list(
        "list_tokens",
        "tokens",
        "/tokens",
        "keys:read",
        "List your own personal access tokens, newest first.",
    );
    type Input = PageInput;
    type Output = Page<Key>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Key>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = match cx.principal.user {
            Some(user) => rows::of_person(cx.tx, cx.project, user, DIALECT, request.before, request.fetch())?,
            None => Vec::new(),
        };
        Ok(page::close(cx, &request, rows, |row| row.id.0, Key::from))
    }
}
