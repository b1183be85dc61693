//! What stands before the protocol over HTTP: hosts and origins, limits, the caller, the message's outside, sessions. Every
//! refusal is a JSON-RPC error with the status of HTTP that belongs to it. Runs no tool itself.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN, VARY, WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::{Kind, code};
use outrider_engine::keys::PREFIXES;
use outrider_engine::oauth::{Site, access};
use outrider_engine::pipeline::Credential;
use serde_json::Value;

use super::caller::Caller;
use super::guard::{Guard, Turned};
use super::message::{INVALID_REQUEST, Message, SESSION, Sort, is_stateless, refuse, refuse_with};
use super::notices;
use super::protocol::{Door, Protocol};
use super::session::{Refused, Session, Sessions};
use super::surface::McpSurface;
use super::toolsets::Selection;
use crate::edge::{Peer, Trace};
use crate::state::AppState;
use crate::surface::body::{check_type, receive_bytes};
use crate::surface::status::{METHOD_NOT_ALLOWED, OVERLOADED};
use crate::surface::{credential, json as reader, limits, request_id};

/// Largest message, in bytes.
const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;
/// Most bytes of a short answer of the protocol's that is read again here.
const SHORT_ANSWER: usize = 1024 * 1024;
const METHODS: &str = "POST, GET, DELETE, OPTIONS";
const ALLOWED_HEADERS: &str = "Authorization, Content-Type, Accept, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, \
    Last-Event-ID, X-Outrider-Toolsets, X-Request-Id";
const EXPOSED_HEADERS: &str = "Mcp-Session-Id, WWW-Authenticate, X-Request-Id, Retry-After, X-RateLimit-Limit, \
    X-RateLimit-Remaining, X-RateLimit-Reset";

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
        let credential = self.credential(&state, &parts.headers);
        let peer = parts.extensions.get::<Peer>().copied();
        let counted = limits::count(&state, self.surface.style, None, credential.as_ref().ok(), peer).await;
        let shown = credential.as_ref().ok().and_then(credential::shown_in_logs);
        let mut trace = Trace { operation: "mcp", key: shown, ..Trace::default() };
        let now = state.pipeline.core().now();
        let within = counted.as_ref().ok().map_or(Ok(()), |standing| standing.check(now));
        let mut response = match (within, &counted) {
            _ if parts.method == Method::OPTIONS => preflight(),
            (_, Err(error)) => self.refuse(error),
            (Err(error), _) => self.refuse(&error),
            (Ok(()), Ok(_)) => {
                let headers = parts.headers.clone();
                match self.arrive(&state, parts, credential).await {
                    Ok(arrival) => {
                        trace.project = Some(arrival.caller.principal.project);
                        self.dispatch(state, arrival, body, &mut trace).await
                    }
                    Err(error) => self.challenge(&state, &headers, &error),
                }
            }
        };
        if let Ok(standing) = counted {
            self.surface.style.show_standing(response.headers_mut(), standing);
        }
        if let Some(origin) = origin {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
            headers.append(VARY, HeaderValue::from_static("Origin"));
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
        let caller = Caller { credential: known, principal, request_id: request_id(&parts), selection, session: None };
        Ok(Arrival { parts, credential, caller, owner })
    }

    /// Who calls: a key of the surface's dialect, or else an access token for this endpoint.
    fn credential(&self, state: &AppState, headers: &HeaderMap) -> Result<Credential, Error> {
        let secret = credential::bearer(headers)?;
        let dialect = self.surface.dialect;
        let is_key = PREFIXES.iter().any(|(_, prefix)| secret.starts_with(prefix));
        match self.surface.resource().filter(|_| !is_key) {
            Some(resource) => {
                let resource = site(state, headers).resource(resource);
                Ok(Credential::Token { secret, resource, project: None })
            }
            None => Ok(Credential::Key { secret, dialect }),
        }
    }

    fn refuse(&self, error: &Error) -> Response<Body> {
        refuse_with(self.surface.style, error, &Value::Null)
    }

    /// An error before the message, with what a client needs to get a token (RFC 9728, section 5.1).
    fn challenge(&self, state: &AppState, headers: &HeaderMap, error: &Error) -> Response<Body> {
        let mut response = self.refuse(error);
        if error.code.kind == Kind::Unauthenticated {
            let reason = if error.code == code::MISSING_API_KEY { "" } else { "error=\"invalid_token\"" };
            self.ask(&mut response, state, headers, reason);
        }
        response
    }

    /// Says in `WWW-Authenticate` why, and where the resource's metadata is.
    fn ask(&self, response: &mut Response<Body>, state: &AppState, headers: &HeaderMap, reason: &str) {
        let metadata = self.surface.resource().map(|resource| site(state, headers).resource_metadata(resource));
        let metadata = metadata.map(|url| format!("resource_metadata=\"{url}\""));
        let parts: Vec<&str> =
            [reason, metadata.as_deref().unwrap_or("")].into_iter().filter(|part| !part.is_empty()).collect();
        if let Ok(value) = HeaderValue::from_str(format!("Bearer {}", parts.join(", ")).trim_end()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
    }

    /// A token that lacks the scope of the tool it calls is told which to ask for (RFC 6750, section 3.1). A key can't ask for
    /// more: it reads that in the tool's answer.
    async fn step_up(&self, state: &AppState, arrival: &Arrival, message: &Message) -> Option<Response<Body>> {
        let Credential::Token { secret, .. } = &arrival.credential else { return None };
        let shown = self.surface.find(message.tool.as_deref()?)?;
        let wanted = shown.tool.card().scope.filter(|scope| !arrival.caller.principal.may(scope))?;
        let wanted = self.surface.resource()?.scope_for(wanted)?;
        let secret = secret.clone();
        let mut scopes = state.pipeline.store().read(move |tx| access::granted(tx, &secret)).await.unwrap_or_default();
        if scopes.iter().any(|scope| scope == wanted) {
            // The person may not do it themselves: no scope would help.
            return None;
        }
        scopes.push(wanted.to_owned());
        let error = Error::new(code::INSUFFICIENT_SCOPE, format!("This needs the scope {wanted}."));
        let mut response = refuse_with(self.surface.style, &error, &message.id);
        let reason = format!("error=\"insufficient_scope\", scope=\"{}\"", scopes.join(" "));
        self.ask(&mut response, state, &arrival.parts.headers, &reason);
        Some(response)
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
        let session = match self.session(&state, &arrival.owner, named.as_deref(), &Value::Null) {
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
        if let Some(response) = self.step_up(&state, &arrival, message).await {
            return response;
        }
        let begins = message.method == "initialize";
        let mut session = None;
        if !message.stateless && !begins {
            if named.is_some() {
                match self.session(&state, &arrival.owner, named.as_deref(), &message.id) {
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
            Some(session) => cancellable(session, &message.id.to_string(), answering).await,
            None => answering.await,
        };
        let response = in_json(response, &message.id).await;
        if begins { self.begin(&state, &owner, response, &message.id).await } else { response }
    }

    /// The session a request names, if it is the caller's.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself, made once in a request")]
    fn session(
        &self,
        state: &AppState,
        owner: &str,
        named: Option<&str>,
        request: &Value,
    ) -> Result<Arc<Session>, Response<Body>> {
        let Some(id) = named else {
            let words = "This needs the Mcp-Session-Id that initialize answered.";
            return Err(refuse(StatusCode::BAD_REQUEST, request, INVALID_REQUEST, words));
        };
        self.sessions.find(id, owner, state.pipeline.core().now()).ok_or_else(|| {
            let words = "There is no such session, or it has ended. Send initialize to begin a new one.";
            refuse(StatusCode::NOT_FOUND, request, INVALID_REQUEST, words)
        })
    }

    /// Opens a session for an initialize that went well.
    async fn begin(&self, state: &AppState, owner: &str, response: Response<Body>, id: &Value) -> Response<Body> {
        let (mut parts, body) = response.into_parts();
        let Ok(bytes) = axum::body::to_bytes(body, SHORT_ANSWER).await else {
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, id, INVALID_REQUEST, "The answer could not be written.");
        };
        let went_well = serde_json::from_slice::<Value>(&bytes).is_ok_and(|answer| answer.get("result").is_some());
        if went_well {
            match self.sessions.open(owner, state.pipeline.core().now()) {
                Ok(session) => {
                    if let Ok(value) = HeaderValue::from_str(&session.id) {
                        parts.headers.insert(SESSION, value);
                    }
                }
                Err(Refused::Full) => {
                    let error = Error::new(OVERLOADED, "The server has as many sessions as it takes.");
                    return refuse_with(self.surface.style, &error, id);
                }
                Err(Refused::NoRandomness) => {
                    let message = "The system gave no random bytes for a session.";
                    return refuse_with(self.surface.style, &Error::new(code::INTERNAL_ERROR, message), id);
                }
            }
        }
        Response::from_parts(parts, Body::from(bytes))
    }

    fn not_allowed(&self) -> Response<Body> {
        let error = Error::new(METHOD_NOT_ALLOWED, "This endpoint takes POST; GET and DELETE only within a session.");
        let mut response = self.refuse(&error);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        response
    }
}

/// The configured address that a request came to.
fn site(state: &AppState, headers: &HeaderMap) -> Site {
    Site::of_host(&state.pipeline.core().settings, headers.get(HOST).and_then(|host| host.to_str().ok()))
}

/// Waits for an answer unless the client cancels the request: then nothing answers it (2025-11-25, "Cancellation").
async fn cancellable(
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
    let status = if words.starts_with("fail to deserialize") { StatusCode::BAD_REQUEST } else { status };
    let words = if words.starts_with("fail to deserialize") {
        "The message is none of the protocol's: look at its params."
    } else {
        words.trim()
    };
    refuse(status, id, INVALID_REQUEST, words)
}

fn turned_away(turned: &Turned) -> Response<Body> {
    let words = match turned {
        Turned::Host => "This server does not answer to that Host. Set public_url to the address clients use.",
        Turned::Origin => "Pages of that Origin may not use this endpoint.",
    };
    refuse(StatusCode::FORBIDDEN, &Value::Null, INVALID_REQUEST, words)
}

fn preflight() -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED_HEADERS));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
