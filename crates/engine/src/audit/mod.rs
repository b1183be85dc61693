//! The audit: who did what, each line chained to the one before by its hash. Reads and verifies; writing is the context's.

pub mod list_audit;
pub mod verify_audit;

use outrider_domain::time::Millis;
use outrider_store::logs;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A line of the audit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditLine {
    /// 1, 2, 3, … without a gap.
    pub number: i64,
    /// When.
    pub at: Millis,
    /// Who acted.
    pub actor: String,
    /// The operation or engine step.
    pub operation: String,
    /// Id of the thing it touched.
    pub subject: Option<String>,
    /// Request id and digest of the input, or what the step did.
    pub detail: Value,
    /// Hash of the line before; empty for the first.
    pub previous_hash: String,
    /// SHA-256 over the line and the previous hash, hexadecimal.
    pub hash: String,
}

impl From<logs::AuditRow> for AuditLine {
    fn from(row: logs::AuditRow) -> Self {
        Self {
            number: row.sequence,
            at: row.at,
            actor: row.actor,
            operation: row.operation,
            subject: row.subject,
            detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            previous_hash: row.previous_hash,
            hash: row.hash,
        }
    }
}
