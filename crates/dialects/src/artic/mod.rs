//! Artic at `/artic`: its endpoints and its manner. What an endpoint does is the engine's.

pub mod agents;
mod body;
pub mod calls;
mod ids;
mod style;

use outrider_http::{Document, Surface, openapi_json};

outrider_engine::operations! {
    /// Artic's endpoints, in the order of its documentation.
    pub static ENDPOINTS
    agents::CreateAgent,
    agents::ListAgents,
    agents::GetAgent,
    agents::DeleteAgent,
    calls::CreateCall,
    calls::ListCalls,
    calls::GetCall,
}

/// Artic.
pub(crate) fn surface() -> Surface {
    Surface {
        name: "artic",
        title: "Artic API v1",
        introduction: "Agents made from call templates, and the calls they place, as clients of Artic know them. Fields \
            beside the contract's tell what it has no word for, and are there only when there is something to tell.",
        mount: "/artic",
        operations: ENDPOINTS,
        documents: DOCUMENTS,
        mcp: None,
        hosts: Vec::new(),
        event_stream: None,
        style: &style::Artic,
    }
}

const DOCUMENTS: &[Document] =
    &[Document { path: style::INDEX, name: "openapi", content_type: "application/json", make: openapi_json }];
