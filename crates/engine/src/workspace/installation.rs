//! Whole files: organization, users and every project of a workspace, for the operator, who alone sees more than one project.
//! Each project's part is `project`'s; this adds what is above projects.

use outrider_domain::id::{OrganizationId, ProjectId};
use outrider_domain::workspace::{Problem, ProjectEntry, UserEntry, Workspace};
use outrider_store::{Tx, projects as rows};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{project, read, under};
use crate::context::{Context, Event};
use crate::core::Core;
use crate::error::{Error, Result, code};
use crate::operation::{Operation, decode};
use crate::pipeline::{Pipeline, hex};
use crate::principal::Principal;
use crate::subscription::check_name;
use crate::users::create_user::CreateUser;

/// What applying a file did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Whether nothing was committed.
    pub dry_run: bool,
    /// Every change, in order; empty when the workspace is as the file says.
    pub plan: Vec<Value>,
    /// The plan's hash: name it to commit exactly this plan.
    pub digest: String,
}

/// Ends a transaction that must not commit.
enum Undo {
    Failed(Error),
    Preview(Vec<Value>),
}

impl From<Error> for Undo {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<outrider_store::Error> for Undo {
    fn from(error: outrider_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes organization, projects and all that is in them what a workspace says, in one transaction. What the workspace does not
/// name stays as it is: nothing is deleted.
///
/// # Errors
/// `validation_error` at the path of the first problem; `plan_changed` when `digest` is given and the plan is another; those of
/// `apply_project`, with their path in the file.
pub async fn apply(
    pipeline: &Pipeline,
    workspace: &Workspace,
    dry_run: bool,
    digest: Option<String>,
) -> Result<Applied> {
    if let Some(Problem { path, message }) = workspace.validate().into_iter().next() {
        return Err(Error::invalid(path, message));
    }
    let core = std::sync::Arc::clone(pipeline.core());
    let workspace = workspace.clone();
    let done = pipeline
        .store()
        .write(move |tx| {
            let plan = run(tx, &core, &workspace)?;
            if dry_run {
                return Err(Undo::Preview(plan));
            }
            if digest.as_ref().is_some_and(|digest| *digest != digest_of(&plan)) {
                let text = "The workspace has changed since that preview. Preview again and apply with the new digest.";
                return Err(Error::new(code::PLAN_CHANGED, text).at("plan_digest").into());
            }
            Ok(plan)
        })
        .await;
    match done {
        Ok(plan) | Err(Undo::Preview(plan)) => Ok(Applied { dry_run, digest: digest_of(&plan), plan }),
        Err(Undo::Failed(error)) => Err(error),
    }
}

fn digest_of(plan: &[Value]) -> String {
    hex(&Sha256::digest(Value::Array(plan.to_vec()).to_string()))
}

fn run(tx: &mut Tx<'_>, core: &Core, workspace: &Workspace) -> Result<Vec<Value>> {
    let mut plan = Vec::new();
    let organization = organization(tx, core, workspace.organization.trim(), &mut plan)?;
    let mut home = rows::list(tx, organization, ProjectId(0), 1)?.first().map(|project| project.id);
    for (index, entry) in workspace.projects.iter().enumerate() {
        let path = format!("projects[{index}]");
        let (id, made) = find_or_make(tx, core, organization, entry, &path)?;
        home = home.or(Some(id));
        let principal = Principal::operator(id);
        let mut cx = Context::new(tx, core, &principal, core.now());
        if made {
            cx.plan.push(json!({ "create_project": { "slug": entry.slug, "name": entry.name } }));
            cx.emit(Event::new("project.created").subject(id).data(json!({ "name": entry.name, "slug": entry.slug })));
        }
        project::apply(&mut cx, entry, made, &path)?;
        plan.extend(finish(cx)?);
    }
    if workspace.users.is_empty() {
        return Ok(plan);
    }
    let Some(home) = home else {
        let text = "Users need a project: add one, since what is done to them is logged there.";
        return Err(Error::invalid("projects", text));
    };
    let principal = Principal::operator(home);
    let mut cx = Context::new(tx, core, &principal, core.now());
    for (index, entry) in workspace.users.iter().enumerate() {
        user(&mut cx, organization, entry).map_err(|error| under(error, &format!("users[{index}]")))?;
    }
    plan.extend(finish(cx)?);
    Ok(plan)
}

/// Writes a context's events, with an audit line when anything changed.
fn finish(mut cx: Context<'_, '_>) -> Result<Vec<Value>> {
    if !cx.plan.is_empty() {
        let detail = json!({ "changes": cx.plan.len(), "digest": digest_of(&cx.plan) });
        let subject = cx.project.to_string();
        cx.audit("apply_workspace", Some(subject), &detail);
    }
    cx.finish()
}

fn organization(tx: &mut Tx<'_>, core: &Core, name: &str, plan: &mut Vec<Value>) -> Result<OrganizationId> {
    if let Some(found) = rows::find_organization(tx, name)? {
        return Ok(found.id);
    }
    let now = core.now();
    let row = rows::Organization { id: OrganizationId(core.ids.next(now)), name: name.to_owned(), created_at: now };
    let id = row.id;
    row.insert(tx)?;
    plan.push(json!({ "create_organization": { "name": name } }));
    Ok(id)
}

/// The project of the entry's slug, and whether it was made just now.
fn find_or_make(
    tx: &mut Tx<'_>,
    core: &Core,
    organization: OrganizationId,
    entry: &ProjectEntry,
    path: &str,
) -> Result<(ProjectId, bool)> {
    if let Some(found) = rows::find(tx, &entry.slug)? {
        if found.organization_id != organization {
            let whose = rows::organization(tx, found.organization_id)?.name;
            let text = format!(
                "The slug {} belongs to a project of the organization \"{whose}\": say so at the top, or choose another slug.",
                entry.slug
            );
            return Err(Error::new(code::ALREADY_EXISTS, text).at(format!("{path}.slug")));
        }
        return Ok((found.id, false));
    }
    let now = core.now();
    check_name(core, &entry.plan).map_err(|error| under(error, path))?;
    let row = rows::Project {
        id: ProjectId(core.ids.next(now)),
        organization_id: organization,
        slug: entry.slug.clone(),
        name: entry.name.trim().to_owned(),
        plan: entry.plan.clone(),
        time_zone: entry.time_zone.to_string(),
        autonomy: crate::fields::to_json(&entry.autonomy)?,
        self_approval: false,
        connected_agents: entry.connected_agents.as_ref().map(crate::fields::to_json).transpose()?,
        created_at: now,
    };
    let id = row.id;
    rows::create(tx, row)?;
    Ok((id, true))
}

fn user(cx: &mut Context<'_, '_>, organization: OrganizationId, entry: &UserEntry) -> Result<()> {
    let Some(row) = rows::find_user(cx.tx, entry.email.as_str())? else {
        cx.plan.push(json!({ "create_user": { "email": entry.email, "role": entry.role } }));
        let fields = json!({ "email": entry.email, "name": entry.name, "role": entry.role });
        return CreateUser::run(cx, decode(fields)?).map(drop);
    };
    if row.organization_id != organization {
        return Err(Error::new(code::ALREADY_EXISTS, "This address belongs to a user of another organization."));
    }
    let role = json!(entry.role).as_str().unwrap_or_default().to_owned();
    let name = entry.name.trim();
    if row.name == name && row.role == role {
        return Ok(());
    }
    cx.plan.push(json!({ "update_user": { "id": row.id, "name": name, "role": role } }));
    cx.emit(Event::new("user.updated").subject(row.id).data(json!({ "role": role })));
    rows::User { name: name.to_owned(), role, ..row }.save(cx.tx)?;
    Ok(())
}

/// Makes the first project of an installation, and the organization of the same name that it belongs to.
///
/// # Errors
/// `already_exists` when there is a project; `validation_error`.
pub async fn first_project(
    pipeline: &Pipeline,
    name: &str,
    slug: Option<&str>,
    time_zone: Option<&str>,
) -> Result<rows::Project> {
    if !pipeline.store().read(|tx| rows::all(tx).map_err(Error::from)).await?.is_empty() {
        return Err(Error::new(code::ALREADY_EXISTS, "There is a project already."));
    }
    let slug = slug.map_or_else(|| slug_of(name), ToOwned::to_owned);
    let mut entry = json!({ "slug": slug, "name": name });
    if let Some(zone) = time_zone {
        entry["time_zone"] = zone.into();
    }
    let project: ProjectEntry = decode(entry)?;
    let workspace = Workspace { organization: name.to_owned(), users: Vec::new(), projects: vec![project] };
    apply(pipeline, &workspace, false, None).await?;
    let found = pipeline.store().read(move |tx| rows::find(tx, &slug).map_err(Error::from)).await?;
    found.ok_or_else(|| Error::new(code::INTERNAL_ERROR, "The new project is not there."))
}

/// A slug made of a name; `main` when nothing of it can stand in one.
fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars().take(60) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "main".to_owned() } else { slug.to_owned() }
}

/// The workspace of an organization as a file would say it: of one project, or of all in the only organization.
///
/// # Errors
/// `resource_not_found`; `wrong_state` when there are several organizations and no project is named.
pub async fn export(pipeline: &Pipeline, project: Option<&str>) -> Result<Workspace> {
    let slug = project.map(ToOwned::to_owned);
    pipeline.store().read(move |tx| organization_of(tx, slug.as_deref())).await
}

fn organization_of(tx: &mut Tx<'_>, slug: Option<&str>) -> Result<Workspace> {
    let mut chosen = rows::all(tx)?;
    if let Some(slug) = slug {
        chosen.retain(|project| project.slug == slug);
    }
    let Some(first) = chosen.first() else {
        return Err(Error::not_found("project").at("project"));
    };
    let id = first.organization_id;
    if chosen.iter().any(|project| project.organization_id != id) {
        let text = "There are several organizations, and a file holds one: name a project.";
        return Err(Error::new(code::WRONG_STATE, text).at("project"));
    }
    let mut workspace =
        Workspace { organization: rows::organization(tx, id)?.name, users: Vec::new(), projects: Vec::new() };
    for user in rows::list_users(tx, id)? {
        workspace.users.push(read::user(user)?);
    }
    for project in chosen {
        workspace.projects.push(read::project(tx, project)?);
    }
    Ok(workspace)
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn a_slug_is_made_of_any_name() {
        for (name, slug) in [("Acme GmbH & Co.", "acme-gmbh-co"), ("  ", "main"), ("日本", "main"), ("A", "a")] {
            assert_eq!(slug_of(name), slug);
        }
    }
}
