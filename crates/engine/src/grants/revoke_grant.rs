//! `revoke_grant`: an application may act no longer; all its tokens stop working at once.

use outrider_domain::id::GrantId;
use outrider_store::{oauth_grants as rows, projects};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Grant;
use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};
use crate::principal::Actor;

/// Disconnects an application.
pub struct RevokeGrant;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The grant.
    grant_id: GrantId,
}

impl Operation for RevokeGrant {
    const SPEC: Spec = Spec::delete(
        "revoke_grant",
        "grants",
        "/grants/{grant_id}",
        "grants:write",
        "Disconnect an application; its tokens stop working at once.",
    );
    type Input = Input;
    type Output = Grant;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Grant> {
        let missing = || Error::not_found("grant").at("grant_id");
        let grant = rows::get(cx.tx, input.grant_id)?.ok_or_else(missing)?;
        if !is_own(cx, &grant)? {
            return Err(missing());
        }
        if rows::revoke(cx.tx, grant.id, "revoked_by_person", cx.now)? {
            cx.emit(Event::new("grant.revoked").subject(grant.id));
        }
        Ok(rows::get(cx.tx, grant.id)?.unwrap_or(grant).into())
    }
}

/// Whether it is the caller's own; to the operator, whether it is of the organization.
fn is_own(cx: &mut Context<'_, '_>, grant: &rows::Grant) -> Result<bool> {
    if let Some(user) = cx.principal.user {
        return Ok(user == grant.user_id);
    }
    if cx.actor != Actor::Operator {
        return Ok(false);
    }
    let organization = projects::get(cx.tx, cx.project)?.organization_id;
    Ok(projects::user(cx.tx, grant.user_id)?.is_some_and(|user| user.organization_id == organization))
}
