//! Grants: the applications that people let act for them, as they see and end them. Issuing is `oauth`'s.

pub mod list_grants;
pub mod revoke_grant;

use outrider_domain::id::{GrantId, ProjectId, UserId};
use outrider_domain::time::Millis;
use outrider_store::oauth_grants as rows;
use schemars::JsonSchema;
use serde::Serialize;

/// What a person let an application do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Grant {
    /// Key.
    pub id: GrantId,
    /// Who granted.
    pub user_id: UserId,
    /// The application's id: for one known by a document, its address.
    pub client_id: String,
    /// What the application calls itself: not checked by anyone.
    pub client_name: String,
    /// The URL its tokens are for.
    pub resource: String,
    /// Granted scopes, as OAuth names them.
    pub scopes: Vec<String>,
    /// The only project it may touch; null for all of the person's.
    pub project_id: Option<ProjectId>,
    /// When granted.
    pub created_at: Millis,
    /// When it last got a token.
    pub used_at: Option<Millis>,
    /// When it ends unless it is used.
    pub expires_at: Millis,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

impl From<rows::Grant> for Grant {
    fn from(row: rows::Grant) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            client_id: row.client_id,
            client_name: row.client_name,
            resource: row.resource,
            scopes: row.scopes.split_whitespace().map(ToOwned::to_owned).collect(),
            project_id: row.project_id,
            created_at: row.created_at,
            used_at: row.used_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}
