//! The ratchet: every endpoint the contract documents, with its scope and the operation that answers it.

use outrider_dialects::pathbound::ENDPOINTS;

use crate::coverage::Differences;

/// Method and path as documented below the base URL, and the scope required.
const DOCUMENTED: &[(&str, &str, &str)] = &[
    ("GET", "/agents", "agents:read"),
    ("POST", "/agents", "agents:write"),
    ("GET", "/agents/{id}", "agents:read"),
    ("PATCH", "/agents/{id}", "agents:write"),
    ("DELETE", "/agents/{id}", "agents:write"),
    ("GET", "/agents/{id}/runs", "agents:read"),
    ("GET", "/agents/runs/{runId}", "agents:read"),
    ("POST", "/agents/{id}/trigger", "agents:trigger"),
    ("POST", "/agents/runs/{runId}/contacts/{contactId}/actions/{actionIndex}/approve", "agents:approve"),
    ("POST", "/agents/runs/{runId}/contacts/{contactId}/actions/{actionIndex}/reject", "agents:approve"),
];

#[test]
fn exactly_the_documented_endpoints_are_bound_each_with_its_scope() {
    let differences = Differences::between(ENDPOINTS, "/v1", DOCUMENTED, |spec| spec.scope);
    assert_eq!(differences, Differences::default());
}
