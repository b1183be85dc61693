//! Whether the process is up and whether it can serve. Reports; repairs nothing.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::error::code;
use serde_json::json;
use tokio::sync::Mutex;

use crate::native;
use crate::state::AppState;
use crate::surface::respond;

/// How long a finding is given to others who ask: asking must not load the database.
const FRESH: Duration = Duration::from_secs(1);
/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The latest finding.
#[derive(Default)]
pub(crate) struct Readiness {
    latest: Mutex<Option<(Instant, Result<(), &'static str>)>>,
}

/// `GET /healthz`: the process runs.
pub(crate) async fn live() -> Response<Body> {
    respond::json(StatusCode::OK, &json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /readyz`: the database answers, its schema is this binary's, and the server is not shutting down.
pub(crate) async fn ready(State(state): State<AppState>) -> Response<Body> {
    let finding = if *state.shared.closing.borrow() { Err("shutting_down") } else { look(&state).await };
    match finding {
        Ok(()) => respond::json(StatusCode::OK, &json!({ "status": "ready" })),
        Err(reason) => {
            respond::json(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "not_ready", "reason": reason }))
        }
    }
}

async fn look(state: &AppState) -> Result<(), &'static str> {
    // Those who ask meanwhile wait here and share the finding.
    let mut latest = state.shared.readiness.latest.lock().await;
    if let Some((at, finding)) = *latest
        && at.elapsed() < FRESH
    {
        return finding;
    }
    let finding = match tokio::time::timeout(PATIENCE, state.pipeline.store().pending()).await {
        Ok(Ok(pending)) if pending.is_empty() => Ok(()),
        Ok(Ok(_)) => Err("migrations_pending"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err("database_unavailable")
        }
        Err(_) => Err("database_slow"),
    };
    *latest = Some((Instant::now(), finding));
    finding
}

/// `GET /metrics`: for Prometheus.
pub(crate) async fn metrics(State(state): State<AppState>) -> Response<Body> {
    respond::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", state.shared.meters.render())
}

/// Anything that is not there, in the form of the API's errors.
pub(crate) async fn nothing() -> Response<Body> {
    native::voice()
        .error(&Error::new(code::ROUTE_NOT_FOUND, "There is nothing at this path. GET /api/v1 lists what there is."))
}

/// A page that takes other methods.
pub(crate) async fn other_method() -> Response<Body> {
    native::voice().method_not_allowed("GET, HEAD")
}
