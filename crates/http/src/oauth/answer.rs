//! Answers of the endpoints that programs call (RFC 6749, sections 5.1 and 5.2). Every refusal has one.

use axum::body::Body;
use axum::http::header::{PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use outrider_engine::oauth::Refusal;
use serde_json::{Value, json};

use crate::edge::Trace;
use crate::surface::respond;

/// A success or a refusal. `challenged` is whether the client used HTTP's own authentication, which then has to be named.
pub(super) fn answer(
    operation: &'static str,
    outcome: Result<(StatusCode, Value), Refusal>,
    challenged: bool,
) -> Response<Body> {
    let mut response = match outcome {
        Ok((status, Value::Null)) => respond::bytes(status, "application/json", ""),
        Ok((status, body)) => respond::json(status, &body),
        Err(refusal) => refused(&refusal, challenged),
    };
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(Trace { operation, ..Trace::default() });
    response
}

fn refused(refusal: &Refusal, challenged: bool) -> Response<Body> {
    if let Some(error) = &refusal.source {
        tracing::error!(code = error.code.name, message = %error.message, source = ?error.source, "an OAuth request failed");
    }
    let status = match (refusal.error, refusal.retry_after) {
        (_, Some(_)) => StatusCode::TOO_MANY_REQUESTS,
        ("invalid_client", _) => StatusCode::UNAUTHORIZED,
        ("temporarily_unavailable", _) => StatusCode::SERVICE_UNAVAILABLE,
        ("server_error", _) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": refusal.error, "error_description": described(&refusal.description) });
    let mut response = respond::json(status, &body);
    let headers = response.headers_mut();
    if challenged && status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Outrider\""));
    }
    if let Some(seconds) = refusal.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// In the letters that RFC 6749 allows: printable ASCII without quotation marks and backslashes.
fn described(text: &str) -> String {
    text.chars()
        .map(|letter| if matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\') { letter } else { '?' })
        .collect()
}
