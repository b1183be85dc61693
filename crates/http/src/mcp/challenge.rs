//! What a client needs that has no rights yet, or too few: who it says it is, where its tokens come from, which scope to ask for.
//! Checks no key and no token itself.

use axum::body::Body;
use axum::http::header::{HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response};
use outrider_engine::Error;
use outrider_engine::error::{Kind, code};
use outrider_engine::keys::PREFIXES;
use outrider_engine::oauth::{Site, access};
use outrider_engine::pipeline::Credential;
use serde_json::Value;

use super::caller::Caller;
use super::message::{Message, refuse_with};
use super::surface::McpSurface;
use crate::state::AppState;

/// Who calls: a key of the surface's dialect, or else an access token for this endpoint.
pub(crate) fn credential(surface: &McpSurface, state: &AppState, headers: &HeaderMap) -> Result<Credential, Error> {
    let secret = surface.style.secret(headers)?;
    let dialect = surface.dialect;
    let is_key = PREFIXES.iter().any(|(_, prefix)| secret.starts_with(prefix));
    match surface.resource().filter(|_| !is_key) {
        Some(resource) => {
            let resource = site(state, headers).resource(resource);
            Ok(Credential::Token { secret, resource, project: None })
        }
        None => Ok(Credential::Key { secret, dialect }),
    }
}

/// An error before the message, with what a client needs to get a token (RFC 9728, section 5.1).
pub(crate) fn challenge(surface: &McpSurface, state: &AppState, headers: &HeaderMap, error: &Error) -> Response<Body> {
    let mut response = refuse_with(surface.style, error, &Value::Null);
    if error.code.kind == Kind::Unauthenticated {
        let reason = if error.code == code::MISSING_API_KEY { "" } else { "error=\"invalid_token\"" };
        ask(surface, &mut response, state, headers, reason);
    }
    response
}

/// Says in `WWW-Authenticate` why, and where the resource's metadata is.
fn ask(surface: &McpSurface, response: &mut Response<Body>, state: &AppState, headers: &HeaderMap, reason: &str) {
    let metadata = surface.resource().map(|resource| site(state, headers).resource_metadata(resource));
    let metadata = metadata.map(|url| format!("resource_metadata=\"{url}\""));
    let parts: Vec<&str> =
        [reason, metadata.as_deref().unwrap_or("")].into_iter().filter(|part| !part.is_empty()).collect();
    if let Ok(value) = HeaderValue::from_str(format!("Bearer {}", parts.join(", ")).trim_end()) {
        response.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
}

/// A token that lacks the scope of the tool it calls is told which to ask for (RFC 6750, section 3.1). A key can't ask for
/// more: it reads that in the tool's answer.
pub(crate) async fn step_up(
    surface: &McpSurface,
    state: &AppState,
    headers: &HeaderMap,
    caller: &Caller,
    message: &Message,
) -> Option<Response<Body>> {
    let Credential::Token { secret, .. } = &caller.credential else { return None };
    let shown = surface.find(message.tool.as_deref()?)?;
    let wanted = shown.tool.card().scope.filter(|scope| !caller.principal.may(scope))?;
    let wanted = surface.resource()?.scope_for(wanted)?;
    let secret = secret.clone();
    let mut scopes = state.pipeline.store().read(move |tx| access::granted(tx, &secret)).await.unwrap_or_default();
    if scopes.iter().any(|scope| scope == wanted) {
        // The person may not do it themselves: no scope would help.
        return None;
    }
    scopes.push(wanted.to_owned());
    let error = Error::new(code::INSUFFICIENT_SCOPE, format!("This needs the scope {wanted}."));
    let mut response = refuse_with(surface.style, &error, &message.id);
    let reason = format!("error=\"insufficient_scope\", scope=\"{}\"", scopes.join(" "));
    ask(surface, &mut response, state, headers, &reason);
    Some(response)
}

/// The configured address that a request came to.
fn site(state: &AppState, headers: &HeaderMap) -> Site {
    Site::of_host(&state.pipeline.core().settings, headers.get(HOST).and_then(|host| host.to_str().ok()))
}
