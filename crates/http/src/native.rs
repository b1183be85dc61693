//! The native API at `/api/v1`: every operation, in the manner other native clients expect. Holds no rule of any operation.

pub(crate) mod index;

use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::operation::{Descriptor, Shape, Spec};
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use serde_json::{Value, json};

use crate::openapi;
use crate::surface::respond::Voice;
use crate::surface::status::{TYPES, all_codes, status_of, type_of};
use crate::surface::style::status_of_success;
use crate::surface::{Answer, Document, Style, Surface};

/// Where the native API lives.
pub(crate) const MOUNT: &str = "/api/v1";
/// The dialect of native keys.
pub(crate) const DIALECT: &str = "native";

/// The native manner.
pub struct Native;

/// The native API over a list of operations.
pub(crate) fn surface(operations: &'static [Descriptor]) -> Surface {
    Surface {
        name: DIALECT,
        title: "Outrider",
        introduction: INTRODUCTION,
        mount: MOUNT,
        operations,
        documents: DOCUMENTS,
        mcp: None,
        hosts: Vec::new(),
        event_stream: Some("/events/stream"),
        style: &Native,
    }
}

const INTRODUCTION: &str = "Every answer stands under `data`; lists add `has_more` and `next_cursor`. Every error has the same shape, \
    with a stable `code` from the table at `/errors`. Writes take an `Idempotency-Key`: for 24 hours, a repeated key gives \
    the first answer again. Operations with `dry_run` show what they would do, with a digest; `plan_digest` commits only \
    that. Every answer carries `X-Request-Id` and the caller's rate limit.";

const DOCUMENTS: &[Document] = &[
    Document { path: "", name: "api_index", content_type: "application/json", make: index::index },
    Document { path: "/openapi.json", name: "openapi", content_type: "application/json", make: openapi::document },
    Document { path: "/errors", name: "error_table", content_type: "application/json", make: index::errors },
];

/// The native manner where no surface is concerned: health, pages.
pub(crate) fn voice() -> Voice {
    Voice::new(&Native, Millis(0), String::new())
}

/// The body of an error, as every failed request answers it.
#[must_use]
pub fn error_body(error: &Error) -> Value {
    let mut body = json!({
        "type": type_of(error.code.kind),
        "code": error.code.name,
        "message": error.message,
        "param": error.field,
        "status": status_of(error.code).as_u16(),
    });
    if let (Some(seconds), Some(body)) = (error.retry_after, body.as_object_mut()) {
        body.insert("retry_after".to_owned(), json!(seconds));
    }
    json!({ "error": body })
}

/// An output under `data`, a page with what leads to the next.
#[must_use]
pub fn enveloped(shape: Shape, reply: &Reply) -> Value {
    match (shape, &reply.body) {
        (Shape::Page, Value::Object(page)) if !reply.preview => {
            let next = page.get("next_cursor").unwrap_or(&Value::Null);
            let items = page.get("items").unwrap_or(&Value::Null);
            json!({ "data": items, "has_more": !next.is_null(), "next_cursor": next })
        }
        (_, body) => json!({ "data": body }),
    }
}

/// The schema of [`enveloped`].
#[must_use]
pub fn envelope_schema(catalog: &Catalog, shape: Shape, output: &Value) -> Value {
    match shape {
        Shape::One | Shape::File => {
            json!({ "type": "object", "required": ["data"], "properties": { "data": output } })
        }
        Shape::Page => {
            let items = catalog
                .resolve(output)
                .pointer("/properties/items")
                .cloned()
                .unwrap_or_else(|| json!({ "type": "array" }));
            json!({
                "type": "object",
                "required": ["data", "has_more", "next_cursor"],
                "properties": {
                    "data": items,
                    "has_more": { "type": "boolean", "description": "Whether there is another page." },
                    "next_cursor": { "type": ["string", "null"], "description": "Give this as `cursor` for the next page; null at the end." },
                }
            })
        }
    }
}

/// The schema of an error in the shape native and Cora clients know, with these types and codes.
#[must_use]
pub fn error_schema(types: &[&str], codes: &[&str]) -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["type", "code", "message", "param", "status"],
                "properties": {
                    "type": { "type": "string", "enum": types },
                    "code": { "type": "string", "description": "Stable; from the table of errors.", "enum": codes },
                    "message": { "type": "string", "description": "For people." },
                    "param": { "type": ["string", "null"], "description": "The field at fault, as a path such as `leads[3].email`." },
                    "status": { "type": "integer" },
                    "retry_after": { "type": "integer", "description": "Seconds to wait; with 429." },
                }
            }
        },
    })
}

impl Style for Native {
    fn limit(&self, pipeline: &Pipeline) -> Limit {
        pipeline.native_limit()
    }

    fn success(&self, operation: &Spec, reply: &Reply) -> Answer {
        Answer { status: status_of_success(reply.success), body: enveloped(operation.shape, reply) }
    }

    fn error(&self, error: &Error, _: Millis) -> Answer {
        Answer { status: status_of(error.code), body: error_body(error) }
    }

    fn success_schema(&self, catalog: &Catalog, operation: &Spec, output: &Value) -> Value {
        envelope_schema(catalog, operation.shape, output)
    }

    fn error_schema(&self) -> Value {
        let codes: Vec<&str> = all_codes().map(|code| code.name).collect();
        error_schema(TYPES, &codes)
    }

    fn ignores_unknown_parameters(&self) -> bool {
        false
    }

    fn index(&self) -> &'static str {
        "GET /api/v1"
    }

    fn key_format(&self) -> &'static str {
        "or_live_…"
    }
}
