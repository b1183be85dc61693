//! `verify_audit`: recomputes the audit's hashes and says where the chain breaks.

use outrider_store::logs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::Result;
use crate::operation::{Empty, Operation, Spec};

/// Verifies the audit.
pub struct VerifyAudit;

/// Lines read at once.
const BATCH: i64 = 1_000;

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// Whether every line is what was written, and none is missing.
    pub sound: bool,
    /// Lines that are in order, from the first on.
    pub lines: i64,
    /// Hash of the last of them: keep it elsewhere to notice a chain that was rewritten as a whole.
    pub head: String,
    /// The number of the first line that is wrong or missing.
    pub broken_at: Option<i64>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

impl Operation for VerifyAudit {
    const SPEC: Spec = Spec::get(
        "verify_audit",
        "audit",
        "/audit/verify",
        "audit:read",
        "Recompute the audit's hashes; says at which line the chain breaks.",
    );
    type Input = Empty;
    type Output = Verified;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Verified> {
        let (last, head) = logs::audit_head(cx.tx, cx.project)?;
        let mut lines = 0;
        let mut hash = String::new();
        loop {
            let batch = logs::audit_after(cx.tx, cx.project, lines, BATCH)?;
            if batch.is_empty() {
                break;
            }
            for line in batch {
                let problem = if line.sequence != lines + 1 {
                    Some("the line is missing")
                } else if line.previous_hash != hash {
                    Some("the line does not follow from the one before")
                } else if line.hash != line.expected_hash() {
                    Some("the line was changed")
                } else {
                    None
                };
                if let Some(problem) = problem {
                    return Ok(broken(lines, hash, problem));
                }
                lines = line.sequence;
                hash = line.hash;
            }
        }
        if lines < last {
            return Ok(broken(lines, hash, "the line is missing"));
        }
        if hash != head || lines != last {
            return Ok(broken(lines, hash, "the chain does not end where the log says"));
        }
        Ok(Verified { sound: true, lines, head: hash, broken_at: None, problem: None })
    }
}

fn broken(lines: i64, head: String, problem: &str) -> Verified {
    Verified { sound: false, lines, head, broken_at: Some(lines + 1), problem: Some(problem.to_owned()) }
}
