//! Signing in and out. Whether an address has an account is not to be told from these pages.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::Kind;
use outrider_engine::sign_in::{self, sessions};

use super::field::{Field, summary};
use super::form::{self, hidden};
use super::visit::{self, keep_session, keep_visit};
use super::{HOME, Reply, beside, forged, lead_to, named, next, stop};
use crate::pages::{Page, escape, show as render};
use crate::state::AppState;
use crate::surface::status::status_of;

/// Where people sign in.
pub(crate) const PATH: &str = "/sign-in";

/// The page's address, from which one goes on to `next`.
pub(crate) fn address(next: Option<&str>) -> String {
    match next {
        None | Some(HOME) => PATH.to_owned(),
        Some(next) => {
            format!("{PATH}?next={}", percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC))
        }
    }
}

/// `GET /sign-in`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("sign_in_page", page(&state, &parts).await)
}

async fn page(state: &AppState, parts: &Parts) -> Reply {
    let query = outrider_engine::oauth::authorize::Parameters::parse(parts.uri.query().unwrap_or("").as_bytes());
    let wanted = query.all("next").last().and_then(next::safe).unwrap_or(HOME);
    if visit::look(state, parts).await.map_err(stop)?.is_some() {
        return Ok(lead_to(wanted));
    }
    ask(state, parts, wanted, "", None)
}

/// The form, with what is wrong if it was tried before.
fn ask(state: &AppState, parts: &Parts, next: &str, email: &str, error: Option<&Error>) -> Reply {
    let site = visit::site(state, &parts.headers);
    let (token, fresh) = visit::visit_token(&site, &parts.headers).map_err(stop)?;
    let form_token = sessions::form_token(state.pipeline.core(), &token);
    let address = Field {
        name: "email",
        label: "Email",
        hint: "",
        kind: "type=\"email\" autocomplete=\"username\" required",
        value: email,
    };
    let password = Field {
        name: "password",
        label: "Password",
        hint: "",
        kind: "type=\"password\" autocomplete=\"current-password\" required",
        value: "",
    };
    let content = format!(
        "{}<form method=\"post\" action=\"{PATH}\">\n{}\n<input type=\"hidden\" name=\"next\" value=\"{}\">\n{}{}\
         <div class=\"buttons\"><button>Sign in</button></div>\n</form>\n\
         <p>No password yet, or forgotten? Ask the operator of this server for a sign-in link.</p>",
        summary(error),
        hidden(&form_token),
        escape(next),
        address.html(error),
        password.html(error),
    );
    let status = error.map_or(StatusCode::OK, |error| match error.code.kind {
        // A page that asks again is not a challenge of HTTP's own authentication.
        Kind::Unauthenticated => StatusCode::FORBIDDEN,
        _ => status_of(error.code),
    });
    let page = Page { title: "Sign in", content: &content, failed: error.is_some(), ..Page::default() };
    let mut response = render(status, &page);
    if fresh {
        keep_visit(&mut response, &site, &token);
    }
    if let Some(seconds) = error.and_then(|error| error.retry_after) {
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// `POST /sign-in`.
pub(super) async fn enter(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("sign_in", try_password(&state, &parts, body).await)
}

async fn try_password(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let form = form::receive(state, parts, body).await.map_err(stop)?;
    let site = visit::site(state, &parts.headers);
    let (token, fresh) = visit::visit_token(&site, &parts.headers).map_err(stop)?;
    let wanted = next::safe(form.text("next")).unwrap_or(HOME).to_owned();
    let email = form.text("email").to_owned();
    if fresh || !form.belongs_to(state, &token) {
        return ask(state, parts, &wanted, &email, Some(&forged()));
    }
    let entered = sign_in::with_password(&state.pipeline, &email, form.text("password"), &visit::origin(parts)).await;
    match entered {
        Ok(opened) => {
            // The session a browser had before is not taken over, but ended.
            if let Some(old) = visit::session_token(&site, &parts.headers) {
                sessions::end(&state.pipeline, &old).await.map_err(stop)?;
            }
            let mut response = lead_to(&wanted);
            keep_session(&mut response, &site, &opened.token);
            Ok(response)
        }
        Err(error) => ask(state, parts, &wanted, &email, Some(&beside(error)?)),
    }
}

/// `POST /sign-out`.
pub(super) async fn leave(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("sign_out", end(&state, &parts, body).await)
}

async fn end(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, _) = form::of_person(state, parts, body).await?;
    sessions::end(&state.pipeline, &person.token).await.map_err(stop)?;
    let mut response = lead_to(PATH);
    visit::drop_session(&mut response, &person.site);
    Ok(response)
}
