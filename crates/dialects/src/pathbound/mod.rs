//! Pathbound's Agents API at `/pathbound`: its endpoints and its manner. What an endpoint does is the engine's.

pub mod action;
pub mod agents;
pub mod decisions;
pub mod runs;
mod style;

use outrider_http::{Document, Surface, openapi_json};

outrider_engine::operations! {
    /// Pathbound's endpoints, in the order of its documentation.
    pub static ENDPOINTS
    agents::ListAgents,
    agents::CreateAgent,
    agents::GetAgent,
    agents::UpdateAgent,
    agents::DeleteAgent,
    runs::ListRuns,
    runs::GetRun,
    runs::TriggerAgent,
    decisions::ApproveAction,
    decisions::RejectAction,
}

/// Pathbound.
pub(crate) fn surface() -> Surface {
    Surface {
        name: "pathbound",
        title: "Pathbound Agents API v1",
        introduction: "Agents that follow playbooks over contacts, propose actions and wait for a yes.",
        mount: "/pathbound",
        operations: ENDPOINTS,
        documents: DOCUMENTS,
        mcp: None,
        hosts: Vec::new(),
        event_stream: None,
        style: &style::Pathbound,
    }
}

const DOCUMENTS: &[Document] =
    &[Document { path: "/v1/openapi.json", name: "openapi", content_type: "application/json", make: openapi_json }];
