//! Who calls a tool, and what the connection said about the tools it wants. Authenticates nobody.

use std::sync::Arc;

use outrider_engine::pipeline::Credential;
use outrider_engine::principal::Principal;
use outrider_engine::rate::Limit;

use super::session::Session;
use super::toolsets::Selection;

/// One request's caller, authenticated.
#[derive(Debug, Clone)]
pub struct Caller {
    /// How operations are called in its name.
    pub(crate) credential: Credential,
    /// Who it is.
    pub(crate) principal: Principal,
    /// What its calls count under, as its requests over HTTP do.
    pub(crate) counted: String,
    /// Names the request in logs and the audit.
    pub(crate) request_id: String,
    /// The toolsets its address or headers ask for.
    pub(crate) selection: Selection,
    /// The session it belongs to; none in the stateless era.
    pub(crate) session: Option<Arc<Session>>,
}

impl Caller {
    /// What calls with a credential count under: those with a key as over HTTP; tokens come and go, and their grant stays.
    pub(crate) fn counted(credential: &Credential, principal: &Principal) -> String {
        let of_key = match credential {
            Credential::Key { .. } => credential.caller(),
            _ => None,
        };
        of_key.unwrap_or_else(|| Self::owner(principal))
    }

    /// What its calls count under against a limit: those of a person's limit under the person, whatever they came in with.
    pub(crate) fn counted_for(&self, limit: &Limit) -> String {
        let person = self.principal.user.filter(|_| limit.per_person);
        person.map_or_else(|| self.counted.clone(), |user| user.to_string())
    }

    /// Whether a toolset is shown to it, by its address or because its session enabled it.
    pub(crate) fn has(&self, toolset: &str, in_default: bool) -> bool {
        self.selection.has(toolset, in_default) || self.session.as_ref().is_some_and(|session| session.enabled(toolset))
    }

    /// Whether it may choose among projects: a key has one, a person's token has all of theirs.
    pub(crate) fn spans_projects(&self) -> bool {
        matches!(self.credential, Credential::Token { .. })
    }

    /// What tells its sessions from those of others: the same key or grant in the same project.
    pub(crate) fn owner(principal: &Principal) -> String {
        format!("{}/{}", principal.project, principal.actor)
    }
}
