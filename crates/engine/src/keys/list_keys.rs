//! `list_keys`: the project's keys, without secrets.

use outrider_store::keys as rows;

use super::Key;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists API keys.
pub struct ListKeys;

impl Operation for ListKeys {
    const SPEC: Spec = Spec::list("list_keys", "keys", "/keys", "keys:read", "List API keys, newest first.");
    type Input = PageInput;
    type Output = Page<Key>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Key>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Key::from))
    }
}
