//! Forms that browsers send: received within limits, and taken only from pages of this server. Knows no field.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response};
use outrider_engine::Error;
use outrider_engine::error::code;
use outrider_engine::oauth::authorize::Parameters;
use outrider_engine::sign_in::sessions;

use super::visit::{Person, person};
use super::{forged, stop};
use crate::state::AppState;
use crate::surface::body;

/// Largest form, in bytes.
const LARGEST: usize = 64 * 1024;
/// The field that binds a form to a session.
pub(crate) const TOKEN: &str = "form_token";

/// A form's fields, the last value winning where one stands twice.
pub(crate) struct Form(Parameters);

impl Form {
    /// A field; empty when it is not there.
    pub(crate) fn text(&self, name: &'static str) -> &str {
        self.0.all(name).last().unwrap_or_default()
    }

    /// Every value of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.all(name)
    }

    /// Whether it was made for a cookie's token.
    pub(crate) fn belongs_to(&self, state: &AppState, token: &str) -> bool {
        sessions::is_form_token(state.pipeline.core(), token, self.text(TOKEN))
    }
}

/// The hidden field of a form.
pub(crate) fn hidden(token: &str) -> String {
    format!("<input type=\"hidden\" name=\"{TOKEN}\" value=\"{token}\">")
}

/// Receives `application/x-www-form-urlencoded`.
///
/// # Errors
/// `unsupported_media_type`, `body_too_large`, `request_timeout`.
pub(crate) async fn parameters(state: &AppState, headers: &HeaderMap, content: Body) -> Result<Parameters, Error> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let text = "The body must be application/x-www-form-urlencoded.";
        return Err(Error::new(code::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let bytes = body::receive_bytes(headers, content, LARGEST, state.shared.limits.body).await?;
    Ok(Parameters::parse(&bytes))
}

/// Receives a form of someone who may not be signed in.
///
/// # Errors
/// As [`parameters`].
pub(crate) async fn receive(state: &AppState, parts: &Parts, content: Body) -> Result<Form, Error> {
    parameters(state, &parts.headers, content).await.map(Form)
}

/// Receives a form of someone signed in, made by a page of theirs.
///
/// # Errors
/// The answer to give in its place: to sign in, or that the form is not theirs.
pub(crate) async fn of_person(
    state: &AppState,
    parts: &Parts,
    content: Body,
) -> Result<(Person, Form), Box<Response<Body>>> {
    let form = receive(state, parts, content).await.map_err(stop)?;
    let person = person(state, parts).await?;
    if !form.belongs_to(state, &person.token) {
        return Err(stop(forged()));
    }
    Ok((person, form))
}
