//! ARTRA's agent API at `/artra`: its endpoints and its manner. What an endpoint does is the engine's.

pub mod contacts;
pub mod discover;
pub mod enrich;
pub mod executions;
mod llms;
pub mod paging;
pub mod sequences;
mod style;
pub mod whoami;
pub mod workflows;

use outrider_http::{Document, Surface, openapi_json};

outrider_engine::operations! {
    /// ARTRA's endpoints, in the order of its documentation.
    pub static ENDPOINTS
    whoami::Whoami,
    contacts::ListContacts,
    contacts::GetContact,
    sequences::ListSequences,
    sequences::AddContacts,
    discover::ParseDiscovery,
    discover::Discover,
    enrich::Enrich,
    workflows::ListWorkflows,
    workflows::StartWorkflow,
    executions::GetExecution,
}

/// ARTRA.
pub(crate) fn surface() -> Surface {
    Surface {
        name: "artra",
        title: "ARTRA agent API v1",
        introduction: "One seller's contacts, sequences and workflows, for agents that act as that seller and preview before they act.",
        mount: "/artra",
        operations: ENDPOINTS,
        documents: DOCUMENTS,
        mcp: Some("/mcp"),
        hosts: Vec::new(),
        event_stream: None,
        style: &style::Artra,
    }
}

const DOCUMENTS: &[Document] = &[
    Document {
        path: "/api/v1/agent/openapi.json",
        name: "openapi",
        content_type: "application/json",
        make: openapi_json,
    },
    Document { path: "/llms.txt", name: "llms", content_type: "text/markdown; charset=utf-8", make: llms::text },
];
