//! Answers in a surface's manner, with the headers that belong to them. Decides nothing about the call itself.

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode};
use base64::Engine as _;
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::error::{Kind, code};
use outrider_engine::operation::{Shape, Spec};
use outrider_engine::pipeline::Reply;
use serde_json::Value;

use super::status::{self, METHOD_NOT_ALLOWED};
use super::style::{Answer, Style};
use crate::state::AppState;

/// Says that the answer is the remembered one of an earlier call.
pub(crate) const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

/// A JSON answer that no cache keeps.
pub(crate) fn json(status: StatusCode, body: &Value) -> Response<Body> {
    bytes(status, "application/json", body.to_string().into_bytes())
}

/// An answer of known length that no cache keeps.
pub(crate) fn bytes(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<axum::body::Bytes>,
) -> Response<Body> {
    let body: axum::body::Bytes = body.into();
    let length = body.len();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Given here because an answer to HEAD has it too, and no body to take it from.
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A style answering one request.
pub(crate) struct Voice {
    style: &'static dyn Style,
    /// The moment of the request.
    pub(crate) now: Millis,
    /// The request's id.
    pub(crate) request_id: String,
}

impl Voice {
    /// With its parts.
    pub(crate) fn new(style: &'static dyn Style, now: Millis, request_id: String) -> Self {
        Self { style, now, request_id }
    }

    /// For a request.
    pub(crate) fn of(state: &AppState, style: &'static dyn Style, parts: &Parts) -> Self {
        Self::new(style, state.pipeline.core().now(), super::request_id(parts))
    }

    /// An error: total over every error there is. Logs what the caller must not see.
    pub(crate) fn error(&self, error: &Error) -> Response<Body> {
        if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) {
            tracing::error!(code = error.code.name, message = %error.message, source = ?error.source, "a request failed");
        }
        let Answer { status, body } = self.style.error(error, self.now);
        let mut response = json(status, &body);
        if error.code.kind == Kind::Unauthenticated {
            // RFC 6750, section 3.
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = error.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(standing) = &error.standing {
            response.extensions_mut().insert(**standing);
        }
        response
    }

    /// The path takes other methods, which `allow` lists.
    pub(crate) fn method_not_allowed(&self, allow: &str) -> Response<Body> {
        let message = format!("This path does not take that method. It takes {allow}.");
        let mut response = self.error(&Error::new(METHOD_NOT_ALLOWED, message));
        allow_header(&mut response, allow);
        response
    }

    /// An operation's success.
    pub(crate) fn reply(&self, spec: &Spec, reply: &Reply) -> Response<Body> {
        if spec.shape == Shape::File {
            return file(&reply.body);
        }
        let Answer { status, body } = self.style.success(spec, reply);
        let mut response = match (status, &body) {
            (StatusCode::NO_CONTENT, Value::Null) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                response
            }
            _ => json(status, &body),
        };
        self.style.show_of_operation(spec, response.headers_mut());
        if reply.replayed {
            response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// The bytes of an [`outrider_engine::operation::File`], as a download: a browser must not run what came from outside.
fn file(body: &Value) -> Response<Body> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let Ok(content) = base64::engine::general_purpose::STANDARD.decode(text("base64")) else {
        return internal_error();
    };
    let mut response = bytes(StatusCode::OK, "application/octet-stream", content);
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(text("content_type")) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let name: String = text("name").chars().filter(|letter| plain(*letter)).collect();
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Sets `Allow`.
pub(crate) fn allow_header(response: &mut Response<Body>, allow: &str) {
    if let Ok(value) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, value);
    }
}

/// What a caller is told of a defect; the log has the rest. In the native form, for it may be no surface's.
pub(crate) fn internal_error() -> Response<Body> {
    let error = Error::new(
        code::INTERNAL_ERROR,
        "Something went wrong here. The log has the details under the request id in X-Request-Id.",
    );
    json(status::status_of(error.code), &crate::native::error_body(&error))
}

/// The server did not finish in time.
pub(crate) fn deadline_exceeded() -> Error {
    Error::new(
        status::DEADLINE_EXCEEDED,
        "The server did not finish in time and may still do so. Look first, or repeat with the same Idempotency-Key.",
    )
}
