//! What makes one API look unlike another: keys, envelopes, errors, limits. Decides nothing about what an operation does.

use axum::http::{HeaderMap, StatusCode};
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::error::Code;
use outrider_engine::operation::{Descriptor, Spec, Success};
use outrider_engine::pipeline::{Credential, Pipeline, Reply};
use outrider_engine::rate::{Limit, Standing};
use outrider_engine::schema::Catalog;
use serde_json::Value;

use super::{Surface, credential, limits, status};
use crate::mcp::Document as Resource;

/// A JSON answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// The whole body; `Value::Null` with 204 is no body.
    pub body: Value,
}

/// What a header tells the caller on every answer to an operation, whether it was done or refused.
#[derive(Clone, Copy)]
pub struct Beside {
    /// The header, as documents write it.
    pub header: &'static str,
    /// What it tells.
    pub about: &'static str,
    /// A read that takes nothing, asked for the same caller once the operation has ended.
    pub read: &'static Descriptor,
    /// The field of its answer with the number to tell.
    pub field: &'static str,
}

/// The manner of an API. What has a default here is as the native API does it.
pub trait Style: Send + Sync + 'static {
    /// Who calls: by default, whoever has the key in `Authorization: Bearer KEY`. `operation` is absent for pages that
    /// belong to none.
    ///
    /// # Errors
    /// `missing_api_key`, `invalid_api_key`.
    fn credential(
        &self,
        surface: &Surface,
        headers: &HeaderMap,
        operation: Option<&Spec>,
    ) -> Result<Credential, Error> {
        let _ = operation;
        Ok(Credential::Key { secret: self.secret(headers)?, dialect: surface.name })
    }

    /// The secret that a request carries: by default that of `Authorization: Bearer KEY`.
    ///
    /// # Errors
    /// `missing_api_key`, `invalid_api_key`.
    fn secret(&self, headers: &HeaderMap) -> Result<String, Error> {
        credential::bearer(headers)
    }

    /// Writes what headers the answers of an operation have of their own.
    fn show_of_operation(&self, operation: &Spec, headers: &mut HeaderMap) {
        let _ = (operation, headers);
    }

    /// What a header tells on every answer to an operation.
    fn beside(&self, operation: &Spec) -> Option<&'static Beside> {
        let _ = operation;
        None
    }

    /// What its MCP endpoint offers as tools, where that is not the list of its endpoints.
    fn tools(&self) -> Option<&'static [Descriptor]> {
        None
    }

    /// What its MCP endpoint offers to read.
    fn resources(&self) -> Vec<Resource> {
        Vec::new()
    }

    /// The limit every request counts against.
    fn limit(&self, pipeline: &Pipeline) -> Limit;

    /// A narrower limit that an operation counts against as well.
    fn operation_limit(&self, operation: &Spec) -> Option<Limit> {
        let _ = operation;
        None
    }

    /// A narrower limit that a request counts against as well for what it asks for in its body.
    fn input_limit(&self, operation: &Spec, input: &Value) -> Option<Limit> {
        let _ = (operation, input);
        None
    }

    /// Whether a request without a key is a person's who signed in, where keys may do the same.
    fn takes_session(&self, operation: &Spec, headers: &HeaderMap) -> bool {
        let _ = (operation, headers);
        false
    }

    /// The version of the contract that is spoken; this program's where it has none of its own.
    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// A header that keys come in beside `Authorization: Bearer`.
    fn key_header(&self) -> Option<&'static str> {
        None
    }

    /// Writes where the caller stands: by default three headers, the reset in Unix seconds.
    fn show_standing(&self, headers: &mut HeaderMap, standing: Standing) {
        limits::show(headers, standing);
    }

    /// An operation's success, or its preview.
    fn success(&self, operation: &Spec, reply: &Reply) -> Answer;

    /// The status of a success.
    fn success_status(&self, operation: &Spec) -> StatusCode {
        status_of_success(operation.success)
    }

    /// An error. Total: there is an answer for every code there is.
    fn error(&self, error: &Error, now: Millis) -> Answer;

    /// The status of an error's code.
    fn status(&self, code: &'static Code) -> StatusCode {
        status::status_of(code)
    }

    /// What this API calls an error.
    fn code_name(&self, code: &'static Code) -> &'static str {
        code.name
    }

    /// Schema of a success of an operation whose output has this schema.
    fn success_schema(&self, catalog: &Catalog, operation: &Spec, output: &Value) -> Value;

    /// Schema of every error.
    fn error_schema(&self) -> Value;

    /// Whether endpoints have an error of their own for what is no id: then they get to see even what is no text.
    fn judges_ids_itself(&self) -> bool {
        false
    }

    /// Query parameters that no operation knows: ignored, or refused.
    fn ignores_unknown_parameters(&self) -> bool {
        true
    }

    /// Whether an operation with a preview only previews unless `dry_run` is false.
    fn previews_by_default(&self, operation: &Spec) -> bool {
        let _ = operation;
        false
    }

    /// Whether any `dry_run` that does not say `false` asks for a preview; else it must be true or false.
    fn doubts_are_previews(&self) -> bool {
        false
    }

    /// Whether a preview has the fields of a commit, beside `dry_run` and `digest`, rather than a plan and a result.
    fn previews_look_like_commits(&self) -> bool {
        false
    }

    /// Where a caller who took a wrong path finds the right ones.
    fn index(&self) -> &'static str;

    /// What keys look like, for documents.
    fn key_format(&self) -> &'static str;
}

/// The status of a success.
#[must_use]
pub fn status_of_success(success: Success) -> StatusCode {
    match success {
        Success::Ok => StatusCode::OK,
        Success::Created => StatusCode::CREATED,
        Success::Accepted => StatusCode::ACCEPTED,
    }
}
