//! Cora at `/cora`: its endpoints and its manner. What an endpoint does is the engine's.

pub mod activity;
pub mod agent_changes;
pub mod agents;
pub mod api_keys;
pub mod billing;
pub mod calls;
pub mod credits;
mod docs;
pub mod emails;
mod ids;
mod input;
pub mod lead_changes;
pub mod leads;
pub mod outreach;
pub mod page;
pub mod phone_numbers;
pub mod projects;
pub mod signup;
pub mod stats;
mod style;

use outrider_http::{Document, Surface, api_index, openapi_json};

outrider_engine::operations! {
    /// Cora's endpoints, in the order of its documentation.
    pub static ENDPOINTS
    signup::SignUp,
    billing::ListPlans,
    billing::CreateCheckout,
    billing::CreatePortal,
    projects::ListProjects,
    projects::CreateProject,
    credits::GetCredits,
    leads::ListLeads,
    leads::GetLead,
    lead_changes::CreateLead,
    lead_changes::BulkCreateLeads,
    lead_changes::UpdateLead,
    calls::ListLeadCalls,
    emails::ListLeadEmails,
    calls::GetCallAudio,
    calls::GetCallTranscript,
    activity::ListActivity,
    agents::ListAgents,
    agents::GetAgent,
    agent_changes::CreateAgent,
    agent_changes::UpdateAgent,
    agents::AssignLeads,
    outreach::TriggerCall,
    outreach::SendEmail,
    phone_numbers::ListPhoneNumbers,
    phone_numbers::AssignPhoneNumber,
    stats::GetStats,
    api_keys::ListApiKeys,
    api_keys::CreateApiKey,
    api_keys::RevokeApiKey,
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

const DOCUMENTS: &[Document] = &[
    Document { path: "/api/v1", name: "api_index", content_type: "application/json", make: api_index },
    Document { path: "/api/v1/docs", name: "docs", content_type: "text/markdown; charset=utf-8", make: docs::markdown },
    Document { path: "/api/v1/openapi.json", name: "openapi", content_type: "application/json", make: openapi_json },
];
