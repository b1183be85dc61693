//! The paths that belong to no operation: index, document, error table, event stream. Describes them by hand.

use outrider_engine::error::{Code, code};
use serde_json::{Map, Value, json};

use super::components::{ErrorResponses, header_references};
use crate::stream;
use crate::surface::status::{OVERLOADED, TYPES};
use crate::surface::{Document, Surface};

/// The tag of what belongs to no noun.
pub(super) const TAG: &str = "api";

/// Each path with its GET.
pub(super) fn paths(surface: &Surface, errors: &mut ErrorResponses) -> Vec<(String, Value)> {
    let documents = surface.documents.iter().map(|document| {
        let path = if document.path.is_empty() { "/" } else { document.path };
        let described = match document.name {
            "api_index" => index(errors),
            "openapi" => openapi(errors),
            "error_table" => error_table(errors),
            _ => text(errors, document),
        };
        (path.to_owned(), described)
    });
    let mut paths: Vec<(String, Value)> = documents.collect();
    if let Some(path) = surface.event_stream {
        paths.push((path.to_owned(), event_stream(errors)));
    }
    paths
}

/// A document without a shape that matters to a program.
fn text(errors: &mut ErrorResponses, document: &Document) -> Value {
    let content = json!({ document.content_type: { "schema": { "type": "string" } } });
    let mut page =
        page(errors, document.name, "A document for readers", "Needs no key.", content, &[code::RATE_LIMIT_EXCEEDED]);
    page["security"] = json!([]);
    page
}

fn index(errors: &mut ErrorResponses) -> Value {
    let text = json!({ "type": "string" });
    let operation = json!({
        "type": "object",
        "required": ["name", "tag", "method", "path", "summary", "scope", "effect", "dry_run", "idempotency_key"],
        "properties": {
            "name": text, "tag": text, "method": text, "path": text, "summary": text, "scope": text,
            "effect": { "type": "string", "enum": ["read", "write", "outward", "destructive"] },
            "dry_run": { "type": "boolean", "description": "Whether it can be previewed." },
            "idempotency_key": { "type": "string", "enum": ["not_needed", "optional", "required"] },
        }
    });
    let data = json!({
        "type": "object",
        "required": ["name", "version", "authentication", "openapi", "operations"],
        "properties": {
            "name": text, "version": text, "authentication": text, "openapi": text, "errors": text, "events": text,
            "docs": text, "mcp": text, "operations": { "type": "array", "items": operation },
        }
    });
    open(errors, "api_index", "Index of the API", "Every operation with its path, for machines.", enveloped(&data))
}

fn openapi(errors: &mut ErrorResponses) -> Value {
    let schema = json!({
        "type": "object",
        "required": ["openapi", "paths"],
        "properties": { "openapi": { "type": "string" }, "paths": { "type": "object" } }
    });
    open(errors, "openapi", "This document", "The OpenAPI 3.1 document of this API.", schema)
}

fn error_table(errors: &mut ErrorResponses) -> Value {
    let row = json!({
        "type": "object",
        "required": ["code", "type", "status", "retryable", "meaning"],
        "properties": {
            "code": { "type": "string" },
            "type": { "type": "string", "enum": TYPES },
            "status": { "type": "integer" },
            "retryable": { "type": "boolean", "description": "Whether the same request may succeed later, unchanged." },
            "meaning": { "type": "string" },
        }
    });
    let schema = enveloped(&json!({ "type": "array", "items": row }));
    open(errors, "error_table", "Error codes", "Every code an error can carry.", schema)
}

fn event_stream(errors: &mut ErrorResponses) -> Value {
    let about = format!(
        "Server-Sent Events: each event of the project's log is a frame whose `id` is its number, whose `event` is its type \
         and whose `data` is the event as `GET /events` gives it. Starts after `Last-Event-ID` or `after`, else with the \
         next event; then stays open. A frame of type `error` says why the stream ends. Needs the scope `{}`.",
        stream::SCOPE
    );
    let codes = [
        code::MISSING_API_KEY,
        code::INVALID_API_KEY,
        code::REVOKED_API_KEY,
        code::EXPIRED_API_KEY,
        code::INSUFFICIENT_SCOPE,
        code::VALIDATION_ERROR,
        code::RATE_LIMIT_EXCEEDED,
        code::DATABASE_UNAVAILABLE,
        OVERLOADED,
    ];
    let content = json!({ "text/event-stream": { "schema": { "type": "string" } } });
    let mut stream = page(errors, "stream_events", "Follow events live", &about, content, &codes);
    let number = json!({ "type": "integer", "minimum": 0 });
    stream["parameters"] = json!([
        { "name": "after", "in": "query", "required": false, "description": "Number of the last event you have; 0 for all.", "schema": number },
        { "name": "Last-Event-ID", "in": "header", "required": false, "description": "As `after`; wins over it.", "schema": number },
    ]);
    stream
}

fn enveloped(data: &Value) -> Value {
    json!({ "type": "object", "required": ["data"], "properties": { "data": data } })
}

/// A page that needs no key.
fn open(errors: &mut ErrorResponses, id: &str, summary: &str, about: &str, schema: Value) -> Value {
    let content = json!({ "application/json": { "schema": schema } });
    let mut page = page(errors, id, summary, &format!("{about} Needs no key."), content, &[code::RATE_LIMIT_EXCEEDED]);
    page["security"] = json!([]);
    page
}

fn page(
    errors: &mut ErrorResponses,
    id: &str,
    summary: &str,
    about: &str,
    content: Value,
    codes: &[&'static Code],
) -> Value {
    let mut responses = Map::new();
    let done = json!({ "description": "Done.", "headers": header_references(), "content": content });
    responses.insert("200".to_owned(), done);
    errors.add(codes, None, &mut responses);
    json!({ "operationId": id, "tags": [TAG], "summary": summary, "description": about, "responses": responses })
}
