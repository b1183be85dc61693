//! Personal access tokens as the seller who owns them sees them: the list, making one, whose secret is shown once, and revoking
//! one. Shows nobody else's.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::tokens::SCOPES;
use serde_json::{Value, json};

use super::credential::{Credential, lifetimes};
use super::field::{Field, summary};
use super::form::{self, Form, hidden};
use super::frame::framed;
use super::visit::{self, Person};
use super::{Reply, beside, lead_to, named, stop};
use crate::pages::escape;
use crate::state::AppState;
use crate::surface::status::status_of;

/// Where the page is.
pub(super) const PATH: &str = "/settings/api-tokens";
const TOKENS: Credential = Credential { path: PATH, noun: "token" };

/// `GET /settings/api-tokens`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("tokens_page", list(&state, &parts).await)
}

async fn list(state: &AppState, parts: &Parts) -> Reply {
    let person = visit::person(state, parts).await?;
    page(state, &person, None, None).await
}

/// The page, with a secret just made or with what is wrong.
async fn page(state: &AppState, person: &Person, made: Option<&Value>, wrong: Option<(&Error, &Form)>) -> Reply {
    let listed = person.call(state, "list_tokens", json!({ "limit": 100 })).await.map_err(stop)?;
    let error = wrong.map(|(error, _)| error);
    let content = format!(
        "{}{}<p>A token lets a program act as you on the ARTRA API at <code>{}/artra</code>: never beyond what you may do yourself.</p>\n{}\n\
         <h2>Make a token</h2>\n{}",
        summary(error),
        made.map(|made| TOKENS.made(made, "")).unwrap_or_default(),
        escape(&state.pipeline.core().settings.public_url),
        table(person, &listed),
        maker(person, wrong)
    );
    let status = error.map_or(StatusCode::OK, |error| status_of(error.code));
    Ok(framed(status, person, PATH, "API tokens", &content, error.is_some()))
}

fn table(person: &Person, listed: &Value) -> String {
    let tokens = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if tokens.is_empty() {
        return "<p>You have no tokens in this project.</p>".to_owned();
    }
    let rows: String = tokens.iter().map(|token| TOKENS.row(person, token, "")).collect();
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Tokens\" tabindex=\"0\">\n<table>\n<caption>Your tokens, newest first</caption>\n\
         <thead><tr><th scope=\"col\">Token</th><th scope=\"col\">May</th><th scope=\"col\">Made</th><th scope=\"col\">Ends</th>\
         <th scope=\"col\">Revoke</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

fn maker(person: &Person, wrong: Option<(&Error, &Form)>) -> String {
    let error = wrong.map(|(error, _)| error);
    let before = |name: &'static str| wrong.map_or("", |(_, form)| form.text(name)).to_owned();
    let name = Field {
        name: "name",
        label: "Name",
        hint: "What it is for.",
        kind: "type=\"text\" maxlength=\"200\"",
        value: &before("name"),
    };
    let ticked: Vec<&str> = wrong.map(|(_, form)| form.all("scope").collect()).unwrap_or_default();
    let choices: String = SCOPES
        .iter()
        .map(|(scope, words)| {
            let checked = if ticked.contains(scope) { " checked" } else { "" };
            format!(
                "<label class=\"choice\"><input type=\"checkbox\" name=\"scope\" value=\"{scope}\"{checked}>{words} (<code>{scope}</code>)</label>\n"
            )
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"{PATH}\">\n{}\n{}<fieldset id=\"scopes\"><legend>What it may do</legend>\n{choices}</fieldset>\n\
         {}<div class=\"buttons\"><button>Make token</button></div>\n</form>",
        hidden(&person.form_token),
        name.html(error),
        lifetimes(&before("days")),
    )
}

/// `POST /settings/api-tokens`.
pub(super) async fn create(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("create_token", make(&state, &parts, body).await)
}

async fn make(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let ends = match TOKENS.end(&form, state.pipeline.core().now()) {
        Ok(ends) => ends,
        Err(error) => return page(state, &person, None, Some((&error, &form))).await,
    };
    let scopes: Vec<&str> = form.all("scope").collect();
    if scopes.is_empty() {
        let error = Error::invalid("scopes", "Choose what the token may do.");
        return page(state, &person, None, Some((&error, &form))).await;
    }
    let input = json!({ "name": form.text("name"), "scopes": scopes, "expires_at": ends });
    match person.call(state, "create_token", input).await {
        Ok(made) => page(state, &person, Some(&made), None).await,
        Err(error) => page(state, &person, None, Some((&beside(error)?, &form))).await,
    }
}

/// `POST /settings/api-tokens/revoke`.
pub(super) async fn revoke(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("revoke_token", end(&state, &parts, body).await)
}

async fn end(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    person.call(state, "revoke_token", json!({ "key_id": form.text("key_id") })).await.map_err(stop)?;
    Ok(lead_to(PATH))
}
