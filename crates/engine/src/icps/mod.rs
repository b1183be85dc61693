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
pub struct View {
    /// Small number, unique in the project.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// Industries, separated by commas.
    pub target_industry: Option<String>,
    /// Employees, such as `51-500`.
    pub company_size_range: Option<String>,
    /// Ranks, separated by commas.
    pub target_seniority: Option<String>,
    /// Roles, separated by commas.
    pub target_personas: Option<String>,
    /// How to speak to them.
    pub tone_preference: Option<String>,
    /// What they gain.
    pub user_value_prop: Option<String>,
    /// What sets the seller apart.
    pub user_differentiators: Option<String>,
    /// When made.
    pub created_at: Millis,
}

impl From<View> for Icp {
    fn from(view: View) -> Self {
        Self {
            name: view.name,
            target_industry: view.target_industry,
            company_size_range: view.company_size_range,
            target_seniority: view.target_seniority,
            target_personas: view.target_personas,
            tone_preference: view.tone_preference,
            user_value_prop: view.user_value_prop,
            user_differentiators: view.user_differentiators,
        }
    }
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
    Ok(View {
        id: row.id,
        name: row.name,
        target_industry: icp.target_industry,
        company_size_range: icp.company_size_range,
        target_seniority: icp.target_seniority,
        target_personas: icp.target_personas,
        tone_preference: icp.tone_preference,
        user_value_prop: icp.user_value_prop,
        user_differentiators: icp.user_differentiators,
        created_at: row.created_at,
    })
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
