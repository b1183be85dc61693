//! OAuth's endpoints over HTTP: metadata, registration, authorization with its consent page, tokens, revocation. The rules are the
//! engine's; here requests become parameters and results become answers.

mod answer;
mod authorize;
mod consent;
mod metadata;
mod token;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use axum::routing::{MethodRouter, get, options, post};
use outrider_engine::oauth::{RESOURCES, Resource, Site};

use crate::state::AppState;
use crate::surface::cross_origin;
use crate::web::visit;

/// The endpoints, for each dialect below its mount on the public host and at the root of its own.
pub(crate) fn routes() -> Router<AppState> {
    let mut routes = Router::new()
        .route("/.well-known/oauth-authorization-server", open(get(metadata::issuer), "GET"))
        .route("/.well-known/oauth-authorization-server/{*path}", open(get(metadata::issuer), "GET"))
        .route("/.well-known/oauth-protected-resource", open(get(metadata::resource), "GET"))
        .route("/.well-known/oauth-protected-resource/{*path}", open(get(metadata::resource), "GET"));
    let mut mounts: Vec<&str> = Vec::new();
    for mount in RESOURCES.iter().map(|resource| resource.mount) {
        if mounts.contains(&mount) {
            continue;
        }
        mounts.push(mount);
        routes = routes
            .route(&format!("{mount}/oauth/authorize"), get(authorize::ask).post(authorize::decide))
            .route(&format!("{mount}/oauth/register"), open(post(token::register), "POST"))
            .route(&format!("{mount}/oauth/token"), open(post(token::exchange), "POST"))
            .route(&format!("{mount}/oauth/revoke"), open(post(token::revoke), "POST"));
        if !mount.is_empty() {
            // Where clients look who take the mount for a host's root.
            routes = routes
                .route(&format!("{mount}/.well-known/oauth-authorization-server"), open(get(metadata::issuer), "GET"))
                .route(&format!("{mount}/.well-known/oauth-protected-resource"), open(get(metadata::resource), "GET"));
        }
    }
    routes
}

/// Lets pages of any origin call it: these endpoints know no cookies.
fn open(methods: MethodRouter<AppState>, allow: &'static str) -> MethodRouter<AppState> {
    let preflight = move || async move { cross_origin::preflight(&format!("{allow}, OPTIONS")) };
    methods.merge(options(preflight)).layer(axum::middleware::map_response(|mut response: Response<Body>| async move {
        cross_origin::open(response.headers_mut());
        response
    }))
}

/// The address a request was made to, and the resource whose issuer it means: by the mount in its path, or by the host's dialect.
fn meant(state: &AppState, headers: &HeaderMap, path: &str) -> (Site, &'static Resource) {
    let site = visit::site(state, headers);
    let by_host = site.dialect().and_then(|dialect| Resource::of_dialect(dialect).next());
    let by_path = || {
        RESOURCES
            .iter()
            .find(|resource| !resource.mount.is_empty() && path.starts_with(&format!("{}/", resource.mount)))
    };
    let resource = by_host.or_else(by_path).unwrap_or(&RESOURCES[0]);
    (site, resource)
}

/// Resources that are offered at an address: all on the public one, only its own on a dialect's host.
fn offered(site: &Site) -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().filter(|resource| site.dialect().is_none_or(|dialect| dialect == resource.dialect))
}
