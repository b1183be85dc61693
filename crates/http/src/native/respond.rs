//! Answers of the native API: envelopes, errors and the headers that belong to them. Decides nothing about the call itself.

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::{Kind, code};
use outrider_engine::operation::{Shape, Success};
use outrider_engine::pipeline::Reply;
use serde_json::{Value, json};

use super::status::{self, METHOD_NOT_ALLOWED, status_of, type_of};

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

/// The body of an error, as every failed request answers it.
pub(crate) fn error_body(error: &Error) -> Value {
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

/// An error as a response: total over every error there is. Logs what the caller must not see.
pub(crate) fn error(error: &Error) -> Response<Body> {
    if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(code = error.code.name, message = %error.message, source = ?error.source, "a request failed");
    }
    let mut response = json(status_of(error.code), &error_body(error));
    if error.code.kind == Kind::Unauthenticated {
        // RFC 6750, section 3.
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// There is nothing at this path.
pub(crate) fn route_not_found() -> Response<Body> {
    error(&Error::new(code::ROUTE_NOT_FOUND, "There is nothing at this path. GET /api/v1 lists what there is."))
}

/// The path takes other methods, which `allow` lists.
pub(crate) fn method_not_allowed(allow: &str) -> Response<Body> {
    let mut response =
        error(&Error::new(METHOD_NOT_ALLOWED, format!("This path does not take that method. It takes {allow}.")));
    allow_header(&mut response, allow);
    response
}

/// Sets `Allow`.
pub(crate) fn allow_header(response: &mut Response<Body>, allow: &str) {
    if let Ok(value) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, value);
    }
}

/// An operation's success in its envelope.
pub(crate) fn reply(shape: Shape, reply: Reply) -> Response<Body> {
    let status = match reply.success {
        Success::Ok => StatusCode::OK,
        Success::Created => StatusCode::CREATED,
        Success::Accepted => StatusCode::ACCEPTED,
    };
    let body = match (shape, reply.body) {
        (Shape::Page, Value::Object(mut page)) if !reply.preview => {
            let next = page.remove("next_cursor").unwrap_or(Value::Null);
            let items = page.remove("items").unwrap_or(Value::Null);
            json!({ "data": items, "has_more": !next.is_null(), "next_cursor": next })
        }
        (_, body) => json!({ "data": body }),
    };
    let mut response = json(status, &body);
    if reply.replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// What a caller is told of a defect; the log has the rest.
pub(crate) fn internal_error() -> Response<Body> {
    error(&Error::new(
        code::INTERNAL_ERROR,
        "Something went wrong here. The log has the details under the request id in X-Request-Id.",
    ))
}

/// The server did not finish in time.
pub(crate) fn deadline_exceeded() -> Error {
    Error::new(
        status::DEADLINE_EXCEEDED,
        "The server did not finish in time and may still do so. Look first, or repeat with the same Idempotency-Key.",
    )
}
