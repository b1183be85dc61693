//! Stripe's webhooks at `/webhooks/stripe`: receives them whole and passes them on. What an event does is the engine's.
//!
//! Whatever is answered that is no success, Stripe sends again, for three days.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use outrider_engine::Error;
use outrider_engine::payments::{self, LARGEST_EVENT, Receipt, signature};
use serde_json::json;

use crate::edge::Trace;
use crate::native;
use crate::state::AppState;
use crate::surface::{body, respond};

/// Answers everything at `/webhooks/stripe`.
pub(crate) async fn handle(State(state): State<AppState>, request: Request) -> Response<Body> {
    let mut trace = Trace { operation: "stripe_webhook", ..Trace::default() };
    let mut response = if request.method() == Method::POST {
        match take(&state, request).await {
            Ok(receipt) => {
                trace.project = receipt.project;
                respond::json(StatusCode::OK, &json!({ "received": true, "outcome": receipt.outcome }))
            }
            Err(error) => native::voice().error(&error),
        }
    } else {
        native::voice().method_not_allowed("POST")
    };
    response.extensions_mut().insert(trace);
    response
}

async fn take(state: &AppState, request: Request) -> Result<Receipt, Error> {
    let (parts, body) = request.into_parts();
    let bytes = body::receive_bytes(&parts.headers, body, LARGEST_EVENT, state.shared.limits.body).await?;
    payments::receive(&state.pipeline, signature_of(&parts.headers), &bytes).await
}

/// The one signature header; of two, which one counts would be anybody's guess.
fn signature_of(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(signature::HEADER).iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok() }
}
