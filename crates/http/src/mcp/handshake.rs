//! Sessions at the door: which one a request names, the one that an initialize begins, requests that are cancelled. Keeps none:
//! that is [`Sessions`]'.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::error::code;
use serde_json::Value;

use super::message::{INVALID_REQUEST, SESSION, empty, refuse, refuse_with};
use super::session::{Refused, Session, Sessions};
use crate::surface::Style;
use crate::surface::status::OVERLOADED;

/// Most bytes of an answer to initialize, which is read again here.
const SHORT_ANSWER: usize = 1024 * 1024;

/// The session a request names, if it is the caller's.
#[expect(clippy::result_large_err, reason = "the error is the answer itself, made once in a request")]
pub(crate) fn named(
    sessions: &Sessions,
    now: Millis,
    owner: &str,
    id: Option<&str>,
    request: &Value,
) -> Result<Arc<Session>, Response<Body>> {
    let Some(id) = id else {
        let words = "This needs the Mcp-Session-Id that initialize answered.";
        return Err(refuse(StatusCode::BAD_REQUEST, request, INVALID_REQUEST, words));
    };
    sessions.find(id, owner, now).ok_or_else(|| {
        let words = "There is no such session, or it has ended. Send initialize to begin a new one.";
        refuse(StatusCode::NOT_FOUND, request, INVALID_REQUEST, words)
    })
}

/// Opens a session for an initialize that went well.
pub(crate) async fn begin(
    sessions: &Sessions,
    style: &'static dyn Style,
    now: Millis,
    owner: &str,
    response: Response<Body>,
    id: &Value,
) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, SHORT_ANSWER).await else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, id, INVALID_REQUEST, "The answer could not be written.");
    };
    let went_well = serde_json::from_slice::<Value>(&bytes).is_ok_and(|answer| answer.get("result").is_some());
    if went_well {
        match sessions.open(owner, now) {
            Ok(session) => {
                if let Ok(value) = HeaderValue::from_str(&session.id) {
                    parts.headers.insert(SESSION, value);
                }
            }
            Err(Refused::Full) => {
                let error = Error::new(OVERLOADED, "The server has as many sessions as it takes.");
                return refuse_with(style, &error, id);
            }
            Err(Refused::NoRandomness) => {
                let message = "The system gave no random bytes for a session.";
                return refuse_with(style, &Error::new(code::INTERNAL_ERROR, message), id);
            }
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Waits for an answer unless the client cancels the request: then nothing answers it (2025-11-25, "Cancellation").
pub(crate) async fn cancellable(
    session: &Session,
    request: &str,
    answering: impl Future<Output = Response<Body>>,
) -> Response<Body> {
    let cancelled = session.begin(request);
    let response = tokio::select! {
        response = answering => response,
        Ok(()) = cancelled => {
            let mut response = empty(StatusCode::OK);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            return response;
        }
    };
    session.end(request);
    response
}
