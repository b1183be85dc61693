//! Projects: the unit of isolation. Their making, naming and policy; what lives in them belongs to the other nouns.

pub mod create_project;
pub mod get_project;
pub mod list_projects;
pub mod update_project;

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::id::{OrganizationId, ProjectId};
use outrider_domain::time::Millis;
use outrider_store::projects as rows;
use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::leads::missing;

/// A project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Project {
    /// Key.
    pub id: ProjectId,
    /// Display name.
    pub name: String,
    /// Unique over the installation; for people and the command line.
    pub slug: String,
    /// Owner.
    pub org_id: OrganizationId,
    /// `self_hosted`, `none` or a plan's name.
    pub plan: String,
    /// For leads that have none of their own.
    pub time_zone: String,
    /// When a person must approve, for agents without a policy of their own.
    pub autonomy: ChannelAutonomy,
    /// Whether the key that proposed an action may also approve it.
    pub self_approval: bool,
    /// What connected agents (over MCP) may do alone; an act asks whenever this or `autonomy` would. Null where it was never said:
    /// then the native tools ask always, and a dialect's do what its contract says.
    pub connected_agents: Option<ChannelAutonomy>,
    /// When made.
    pub created_at: Millis,
}

impl From<rows::Project> for Project {
    fn from(row: rows::Project) -> Self {
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            org_id: row.organization_id,
            plan: row.plan,
            time_zone: row.time_zone,
            autonomy: serde_json::from_str(&row.autonomy).unwrap_or_default(),
            self_approval: row.self_approval,
            connected_agents: row.connected_agents.and_then(|json| serde_json::from_str(&json).ok()),
            created_at: row.created_at,
        }
    }
}

/// A project of the caller's own organization.
///
/// # Errors
/// `resource_not_found` for all others.
pub(crate) fn visible(cx: &mut Context<'_, '_>, id: ProjectId) -> Result<rows::Project> {
    let own = rows::get(cx.tx, cx.project)?;
    if id == own.id {
        return Ok(own);
    }
    let other = rows::get(cx.tx, id).map_err(|error| missing(error, "project", "project_id"))?;
    if other.organization_id == own.organization_id {
        Ok(other)
    } else {
        Err(Error::not_found("project").at("project_id"))
    }
}
