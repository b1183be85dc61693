//! Data Reaktor at `/reaktor`: its endpoints and its manner. What an endpoint does is the engine's.

pub mod a2a;
pub mod agent_card;
pub mod agents;
pub mod analytics;
pub mod batch;
pub mod billing;
pub mod campaigns;
pub mod catalog;
mod context;
mod guide;
pub mod icps;
pub mod knowledge;
pub mod manifest;
pub mod outputs;
pub mod profile;
mod style;
pub mod task;
pub mod tasks;
pub mod tools;
pub mod trigger;
pub mod workflows;

use outrider_http::{Document, Surface, llms_txt, openapi_json};

outrider_engine::operations! {
    /// Data Reaktor's endpoints, in the order of its documentation.
    pub static ENDPOINTS
    agents::CreateAgent,
    agents::ListAgents,
    agents::GetAgent,
    agents::RotateKey,
    agents::RevokeAgent,
    agents::UpdateAgent,
    billing::Checkout,
    billing::Transfer,
    billing::GetCredits,
    tasks::CreateTask,
    tasks::ListTasks,
    tasks::EstimateTasks,
    tasks::GetTask,
    tasks::StarTask,
    tasks::CancelTask,
    tasks::SubmitResearch,
    batch::CreateBatch,
    outputs::ListOutputs,
    outputs::GetOutput,
    outputs::StarOutput,
    campaigns::ListCampaigns,
    campaigns::GetCampaign,
    icps::ListIcps,
    icps::GetIcp,
    analytics::GetPerformance,
    analytics::GetAgentPerformance,
    knowledge::LookUpCompany,
    knowledge::GetIndustrySignals,
    workflows::ListWorkflows,
    workflows::SubmitWorkflow,
    profile::GetProfile,
    profile::UpdateProfile,
    catalog::ListCapabilities,
    catalog::ListSkills,
    catalog::ListErrors,
    manifest::GetManifest,
    manifest::GetRootManifest,
    agent_card::GetAgentCard,
    a2a::Rpc,
    trigger::Trigger,
}

/// Data Reaktor.
pub(crate) fn surface() -> Surface {
    Surface {
        name: "reaktor",
        title: "Data Reaktor API v1",
        introduction: "Scores, messages, briefs, sequences and scripts for leads, paid in credits, as clients of Data Reaktor know them.",
        mount: "/reaktor",
        operations: ENDPOINTS,
        documents: DOCUMENTS,
        mcp: Some(tools::PATH),
        hosts: Vec::new(),
        event_stream: None,
        style: &style::Reaktor,
    }
}

const MARKDOWN: &str = "text/markdown; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

const DOCUMENTS: &[Document] = &[
    Document { path: style::INDEX, name: "openapi", content_type: "application/json", make: openapi_json },
    Document { path: "/llms.txt", name: "llms", content_type: PLAIN, make: llms_txt },
    Document { path: "/llms-full.txt", name: "llms_full", content_type: PLAIN, make: context::whole },
    Document { path: "/AGENTS.md", name: "agents_md", content_type: MARKDOWN, make: guide::markdown },
    Document { path: "/CONTEXT.md", name: "context_md", content_type: MARKDOWN, make: context::markdown },
    Document { path: "/help", name: "help", content_type: MARKDOWN, make: guide::markdown },
];
