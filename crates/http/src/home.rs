//! The page at `/`: names the product and where to go on. Shows no data.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use crate::pages::page;

/// `GET /`.
pub(crate) async fn show() -> Response<Body> {
    let content = "<p>A self-hosted outbound sales engine. This address serves its API.</p>\n<ul>\n\
        <li><a href=\"/account\">Sign in</a></li>\n\
        <li><a href=\"/api/v1\">Index of the API</a></li>\n\
        <li><a href=\"/docs\">Documentation</a></li>\n\
        <li><a href=\"/api/v1/openapi.json\">OpenAPI document</a></li>\n\
        <li><a href=\"/errors\">Error codes</a></li>\n\
        <li><a href=\"/readyz\">Whether this server is ready</a></li>\n</ul>";
    page(StatusCode::OK, "Outrider", content)
}
