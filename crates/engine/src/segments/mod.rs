//! Segments: filters with a name, used in other filters. Their shape and checks; who is in one is the filter's question.

pub mod create_segment;
pub mod delete_segment;
pub mod list_segments;
pub mod update_segment;

use std::collections::BTreeMap;

use outrider_domain::filter::Filter;
use outrider_domain::id::SegmentId;
use outrider_domain::time::Millis;
use outrider_store::segments as rows;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};

/// A stored filter.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Segment {
    /// Key.
    pub id: SegmentId,
    /// Unique in the project.
    pub name: String,
    /// In the filter language.
    pub filter: String,
    /// When made.
    pub created_at: Millis,
    /// When changed.
    pub updated_at: Millis,
}

impl From<rows::Segment> for Segment {
    fn from(row: rows::Segment) -> Self {
        Self { id: row.id, name: row.name, filter: row.filter, created_at: row.created_at, updated_at: row.updated_at }
    }
}

/// Checks a segment's own filter, which may not name segments.
fn check_filter(text: &str) -> Result<()> {
    let filter =
        Filter::parse(text).map_err(|error| Error::invalid("filter", format!("The filter can't be read {error}.")))?;
    if filter.segments().is_empty() {
        return Ok(());
    }
    Err(Error::invalid("filter", "A segment can't be made of other segments."))
}

/// Checks that every segment named exists.
///
/// # Errors
/// `resource_not_found` at the field.
pub fn check_names(cx: &mut Context<'_, '_>, names: &[String], field: &str) -> Result<()> {
    for name in names {
        if rows::find(cx.tx, cx.project, name)?.is_none() {
            return Err(Error {
                message: format!("There is no segment \"{name}\" in your project."),
                ..Error::not_found("segment").at(field)
            });
        }
    }
    Ok(())
}

/// The filters of segments by name; those that are gone are left out.
///
/// # Errors
/// When the database fails.
pub fn texts(cx: &mut Context<'_, '_>, names: &[String]) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for name in names {
        if let Some(row) = rows::find(cx.tx, cx.project, name)? {
            found.insert(name.clone(), row.filter);
        }
    }
    Ok(found)
}
