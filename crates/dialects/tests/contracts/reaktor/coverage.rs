//! The ratchet: every endpoint the contract documents is bound, but for those of a list that may only shrink.

use std::collections::BTreeSet;

use outrider_dialects::reaktor::ENDPOINTS;

/// Method and path as documented.
const DOCUMENTED: &[(&str, &str)] = &[
    ("POST", "/api/v1/agents"),
    ("GET", "/api/v1/agents"),
    ("GET", "/api/v1/agents/{id}"),
    ("POST", "/api/v1/agents/{id}/rotate-key"),
    ("DELETE", "/api/v1/agents/{id}"),
    ("POST", "/api/v1/billing/checkout"),
    ("POST", "/api/v1/billing/transfer"),
    ("GET", "/api/v1/billing/credits"),
    ("GET", "/api/v1/capabilities"),
    ("GET", "/api/v1/skills"),
    ("GET", "/api/v1/workflows"),
    ("GET", "/api/v1/errors"),
    ("POST", "/api/v1/tasks/estimate"),
    ("POST", "/api/v1/tasks"),
    ("GET", "/api/v1/tasks"),
    ("GET", "/api/v1/tasks/{taskId}"),
    ("PATCH", "/api/v1/tasks/{taskId}/star"),
    ("DELETE", "/api/v1/tasks/{taskId}"),
    ("POST", "/api/v1/batch"),
    ("GET", "/api/v1/outputs"),
    ("GET", "/api/v1/outputs/{taskId}"),
    ("POST", "/api/v1/outputs/{taskId}/star"),
    ("GET", "/api/v1/campaigns"),
    ("GET", "/api/v1/campaigns/{id}"),
    ("GET", "/api/v1/icps"),
    ("GET", "/api/v1/icps/{id}"),
    ("GET", "/api/v1/analytics/performance"),
    ("GET", "/api/v1/analytics/agents/{agentId}"),
    ("GET", "/api/v1/knowledge/company/{domain}"),
    ("GET", "/api/v1/knowledge/signals/{industry}"),
    ("POST", "/api/v1/workflows"),
    ("GET", "/api/v1/profile"),
    ("PATCH", "/api/v1/profile"),
    ("POST", "/api/research/submit"),
    ("GET", "/.well-known/agent.json"),
    ("GET", "/agent.json"),
    ("POST", "/trigger/{userId}"),
];

/// Documented and not bound. `/trigger/{userId}` needs keys of its own.
const GAPS: &[(&str, &str)] = &[("POST", "/trigger/{userId}")];

#[test]
fn exactly_the_documented_endpoints_are_bound() {
    let bound: BTreeSet<(String, &str)> =
        ENDPOINTS.iter().map(|each| (format!("{:?}", each.spec.verb).to_uppercase(), each.spec.path)).collect();
    let documented: BTreeSet<(String, &str)> = DOCUMENTED
        .iter()
        .filter(|each| !GAPS.contains(each))
        .map(|(method, path)| ((*method).to_owned(), *path))
        .collect();
    assert_eq!(bound, documented);
}
