//! Pathbound's manner: `status` in every body, errors with details and a timestamp, 100 requests in 15 minutes.

use axum::http::StatusCode;
use outrider_domain::time::{MINUTE, Millis};
use outrider_engine::Error;
use outrider_engine::operation::Spec;
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use outrider_http::surface::status::status_of;
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Style};
use serde_json::{Value, json};

/// Pathbound's manner.
pub(super) struct Pathbound;

/// Requests of one key in a window, over all nodes.
const LIMIT: Limit = Limit { name: "pathbound", requests: 100, window: 15 * MINUTE, shared: true, per_person: false };

impl Style for Pathbound {
    fn limit(&self, _: &Pipeline) -> Limit {
        LIMIT
    }

    fn success(&self, _: &Spec, reply: &Reply) -> Answer {
        let mut body = reply.body.clone();
        if let Value::Object(fields) = &mut body {
            fields.insert("status".to_owned(), "success".into());
        }
        Answer { status: status_of_success(reply.success), body }
    }

    fn error(&self, error: &Error, now: Millis) -> Answer {
        let one =
            |field: &String, problem: &String| json!({ "field": field, "code": error.code.name, "message": problem });
        let details: Vec<Value> = match error.fields.as_slice() {
            [] => error.field.iter().map(|field| one(field, &error.message)).collect(),
            fields => fields.iter().map(|(field, problem)| one(field, problem)).collect(),
        };
        Answer {
            status: self.status(error.code),
            body: json!({ "status": "error", "error": error.message, "details": details, "timestamp": now }),
        }
    }

    fn status(&self, code: &'static outrider_engine::error::Code) -> StatusCode {
        match code.name {
            // What an agent that is switched off can't do is a matter of its state.
            "agent_inactive" => StatusCode::CONFLICT,
            _ => status_of(code),
        }
    }

    fn success_schema(&self, catalog: &Catalog, _: &Spec, output: &Value) -> Value {
        let mut schema = catalog.resolve(output).clone();
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert("status".to_owned(), json!({ "const": "success" }));
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.push("status".into());
        }
        schema
    }

    fn error_schema(&self) -> Value {
        json!({
            "type": "object",
            "required": ["status", "error", "details", "timestamp"],
            "additionalProperties": false,
            "properties": {
                "status": { "const": "error" },
                "error": { "type": "string", "description": "What is wrong, in words." },
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "field": { "type": "string" },
                            "code": { "type": "string" },
                            "message": { "type": "string" }
                        }
                    }
                },
                "timestamp": { "type": "string", "format": "date-time" }
            }
        })
    }

    fn index(&self) -> &'static str {
        "GET /v1/openapi.json"
    }

    fn key_format(&self) -> &'static str {
        "pb_live_…"
    }
}
