//! Who is calling and what they may do. Decides scopes; does not look keys up.

use outrider_domain::id::{GrantId, KeyId, ProjectId, UserId};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The engine itself: a sequence's tick, an incoming mail, a lease that ran out.
    Engine,
    /// Someone with the machine in hand: the command line.
    Operator,
    /// An API key.
    Key(KeyId),
    /// A person who signed in.
    User(UserId),
    /// An application that a person let act for them.
    Grant(GrantId),
    /// A recipient who used a signed link.
    Recipient,
    /// Someone without an account, who may call what is public.
    Visitor,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Engine => f.write_str("engine"),
            Self::Operator => f.write_str("operator"),
            Self::Recipient => f.write_str("recipient"),
            Self::Visitor => f.write_str("visitor"),
            Self::Key(id) => id.fmt(f),
            Self::Grant(id) => id.fmt(f),
            Self::User(id) => id.fmt(f),
        }
    }
}

/// A caller, authenticated, in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who acts.
    pub actor: Actor,
    /// The project everything is read from and written to.
    pub project: ProjectId,
    /// Granted scopes: `noun:verb`, `noun:*`, `*:read` or `*`. No wildcard grants approval: that is given by name.
    pub scopes: Vec<String>,
    /// The user behind a key, when there is one.
    pub user: Option<UserId>,
}

impl Principal {
    /// The engine acting in a project.
    #[must_use]
    pub fn engine(project: ProjectId) -> Self {
        let scopes = ["*", APPROVE, APPROVE_RUNS].map(ToOwned::to_owned).to_vec();
        Self { actor: Actor::Engine, project, scopes, user: None }
    }

    /// The operator acting in a project.
    #[must_use]
    pub fn operator(project: ProjectId) -> Self {
        Self { actor: Actor::Operator, ..Self::engine(project) }
    }

    /// Someone without an account or a project.
    #[must_use]
    pub fn visitor() -> Self {
        Self { actor: Actor::Visitor, project: ProjectId(0), scopes: Vec::new(), user: None }
    }

    /// Whether a granted scope covers the wanted one.
    #[must_use]
    pub fn may(&self, wanted: &str) -> bool {
        if wanted == ANY {
            return true;
        }
        if matches!(self.actor, Actor::Grant(_)) && NEVER_BY_GRANT.contains(&wanted) {
            return false;
        }
        self.scopes.iter().any(|granted| covers(granted, wanted))
    }

    /// Whether nothing but reading was granted.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.scopes.iter().all(|scope| scope.ends_with(":read"))
    }
}

/// What no application may do, whatever it was granted: make access that would outlive the grant.
pub const NEVER_BY_GRANT: &[&str] = &["keys:write", "users:write", "grants:write"];

/// What every valid credential may do.
pub const ANY: &str = "any";

/// Scopes that are a word alone: ARTRA names them so. No wildcard of verbs covers them, only `*`.
pub const WORDS: &[&str] = &["discover", "enrich"];

/// The scope of approving. No wildcard grants it, nor the same right under a dialect's name.
pub const APPROVE: &str = "actions:approve";

/// The same right under the name that Pathbound has for it.
pub const APPROVE_RUNS: &str = "agents:approve";

/// The scopes that two lists both cover: what a grant leaves of a role.
#[must_use]
pub fn meet(one: &[&str], other: &[&str]) -> Vec<String> {
    let mut both: Vec<String> = Vec::new();
    for (one, other) in one.iter().flat_map(|one| other.iter().map(move |other| (one, other))) {
        if let Some(scope) = overlap(one, other)
            && !both.contains(&scope)
        {
            both.push(scope);
        }
    }
    both
}

/// What two scopes both cover.
fn overlap(one: &str, other: &str) -> Option<String> {
    if one.ends_with(":approve") || other.ends_with(":approve") {
        return (one == other).then(|| one.to_owned());
    }
    if covers(one, other) {
        return Some(other.to_owned());
    }
    if covers(other, one) {
        return Some(one.to_owned());
    }
    let narrower = |one, other| match (one, other) {
        ("*", _) => Some(other),
        (_, "*") => Some(one),
        _ => (one == other).then_some(one),
    };
    let ((noun, verb), (other_noun, other_verb)) = (one.split_once(':')?, other.split_once(':')?);
    let (noun, verb) = (narrower(noun, other_noun)?, narrower(verb, other_verb)?);
    Some(format!("{noun}:{verb}"))
}

/// Whether a granted scope covers a wanted one.
#[must_use]
pub fn covers(granted: &str, wanted: &str) -> bool {
    if granted == wanted {
        return true;
    }
    if wanted.ends_with(":approve") {
        return false;
    }
    if granted == "*" {
        return true;
    }
    let (Some((granted_noun, granted_verb)), Some((noun, verb))) = (granted.split_once(':'), wanted.split_once(':'))
    else {
        return false;
    };
    (granted_noun == "*" || granted_noun == noun) && (granted_verb == "*" || granted_verb == verb)
}

#[cfg(test)]
mod tests {
    use outrider_domain::id::{GrantId, ProjectId};

    use super::{Actor, Principal, covers, meet};

    #[test]
    fn what_two_lists_both_cover() {
        for (one, other, expected) in [
            (&["*:read"][..], &["*", "actions:approve"][..], &["*:read"][..]),
            (&["*", "actions:approve"], &["*:read"], &["*:read"]),
            (&["*:write"], &["*:read"], &[]),
            (&["leads:*"], &["*:read"], &["leads:read"]),
            (&["*"], &["*"], &["*"]),
            (&["*"], &["actions:approve"], &[]),
            (&["actions:approve"], &["*", "actions:approve"], &["actions:approve"]),
            (&["discover", "contacts:read"], &["*"], &["discover", "contacts:read"]),
            (&["discover", "contacts:read"], &["*:read"], &["contacts:read"]),
        ] {
            assert_eq!(meet(one, other), expected, "{one:?} and {other:?}");
        }
    }

    #[test]
    fn an_application_makes_no_keys() {
        let all = |actor| Principal { actor, project: ProjectId(1), scopes: vec!["*".to_owned()], user: None };
        assert!(!all(Actor::Grant(GrantId(1))).may("keys:write"));
        assert!(all(Actor::Grant(GrantId(1))).may("leads:write"));
        assert!(all(Actor::Operator).may("keys:write"));
    }

    #[test]
    fn wildcards_cover_all_but_approval() {
        for (granted, wanted, expected) in [
            ("*", "leads:write", true),
            ("*:read", "leads:read", true),
            ("*:read", "leads:write", false),
            ("leads:*", "leads:write", true),
            ("leads:*", "agents:write", false),
            ("*", "actions:approve", false),
            ("actions:*", "actions:approve", false),
            ("actions:approve", "actions:approve", true),
            ("actions:approve", "actions:read", false),
            ("agents:*", "agents:approve", false),
            ("*", "agents:approve", false),
        ] {
            assert_eq!(covers(granted, wanted), expected, "{granted} over {wanted}");
        }
    }
}
