//! What a machine reads first: the index of operations and the table of errors. Projections of the two lists, no more.

use outrider_engine::operation::Idempotency;
use serde_json::{Value, json};

use crate::surface::Bound;
use crate::surface::routes::method_of;
use crate::surface::status::{all_codes, status_of, type_of};

/// Every operation of a surface with its path, and where its documents are.
#[must_use]
pub fn index(bound: &Bound, public_url: &str) -> String {
    let surface = &bound.surface;
    let operations: Vec<Value> = surface
        .operations
        .iter()
        .map(|operation| {
            let spec = &operation.spec;
            json!({
                "name": spec.name,
                "tag": spec.tag,
                "method": method_of(spec.verb).as_str(),
                "path": format!("{}{}", surface.mount, spec.path),
                "summary": spec.summary,
                "scope": spec.scope,
                "effect": spec.effect,
                "dry_run": spec.dry_run,
                "idempotency_key": idempotency_word(spec.idempotency),
            })
        })
        .collect();
    let mut data = json!({
        "name": surface.title,
        "version": env!("CARGO_PKG_VERSION"),
        "authentication": "Authorization: Bearer KEY",
        "operations": operations,
    });
    let base = surface.base(public_url);
    let others = surface.documents.iter().filter(|document| document.name != "api_index");
    for document in others {
        let name = if document.name == "error_table" { "errors" } else { document.name };
        data[name] = json!(format!("{base}{}", document.path));
    }
    let places = [("events", surface.event_stream), ("mcp", surface.mcp)];
    for (name, path) in places.into_iter().filter_map(|(name, path)| Some((name, path?))) {
        data[name] = json!(format!("{base}{path}"));
    }
    json!({ "data": data }).to_string()
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
    error_table()
}

/// Every code an error can carry.
pub(crate) fn error_table() -> String {
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
