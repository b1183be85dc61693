//! The endpoints that programs call: registration (RFC 7591), tokens (RFC 6749), revocation (RFC 7009).

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine as _;
use outrider_engine::oauth::authorize::Parameters;
use outrider_engine::oauth::exchange::{self as rules, Proof};
use outrider_engine::oauth::{Refusal, registration, revocation};
use serde_json::Value;

use super::answer::answer;
use super::meant;
use crate::state::AppState;
use crate::surface::body;
use crate::web::{form, visit};

/// Largest client metadata, in bytes.
const LARGEST: usize = 64 * 1024;

/// `POST …/oauth/register`.
pub(super) async fn register(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, content) = request.into_parts();
    answer("oauth_register", registered(&state, &parts, content).await, false)
}

async fn registered(state: &AppState, parts: &Parts, content: Body) -> Result<(StatusCode, Value), Refusal> {
    within_limits(state, parts).await?;
    let (site, resource) = meant(state, &parts.headers, parts.uri.path());
    let received = body::receive(&parts.headers, content, LARGEST, state.shared.limits.body).await;
    let metadata = received.map_err(|error| Refusal::invalid_metadata(error.message))?.unwrap_or(Value::Null);
    let made =
        registration::register(&state.pipeline, &site.issuer(resource), &metadata, &visit::origin(parts)).await?;
    Ok((StatusCode::CREATED, made))
}

/// `POST …/oauth/token`.
pub(super) async fn exchange(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, content) = request.into_parts();
    let outcome = exchanged(&state, &parts, content).await;
    answer("oauth_token", outcome, parts.headers.contains_key(AUTHORIZATION))
}

async fn exchanged(state: &AppState, parts: &Parts, content: Body) -> Result<(StatusCode, Value), Refusal> {
    let (issuer, proof, parameters) = asked(state, parts, content).await?;
    let tokens = rules::exchange(&state.pipeline, &issuer, &proof, parameters).await?;
    Ok((StatusCode::OK, tokens))
}

/// `POST …/oauth/revoke`.
pub(super) async fn revoke(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, content) = request.into_parts();
    let outcome = revoked(&state, &parts, content).await;
    answer("oauth_revoke", outcome, parts.headers.contains_key(AUTHORIZATION))
}

async fn revoked(state: &AppState, parts: &Parts, content: Body) -> Result<(StatusCode, Value), Refusal> {
    let (issuer, proof, parameters) = asked(state, parts, content).await?;
    revocation::revoke(&state.pipeline, &issuer, &proof, &parameters).await?;
    Ok((StatusCode::OK, Value::Null))
}

/// Issuer, client and parameters of a request.
async fn asked(state: &AppState, parts: &Parts, content: Body) -> Result<(String, Proof, Parameters), Refusal> {
    within_limits(state, parts).await?;
    let (site, resource) = meant(state, &parts.headers, parts.uri.path());
    let parameters = form::parameters(state, &parts.headers, content).await?;
    let proof = proof(&parts.headers, &parameters)?;
    Ok((site.issuer(resource), proof, parameters))
}

/// Counts a request against the limit of where it comes from.
async fn within_limits(state: &AppState, parts: &Parts) -> Result<(), Refusal> {
    let standing = state.pipeline.count(&state.pipeline.native_limit(), &visit::origin(parts)).await?;
    Ok(standing.check(state.pipeline.core().now())?)
}

/// How the client says who it is: in one way only (RFC 6749, section 2.3).
fn proof(headers: &HeaderMap, parameters: &Parameters) -> Result<Proof, Refusal> {
    let (id, secret) = (parameters.one("client_id")?, parameters.one("client_secret")?);
    let Some(basic) = headers.get(AUTHORIZATION) else {
        let id = id.ok_or_else(Refusal::invalid_client)?;
        return Ok(Proof { id: id.to_owned(), secret: secret.map(ToOwned::to_owned) });
    };
    if secret.is_some() {
        return Err(Refusal::invalid_request("The client authenticates in two ways at once."));
    }
    let proof = basic.to_str().ok().and_then(read_basic).ok_or_else(Refusal::invalid_client)?;
    if id.is_some_and(|id| id != proof.id) {
        return Err(Refusal::invalid_request("client_id is another than that of the Authorization header."));
    }
    Ok(proof)
}

/// Id and secret of `Basic`, each encoded as in a form (RFC 6749, section 2.3.1).
fn read_basic(header: &str) -> Option<Proof> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8().ok().map(|part| part.into_owned())
    };
    Some(Proof { id: decoded(id)?, secret: Some(decoded(secret)?).filter(|secret| !secret.is_empty()) })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::AUTHORIZATION;
    use outrider_engine::oauth::authorize::Parameters;

    use super::proof;

    #[test]
    fn a_client_says_once_who_it_is() {
        let read = |header: Option<&str>, form: &str| {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(AUTHORIZATION, header.parse().expect("a header"));
            }
            let proof = proof(&headers, &Parameters::parse(form.as_bytes()));
            proof.map(|proof| (proof.id, proof.secret)).map_err(|refusal| refusal.error)
        };
        let known = |id: &str, secret: Option<&str>| Ok((id.to_owned(), secret.map(ToOwned::to_owned)));
        // `a b:s:1` with both parts encoded, as section 2.3.1 wants it.
        assert_eq!(read(Some("Basic YStiOnMlM0Ex"), ""), known("a b", Some("s:1")));
        assert_eq!(read(None, "client_id=x&client_secret=y"), known("x", Some("y")));
        assert_eq!(read(None, "client_id=x"), known("x", None));
        assert_eq!(read(None, ""), Err("invalid_client"));
        assert_eq!(read(Some("Bearer x"), "client_id=x"), Err("invalid_client"));
        assert_eq!(read(Some("Basic %"), ""), Err("invalid_client"));
        assert_eq!(read(Some("Basic YStiOnMlM0Ex"), "client_secret=y"), Err("invalid_request"));
        assert_eq!(read(Some("Basic YStiOnMlM0Ex"), "client_id=other"), Err("invalid_request"));
        assert_eq!(read(None, "client_id=x&client_id=y"), Err("invalid_request"));
    }
}
