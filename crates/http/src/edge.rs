//! What surrounds every request: its id, its line in the log, its place in the meters, and a net for panics.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::middleware::Next;
use futures_util::FutureExt;
use outrider_domain::id::ProjectId;
use tracing::Instrument;

use crate::state::AppState;
use crate::surface::respond;

/// The header that names a request in logs, in and out.
const REQUEST_ID: &str = "x-request-id";

/// Where a request comes from: see [`crate::proxies`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The id of a request.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// What a handler tells the log. Never the secret.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// The operation, or another name for what was asked.
    pub(crate) operation: &'static str,
    /// The key's first letters, as its record shows them.
    pub(crate) key: Option<String>,
    /// The project it happened in.
    pub(crate) project: Option<ProjectId>,
}

impl Default for Trace {
    fn default() -> Self {
        Self { operation: "none", key: None, project: None }
    }
}

/// Wraps the handling of one request.
pub(crate) async fn surround(State(state): State<AppState>, mut request: Request, next: Next) -> Response<Body> {
    let started = Instant::now();
    let id = given_id(request.headers()).unwrap_or_else(|| fresh_id(&state));
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", request_id = %id);
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = handled.unwrap_or_else(|_| {
        // The panic's own message was printed by the hook; this line ties it to the request.
        span.in_scope(|| tracing::error!("a handler panicked"));
        span.in_scope(respond::internal_error)
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let trace = response.extensions_mut().remove::<Trace>().unwrap_or_default();
    let (status, duration) = (response.status().as_u16(), started.elapsed());
    state.shared.meters.count_request(trace.operation, status, duration);
    tracing::info!(
        target: "outrider::access",
        request_id = %id,
        method = %method,
        operation = trace.operation,
        status,
        duration_ms = duration.as_secs_f64() * 1_000.0,
        key = trace.key.as_deref().unwrap_or("-"),
        project = trace.project.map(tracing::field::display),
        "answered"
    );
    response
}

/// The client's id, when it is short and plain enough to stand in logs and headers.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    ((1..=128).contains(&text.len()) && text.bytes().all(plain)).then(|| text.to_owned())
}

fn fresh_id(state: &AppState) -> String {
    let core = state.pipeline.core();
    format!("req_{:016x}", core.ids.next(core.now()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{REQUEST_ID, given_id};

    #[test]
    fn only_short_and_plain_ids_are_taken_over() {
        let given = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(value).expect("a header value"));
            given_id(&headers)
        };
        assert_eq!(given(b"trace-1.a:b_C"), Some("trace-1.a:b_C".to_owned()));
        for bad in [&b""[..], b"a b", b"a\"b", b"\xff", &[b'a'; 129]] {
            assert_eq!(given(bad), None);
        }
    }
}
