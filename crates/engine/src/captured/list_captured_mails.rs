//! `list_captured_mails`: what the capture mailbox holds, by page.

use outrider_store::messages as rows;

use super::CapturedMail;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists captured mails.
pub struct ListCapturedMails;

impl Operation for ListCapturedMails {
    const SPEC: Spec = Spec::list(
        "list_captured_mails",
        "captured_mails",
        "/captured-mails",
        "emails:read",
        "List what the capture mailbox caught, newest first.",
    );
    type Input = PageInput;
    type Output = Page<CapturedMail>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<CapturedMail>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list_captured(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, CapturedMail::from))
    }
}
