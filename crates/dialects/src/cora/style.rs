//! Cora's manner: the envelope and errors native clients know as well, with Cora's own codes and limit.

use axum::http::StatusCode;
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::operation::Spec;
use outrider_engine::pipeline::{Pipeline, Reply};
use outrider_engine::rate::Limit;
use outrider_engine::schema::Catalog;
use outrider_http::native::{envelope_schema, enveloped, error_body, error_schema};
use outrider_http::surface::status::{TYPES, all_codes, status_of};
use outrider_http::surface::style::status_of_success;
use outrider_http::{Answer, Style};
use serde_json::Value;

/// Cora's manner.
pub(super) struct Cora;

impl Style for Cora {
    fn limit(&self, _: &Pipeline) -> Limit {
        Limit::per_minute("cora", 120)
    }

    fn success(&self, operation: &Spec, reply: &Reply) -> Answer {
        Answer { status: status_of_success(reply.success), body: enveloped(operation.shape, reply) }
    }

    fn error(&self, error: &Error, _: Millis) -> Answer {
        let status: StatusCode = status_of(error.code);
        Answer { status, body: error_body(error) }
    }

    fn success_schema(&self, catalog: &Catalog, operation: &Spec, output: &Value) -> Value {
        envelope_schema(catalog, operation.shape, output)
    }

    fn error_schema(&self) -> Value {
        let codes: Vec<&str> = all_codes().map(|code| code.name).collect();
        error_schema(TYPES, &codes)
    }

    fn index(&self) -> &'static str {
        "GET /api/v1"
    }

    fn key_format(&self) -> &'static str {
        "cora_live_…"
    }
}
