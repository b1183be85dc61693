//! Digests of requests and of their plans: what binds a commit to its preview, and names a request in the audit. Runs nothing.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Call, Reply};
use crate::error::{Error, Result, code};
use crate::operation::Success;
use crate::principal::Principal;

/// What a dry run answers.
pub(super) fn preview(principal: &Principal, fingerprint: &str, plan: &[Value], result: &Value) -> Reply {
    let digest = plan_digest(fingerprint, plan);
    Reply {
        success: Success::Ok,
        body: json!({ "dry_run": true, "digest": digest, "plan": plan, "result": result }),
        replayed: false,
        preview: true,
        project: principal.project,
    }
}

/// Holds a commit to the plan it names.
///
/// # Errors
/// `plan_changed`.
pub(super) fn check_digest(call: &Call, fingerprint: &str, plan: &[Value]) -> Result<()> {
    match &call.plan_digest {
        Some(wanted) if *wanted != plan_digest(fingerprint, plan) => Err(Error::new(
            code::PLAN_CHANGED,
            "The world has changed since that preview. Preview again and commit with the new digest.",
        )
        .at("plan_digest")),
        _ => Ok(()),
    }
}

/// Hash of an operation's name and input: equal for equal requests, since JSON objects are kept sorted.
pub(super) fn fingerprint(name: &str, input: &Value) -> String {
    fingerprint_of(name, &input.to_string())
}

/// The same of an input as it is written.
pub(super) fn fingerprint_of(name: &str, input: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update([0]);
    hash.update(input);
    hex(&hash.finalize())
}

/// Digest of a request and its plan: what a preview shows and a commit may name.
fn plan_digest(request: &str, plan: &[Value]) -> String {
    fingerprint(request, &Value::Array(plan.to_vec()))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])])
        .collect()
}
