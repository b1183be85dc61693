//! The ratchet: every endpoint the contract documents, with its scope and the operation that answers it.

use std::collections::BTreeSet;

use outrider_dialects::artra::ENDPOINTS;

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
    let bound: BTreeSet<(String, String, &str)> = ENDPOINTS
        .iter()
        .map(|each| (format!("{:?}", each.spec.verb).to_uppercase(), each.spec.path.to_owned(), each.spec.scope))
        .collect();
    let documented: BTreeSet<(String, String, &str)> = DOCUMENTED
        .iter()
        .map(|(method, path, scope)| ((*method).to_owned(), format!("/api/v1/agent{path}"), *scope))
        .collect();
    assert_eq!(bound, documented);
}
