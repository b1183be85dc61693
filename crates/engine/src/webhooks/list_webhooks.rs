//! `list_webhooks`: addresses that are told of events, and how far each has been told.

use outrider_store::webhooks as rows;

use super::View;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists webhooks.
pub struct ListWebhooks;

impl Operation for ListWebhooks {
    const SPEC: Spec = Spec::list("list_webhooks", "webhooks", "/webhooks", "webhooks:read", "List webhooks.");
    type Input = PageInput;
    type Output = Page<View>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<View>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let found = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, found, |row| row.id.0, View::from))
    }
}
