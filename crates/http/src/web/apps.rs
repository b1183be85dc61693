//! Connected applications as the person sees them who let them in: the list, and ending one.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use outrider_engine::oauth::RESOURCES;
use outrider_engine::oauth::authorize::Parameters;
use serde_json::{Value, json};

use super::form::{self, hidden};
use super::frame::framed;
use super::visit::{self, Person};
use super::{Reply, lead_to, named, stop};
use crate::pages::escape;
use crate::state::AppState;

const PATH: &str = "/apps";

/// `GET /apps`.
pub(super) async fn show(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    named("apps_page", list(&state, &parts).await)
}

async fn list(state: &AppState, parts: &Parts) -> Reply {
    let person = visit::person(state, parts).await?;
    let query = Parameters::parse(parts.uri.query().unwrap_or("").as_bytes());
    let cursor = query.all("cursor").last().unwrap_or_default();
    let listed = person.call(state, "list_grants", json!({ "cursor": cursor })).await.map_err(stop)?;
    let grants = listed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let content = match grants {
        [] => "<p>No application acts for you. When one asks, a page here shows what it wants before anything is allowed.</p>".to_owned(),
        some => {
            let more = listed["next_cursor"].as_str().map(|cursor| {
                let cursor = percent_encoding::utf8_percent_encode(cursor, percent_encoding::NON_ALPHANUMERIC);
                format!("<p><a href=\"{PATH}?cursor={cursor}\">Earlier ones</a></p>")
            });
            format!("{}{}", some.iter().map(|grant| section(&person, grant)).collect::<String>(), more.unwrap_or_default())
        }
    };
    Ok(framed(StatusCode::OK, &person, PATH, "Connected apps", &content, false))
}

/// What an application is called where its name is empty.
pub(crate) fn called(name: &str) -> &str {
    if name.is_empty() { "An application without a name" } else { name }
}

fn section(person: &Person, grant: &Value) -> String {
    let text = |name: &str| escape(grant[name].as_str().unwrap_or_default());
    let day = |name: &str| grant[name].as_str().and_then(|time| time.get(..10)).unwrap_or("never").to_owned();
    let name = escape(called(grant["client_name"].as_str().unwrap_or_default()));
    let names: Vec<&str> = grant["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let known = RESOURCES.iter().flat_map(|resource| resource.scopes).filter(|scope| names.contains(&scope.name));
    let may: String = known.map(|scope| format!("<li>{}</li>\n", escape(scope.words))).collect();
    let project = match grant["project_id"].as_str() {
        None => "all of your projects".to_owned(),
        Some(id) => {
            let own = person.projects.iter().find(|project| project.id.to_string() == id);
            escape(own.map_or(id, |project| project.name.as_str()))
        }
    };
    format!(
        "<section>\n<h2>{name}</h2>\n<ul>\n{may}</ul>\n\
         <dl>\n<dt>Where</dt><dd>{}</dd>\n<dt>Projects</dt><dd>{project}</dd>\n<dt>Known as</dt><dd><code>{}</code></dd>\n\
         <dt>Allowed</dt><dd>{}</dd>\n<dt>Last renewed</dt><dd>{}</dd>\n</dl>\n\
         <form method=\"post\" action=\"{PATH}/revoke\">\n{}\n<input type=\"hidden\" name=\"grant_id\" value=\"{id}\">\n\
         <div class=\"buttons\"><button class=\"second\" aria-label=\"Disconnect {name}\">Disconnect</button></div>\n</form>\n</section>\n",
        text("resource"),
        text("client_id"),
        day("created_at"),
        day("used_at"),
        hidden(&person.form_token),
        id = text("id"),
    )
}

/// `POST /apps/revoke`.
pub(super) async fn revoke(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("revoke_grant", end(&state, &parts, body).await)
}

async fn end(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    person.call(state, "revoke_grant", json!({ "grant_id": form.text("grant_id") })).await.map_err(stop)?;
    Ok(lead_to(PATH))
}
