//! Ideal customers: whom a project looks for, and what scores and texts are measured by.

pub mod create_icp;
pub mod get_icp;
pub mod list_icps;

use outrider_domain::time::Millis;
use outrider_skills::Icp;
use outrider_store::Error as StoreError;
use outrider_store::icps::{self as rows, IcpRow};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result, code};

/// An ideal customer as it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Small number, unique in the project.
    pub id: i64,
    /// What it says.
    #[serde(flatten)]
    pub icp: Icp,
    /// When made.
    pub created_at: Millis,
}

/// A stored one as it is shown.
///
/// # Errors
/// When it can't be read.
pub fn view(row: IcpRow) -> Result<View> {
    let icp: Icp = serde_json::from_str(&row.data).map_err(|error| Error {
        source: Some(Box::new(error)),
        ..Error::new(code::INTERNAL_ERROR, "A stored ideal customer could not be read.")
    })?;
    Ok(View { id: row.id, icp: Icp { name: row.name, ..icp }, created_at: row.created_at })
}

/// One by its number.
///
/// # Errors
/// `resource_not_found`.
pub fn find(cx: &mut Context<'_, '_>, id: i64) -> Result<View> {
    let row = rows::get(cx.tx, cx.project, id).map_err(|error| match error {
        StoreError::NotFound => Error::not_found("ideal customer profile"),
        other => other.into(),
    })?;
    view(row)
}

/// All of them, newest first; at most 200.
///
/// # Errors
/// When the database fails.
pub fn all(cx: &mut Context<'_, '_>) -> Result<Vec<View>> {
    rows::list(cx.tx, cx.project, i64::MAX, MOST)?.into_iter().map(view).collect()
}

/// Most of one project.
pub const MOST: i64 = 200;
