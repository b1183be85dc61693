//! The page behind a one-time link: GET asks for a new password, POST sets it and signs in.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::Kind;
use outrider_engine::sign_in::{links, password, sessions};

use super::field::{Field, summary};
use super::form::{self, hidden};
use super::visit::{self, keep_session, keep_visit};
use super::{HOME, Reply, forged, lead_to, named, stop};
use crate::pages::{Page, escape, show as render};
use crate::state::AppState;
use crate::surface::status::status_of;

/// `GET /sign-in/link/{token}`: looking uses nothing up, since programs follow links before people do.
pub(super) async fn show(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("sign_in_link_page", ask(&state, &parts, &token, None).await)
}

async fn ask(state: &AppState, parts: &Parts, link: &str, error: Option<&Error>) -> Reply {
    let user = links::look(&state.pipeline, link).await.map_err(stop)?;
    let site = visit::site(state, &parts.headers);
    let (token, fresh) = visit::visit_token(&site, &parts.headers).map_err(stop)?;
    let hint = format!("At least {} characters.", password::SHORTEST);
    let field = Field {
        name: "password",
        label: "New password",
        hint: &hint,
        kind: "type=\"password\" autocomplete=\"new-password\" required",
        value: "",
    };
    let content = format!(
        "{}<p>For <span class=\"address\">{}</span>. The link works once.</p>\n\
         <form method=\"post\" action=\"{}{}\">\n{}\n\
         <input type=\"hidden\" name=\"email\" value=\"{}\" autocomplete=\"username\">\n{}\
         <div class=\"buttons\"><button>Set password and sign in</button></div>\n</form>",
        summary(error),
        escape(&user.email),
        links::PATH,
        escape(link),
        hidden(&sessions::form_token(state.pipeline.core(), &token)),
        escape(&user.email),
        field.html(error),
    );
    let status = error.map_or(StatusCode::OK, |error| status_of(error.code));
    let page = Page { title: "Set your password", content: &content, failed: error.is_some(), ..Page::default() };
    let mut response = render(status, &page);
    if fresh {
        keep_visit(&mut response, &site, &token);
    }
    Ok(response)
}

/// `POST /sign-in/link/{token}`.
pub(super) async fn follow(
    State(state): State<AppState>,
    Path(token): Path<String>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("follow_sign_in_link", set(&state, &parts, &token, body).await)
}

async fn set(state: &AppState, parts: &Parts, link: &str, body: Body) -> Reply {
    let form = form::receive(state, parts, body).await.map_err(stop)?;
    let site = visit::site(state, &parts.headers);
    let (token, fresh) = visit::visit_token(&site, &parts.headers).map_err(stop)?;
    if fresh || !form.belongs_to(state, &token) {
        return ask(state, parts, link, Some(&forged())).await;
    }
    match links::follow(&state.pipeline, link, form.text("password")).await {
        Ok(opened) => {
            let mut response = lead_to(HOME);
            keep_session(&mut response, &site, &opened.token);
            Ok(response)
        }
        Err(error) if error.code.kind == Kind::Invalid => ask(state, parts, link, Some(&error)).await,
        Err(error) => Err(stop(error)),
    }
}
