//! The ratchet: every endpoint the contract documents, with the operation that answers it. There is no gap.

use std::collections::BTreeSet;

use outrider_dialects::artic::ENDPOINTS;

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
    let bound: BTreeSet<(String, String, &str)> = ENDPOINTS
        .iter()
        .map(|each| (format!("{:?}", each.spec.verb).to_uppercase(), each.spec.path.to_owned(), each.spec.name))
        .collect();
    let documented =
        DOCUMENTED.iter().map(|(method, path, name)| ((*method).to_owned(), format!("/api/v1{path}"), *name));
    assert_eq!(bound, documented.collect());
}
