//! `list_companies`: companies by page.

use outrider_store::companies as rows;

use super::Company;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists companies.
pub struct ListCompanies;

impl Operation for ListCompanies {
    const SPEC: Spec =
        Spec::list("list_companies", "companies", "/companies", "companies:read", "List companies, newest first.");
    type Input = PageInput;
    type Output = Page<Company>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Company>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Company::from))
    }
}
