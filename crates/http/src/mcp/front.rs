//! What stands before the protocol over HTTP: hosts and origins, limits, the caller, the message's outside, sessions. Every
//! refusal is a JSON-RPC error with the status of HTTP that belongs to it. Runs no tool itself.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::pipeline::Credential;
use serde_json::Value;

use super::caller::Caller;
use super::cross_origin::{self, METHODS};
use super::guard::{Guard, Turned};
use super::message::{
    INVALID_REQUEST, METHOD_NOT_FOUND, Message, SESSION, Sort, empty, is_stateless, refuse, refuse_with,
};
use super::protocol::{Door, Protocol};
use super::session::Sessions;
use super::surface::McpSurface;
use super::toolsets::Selection;
use super::{challenge, handshake, notices};
use crate::edge::{Peer, Trace};
use crate::state::AppState;
use crate::surface::body::{check_type, receive_bytes};
use crate::surface::status::METHOD_NOT_ALLOWED;
use crate::surface::{credential, json as reader, limits, request_id};

/// Largest message, in bytes.
const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;
/// Most bytes of a short answer of the protocol's that is read again here.
const SHORT_ANSWER: usize = 1024 * 1024;

/// A surface with what serving it needs.
pub(crate) struct Front {
    surface: Arc<McpSurface>,
    protocol: Protocol,
    sessions: Sessions,
}

/// A request as far as it is known before its message is read.
struct Arrival {
    parts: Parts,
    credential: Credential,
    caller: Caller,
    owner: String,
}

impl Front {
    pub(crate) fn new(surface: McpSurface) -> Self {
        let surface = Arc::new(surface);
        let sessions = Sessions::new(surface.session_limits);
        Self { protocol: Protocol::new(Arc::clone(&surface)), surface, sessions }
    }

    /// Answers every request at the surface's path.
    pub(crate) async fn handle(&self, state: AppState, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let settings = &state.pipeline.core().settings;
        let guard = Guard::new(&settings.public_url, settings.dialect_hosts.iter().map(|(_, host)| host.as_str()));
        if let Err(turned) = guard.check(&parts.uri, &parts.headers) {
            return turned_away(&turned);
        }
        let origin = parts.headers.get(ORIGIN).cloned();
        let credential = challenge::credential(&self.surface, &state, &parts.headers);
        let peer = parts.extensions.get::<Peer>().copied();
        let counted = limits::count(&state, self.surface.style, None, credential.as_ref().ok(), peer).await;
        let shown = credential.as_ref().ok().and_then(credential::shown_in_logs);
        let mut trace = Trace { operation: "mcp", key: shown, ..Trace::default() };
        let now = state.pipeline.core().now();
        let within = counted.as_ref().ok().map_or(Ok(()), |standing| standing.check(now));
        let mut response = match (within, &counted) {
            _ if parts.method == Method::OPTIONS => cross_origin::preflight(),
            (_, Err(error)) => self.refuse(error),
            (Err(error), _) => self.refuse(&error),
            (Ok(()), Ok(_)) => {
                let headers = parts.headers.clone();
                match self.arrive(&state, parts, credential).await {
                    Ok(arrival) => {
                        trace.project = Some(arrival.caller.principal.project);
                        self.dispatch(state, arrival, body, &mut trace).await
                    }
                    Err(error) => challenge::challenge(&self.surface, &state, &headers, &error),
                }
            }
        };
        if let Ok(standing) = counted {
            self.surface.style.show_standing(response.headers_mut(), standing);
        }
        if let Some(origin) = origin {
            cross_origin::open(response.headers_mut(), origin);
        }
        response.extensions_mut().insert(trace);
        response
    }

    /// Finds out who calls, and which tools the address asks for.
    async fn arrive(
        &self,
        state: &AppState,
        parts: Parts,
        credential: Result<Credential, Error>,
    ) -> Result<Arrival, Error> {
        let credential = credential?;
        let principal = state.pipeline.authenticate(credential.clone()).await?;
        let query = parts.uri.query().unwrap_or("");
        let selection = Selection::of(query, &parts.headers, self.surface.toolsets()).map_err(|name| {
            let known = self.surface.toolsets().join(", ");
            Error::invalid("toolsets", format!("There is no toolset {name:?}. There are: default, all, {known}."))
        })?;
        let owner = Caller::owner(&principal);
        let known = match &credential {
            // Each call may choose another of the person's projects.
            token @ Credential::Token { .. } => token.clone(),
            // Checked a moment ago: the operation need not look the key up again.
            _ => Credential::Known(principal.clone()),
        };
        let counted = Caller::counted(&credential, &principal);
        let request_id = request_id(&parts);
        let caller = Caller { credential: known, principal, counted, request_id, selection, session: None };
        Ok(Arrival { parts, credential, caller, owner })
    }

    fn refuse(&self, error: &Error) -> Response<Body> {
        refuse_with(self.surface.style, error, &Value::Null)
    }

    async fn dispatch(&self, state: AppState, arrival: Arrival, body: Body, trace: &mut Trace) -> Response<Body> {
        let named = arrival.parts.headers.get(SESSION).map(|id| id.to_str().unwrap_or("").to_owned());
        let stateless = is_stateless(&arrival.parts.headers);
        if arrival.parts.method == Method::POST {
            return match self.receive(&state, &arrival.parts, body).await {
                Ok((message, bytes)) => self.post(state, arrival, named, &message, bytes, trace).await,
                Err(response) => response,
            };
        }
        let of_sessions = arrival.parts.method == Method::GET || arrival.parts.method == Method::DELETE;
        if !of_sessions || stateless {
            return self.not_allowed();
        }
        let now = state.pipeline.core().now();
        let session = match handshake::named(&self.sessions, now, &arrival.owner, named.as_deref(), &Value::Null) {
            Ok(session) => session,
            Err(response) => return response,
        };
        if arrival.parts.method == Method::DELETE {
            self.sessions.close(&session);
            return empty(StatusCode::NO_CONTENT);
        }
        trace.operation = "mcp_notices";
        notices::open(&state, &arrival.parts.headers, arrival.credential, &session)
            .unwrap_or_else(|error| self.refuse(&error))
    }

    /// Reads a message, within limits.
    async fn receive(&self, state: &AppState, parts: &Parts, body: Body) -> Result<(Message, Bytes), Response<Body>> {
        let bytes = receive_bytes(&parts.headers, body, MESSAGE_LIMIT, state.shared.limits.body)
            .await
            .and_then(|bytes| check_type(&parts.headers).map(|()| bytes))
            .map_err(|error| self.refuse(&error))?;
        let value = reader::parse(&bytes).map_err(|error| self.refuse(&error))?;
        let message = Message::of(&value, &parts.headers)
            .map_err(|words| refuse(StatusCode::BAD_REQUEST, &Value::Null, INVALID_REQUEST, words))?;
        Ok((message, Bytes::from(bytes)))
    }

    async fn post(
        &self,
        state: AppState,
        mut arrival: Arrival,
        named: Option<String>,
        message: &Message,
        bytes: Bytes,
        trace: &mut Trace,
    ) -> Response<Body> {
        if let Some(shown) = message.tool.as_deref().and_then(|name| self.surface.find(name)) {
            trace.operation = shown.tool.card().name;
        }
        let headers = &arrival.parts.headers;
        if let Some(response) = challenge::step_up(&self.surface, &state, headers, &arrival.caller, message).await {
            return response;
        }
        let begins = message.method == "initialize";
        if begins && message.stateless {
            let words = "Revision 2026-07-28 has no initialize: send the request itself, or name an earlier revision.";
            return refuse(StatusCode::NOT_FOUND, &message.id, METHOD_NOT_FOUND, words);
        }
        let now = state.pipeline.core().now();
        let mut session = None;
        if !message.stateless && !begins {
            if named.is_some() {
                match handshake::named(&self.sessions, now, &arrival.owner, named.as_deref(), &message.id) {
                    Ok(found) => session = Some(found),
                    Err(response) => return response,
                }
            } else if message.needs_session() {
                let words = "Send initialize first, and the Mcp-Session-Id it answers with every request after it; or name revision \
                    2026-07-28 in each request.";
                return refuse(StatusCode::BAD_REQUEST, &message.id, INVALID_REQUEST, words);
            }
        }
        match (&session, message.sort) {
            (Some(session), Sort::Notification) => {
                if let Some(request) = &message.cancels {
                    session.cancel(request);
                }
                return empty(StatusCode::ACCEPTED);
            }
            // Nothing is ever asked of a client, so a response answers nothing; taking it harms nobody.
            (Some(_), Sort::Response) => return empty(StatusCode::ACCEPTED),
            _ => {}
        }
        arrival.caller.session.clone_from(&session);
        let owner = arrival.owner;
        let mut parts = arrival.parts;
        parts.extensions.insert(Door { state: state.clone(), caller: arrival.caller });
        let answering = self.protocol.answer(Request::from_parts(parts, Body::from(bytes)));
        let response = match &session {
            Some(session) => handshake::cancellable(session, &message.id.to_string(), answering).await,
            None => answering.await,
        };
        let response = in_json(response, &message.id).await;
        if !begins {
            return response;
        }
        let now = state.pipeline.core().now();
        handshake::begin(&self.sessions, self.surface.style, now, &owner, response, &message.id).await
    }

    fn not_allowed(&self) -> Response<Body> {
        let error = Error::new(METHOD_NOT_ALLOWED, "This endpoint takes POST; GET and DELETE only within a session.");
        let mut response = self.refuse(&error);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        response
    }
}

/// Turns an error that the protocol put in plain words into a JSON-RPC error.
async fn in_json(response: Response<Body>, id: &Value) -> Response<Body> {
    let status = response.status();
    let is_json =
        response.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let words = axum::body::to_bytes(response.into_body(), SHORT_ANSWER).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    // JSON it was: it has been read before. So it is no message of the protocol.
    if words.starts_with("fail to deserialize") {
        let words = "The message is none of the protocol's: look at its params.";
        return refuse(StatusCode::BAD_REQUEST, id, INVALID_REQUEST, words);
    }
    refuse(status, id, INVALID_REQUEST, words.trim())
}

fn turned_away(turned: &Turned) -> Response<Body> {
    let words = match turned {
        Turned::Host => "This server does not answer to that Host. Set public_url to the address clients use.",
        Turned::Origin => "Pages of that Origin may not use this endpoint.",
    };
    refuse(StatusCode::FORBIDDEN, &Value::Null, INVALID_REQUEST, words)
}
