//! Access tokens as callers see them: whom one acts for, where, and with which scopes. Issues none.

use outrider_domain::id::ProjectId;
use outrider_domain::time::Millis;
use outrider_store::{Tx, oauth_grants as rows, projects};

use super::scopes::covered;
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::keys::hash;
use crate::principal::{Actor, Principal, meet};
use crate::users::project_of;
use crate::users::role::Role;

/// The caller that an access token makes of an application, on the resource it was issued for.
///
/// # Errors
/// `invalid_token`; `resource_not_found` for a project the token does not reach.
pub fn authenticate(
    tx: &mut Tx<'_>,
    secret: &str,
    resource: &str,
    project: Option<ProjectId>,
    now: Millis,
) -> Result<Principal> {
    let refused =
        || Error::new(code::INVALID_TOKEN, "The access token is unknown, expired, revoked or for another resource.");
    let token = rows::find_token(tx, &hash(secret))?.filter(|token| token.kind == "access").ok_or_else(refused)?;
    let grant = rows::get(tx, token.grant_id)?.ok_or_else(refused)?;
    if token.expires_at <= now || grant.revoked_at.is_some() || grant.resource != resource {
        return Err(refused());
    }
    let user = projects::user(tx, grant.user_id)?.ok_or_else(refused)?;
    if let (Some(only), Some(wanted)) = (grant.project_id, project)
        && only != wanted
    {
        return Err(Error::not_found("project").at("project_id"));
    }
    let project = project_of(tx, &user, grant.project_id.or(project), None)?;
    let scopes = meet(&covered(&token.scopes), Role::of(&user.role).scopes());
    Ok(Principal { actor: Actor::Grant(grant.id), project, scopes, user: Some(user.id) })
}

/// The only project the caller was let into, when a person let an application into one alone.
///
/// # Errors
/// When the database fails.
pub(crate) fn only_project(cx: &mut Context<'_, '_>) -> Result<Option<ProjectId>> {
    let Actor::Grant(id) = cx.actor else { return Ok(None) };
    Ok(rows::get(cx.tx, id)?.and_then(|grant| grant.project_id))
}

/// The names of the scopes that a token holds; empty for one that is not valid. For what RFC 6750 says of `insufficient_scope`.
///
/// # Errors
/// When the database fails.
pub fn granted(tx: &mut Tx<'_>, secret: &str) -> Result<Vec<String>> {
    let token = rows::find_token(tx, &hash(secret))?;
    Ok(token.map(|token| token.scopes.split(' ').map(ToOwned::to_owned).collect()).unwrap_or_default())
}
