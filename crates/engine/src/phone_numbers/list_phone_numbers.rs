//! `list_phone_numbers`: numbers by page, newest first.

use outrider_store::identities as rows;

use super::PhoneNumber;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists phone numbers.
pub struct ListPhoneNumbers;

impl Operation for ListPhoneNumbers {
    const SPEC: Spec = Spec::list(
        "list_phone_numbers",
        "phone_numbers",
        "/phone-numbers",
        "identities:read",
        "List phone numbers, newest first.",
    );
    type Input = PageInput;
    type Output = Page<PhoneNumber>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<PhoneNumber>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, Some(rows::PHONE), request.before, request.fetch())?;
        let page = page::close(cx, &request, rows, |row| row.id.0, |row| row);
        let items = page.items.into_iter().map(|row| PhoneNumber::of(cx, row)).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }
}
