//! `create_segment`: a filter gets a name.

use outrider_domain::id::SegmentId;
use outrider_store::segments as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Segment, check_filter};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::required;
use crate::operation::{Operation, Spec};

/// Creates a segment.
pub struct CreateSegment;

/// Its name and filter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Unique in the project.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// In the filter language, such as `custom.employees >= 500 and country = Germany`.
    #[schemars(length(max = 4000))]
    filter: String,
}

impl Operation for CreateSegment {
    const SPEC: Spec =
        Spec::create("create_segment", "segments", "/segments", "leads:write", "Give a filter over leads a name.")
            .fails(&[code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Segment;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Segment> {
        let name = required("name", input.name)?;
        check_filter(&input.filter)?;
        if rows::find(cx.tx, cx.project, &name)?.is_some() {
            return Err(Error::new(code::ALREADY_EXISTS, format!("There is a segment {name} already.")).at("name"));
        }
        let row = rows::Segment {
            project_id: cx.project,
            id: SegmentId(cx.id()),
            name,
            filter: input.filter,
            created_at: cx.now,
            updated_at: cx.now,
        };
        row.clone().insert(cx.tx)?;
        cx.emit(Event::new("segment.created").subject(row.id).data(json!({ "name": row.name })));
        Ok(row.into())
    }
}
