//! API keys as a person sees them: the list, making one, whose secret is shown once, and revoking one.

pub(super) mod reaktor;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_domain::time::Millis;
use outrider_engine::Error;
use outrider_engine::keys::PREFIXES;
use serde_json::{Value, json};

use super::credential::{Credential, lifetimes, option};
use super::field::{Field, summary};
use super::form::{self, Form, hidden};
use super::frame::framed;
use super::visit::{self, Person};
use super::{Reply, beside, lead_to, named, stop};
use crate::pages::escape;
use crate::state::AppState;
use crate::surface::status::status_of;

const PATH: &str = "/keys";
const KEYS: Credential = Credential { path: PATH, noun: "key" };
/// What a key may do, by the choice's value: words and scopes.
const CHOICES: &[(&str, &str, &[&str])] = &[
    ("read", "Only look", &["*:read"]),
    ("write", "Everything but approving", &["*"]),
    ("approve", "Everything, approving too", &["*", "actions:approve"]),
    ("own", "Only these scopes:", &[]),
];

/// `GET /keys`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("keys_page", list(&state, &parts).await)
}

async fn list(state: &AppState, parts: &Parts) -> Reply {
    let person = visit::person(state, parts).await?;
    let query = outrider_engine::oauth::authorize::Parameters::parse(parts.uri.query().unwrap_or("").as_bytes());
    let cursor = query.all("cursor").last().unwrap_or_default().to_owned();
    page(state, &person, &cursor, None, None).await
}

/// The page, with a secret just made or with what is wrong.
async fn page(
    state: &AppState,
    person: &Person,
    cursor: &str,
    made: Option<&Value>,
    wrong: Option<(&Error, &Form)>,
) -> Reply {
    let listed = person.call(state, "list_keys", json!({ "cursor": cursor })).await.map_err(stop)?;
    let error = wrong.map(|(error, _)| error);
    let content = format!(
        "{}{}{}\n<h2>Make a key</h2>\n{}{}",
        summary(error),
        made.map(|made| KEYS.made(made, &reaktor::beside_secret(state, made))).unwrap_or_default(),
        table(person, &listed),
        maker(person, wrong),
        reaktor::trigger_maker(state, person, error),
    );
    let status = error.map_or(StatusCode::OK, |error| status_of(error.code));
    Ok(framed(status, person, PATH, "API keys", &content, error.is_some()))
}

fn table(person: &Person, listed: &Value) -> String {
    let keys = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if keys.is_empty() {
        return "<p>This project has no keys.</p>".to_owned();
    }
    let rows: String = keys.iter().map(|key| row(person, key)).collect();
    let more = listed["next_cursor"].as_str().map(|cursor| {
        let cursor = percent_encoding::utf8_percent_encode(cursor, percent_encoding::NON_ALPHANUMERIC);
        format!("<p><a href=\"{PATH}?cursor={cursor}\">Older keys</a></p>")
    });
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Keys\" tabindex=\"0\">\n<table>\n<caption>Keys of this project, newest first</caption>\n\
         <thead><tr><th scope=\"col\">Key</th><th scope=\"col\">API</th><th scope=\"col\">May</th><th scope=\"col\">Made</th>\
         <th scope=\"col\">Ends</th><th scope=\"col\">Revoke</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n{}",
        more.unwrap_or_default()
    )
}

fn row(person: &Person, key: &Value) -> String {
    let dialect = escape(key["dialect"].as_str().unwrap_or_default());
    KEYS.row(person, key, &format!("<td>{dialect}{}</td>", reaktor::kind(key)))
}

fn maker(person: &Person, wrong: Option<(&Error, &Form)>) -> String {
    let error = wrong.map(|(error, _)| error);
    let before = |name: &'static str| wrong.map_or("", |(_, form)| form.text(name)).to_owned();
    let or = |value: String, default: &str| if value.is_empty() { default.to_owned() } else { value };
    let name = Field {
        name: "name",
        label: "Name",
        hint: "What it is for.",
        kind: "type=\"text\" maxlength=\"200\"",
        value: &before("name"),
    };
    let scopes = Field {
        name: "scopes",
        label: "Scopes",
        hint: "Such as leads:read leads:write, separated by blanks. Only with the last choice above.",
        kind: "type=\"text\"",
        value: &before("scopes"),
    };
    let (dialect, may) = (or(before("dialect"), "native"), or(before("may"), "write"));
    let dialects: String = PREFIXES.iter().map(|(name, _)| option(name, name, *name == dialect)).collect();
    let choices: String = CHOICES
        .iter()
        .map(|(value, words, _)| {
            let checked = if *value == may { " checked" } else { "" };
            format!("<label class=\"choice\"><input type=\"radio\" name=\"may\" value=\"{value}\"{checked}>{words}</label>\n")
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"{PATH}\">\n{}\n{}<label for=\"dialect\">API</label>\n<select id=\"dialect\" name=\"dialect\">\n{dialects}</select>\n\
         <fieldset><legend>What it may do</legend>\n{choices}{}</fieldset>\n\
         {}{}<div class=\"buttons\"><button>Make key</button></div>\n</form>",
        hidden(&person.form_token),
        name.html(error),
        scopes.html(error),
        reaktor::provisioning(wrong),
        lifetimes(&before("days")),
    )
}

/// `POST /keys`.
pub(super) async fn create(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("create_key", make(&state, &parts, body).await)
}

async fn make(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let input = match wanted(&form, state.pipeline.core().now(), &person) {
        Ok(input) => input,
        Err(error) => return page(state, &person, "", None, Some((&error, &form))).await,
    };
    match person.call(state, "create_key", input).await {
        Ok(made) => page(state, &person, "", Some(&made), None).await,
        Err(error) => page(state, &person, "", None, Some((&beside(error)?, &form))).await,
    }
}

/// The input of `create_key`.
fn wanted(form: &Form, now: Millis, person: &Person) -> Result<Value, Error> {
    let (_, _, scopes) = CHOICES
        .iter()
        .find(|(value, _, _)| *value == form.text("may"))
        .ok_or_else(|| Error::invalid("scopes", "Choose what the key may do."))?;
    let own: Vec<&str> = form.text("scopes").split_whitespace().collect();
    let scopes = match (scopes.is_empty(), own.is_empty()) {
        (true, true) => return Err(Error::invalid("scopes", "Write at least one scope, or choose something else.")),
        (true, false) => own,
        (false, _) => scopes.to_vec(),
    };
    let ends = KEYS.end(form, now)?;
    let can_provision = reaktor::wants_provisioning(form)?;
    Ok(json!({
        "can_provision": can_provision,
        "name": form.text("name"),
        "dialect": form.text("dialect"),
        "scopes": scopes,
        "expires_at": ends,
        "user_id": person.signed_in.user.id,
    }))
}

/// `POST /keys/revoke`.
pub(super) async fn revoke(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("revoke_key", end(&state, &parts, body).await)
}

async fn end(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    person.call(state, "revoke_key", json!({ "key_id": form.text("key_id") })).await.map_err(stop)?;
    Ok(lead_to(PATH))
}
