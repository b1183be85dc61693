//! The protected resources and their scopes: one table that metadata, consent, tokens and the MCP endpoints read. Grants nothing.

use crate::principal::{APPROVE, NEVER_BY_GRANT};

/// What a person can let an application do.
#[derive(Debug, PartialEq, Eq)]
pub struct Scope {
    /// As OAuth names it.
    pub name: &'static str,
    /// What it allows, in words for the person who is asked.
    pub words: &'static str,
    /// The scopes of operations it stands for.
    pub covers: &'static [&'static str],
    /// Whether it only looks.
    pub reads: bool,
    /// Whether it is granted only to those who ask for it by name and to whom a person ticks it.
    pub by_name: bool,
}

/// Something that tokens are made for (RFC 8707).
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its path below the dialect's own mount.
    pub path: &'static str,
    /// The dialect it speaks: `native` or another.
    pub dialect: &'static str,
    /// Where that dialect is mounted on the public host; empty for `native`. On a host of its own it is at the root.
    pub mount: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What can be granted.
    pub scopes: &'static [Scope],
}

/// Verbs that reach people outside or start what does.
const SENDING: &[&str] = &["*:send", "*:enroll", "*:place", "*:trigger"];

const NATIVE: &[Scope] = &[
    Scope {
        name: "outrider.read",
        words: "See leads, companies, agents, messages, activity and figures",
        covers: &["*:read"],
        reads: true,
        by_name: false,
    },
    Scope {
        name: "outrider.write",
        words: "Add and change leads, agents, templates, sequences and settings",
        covers: &["*:write"],
        reads: false,
        by_name: false,
    },
    Scope {
        name: "outrider.send",
        words: "Propose mails and calls, and put leads into sequences",
        covers: SENDING,
        reads: false,
        by_name: false,
    },
    Scope {
        name: "outrider.approve",
        words: "Approve what waits for a person, in your name",
        covers: &[APPROVE],
        reads: false,
        by_name: true,
    },
];

const CORA: &[Scope] = &[
    Scope {
        name: "cora.read",
        words: "See leads, agents, calls, emails, activity and figures",
        covers: &["*:read"],
        reads: true,
        by_name: false,
    },
    Scope {
        name: "cora.write",
        words: "Add and change leads and agents, send emails and place calls",
        covers: &["*:write", "*:send", "*:enroll", "*:place", "*:trigger"],
        reads: false,
        by_name: false,
    },
];

/// Every protected resource; the first of a dialect is its default.
pub static RESOURCES: &[Resource] = &[
    Resource { path: "/mcp", dialect: "native", mount: "", title: "Outrider", scopes: NATIVE },
    Resource { path: "/api/mcp", dialect: "cora", mount: "/cora", title: "Cora on Outrider", scopes: CORA },
];

impl Resource {
    /// The resource at a whole path of the public host, such as `/cora/api/mcp`.
    #[must_use]
    pub fn at(path: &str) -> Option<&'static Self> {
        RESOURCES.iter().find(|resource| path.strip_prefix(resource.mount) == Some(resource.path))
    }

    /// The resources of a dialect.
    pub fn of_dialect(dialect: &str) -> impl Iterator<Item = &'static Self> {
        RESOURCES.iter().filter(move |resource| resource.dialect == dialect)
    }

    /// A scope by its name.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<&'static Scope> {
        self.scopes.iter().find(|scope| scope.name == name)
    }

    /// The scope to ask for when an operation's scope is missing: what RFC 6750 calls `scope` of `insufficient_scope`.
    #[must_use]
    pub fn scope_for(&self, wanted: &str) -> Option<&'static str> {
        if NEVER_BY_GRANT.contains(&wanted) {
            return None;
        }
        self.scopes
            .iter()
            .find(|scope| scope.covers.iter().any(|granted| crate::principal::covers(granted, wanted)))
            .map(|scope| scope.name)
    }
}

/// The scopes of operations that granted names stand for; unknown names stand for nothing.
#[must_use]
pub fn covered(names: &str) -> Vec<&'static str> {
    let known = RESOURCES.iter().flat_map(|resource| resource.scopes);
    known
        .filter(|scope| names.split_whitespace().any(|name| name == scope.name))
        .flat_map(|scope| scope.covers)
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{RESOURCES, Resource, covered};
    use crate::principal::{APPROVE, NEVER_BY_GRANT};
    use crate::registry::OPERATIONS;

    /// Scopes that no application can be given: they belong to keys, to the operator and to those who have no account yet.
    const OUT_OF_REACH: &[&str] = &["users:sign_up"];

    #[test]
    fn every_operation_is_within_reach_of_a_scope_or_named_as_out_of_reach() {
        for operation in OPERATIONS {
            let scope = operation.spec.scope;
            let reachable = RESOURCES[0].scope_for(scope).is_some();
            let excepted = OUT_OF_REACH.contains(&scope) || NEVER_BY_GRANT.contains(&scope);
            assert!(reachable != excepted, "{} needs {scope}", operation.spec.name);
        }
    }

    #[test]
    fn resources_are_found_by_path_and_names_are_unique() {
        assert_eq!(Resource::at("/cora/api/mcp").map(|resource| resource.dialect), Some("cora"));
        assert_eq!(Resource::at("/mcp").map(|resource| resource.dialect), Some("native"));
        assert_eq!(Resource::at("/api/mcp"), None);
        let mut names: Vec<&str> =
            RESOURCES.iter().flat_map(|resource| resource.scopes).map(|scope| scope.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn names_stand_for_scopes() {
        assert_eq!(covered("outrider.read outrider.approve nonsense"), ["*:read", APPROVE]);
        assert_eq!(covered(""), [""; 0]);
    }
}
