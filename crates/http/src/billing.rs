//! The pages that a payment provider sends a person back to. They show no data: whether it is paid comes by webhook.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use crate::pages::page;

/// `GET /billing/done`.
pub(crate) async fn done() -> Response<Body> {
    let content = "<p>The payment provider will confirm your payment in a moment. Then the plan holds, and outreach that waited for it \
        goes on by itself. You can close this page.</p>";
    page(StatusCode::OK, "Thank you", content)
}

/// `GET /billing/canceled`.
pub(crate) async fn canceled() -> Response<Body> {
    let content = "<p>Nothing was charged and nothing was changed. You can close this page, and come back to it whenever you like.</p>";
    page(StatusCode::OK, "No plan was taken", content)
}
