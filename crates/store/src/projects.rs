//! Organizations, projects, users, kill switches and the installation's secrets.

use outrider_domain::id::{OrganizationId, ProjectId, UserId};
use outrider_domain::time::Millis;

use crate::record::record;
use crate::{Error, Tx, statements, values};

record! {
    /// Who owns projects.
    pub struct Organization in "organizations" as organization_columns key ("id") {
        /// Key.
        id: OrganizationId,
        /// Unique.
        name: String,
        /// When made.
        created_at: Millis,
    }
}

record! {
    /// The unit of isolation.
    pub struct Project in "projects" as project_columns key ("id") {
        /// Key.
        id: ProjectId,
        /// Owner.
        organization_id: OrganizationId,
        /// Unique over the installation; for people and the command line.
        slug: String,
        /// Display name.
        name: String,
        /// `self_hosted`, `none` or a configured plan.
        plan: String,
        /// IANA name: for leads that have none of their own.
        time_zone: String,
        /// Default autonomy policy, JSON.
        autonomy: String,
        /// Whether the key that proposed an action may approve it.
        self_approval: bool,
        /// What connected agents may do alone, JSON; none where it was never said.
        connected_agents: Option<String>,
        /// When made.
        created_at: Millis,
    }
}

record! {
    /// A person.
    pub struct User in "users" as user_columns key ("id") {
        /// Key.
        id: UserId,
        /// Where they belong.
        organization_id: OrganizationId,
        /// Unique over the installation.
        email: String,
        /// Display name.
        name: String,
        /// `owner`, `admin`, `seller` or `viewer`.
        role: String,
        /// When made.
        created_at: Millis,
    }
}

statements! {
    pub FIND_ORGANIZATION = concat!("SELECT ", organization_columns!(), " FROM organizations WHERE name = ?1");
    pub GET_ORGANIZATION = concat!("SELECT ", organization_columns!(), " FROM organizations WHERE id = ?1");
    pub GET_PROJECT = concat!("SELECT ", project_columns!(), " FROM projects WHERE id = ?1");
    pub FIND_PROJECT = concat!("SELECT ", project_columns!(), " FROM projects WHERE slug = ?1");
    pub LIST_PROJECTS = concat!("SELECT ", project_columns!(), " FROM projects WHERE organization_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    pub LIST_PROJECTS_BEFORE = concat!("SELECT ", project_columns!(), " FROM projects WHERE organization_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub ALL_PROJECTS = concat!("SELECT ", project_columns!(), " FROM projects ORDER BY id");
    pub SET_PLAN = "UPDATE projects SET plan = ?2 WHERE id = ?1";
    pub OPEN_LOG = "INSERT INTO project_logs (project_id, event_sequence, audit_sequence, audit_hash) VALUES (?1, 0, 0, '')";
    pub FIND_USER = concat!("SELECT ", user_columns!(), " FROM users WHERE email = ?1");
    pub GET_USER = concat!("SELECT ", user_columns!(), " FROM users WHERE id = ?1");
    pub REMOVE_USER = "DELETE FROM users WHERE id = ?1";
    pub LIST_USERS = concat!("SELECT ", user_columns!(), " FROM users WHERE organization_id = ?1 ORDER BY id");
    pub LIST_USERS_BEFORE = concat!("SELECT ", user_columns!(), " FROM users WHERE organization_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    pub KILL_SWITCHES = "SELECT project_id, reason, engaged_by, engaged_at FROM kill_switches WHERE project_id IN (0, ?1) ORDER BY project_id";
    pub ENGAGE = "INSERT INTO kill_switches (project_id, reason, engaged_by, engaged_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (project_id) DO NOTHING";
    pub OWN_HOLIDAYS = "SELECT days FROM own_holidays WHERE project_id = ?1";
    pub SET_OWN_HOLIDAYS = "INSERT INTO own_holidays (project_id, days, updated_at) VALUES (?1, ?2, ?3) ON CONFLICT (project_id) DO UPDATE SET days = excluded.days, updated_at = excluded.updated_at";
    pub RELEASE = "DELETE FROM kill_switches WHERE project_id = ?1";
    pub GET_SECRET = "SELECT value FROM installation WHERE name = ?1";
    pub PUT_SECRET = "INSERT INTO installation (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
}

/// An engaged kill switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillSwitch {
    /// Whether it stops every project.
    pub everywhere: bool,
    /// Why.
    pub reason: String,
    /// Who.
    pub engaged_by: String,
    /// Since when.
    pub engaged_at: Millis,
}

/// The organization of that name.
///
/// # Errors
/// When the database fails.
pub fn find_organization(tx: &mut Tx<'_>, name: &str) -> Result<Option<Organization>, Error> {
    tx.query_opt(&FIND_ORGANIZATION, &values![name])?.as_ref().map(Organization::from_row).transpose()
}

/// An organization by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn organization(tx: &mut Tx<'_>, id: OrganizationId) -> Result<Organization, Error> {
    Organization::from_row(&tx.query_one(&GET_ORGANIZATION, &values![id])?)
}

/// A project by id.
///
/// # Errors
/// `NotFound`; others when the database fails.
pub fn get(tx: &mut Tx<'_>, id: ProjectId) -> Result<Project, Error> {
    Project::from_row(&tx.query_one(&GET_PROJECT, &values![id])?)
}

/// A project by slug.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Tx<'_>, slug: &str) -> Result<Option<Project>, Error> {
    tx.query_opt(&FIND_PROJECT, &values![slug])?.as_ref().map(Project::from_row).transpose()
}

/// Projects of an organization after an id.
///
/// # Errors
/// When the database fails.
pub fn list(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    after: ProjectId,
    limit: i64,
) -> Result<Vec<Project>, Error> {
    tx.query(&LIST_PROJECTS, &values![organization, after, limit])?.iter().map(Project::from_row).collect()
}

/// Projects of an organization before an id, newest first.
///
/// # Errors
/// When the database fails.
pub fn list_before(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: i64,
    limit: i64,
) -> Result<Vec<Project>, Error> {
    tx.query(&LIST_PROJECTS_BEFORE, &values![organization, before, limit])?.iter().map(Project::from_row).collect()
}

/// Every project: for the operator and the scheduler alone.
///
/// # Errors
/// When the database fails.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Project>, Error> {
    tx.query(&ALL_PROJECTS, &[])?.iter().map(Project::from_row).collect()
}

/// Inserts a project and opens its logs.
///
/// # Errors
/// `Conflict` for a slug in use; others when the database fails.
pub fn create(tx: &mut Tx<'_>, project: Project) -> Result<(), Error> {
    let id = project.id;
    project.insert(tx)?;
    tx.execute(&OPEN_LOG, &values![id]).map(drop)
}

/// Changes the plan.
///
/// # Errors
/// When the database fails.
pub fn set_plan(tx: &mut Tx<'_>, id: ProjectId, plan: &str) -> Result<(), Error> {
    tx.execute(&SET_PLAN, &values![id, plan]).map(drop)
}

/// A user by address.
///
/// # Errors
/// When the database fails.
pub fn find_user(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>, Error> {
    tx.query_opt(&FIND_USER, &values![email])?.as_ref().map(User::from_row).transpose()
}

/// A user by id.
///
/// # Errors
/// When the database fails.
pub fn user(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>, Error> {
    tx.query_opt(&GET_USER, &values![id])?.as_ref().map(User::from_row).transpose()
}

/// Users of an organization.
///
/// # Errors
/// When the database fails.
pub fn list_users(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<User>, Error> {
    tx.query(&LIST_USERS, &values![organization])?.iter().map(User::from_row).collect()
}

/// Removes a user. Keys and grants that act for them find nobody from then on.
///
/// # Errors
/// When the database fails.
pub fn remove_user(tx: &mut Tx<'_>, id: UserId) -> Result<(), Error> {
    tx.execute(&REMOVE_USER, &values![id]).map(drop)
}

/// Users of an organization before an id, newest first.
///
/// # Errors
/// When the database fails.
pub fn users_before(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: i64,
    limit: i64,
) -> Result<Vec<User>, Error> {
    tx.query(&LIST_USERS_BEFORE, &values![organization, before, limit])?.iter().map(User::from_row).collect()
}

/// The engaged switches that stop a project: its own, everyone's, both or none.
///
/// # Errors
/// When the database fails.
pub fn kill_switches(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<KillSwitch>, Error> {
    tx.query(&KILL_SWITCHES, &values![project])?
        .iter()
        .map(|row| {
            Ok(KillSwitch {
                everywhere: row.get::<i64>(0)? == 0,
                reason: row.get(1)?,
                engaged_by: row.get(2)?,
                engaged_at: row.get(3)?,
            })
        })
        .collect()
}

/// Engages a switch; `None` is every project. False when it was engaged before.
///
/// # Errors
/// When the database fails.
pub fn engage(tx: &mut Tx<'_>, project: Option<ProjectId>, reason: &str, by: &str, now: Millis) -> Result<bool, Error> {
    Ok(tx.execute(&ENGAGE, &values![project.map_or(0, |id| id.0), reason, by, now])? > 0)
}

/// Releases a switch. False when it was not engaged.
///
/// # Errors
/// When the database fails.
pub fn release(tx: &mut Tx<'_>, project: Option<ProjectId>) -> Result<bool, Error> {
    Ok(tx.execute(&RELEASE, &values![project.map_or(0, |id| id.0)])? > 0)
}

/// A secret of the installation; the first writer's value stays.
///
/// # Errors
/// When the database fails.
pub fn secret(tx: &mut Tx<'_>, name: &str, fresh: &str) -> Result<String, Error> {
    tx.execute(&PUT_SECRET, &values![name, fresh])?;
    tx.query_one(&GET_SECRET, &values![name])?.get(0)
}

/// A project's own holidays, JSON list; none when it has no list.
///
/// # Errors
/// When the database fails.
pub fn own_holidays(tx: &mut Tx<'_>, project: ProjectId) -> Result<Option<String>, Error> {
    tx.query_opt(&OWN_HOLIDAYS, &values![project])?.map(|row| row.get(0)).transpose()
}

/// Writes a project's own holidays, the list whole.
///
/// # Errors
/// When the database fails.
pub fn set_own_holidays(tx: &mut Tx<'_>, project: ProjectId, days: &str, now: Millis) -> Result<(), Error> {
    tx.execute(&SET_OWN_HOLIDAYS, &values![project, days, now]).map(drop)
}
