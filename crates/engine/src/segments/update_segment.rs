//! `update_segment`: another filter under the same name, or another name.

use outrider_domain::id::SegmentId;
use outrider_domain::patch::Patch;
use outrider_store::segments as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Segment, check_filter};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{kept, patched_required};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Changes a segment.
pub struct UpdateSegment;

/// The fields to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The segment.
    segment_id: SegmentId,
    /// Unique in the project. Filters that use the old name no longer find it.
    #[serde(default)]
    name: Patch<String>,
    /// In the filter language.
    #[serde(default)]
    filter: Patch<String>,
}

impl Operation for UpdateSegment {
    const SPEC: Spec =
        Spec::patch("update_segment", "segments", "/segments/{segment_id}", "leads:write", "Change a segment.")
            .describe("Runs that have begun keep the filter they began with.")
            .fails(&[code::RESOURCE_NOT_FOUND, code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Segment;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Segment> {
        let before =
            rows::get(cx.tx, cx.project, input.segment_id).map_err(|error| missing(error, "segment", "segment_id"))?;
        let name = patched_required("name", input.name, before.name.clone())?;
        let filter = kept("filter", input.filter, before.filter.clone())?;
        check_filter(&filter)?;
        if name != before.name && rows::find(cx.tx, cx.project, &name)?.is_some() {
            return Err(Error::new(code::ALREADY_EXISTS, format!("There is a segment {name} already.")).at("name"));
        }
        let after = rows::Segment { name, filter, updated_at: cx.now, ..before.clone() };
        if (&after.name, &after.filter) == (&before.name, &before.filter) {
            return Ok(before.into());
        }
        after.clone().save(cx.tx)?;
        cx.emit(Event::new("segment.updated").subject(after.id).data(json!({ "name": after.name })));
        Ok(after.into())
    }
}
