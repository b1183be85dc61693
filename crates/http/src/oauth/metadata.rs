//! What clients read to find their way: the metadata of issuers (RFC 8414) and of resources (RFC 9728). Says nothing that settings
//! did not say first.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::oauth::site::path_of;
use outrider_engine::oauth::{Resource, Site};
use serde_json::{Value, json};

use super::{meant, offered};
use crate::edge::Trace;
use crate::state::AppState;
use crate::surface::respond;

/// `GET /.well-known/oauth-authorization-server…`.
pub(super) async fn issuer(State(state): State<AppState>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    let (site, default) = meant(&state, request.headers(), path);
    let at = |resource: &Resource| path_of(&site.issuer_metadata(resource)) == path;
    let found = offered(&site).find(|resource| at(resource));
    let below_mount = path == format!("{}/.well-known/oauth-authorization-server", default.mount);
    answer("oauth_server_metadata", found.or(below_mount.then_some(default)).map(|resource| of_issuer(&site, resource)))
}

/// `GET /.well-known/oauth-protected-resource…`.
pub(super) async fn resource(State(state): State<AppState>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    let (site, default) = meant(&state, request.headers(), path);
    let at = |resource: &Resource| path_of(&site.resource_metadata(resource)) == path;
    let found = offered(&site).find(|resource| at(resource));
    // Without a resource's path, that of the one resource that is meant here.
    let bare = path.ends_with("/.well-known/oauth-protected-resource");
    answer("oauth_resource_metadata", found.or(bare.then_some(default)).map(|resource| of_resource(&site, resource)))
}

fn answer(operation: &'static str, document: Option<Value>) -> Response<Body> {
    let mut response = match document {
        Some(document) => respond::json(StatusCode::OK, &document),
        None => crate::native::voice().error(&Error::new(code::ROUTE_NOT_FOUND, "No issuer and no resource is there.")),
    };
    response.extensions_mut().insert(Trace { operation, ..Trace::default() });
    response
}

fn of_issuer(site: &Site, resource: &'static Resource) -> Value {
    let issuer = site.issuer(resource);
    let scopes: Vec<&str> =
        Resource::of_dialect(resource.dialect).flat_map(|resource| resource.scopes).map(|scope| scope.name).collect();
    let resources: Vec<String> =
        Resource::of_dialect(resource.dialect).map(|resource| site.resource(resource)).collect();
    let methods = json!(["none", "client_secret_basic", "client_secret_post"]);
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth/authorize"),
        "token_endpoint": format!("{issuer}/oauth/token"),
        "registration_endpoint": format!("{issuer}/oauth/register"),
        "revocation_endpoint": format!("{issuer}/oauth/revoke"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
        "protected_resources": resources,
    })
}

fn of_resource(site: &Site, resource: &Resource) -> Value {
    let scopes: Vec<&str> = resource.scopes.iter().map(|scope| scope.name).collect();
    json!({
        "resource": site.resource(resource),
        "authorization_servers": [site.issuer(resource)],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": resource.title,
    })
}
