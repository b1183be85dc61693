//! Campaigns: tasks that belong together, judged by one ideal customer. Counts what its tasks did; runs none itself.

pub mod create_campaign;
pub mod get_campaign;
pub mod list_campaigns;

use outrider_domain::time::Millis;
use outrider_store::Error as StoreError;
use outrider_store::campaigns::{self as rows, Campaign};
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};

/// A campaign as it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct View {
    /// Small number, unique in the project.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// For whom it is run.
    pub client_name: Option<String>,
    /// `draft`, `active`, `paused` or `completed`.
    pub status: String,
    /// The ideal customer its tasks are judged by.
    pub icp_id: Option<i64>,
    /// Its tasks.
    pub total_contacts: i64,
    /// Those that have ended.
    pub processed_contacts: i64,
    /// Those that have ended with an output.
    pub successful_outputs: i64,
    /// Whether its contacts get sequences.
    pub sequence_mode: bool,
    /// What it is to reach.
    pub objective: Option<String>,
    /// What writers are told beside.
    pub campaign_prompt: Option<String>,
    /// When made.
    pub created_at: Millis,
}

/// A stored campaign as it is shown.
///
/// # Errors
/// When the database fails.
pub fn view(cx: &mut Context<'_, '_>, row: Campaign) -> Result<View> {
    let (total, ended, completed) = rows::counts(cx.tx, cx.project, row.id)?;
    Ok(View {
        id: row.id,
        name: row.name,
        client_name: row.client_name,
        status: row.status,
        icp_id: row.icp_id,
        total_contacts: total,
        processed_contacts: ended,
        successful_outputs: completed,
        sequence_mode: row.sequence_mode,
        objective: row.objective,
        campaign_prompt: row.prompt,
        created_at: row.created_at,
    })
}

/// One by its number.
///
/// # Errors
/// `resource_not_found`.
pub fn find(cx: &mut Context<'_, '_>, id: i64) -> Result<Campaign> {
    rows::get(cx.tx, cx.project, id).map_err(|error| match error {
        StoreError::NotFound => Error::not_found("campaign"),
        other => other.into(),
    })
}

/// All of them, newest first; at most 200.
///
/// # Errors
/// When the database fails.
pub fn all(cx: &mut Context<'_, '_>) -> Result<Vec<View>> {
    rows::list(cx.tx, cx.project, i64::MAX, MOST)?.into_iter().map(|row| view(cx, row)).collect()
}

/// Most of one project.
pub const MOST: i64 = 200;
