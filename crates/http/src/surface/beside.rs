//! What a header tells the caller beside an answer, such as the credits that are left. Neither counts nor changes anything.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use outrider_engine::pipeline::{Call, Credential};
use serde_json::{Value, json};

use super::style::Beside;
use crate::state::AppState;

/// Tells it on an answer. It is read afterwards and not in the operation's transaction: so it is there on a refusal too, and on a
/// remembered answer it is what holds now. Nothing is told to who is not known, nor by a server in trouble.
pub(super) async fn show(
    state: &AppState,
    beside: Option<&'static Beside>,
    asker: Credential,
    response: &mut Response<Body>,
) {
    let Some(beside) = beside else { return };
    if response.status() == StatusCode::UNAUTHORIZED || response.status().is_server_error() {
        return;
    }
    let call = Call { input_made_here: true, ..Call::new(asker, json!({}), String::new()) };
    let asked = state.pipeline.call_counted(beside.read, call);
    let Ok(Ok(reply)) = tokio::time::timeout(state.shared.limits.operation, asked).await else { return };
    let name = HeaderName::from_bytes(beside.header.as_bytes());
    if let (Ok(name), Some(number)) = (name, reply.body.get(beside.field).and_then(Value::as_i64)) {
        response.headers_mut().insert(name, HeaderValue::from(number));
    }
}
