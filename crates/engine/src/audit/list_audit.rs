//! `list_audit`: the audit forwards, from a number on.

use outrider_store::logs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AuditLine;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};

/// Reads the audit.
pub struct ListAudit;

/// Most lines in one answer.
const MOST: i64 = 1_000;

/// From where.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Only lines with a higher number; 0 for all.
    #[schemars(range(min = 0))]
    after: i64,
    /// Lines in the answer, 1 to 1000; 100 when absent.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
}

/// A run of the audit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Audit {
    /// In order, without a gap.
    pub lines: Vec<AuditLine>,
    /// Give this as `after` next time.
    pub next_after: i64,
}

impl Operation for ListAudit {
    const SPEC: Spec = Spec::get("list_audit", "audit", "/audit", "audit:read", "Read who did what, oldest first.");
    type Input = Input;
    type Output = Audit;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Audit> {
        let limit = input.limit.unwrap_or(100);
        if !(1..=MOST).contains(&limit) {
            return Err(Error::invalid("limit", format!("limit is 1 to {MOST}.")));
        }
        if input.after < 0 {
            return Err(Error::invalid("after", "after is the number of a line, or 0."));
        }
        let rows = logs::audit_after(cx.tx, cx.project, input.after, limit)?;
        let next_after = rows.last().map_or(input.after, |row| row.sequence);
        Ok(Audit { lines: rows.into_iter().map(AuditLine::from).collect(), next_after })
    }
}
