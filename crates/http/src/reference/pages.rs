//! Where the reference is: `/docs`, `/errors`, `/llms.txt` and `/llms-full.txt`. Needs no key; shows no data of a project.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;

use super::model::Reference;
use super::{html, llms, markdown};
use crate::native;
use crate::pages::page;
use crate::state::AppState;
use crate::surface::respond;

const MARKDOWN: &str = "text/markdown; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// The pages of the reference.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/docs", get(index))
        .route("/docs/{surface}", get(surface))
        .route("/docs/{surface}/{tag}", get(tag))
        .route("/errors", get(errors))
        .route("/llms.txt", get(llms_txt))
        .route("/llms-full.txt", get(llms_full))
}

/// The references, made once.
fn references(state: &AppState) -> &[Reference] {
    state.shared.references.get_or_init(|| {
        let public_url = &state.pipeline.core().settings.public_url;
        state.shared.surfaces.iter().map(|bound| Reference::of(bound, public_url)).collect()
    })
}

async fn index(State(state): State<AppState>) -> Response<Body> {
    page(StatusCode::OK, "Documentation", &html::index(references(&state)))
}

async fn surface(State(state): State<AppState>, Path(name): Path<String>) -> Response<Body> {
    let (name, as_markdown) = split(&name);
    match references(&state).iter().find(|reference| reference.name == name) {
        Some(reference) if as_markdown => respond::bytes(StatusCode::OK, MARKDOWN, markdown::whole(reference)),
        Some(reference) => page(StatusCode::OK, reference.title, &html::surface(reference)),
        None => nothing(),
    }
}

async fn tag(State(state): State<AppState>, Path((surface, name)): Path<(String, String)>) -> Response<Body> {
    let (name, as_markdown) = split(&name);
    let reference = references(&state).iter().find(|reference| reference.name == surface);
    let found = reference.and_then(|each| each.tags.iter().find(|tag| tag.name == name).map(|tag| (each, tag)));
    match found {
        Some((reference, tag)) if as_markdown => {
            respond::bytes(StatusCode::OK, MARKDOWN, markdown::page(reference, tag))
        }
        Some((reference, tag)) => {
            page(StatusCode::OK, &format!("{}: {}", reference.title, tag.title), &html::tag(reference, tag))
        }
        None => nothing(),
    }
}

/// The name in an address, and whether Markdown is wanted.
fn split(name: &str) -> (&str, bool) {
    match name.strip_suffix(".md") {
        Some(name) => (name, true),
        None => (name, false),
    }
}

fn nothing() -> Response<Body> {
    let content = "<p>There is no such page. <a href=\"/docs\">The documentation</a> lists those there are.</p>";
    page(StatusCode::NOT_FOUND, "Not found", content)
}

/// For people; as the native API gives it to those who ask for JSON.
async fn errors(State(state): State<AppState>, headers: HeaderMap) -> Response<Body> {
    let wanted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if wanted.contains("json") && !wanted.contains("text/html") {
        return respond::bytes(StatusCode::OK, "application/json", native::index::error_table());
    }
    let codes = references(&state).first().map(|native| html::errors(&native.errors));
    page(StatusCode::OK, "Error codes", &codes.unwrap_or_default())
}

async fn llms_txt(State(state): State<AppState>) -> Response<Body> {
    let public_url = &state.pipeline.core().settings.public_url;
    respond::bytes(StatusCode::OK, TEXT, llms::index(references(&state), public_url))
}

async fn llms_full(State(state): State<AppState>) -> Response<Body> {
    respond::bytes(StatusCode::OK, TEXT, llms::full(references(&state)))
}
