//! Who is calling and what they may do. Decides scopes; does not look keys up.

use outrider_domain::id::{KeyId, ProjectId, UserId};

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
    /// A recipient who used a signed link.
    Recipient,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Engine => f.write_str("engine"),
            Self::Operator => f.write_str("operator"),
            Self::Recipient => f.write_str("recipient"),
            Self::Key(id) => id.fmt(f),
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
        Self { actor: Actor::Engine, project, scopes: vec!["*".to_owned(), APPROVE.to_owned()], user: None }
    }

    /// The operator acting in a project.
    #[must_use]
    pub fn operator(project: ProjectId) -> Self {
        Self { actor: Actor::Operator, ..Self::engine(project) }
    }

    /// Whether a granted scope covers the wanted one.
    #[must_use]
    pub fn may(&self, wanted: &str) -> bool {
        self.scopes.iter().any(|granted| covers(granted, wanted))
    }

    /// Whether nothing but reading was granted.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.scopes.iter().all(|scope| scope.ends_with(":read"))
    }
}

/// The scope of approving. No wildcard grants it, nor the same right under a dialect's name.
pub const APPROVE: &str = "actions:approve";

fn covers(granted: &str, wanted: &str) -> bool {
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
    use super::covers;

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
