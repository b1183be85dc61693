//! What a machine reads first: the index of operations and the table of errors. Projections of the two lists, no more.

use outrider_engine::operation::Idempotency;
use serde_json::{Value, json};

use super::MOUNT;
use crate::surface::Bound;
use crate::surface::routes::method_of;
use crate::surface::status::{all_codes, status_of, type_of};

/// `GET /api/v1`.
pub(crate) fn index(bound: &Bound, public_url: &str) -> String {
    let base = format!("{public_url}{MOUNT}");
    let operations: Vec<Value> = bound
        .surface
        .operations
        .iter()
        .map(|operation| {
            let spec = &operation.spec;
            json!({
                "name": spec.name,
                "tag": spec.tag,
                "method": method_of(spec.verb).as_str(),
                "path": format!("{MOUNT}{}", spec.path),
                "summary": spec.summary,
                "scope": spec.scope,
                "effect": spec.effect,
                "dry_run": spec.dry_run,
                "idempotency_key": idempotency_word(spec.idempotency),
            })
        })
        .collect();
    json!({
        "data": {
            "name": "Outrider",
            "version": env!("CARGO_PKG_VERSION"),
            "authentication": "Authorization: Bearer KEY",
            "openapi": format!("{base}/openapi.json"),
            "errors": format!("{base}/errors"),
            "events": format!("{base}/events/stream"),
            "operations": operations,
        }
    })
    .to_string()
}

/// What an operation does with an idempotency key.
pub(crate) const fn idempotency_word(idempotency: Idempotency) -> &'static str {
    match idempotency {
        Idempotency::Natural => "not_needed",
        Idempotency::Optional => "optional",
        Idempotency::Required => "required",
    }
}

/// `GET /api/v1/errors`.
pub(crate) fn errors(_: &Bound, _: &str) -> String {
    let rows: Vec<Value> = all_codes()
        .map(|code| {
            json!({
                "code": code.name,
                "type": type_of(code.kind),
                "status": status_of(code).as_u16(),
                "retryable": code.retryable,
                "meaning": code.meaning,
            })
        })
        .collect();
    json!({ "data": rows }).to_string()
}
