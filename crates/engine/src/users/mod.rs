//! Users: the people of an organization. Their records only; signing in is not here.

pub mod create_user;
pub mod list_users;

use outrider_domain::id::{OrganizationId, UserId};
use outrider_domain::time::Millis;
use outrider_store::projects as rows;
use schemars::JsonSchema;
use serde::Serialize;

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct User {
    /// Key.
    pub id: UserId,
    /// Unique over the installation.
    pub email: String,
    /// Display name.
    pub name: String,
    /// `owner`, `admin`, `seller` or `viewer`.
    pub role: String,
    /// Where they belong.
    pub org_id: OrganizationId,
    /// When made.
    pub created_at: Millis,
}

impl From<rows::User> for User {
    fn from(row: rows::User) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            org_id: row.organization_id,
            created_at: row.created_at,
        }
    }
}
