//! Suppressions: addresses, numbers and domains that must not be contacted. Records and lifts them; the gates obey them.

pub mod create_suppression;
pub mod delete_suppression;
pub mod import_do_not_call;
pub mod list_suppressions;

use outrider_domain::id::{LeadId, SuppressionId};
use outrider_domain::time::Millis;
use outrider_store::suppressions as rows;
use schemars::JsonSchema;
use serde::Serialize;

/// A suppression.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Suppression {
    /// Key.
    pub id: SuppressionId,
    /// `email`, `phone` or `domain`.
    pub kind: String,
    /// In comparable form.
    pub value: String,
    /// `opt_out`, `bounce`, `complaint`, `manual` or `do_not_call`.
    pub reason: String,
    /// What led to it.
    pub detail: Option<String>,
    /// The lead it came from.
    pub lead_id: Option<LeadId>,
    /// Who recorded it.
    pub created_by: String,
    /// When.
    pub created_at: Millis,
}

impl From<rows::Suppression> for Suppression {
    fn from(row: rows::Suppression) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            value: row.value,
            reason: row.reason,
            detail: row.detail,
            lead_id: row.lead_id,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}
