//! The ratchet: every endpoint the contract documents, with the operation that answers it. There is no gap.

use outrider_dialects::artic::ENDPOINTS;

use crate::coverage::Differences;

/// Method and path as documented, below the base URL, and the name of the operation.
const DOCUMENTED: &[(&str, &str, &str)] = &[
    ("POST", "/agents", "create_agent"),
    ("GET", "/agents", "list_agents"),
    ("GET", "/agents/{id}", "get_agent"),
    ("DELETE", "/agents/{id}", "delete_agent"),
    ("POST", "/calls", "create_call"),
    ("GET", "/calls", "list_calls"),
    ("GET", "/calls/{id}", "get_call"),
];

#[test]
fn every_documented_endpoint_is_bound_and_no_other() {
    let differences = Differences::between(ENDPOINTS, "/api/v1", DOCUMENTED, |spec| spec.name);
    assert_eq!(differences, Differences::default());
}
