//! `list_templates`: templates by page.

use outrider_store::templates as rows;

use super::Template;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists templates.
pub struct ListTemplates;

impl Operation for ListTemplates {
    const SPEC: Spec =
        Spec::list("list_templates", "templates", "/templates", "templates:read", "List templates, newest first.");
    type Input = PageInput;
    type Output = Page<Template>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Template>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Template::from))
    }
}
