//! `list_segments`: stored filters by page.

use outrider_store::segments as rows;

use super::Segment;
use crate::context::Context;
use crate::error::Result;
use crate::operation::{Operation, Page, Spec};
use crate::page::{self, PageInput};

/// Lists segments.
pub struct ListSegments;

impl Operation for ListSegments {
    const SPEC: Spec =
        Spec::list("list_segments", "segments", "/segments", "leads:read", "List segments, newest first.");
    type Input = PageInput;
    type Output = Page<Segment>;

    fn run(cx: &mut Context<'_, '_>, input: PageInput) -> Result<Page<Segment>> {
        let request = input.open(cx, Self::SPEC.name)?;
        let rows = rows::list(cx.tx, cx.project, request.before, request.fetch())?;
        Ok(page::close(cx, &request, rows, |row| row.id.0, Segment::from))
    }
}
