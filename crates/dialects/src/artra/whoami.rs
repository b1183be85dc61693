//! `GET /whoami`: who a token acts as, and its scopes. Reads; lets nobody in.

use outrider_domain::id::{KeyId, ProjectId, UserId};
use outrider_domain::time::Millis;
use outrider_engine::Result;
use outrider_engine::context::Context;
use outrider_engine::operation::{Empty, Operation, Spec};
use outrider_engine::principal::{ANY, WORDS};
use outrider_engine::users::caller::{caller, sees_only};
use schemars::JsonSchema;
use serde::Serialize;

/// Every scope of ARTRA.
pub const SCOPES: &[&str] = &["contacts:read", "sequences:read", "sequences:write", WORDS[0], WORDS[1], "outreach:run"];

/// `GET /api/v1/agent/whoami`.
pub struct Whoami;

/// Who a token acts as.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Identity {
    /// The seller.
    user: Option<Seller>,
    /// Where they work.
    workspace: Workspace,
    /// The token.
    token: Option<Token>,
    /// What the token may do here: what it was given, as far as the seller may do it too.
    scopes: Vec<&'static str>,
    /// Whose contacts it sees: `own` or `all`.
    contacts_visible: &'static str,
}

/// A seller.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Seller {
    /// Key.
    id: UserId,
    /// Display name.
    name: String,
    /// Address they sign in with.
    email: String,
    /// `owner`, `admin`, `seller` or `viewer`.
    role: String,
}

/// Where a seller works.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Workspace {
    /// Key.
    id: ProjectId,
    /// Display name.
    name: String,
}

/// A token without its secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Token {
    /// Key of the record.
    id: KeyId,
    /// What the seller calls it.
    name: String,
    /// How it begins.
    hint: String,
    /// When it stops working; null for never.
    expires_at: Option<Millis>,
}

impl Operation for Whoami {
    const SPEC: Spec =
        Spec::get("whoami", "whoami", "/api/v1/agent/whoami", ANY, "Who the token acts as, and what it may do.");
    type Input = Empty;
    type Output = Identity;

    fn run(cx: &mut Context<'_, '_>, _: Empty) -> Result<Identity> {
        let own_only = sees_only(cx)?.is_some();
        let found = caller(cx)?;
        let user = found.user.map(|user| Seller { id: user.id, name: user.name, email: user.email, role: user.role });
        let token =
            found.key.map(|key| Token { id: key.id, name: key.name, hint: key.hint, expires_at: key.expires_at });
        let scopes = SCOPES.iter().copied().filter(|scope| cx.principal.may(scope)).collect();
        Ok(Identity {
            user,
            workspace: Workspace { id: found.project.id, name: found.project.name },
            token,
            scopes,
            contacts_visible: if own_only { "own" } else { "all" },
        })
    }
}
