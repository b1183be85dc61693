//! A person's own page: who they are, where they work, and their password.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::Kind;
use outrider_engine::sign_in::{self, password};

use super::field::{Field, summary};
use super::form::{self, hidden};
use super::frame::framed;
use super::visit::{self, Person, keep_session};
use super::{HOME, Reply, beside, lead_to, named};
use crate::pages::escape;
use crate::state::AppState;
use crate::surface::status::status_of;

/// `GET /account`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let reply = visit::person(&state, &parts).await.map(|person| page(&person, None));
    named("account_page", reply)
}

fn page(person: &Person, error: Option<&Error>) -> Response<Body> {
    let user = &person.signed_in.user;
    let project = person.project.as_ref().map_or("none yet", |project| project.name.as_str());
    let hint = format!("At least {} characters. You stay signed in here, and nowhere else.", password::SHORTEST);
    let old = Field {
        name: "password",
        label: "Password now",
        hint: "",
        kind: "type=\"password\" autocomplete=\"current-password\" required",
        value: "",
    };
    let new = Field {
        name: "new_password",
        label: "New password",
        hint: &hint,
        kind: "type=\"password\" autocomplete=\"new-password\" required",
        value: "",
    };
    let content = format!(
        "{}<dl>\n<dt>Name</dt><dd>{}</dd>\n<dt>Email</dt><dd>{}</dd>\n<dt>Role</dt><dd>{}</dd>\n<dt>Project</dt><dd>{}</dd>\n</dl>\n\
         <h2>Change your password</h2>\n<form method=\"post\" action=\"/account/password\">\n{}\n{}{}\
         <div class=\"buttons\"><button>Change password</button></div>\n</form>",
        summary(error),
        escape(&user.name),
        escape(&user.email),
        escape(&user.role),
        escape(project),
        hidden(&person.form_token),
        old.html(error),
        new.html(error),
    );
    let status = error.map_or(StatusCode::OK, |error| match error.code.kind {
        Kind::Unauthenticated => StatusCode::FORBIDDEN,
        _ => status_of(error.code),
    });
    framed(status, person, HOME, "Your account", &content, error.is_some())
}

/// `POST /account/password`.
pub(super) async fn change_password(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("change_password", change(&state, &parts, body).await)
}

async fn change(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let origin = visit::origin(parts);
    let (old, new) = (form.text("password"), form.text("new_password"));
    match sign_in::change_password(&state.pipeline, &person.token, old, new, &origin).await {
        Ok(opened) => {
            let mut response = lead_to(HOME);
            keep_session(&mut response, &person.site, &opened.token);
            Ok(response)
        }
        Err(error) => Ok(page(&person, Some(&beside(error)?))),
    }
}
