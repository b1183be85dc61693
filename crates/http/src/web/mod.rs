//! Pages for people who sign in: sign-in, approvals, account, API keys, connected applications, plan. Every act is an operation
//! through the pipeline; here it only gets a form and an answer.

mod account;
mod approvals;
mod apps;
mod billing;
mod credential;
mod field;
pub(crate) mod form;
pub(crate) mod frame;
mod keys;
mod link;
pub(crate) mod next;
mod projects;
pub(crate) mod sign_in;
mod tokens;
pub(crate) mod visit;

use axum::Router;
use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use outrider_engine::Error;
use outrider_engine::error::{Kind, code};

use crate::edge::Trace;
use crate::pages::{Page, escape, show};
use crate::state::AppState;
use crate::surface::status::status_of;

/// What a handler gives up with: an answer in place of the page.
pub(crate) type Reply = Result<Response<Body>, Box<Response<Body>>>;

/// Where people arrive who asked for no other page.
pub(crate) const HOME: &str = "/account";

/// The pages of people.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(sign_in::PATH, get(sign_in::show).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/sign-in/link/{token}", get(link::show).post(link::follow))
        .route(HOME, get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/project", post(projects::choose))
        .route(approvals::PATH, get(approvals::show).post(approvals::decide))
        .route("/keys", get(keys::show).post(keys::create))
        .route("/keys/revoke", post(keys::revoke))
        .route("/keys/trigger", post(keys::reaktor::create_trigger))
        .route(tokens::PATH, get(tokens::show).post(tokens::create))
        .route("/settings/api-tokens/revoke", post(tokens::revoke))
        .route("/apps", get(apps::show))
        .route("/apps/revoke", post(apps::revoke))
        .route(billing::PATH, get(billing::show))
        .route("/billing/budget", post(billing::budget))
        .route("/billing/checkout", post(billing::checkout))
        .route("/billing/portal", post(billing::portal))
        .route("/billing/done", get(billing::done))
        .route("/billing/canceled", get(billing::canceled))
}

/// Gives an answer its name in the log.
pub(crate) fn named(operation: &'static str, reply: Reply) -> Response<Body> {
    let mut response = reply.unwrap_or_else(|other| *other);
    response.extensions_mut().insert(Trace { operation, ..Trace::default() });
    response
}

/// Leads a browser on, by GET.
pub(crate) fn lead_to(address: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    match HeaderValue::from_str(address) {
        Ok(address) => {
            response.headers_mut().insert(LOCATION, address);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response.headers_mut().insert(axum::http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An error as a page of its own.
pub(crate) fn problem(error: &Error) -> Response<Body> {
    if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) {
        tracing::error!(code = error.code.name, message = %error.message, source = ?error.source, "a page failed");
    }
    let title = match error.code.kind {
        Kind::NotFound => "There is nothing here",
        Kind::Forbidden => "You may not do this",
        Kind::RateLimited => "Too many tries",
        _ => "That did not work",
    };
    let content = format!("<p>{}</p>\n<p><a href=\"{HOME}\">Go on to your account</a></p>", escape(&error.message));
    let mut response = show(status_of(error.code), &Page { title, content: &content, failed: true, ..Page::default() });
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// [`problem`] for `?`.
pub(crate) fn stop(error: Error) -> Box<Response<Body>> {
    Box::new(problem(&error))
}

/// An error to show beside the form that met it.
///
/// # Errors
/// A page of its own when the form has no part in it.
pub(crate) fn beside(error: Error) -> Result<Error, Box<Response<Body>>> {
    if matches!(error.code.kind, Kind::Internal | Kind::Unavailable) { Err(stop(error)) } else { Ok(error) }
}

/// What is said of a form that is not one of this session's.
pub(crate) fn forged() -> Error {
    Error::new(
        code::WRONG_STATE,
        "This form is too old, or was not made for your session. Go back, load the page again, and repeat what you did.",
    )
}
