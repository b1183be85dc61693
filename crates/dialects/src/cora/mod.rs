//! Cora at `/cora`: its endpoints and its manner. What an endpoint does is the engine's.

pub mod projects;
mod style;

use outrider_http::{Document, Surface, openapi_json};

outrider_engine::operations! {
    /// Cora's endpoints, in the order of its documentation.
    pub static ENDPOINTS
    projects::ListProjects,
}

/// Cora.
pub(crate) fn surface() -> Surface {
    Surface {
        name: "cora",
        title: "Cora API v1",
        introduction: "Leads, agents, calls and emails of one project, as clients of Cora know them.",
        mount: "/cora",
        operations: ENDPOINTS,
        documents: DOCUMENTS,
        mcp: Some("/api/mcp"),
        hosts: Vec::new(),
        event_stream: None,
        style: &style::Cora,
    }
}

const DOCUMENTS: &[Document] =
    &[Document { path: "/api/v1/openapi.json", name: "openapi", content_type: "application/json", make: openapi_json }];
