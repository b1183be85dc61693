//! The ratchet: every endpoint the contract documents, with the operation that answers it. There is no gap.

use outrider_dialects::reaktor::ENDPOINTS;

use crate::coverage::Differences;

/// Method and path as documented, and the name of the operation.
const DOCUMENTED: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/agents", "create_agent"),
    ("GET", "/api/v1/agents", "list_agents"),
    ("GET", "/api/v1/agents/{id}", "get_agent"),
    ("POST", "/api/v1/agents/{id}/rotate-key", "rotate_agent_key"),
    ("DELETE", "/api/v1/agents/{id}", "revoke_agent"),
    ("PATCH", "/api/agents/{id}", "update_agent"),
    ("POST", "/api/v1/billing/checkout", "create_checkout"),
    ("POST", "/api/v1/billing/transfer", "transfer_credits"),
    ("GET", "/api/v1/billing/credits", "get_credits"),
    ("GET", "/api/v1/capabilities", "list_capabilities"),
    ("GET", "/api/v1/skills", "list_skills"),
    ("GET", "/api/v1/workflows", "list_workflows"),
    ("GET", "/api/v1/errors", "list_errors"),
    ("POST", "/api/v1/tasks/estimate", "estimate_tasks"),
    ("POST", "/api/v1/tasks", "create_task"),
    ("GET", "/api/v1/tasks", "list_tasks"),
    ("GET", "/api/v1/tasks/{taskId}", "get_task"),
    ("PATCH", "/api/v1/tasks/{taskId}/star", "star_task"),
    ("DELETE", "/api/v1/tasks/{taskId}", "cancel_task"),
    ("POST", "/api/v1/batch", "create_batch"),
    ("GET", "/api/v1/outputs", "list_outputs"),
    ("GET", "/api/v1/outputs/{taskId}", "get_output"),
    ("POST", "/api/v1/outputs/{taskId}/star", "star_output"),
    ("GET", "/api/v1/campaigns", "list_campaigns"),
    ("GET", "/api/v1/campaigns/{id}", "get_campaign"),
    ("GET", "/api/v1/icps", "list_icps"),
    ("GET", "/api/v1/icps/{id}", "get_icp"),
    ("GET", "/api/v1/analytics/performance", "get_performance"),
    ("GET", "/api/v1/analytics/agents/{agentId}", "get_agent_performance"),
    ("GET", "/api/v1/knowledge/company/{domain}", "look_up_company"),
    ("GET", "/api/v1/knowledge/signals/{industry}", "get_industry_signals"),
    ("POST", "/api/v1/workflows", "submit_workflow"),
    ("GET", "/api/v1/profile", "get_profile"),
    ("PATCH", "/api/v1/profile", "update_profile"),
    ("POST", "/api/research/submit", "submit_research"),
    ("GET", "/.well-known/agent.json", "get_manifest"),
    ("GET", "/agent.json", "get_root_manifest"),
    ("POST", "/trigger/{userId}", "trigger_sequence"),
];

/// Bound beside them: the card that today's clients of A2A look for, and what it leads to.
const EXTRAS: &[&str] = &["GET /.well-known/agent-card.json get_agent_card", "POST /a2a a2a"];

#[test]
fn every_documented_endpoint_is_bound_and_no_other_but_those_named() {
    let differences = Differences::between(ENDPOINTS, "", DOCUMENTED, |spec| spec.name);
    assert_eq!(differences.gaps, [""; 0]);
    assert_eq!(differences.extras, EXTRAS);
}
