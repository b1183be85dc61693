//! The ratchet: every endpoint the contract documents, with the operation that answers it. There is no gap.

use outrider_dialects::cora::ENDPOINTS;

use crate::coverage::Differences;

/// Method and path as documented, below the base URL, and the name of its tool and operation.
const DOCUMENTED: &[(&str, &str, &str)] = &[
    ("POST", "/signup", "sign_up"),
    ("GET", "/billing/plans", "list_plans"),
    ("POST", "/billing/checkout", "create_checkout"),
    ("POST", "/billing/portal", "create_portal"),
    ("GET", "/projects", "list_projects"),
    ("POST", "/projects", "create_project"),
    ("GET", "/credits", "get_credits"),
    ("GET", "/leads", "list_leads"),
    ("GET", "/leads/{lead_id}", "get_lead"),
    ("POST", "/leads", "create_lead"),
    ("POST", "/leads/bulk", "bulk_create_leads"),
    ("PATCH", "/leads/{lead_id}", "update_lead"),
    ("GET", "/leads/{lead_id}/calls", "list_lead_calls"),
    ("GET", "/leads/{lead_id}/emails", "list_lead_emails"),
    ("GET", "/calls/{call_id}/audio", "get_call_audio"),
    ("GET", "/activity", "list_activity"),
    ("GET", "/agents", "list_agents"),
    ("GET", "/agents/{agent_id}", "get_agent"),
    ("POST", "/agents", "create_agent"),
    ("PATCH", "/agents/{agent_id}", "update_agent"),
    ("POST", "/agents/{agent_id}/assign-leads", "assign_leads"),
    ("POST", "/outreach/call", "trigger_call"),
    ("POST", "/outreach/email", "send_email"),
    ("GET", "/phone-numbers", "list_phone_numbers"),
    ("POST", "/phone-numbers/{phone_id}/assign", "assign_phone_number"),
    ("GET", "/stats", "get_stats"),
    ("GET", "/api-keys", "list_api_keys"),
    ("POST", "/api-keys", "create_api_key"),
    ("DELETE", "/api-keys/{key_id}", "revoke_api_key"),
];

/// Bound beside them: where `transcript_url` leads, which the contract leaves open.
const EXTRAS: &[&str] = &["GET /api/v1/calls/{call_id}/transcript get_call_transcript"];

#[test]
fn every_documented_endpoint_is_bound_and_no_other_but_those_named() {
    let differences = Differences::between(ENDPOINTS, "/api/v1", DOCUMENTED, |spec| spec.name);
    assert_eq!(differences.gaps, [""; 0]);
    assert_eq!(differences.extras, EXTRAS);
}
