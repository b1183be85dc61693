//! Lets pages of any origin call the native API: it knows no cookies, so a page can only use a key it was given.

use axum::body::Body;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::respond::allow_header;

const ALLOWED: &str = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id";
const EXPOSED: &str = "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, \
    X-Credits-Remaining, Idempotency-Replayed, Allow";
/// How long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "86400";

/// Opens an answer to every origin.
pub(crate) fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

/// Answers OPTIONS, as a browser asks before it calls and as anyone else may ask.
pub(crate) fn preflight(allow: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    allow_header(&mut response, allow);
    let headers = response.headers_mut();
    if let Ok(methods) = HeaderValue::from_str(allow) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    response
}
