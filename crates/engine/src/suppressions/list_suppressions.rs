//! `list_suppressions`: suppressions by page.

use outrider_store::suppressions as rows;

use super::Suppression;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists suppressions.
pub struct ListSuppressions;

impl Operation for ListSuppressions {
    const SPEC: Spec = Spec::list(
        "list_suppressions",
        "suppressions",
        "/suppressions",
        "suppressions:read",
        "List suppressions, newest first.",
    );
    type Input = PageInput;
    type Output = Page<Suppression>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Suppression>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Suppression::from))
    }
}
