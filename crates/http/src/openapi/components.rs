//! The parts of the document that operations share, and the paths that belong to no operation.

use outrider_engine::error::{Code, code};
use serde_json::{Map, Value, json};

use crate::catalog::refer;
use crate::native::status::{DEADLINE_EXCEEDED, OVERLOADED, TYPES, all_codes, status_of};
use crate::stream;

/// The tag of what belongs to no noun.
pub(super) const TAG: &str = "api";

/// The document's components, around the schemas.
pub(super) fn components(schemas: Map<String, Value>) -> Value {
    json!({
        "schemas": schemas,
        "parameters": parameters(),
        "headers": {
            "request_id": { "description": "Names this request in the server's log; taken from the request when it has one.", "schema": { "type": "string" } },
            "rate_limit": { "description": "Requests allowed per minute.", "schema": { "type": "integer" } },
            "rate_limit_remaining": { "description": "Requests left in this minute.", "schema": { "type": "integer" } },
            "rate_limit_reset": { "description": "When the minute ends, in Unix seconds.", "schema": { "type": "integer" } },
            "idempotency_replayed": { "description": "`true` on the remembered answer of an earlier request with the same Idempotency-Key.", "schema": { "type": "string", "const": "true" } },
            "retry_after": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 } },
        },
        "securitySchemes": {
            "apiKey": { "type": "http", "scheme": "bearer", "bearerFormat": "or_live_…", "description": "An API key, as `Authorization: Bearer KEY`." }
        }
    })
}

fn parameters() -> Value {
    let key = |required: bool, about: &str| {
        json!({ "name": "Idempotency-Key", "in": "header", "required": required, "description": about,
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$" }, "example": "import-2026-11-22-row-17" })
    };
    json!({
        "dry_run": { "name": "dry_run", "in": "query", "required": false, "schema": { "type": "boolean" },
            "description": "`true` shows what would be done, with a digest, and changes nothing. May stand in the body instead." },
        "plan_digest": { "name": "plan_digest", "in": "query", "required": false, "schema": { "type": "string" },
            "description": "The digest of a preview: commit only if it would still do the same, else 409 `plan_changed`. May stand in the body instead." },
        "idempotency_key": key(false, "A name of your own for this request: for 24 hours, repeating it gives the first answer again."),
        "required_idempotency_key": key(true, "A name of your own for this request: for 24 hours, repeating it gives the first answer again. A preview needs none."),
    })
}

/// The headers every answer has.
pub(super) fn header_references() -> Map<String, Value> {
    [
        ("X-Request-Id", "request_id"),
        ("X-RateLimit-Limit", "rate_limit"),
        ("X-RateLimit-Remaining", "rate_limit_remaining"),
        ("X-RateLimit-Reset", "rate_limit_reset"),
    ]
    .into_iter()
    .map(|(name, component)| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{component}") })))
    .collect()
}

/// Schemas that belong to no type.
pub(super) fn schemas() -> Vec<(String, Value)> {
    let codes: Vec<&str> = all_codes().map(|code| code.name).collect();
    let mut example = crate::native::respond::error_body(
        &outrider_engine::Error::new(code::LEAD_NO_PHONE, "This lead has no phone number.").at("lead_id"),
    );
    let error = json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["type", "code", "message", "param", "status"],
                "properties": {
                    "type": { "type": "string", "enum": TYPES },
                    "code": { "type": "string", "description": "Stable; from the table at `/errors`.", "enum": codes },
                    "message": { "type": "string", "description": "For people." },
                    "param": { "type": ["string", "null"], "description": "The field at fault, as a path such as `leads[3].email`." },
                    "status": { "type": "integer" },
                    "retry_after": { "type": "integer", "description": "Seconds to wait; with 429." },
                }
            }
        },
        "examples": [example.take()],
    });
    let preview = json!({
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {
                "type": "object",
                "required": ["dry_run", "digest", "plan", "result"],
                "properties": {
                    "dry_run": { "type": "boolean", "const": true },
                    "digest": { "type": "string", "description": "Give this as `plan_digest` to commit exactly this." },
                    "plan": { "type": "array", "items": {}, "description": "What would be done, in order." },
                    "result": { "description": "What the operation would answer; ids in it are not kept." },
                }
            }
        }
    });
    vec![("Error".to_owned(), error), ("Preview".to_owned(), preview)]
}

/// The answer that carries one of these codes, all of one status.
pub(super) fn error_response(codes: &[&'static Code]) -> Value {
    let meanings: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.name, code.meaning)).collect();
    let names: Vec<&str> = codes.iter().map(|code| code.name).collect();
    let mut headers = header_references();
    if codes.contains(&code::RATE_LIMIT_EXCEEDED) {
        headers.insert("Retry-After".to_owned(), json!({ "$ref": "#/components/headers/retry_after" }));
    }
    json!({
        "description": meanings.join(" "),
        "headers": headers,
        "content": { "application/json": { "schema": refer("Error") } },
        "x-codes": names,
    })
}

/// Paths that belong to no operation, each with its GET.
pub(super) fn other_paths() -> Vec<(&'static str, Value)> {
    let open = |id: &str, summary: &str, about: &str, data: Value| {
        let schema = json!({ "type": "object", "required": ["data"], "properties": { "data": data } });
        page(id, summary, about, json!({ "application/json": { "schema": schema } }), &[code::RATE_LIMIT_EXCEEDED])
    };
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
    let mut document = page(
        "openapi",
        "This document",
        "The OpenAPI 3.1 document of this API. Needs no key.",
        json!({ "application/json": { "schema": { "type": "object", "required": ["openapi", "paths"] } } }),
        &[code::RATE_LIMIT_EXCEEDED],
    );
    document["security"] = json!([]);
    let mut index = open(
        "api_index",
        "Index of the API",
        "Every operation with its path, for machines. Needs no key.",
        json!({ "type": "object", "required": ["operations"] }),
    );
    index["security"] = json!([]);
    let mut errors = open(
        "error_table",
        "Error codes",
        "Every code an error can carry. Needs no key.",
        json!({ "type": "array", "items": row }),
    );
    errors["security"] = json!([]);
    vec![("/", index), ("/openapi.json", document), ("/errors", errors), ("/events/stream", event_stream())]
}

fn event_stream() -> Value {
    let about = format!(
        "Server-Sent Events: each event of the project's log as a frame whose `id` is its number and whose `data` is the event. \
         Starts after `Last-Event-ID` or `after`, else with the next event; then stays open. Needs the scope `{}`.",
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
        DEADLINE_EXCEEDED,
    ];
    let mut stream = page(
        "stream_events",
        "Follow events live",
        &about,
        json!({ "text/event-stream": { "schema": { "type": "string" } } }),
        &codes,
    );
    let number = json!({ "type": "integer", "minimum": 0 });
    stream["parameters"] = json!([
        { "name": "after", "in": "query", "required": false, "description": "Number of the last event you have; 0 for all.", "schema": number },
        { "name": "Last-Event-ID", "in": "header", "required": false, "description": "As `after`; wins over it.", "schema": number },
    ]);
    stream
}

fn page(id: &str, summary: &str, about: &str, content: Value, codes: &[&'static Code]) -> Value {
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({ "description": "Done.", "headers": header_references(), "content": content }),
    );
    let mut statuses: Vec<u16> = codes.iter().map(|code| status_of(code).as_u16()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let of_status: Vec<&'static Code> =
            codes.iter().copied().filter(|code| status_of(code).as_u16() == status).collect();
        responses.insert(status.to_string(), error_response(&of_status));
    }
    json!({ "operationId": id, "tags": [TAG], "summary": summary, "description": about, "responses": responses })
}
