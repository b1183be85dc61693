//! `list_call_templates`: the catalog by page, in the order of the ids.

use super::CallTemplate;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists call templates.
pub struct ListCallTemplates;

impl Operation for ListCallTemplates {
    const SPEC: Spec = Spec::list(
        "list_call_templates",
        "call_templates",
        "/call-templates",
        "templates:read",
        "List the kinds of call an agent can be made for.",
    );
    type Input = PageInput;
    type Output = Page<CallTemplate>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<CallTemplate>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let catalog = cx.core.catalog()?;
        // Pages go down in their key, and ids go up: the key counts from the end.
        let count = i64::try_from(catalog.templates().count()).unwrap_or(i64::MAX);
        let keyed = (0..count).map(|place| count - place).zip(catalog.templates());
        let fetch = usize::try_from(request.fetch()).unwrap_or(usize::MAX);
        let rows: Vec<(i64, CallTemplate)> = keyed
            .filter(|(key, _)| *key < request.before)
            .take(fetch)
            .map(|(key, template)| (key, CallTemplate::from(template)))
            .collect();
        Ok(page::close(cx, &request, rows, |(key, _)| *key, |(_, template)| template))
    }
}
