//! The MCP server: surfaces of tools and documents over Streamable HTTP and over a pair of streams, for the revisions with
//! sessions (to 2025-11-25) and without (2026-07-28). Tools are projections of operations; holds no rule of any.
//!
//! The way of a request: [`front`] (host, limit, caller, message, session) → [`protocol`] (the crate that speaks MCP) → a
//! [`Tool`] → the pipeline.

mod caller;
mod challenge;
mod compact;
mod cross_origin;
mod documents;
mod front;
mod guard;
mod handshake;
mod lines;
mod message;
mod meta_tools;
mod next;
mod notices;
mod operation_tool;
mod protocol;
mod schema;
mod session;
mod stdio;
mod surface;
mod tokens;
mod tool;
mod toolsets;
mod untrusted;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::any;

use crate::state::AppState;
use front::Front;

pub use caller::Caller;
pub use operation_tool::REPEAT_MS;
pub use session::SessionLimits;
pub use stdio::{Stdio, serve_streams};
pub(crate) use surface::Endpoint;
pub use surface::{Document, DocumentBody, McpSurface, NATIVE_MOUNT, Offer};
pub use tokens::estimated_tokens;
pub use tool::{Answer, Answering, Card, Content, Hints, Object, Request as ToolRequest, Tool};

/// The route of one surface: merge it with others, then give all to [`crate::surrounded`].
pub fn mcp_routes(surface: McpSurface) -> Router<AppState> {
    let mount = surface.mount.clone();
    let front = Arc::new(Front::new(surface));
    at(&mount, move || Arc::clone(&front))
}

/// The same for a surface that is made when it is first asked for: the schemas of its tools take megabytes.
pub(crate) fn mcp_routes_when_asked(
    mount: &str,
    make: impl Fn() -> McpSurface + Clone + Send + Sync + 'static,
) -> Router<AppState> {
    let made: Arc<OnceLock<Arc<Front>>> = Arc::default();
    at(mount, move || Arc::clone(made.get_or_init(|| Arc::new(Front::new(make())))))
}

fn at(mount: &str, front: impl Fn() -> Arc<Front> + Clone + Send + Sync + 'static) -> Router<AppState> {
    let handle = move |State(state): State<AppState>, request: Request| {
        let front = front();
        async move { front.handle(state, request).await }
    };
    Router::new().route(mount, any(handle.clone())).route(&format!("{mount}/"), any(handle))
}
