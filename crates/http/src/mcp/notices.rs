//! The stream on which a session hears that its list of tools changed (2025-11-25, "Listening for Messages from the Server").
//! Keeps nothing: a notice that nobody heard is no loss, since it only says to list again.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Response};
use futures_util::stream;
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::pipeline::Credential;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::session::Session;
use crate::state::AppState;
use crate::surface::status::OVERLOADED;

const CHANGED: &[u8] =
    b"event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n";
const ALIVE: &[u8] = b": alive\n\n";

struct Listener {
    state: AppState,
    credential: Credential,
    changes: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    begun: bool,
    _permit: OwnedSemaphorePermit,
}

/// Opens the stream; it ends with the session, the key or the server.
///
/// # Errors
/// `unsupported_media_type` for a client that takes no events; `overloaded`.
pub(super) fn open(
    state: &AppState,
    headers: &HeaderMap,
    credential: Credential,
    session: &Session,
) -> Result<Response<Body>, Error> {
    let takes_events = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| {
        accept.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/event-stream"))
    });
    if !takes_events {
        let message = "A GET here answers with events: send Accept: text/event-stream.";
        return Err(Error::new(code::UNSUPPORTED_MEDIA_TYPE, message).at("Accept"));
    }
    let permit = Arc::clone(&state.shared.streams)
        .try_acquire_owned()
        .map_err(|_| Error::new(OVERLOADED, "The server has as many event streams as it takes. Try again later."))?;
    let listener = Listener {
        state: state.clone(),
        credential,
        changes: session.changes(),
        closing: state.shared.closing.subscribe(),
        begun: false,
        _permit: permit,
    };
    let body = Body::from_stream(stream::unfold(listener, |mut listener| async move {
        let part = listener.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from_static(part)), listener))
    }));
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Listener {
    async fn next(&mut self) -> Option<&'static [u8]> {
        if !self.begun {
            self.begun = true;
            return Some(ALIVE);
        }
        let closing = async { drop(self.closing.wait_for(|closing| *closing).await) };
        tokio::select! {
            changed = self.changes.changed() => changed.ok().map(|()| CHANGED),
            () = closing => None,
            () = tokio::time::sleep(self.state.shared.limits.heartbeat) => {
                self.state.pipeline.authenticate(self.credential.clone()).await.ok().map(|_| ALIVE)
            }
        }
    }
}
