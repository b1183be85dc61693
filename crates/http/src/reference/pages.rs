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
use crate::pages::{Page, escape, show};
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

/// A page in the frame of the documentation. `here` is its address.
fn framed(state: &AppState, status: StatusCode, here: &str, title: &str, content: &str) -> Response<Body> {
    let surfaces = references(state).iter().map(|each| (format!("/docs/{}", each.name), escape(each.title)));
    let places = [("/docs".to_owned(), "Documentation".to_owned())].into_iter().chain(surfaces);
    let last = [("/errors".to_owned(), "Error codes".to_owned()), ("/account".to_owned(), "Sign in".to_owned())];
    let links: String = places
        .chain(last)
        .map(|(path, words)| {
            let current = if path == here { " aria-current=\"page\"" } else { "" };
            format!("<li><a href=\"{path}\"{current}>{words}</a></li>\n")
        })
        .collect();
    let header = format!(
        "<header>\n<div>\n<strong>Outrider</strong>\n<nav aria-label=\"Documentation\">\n<ul>\n{links}</ul>\n</nav>\n</div>\n</header>\n"
    );
    let failed = !status.is_success();
    show(status, &Page { title, content, header: &header, failed, leads_to: None })
}

async fn index(State(state): State<AppState>) -> Response<Body> {
    framed(&state, StatusCode::OK, "/docs", "Documentation", &html::index(references(&state)))
}

async fn surface(State(state): State<AppState>, Path(path): Path<String>) -> Response<Body> {
    let (name, as_markdown) = split(&path);
    match references(&state).iter().find(|reference| reference.name == name) {
        Some(reference) if as_markdown => respond::bytes(StatusCode::OK, MARKDOWN, markdown::whole(reference)),
        Some(reference) => {
            framed(&state, StatusCode::OK, &format!("/docs/{name}"), reference.title, &html::surface(reference))
        }
        None => nothing(&state),
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
            let title = format!("{}: {}", reference.title, tag.title);
            framed(&state, StatusCode::OK, "", &title, &html::tag(reference, tag))
        }
        None => nothing(&state),
    }
}

/// The name in an address, and whether Markdown is wanted.
fn split(name: &str) -> (&str, bool) {
    match name.strip_suffix(".md") {
        Some(name) => (name, true),
        None => (name, false),
    }
}

fn nothing(state: &AppState) -> Response<Body> {
    let content = "<p>There is no such page. <a href=\"/docs\">The documentation</a> lists those there are.</p>";
    framed(state, StatusCode::NOT_FOUND, "", "Not found", content)
}

/// For people; as the native API gives it to those who ask for JSON.
async fn errors(State(state): State<AppState>, headers: HeaderMap) -> Response<Body> {
    let wanted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if wanted.contains("json") && !wanted.contains("text/html") {
        return respond::bytes(StatusCode::OK, "application/json", native::index::error_table());
    }
    let codes = references(&state).first().map(|native| html::errors(&native.errors));
    framed(&state, StatusCode::OK, "/errors", "Error codes", &codes.unwrap_or_default())
}

async fn llms_txt(State(state): State<AppState>) -> Response<Body> {
    let public_url = &state.pipeline.core().settings.public_url;
    respond::bytes(StatusCode::OK, TEXT, llms::index(references(&state), public_url))
}

async fn llms_full(State(state): State<AppState>) -> Response<Body> {
    respond::bytes(StatusCode::OK, TEXT, llms::full(references(&state)))
}
