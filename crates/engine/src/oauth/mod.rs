//! The OAuth 2.1 authorization server: applications, consent, codes and tokens. Knows no HTTP: requests come as parameters, answers
//! go as values.

pub mod access;
pub mod authorize;
pub mod clients;
pub mod documents;
pub mod exchange;
pub mod refusal;
pub mod registration;
pub mod revocation;
pub mod scopes;
pub mod site;

use outrider_domain::time::{DAY, HOUR, MINUTE};
use outrider_store::{Tx, oauth_grants as rows, projects};
use serde_json::Value;

use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::Result;
use crate::principal::{Actor, Principal};
use crate::users::project_of;

pub use refusal::Refusal;
pub use scopes::{RESOURCES, Resource, Scope};
pub use site::Site;

/// How long an authorization code works.
pub const CODE_MS: i64 = MINUTE;
/// How long an access token works.
pub const ACCESS_MS: i64 = HOUR;
/// How long a refresh token works, and with it a grant that nobody uses.
pub const REFRESH_MS: i64 = 30 * DAY;
/// How long a client may stay registered before someone uses it.
pub const UNUSED_CLIENT_MS: i64 = DAY;

/// Writes an event and an audit line about a grant, in the project it acts in first.
fn note(
    tx: &mut Tx<'_>,
    core: &Core,
    grant: &rows::Grant,
    actor: Actor,
    (event, operation): (&'static str, &'static str),
    detail: Value,
) -> Result<()> {
    let Some(user) = projects::user(tx, grant.user_id)? else { return Ok(()) };
    let project = project_of(tx, &user, None, grant.project_id)?;
    let principal = Principal { actor, project, scopes: Vec::new(), user: Some(user.id) };
    let mut cx = Context::new(tx, core, &principal, core.now());
    cx.emit(Event::new(event).subject(grant.id).data(detail.clone()));
    cx.audit(operation, Some(grant.id.to_string()), &detail);
    cx.finish().map(drop)
}
