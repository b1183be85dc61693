//! The ratchet: every endpoint the contract documents, with its scope and the operation that answers it.

use outrider_dialects::artra::ENDPOINTS;

use crate::coverage::Differences;

/// Method, path below the base URL, and scope.
const DOCUMENTED: &[(&str, &str, &str)] = &[
    ("GET", "/whoami", "any"),
    ("GET", "/contacts", "contacts:read"),
    ("GET", "/contacts/{id}", "contacts:read"),
    ("GET", "/sequences", "sequences:read"),
    ("POST", "/sequences/{id}/contacts", "sequences:write"),
    ("POST", "/discover/parse", "discover"),
    ("POST", "/discover", "discover"),
    ("POST", "/enrich", "enrich"),
    ("GET", "/workflows", "outreach:run"),
    ("POST", "/workflows/{id}/start", "outreach:run"),
    ("GET", "/executions/{id}", "outreach:run"),
];

#[test]
fn exactly_the_documented_endpoints_are_bound_each_with_its_scope() {
    let differences = Differences::between(ENDPOINTS, "/api/v1/agent", DOCUMENTED, |spec| spec.scope);
    assert_eq!(differences, Differences::default());
}
