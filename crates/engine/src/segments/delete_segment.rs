//! `delete_segment`: a stored filter goes; the leads stay.

use outrider_domain::id::SegmentId;
use outrider_store::segments as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Result, code};
use crate::fields::Deleted;
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Removes a segment.
pub struct DeleteSegment;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The segment.
    segment_id: SegmentId,
}

impl Operation for DeleteSegment {
    const SPEC: Spec =
        Spec::delete("delete_segment", "segments", "/segments/{segment_id}", "leads:write", "Delete a segment.")
            .describe("A filter that still names it finds nobody by it.")
            .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Deleted;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Deleted> {
        let row =
            rows::get(cx.tx, cx.project, input.segment_id).map_err(|error| missing(error, "segment", "segment_id"))?;
        rows::delete(cx.tx, cx.project, row.id)?;
        cx.emit(Event::new("segment.deleted").subject(row.id).data(json!({ "name": row.name })));
        Ok(Deleted::of(row.id))
    }
}
