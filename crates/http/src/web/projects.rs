//! Choosing the project one works in.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use outrider_engine::Error;
use outrider_engine::sign_in::sessions;

use super::{HOME, Reply, form, lead_to, named, next, stop};
use crate::state::AppState;

/// `POST /account/project`.
pub(super) async fn choose(State(state): State<AppState>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    named("choose_project", set(&state, &parts, body).await)
}

async fn set(state: &AppState, parts: &Parts, body: Body) -> Reply {
    let (person, form) = form::of_person(state, parts, body).await?;
    let project = form.text("project_id").parse().map_err(|_| stop(Error::not_found("project")))?;
    sessions::choose_project(&state.pipeline, &person.token, project).await.map_err(stop)?;
    Ok(lead_to(next::safe(form.text("next")).unwrap_or(HOME)))
}
