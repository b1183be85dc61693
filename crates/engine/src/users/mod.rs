//! Users: the people of an organization, their roles and the projects they see. Signing in is not here.

pub mod caller;
pub mod create_user;
pub mod list_users;
pub mod narrow;
pub mod remove_user;
pub mod role;
pub mod sign_up;

use outrider_domain::id::{OrganizationId, ProjectId, UserId};
use outrider_domain::time::Millis;
use outrider_store::{Tx, projects as rows};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::leads::missing;

/// The project a person acts in: the wanted one, else the one chosen before, else the first of their organization.
///
/// # Errors
/// `resource_not_found` for a project of others, and when there is none.
pub(crate) fn project_of(
    tx: &mut Tx<'_>,
    user: &rows::User,
    wanted: Option<ProjectId>,
    chosen: Option<ProjectId>,
) -> Result<ProjectId> {
    let own = |project: &rows::Project| project.organization_id == user.organization_id;
    if let Some(id) = wanted {
        let project = rows::get(tx, id).map_err(|error| missing(error, "project", "project_id"))?;
        return own(&project).then_some(id).ok_or_else(|| Error::not_found("project").at("project_id"));
    }
    if let Some(id) = chosen {
        match rows::get(tx, id) {
            Ok(project) if own(&project) => return Ok(id),
            Ok(_) | Err(outrider_store::Error::NotFound) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let first = rows::list(tx, user.organization_id, ProjectId(0), 1)?;
    first.first().map(|project| project.id).ok_or_else(|| Error::not_found("project"))
}

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
