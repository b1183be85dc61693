//! `create_project`: a new project in the caller's organization.

use outrider_domain::autonomy::ChannelAutonomy;
use outrider_domain::id::ProjectId;
use outrider_domain::plan::{NONE, SELF_HOSTED};
use outrider_domain::window::TimeZone;
use outrider_store::projects as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::Project;
use crate::autonomy::check_change;
use crate::connected::check_policy;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::fields::{required, to_json};
use crate::oauth::access::only_project;
use crate::operation::{Operation, Spec};
use crate::principal::Actor;

/// Creates a project.
pub struct CreateProject;

/// What a project is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Display name.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Unique over the installation: lower-case letters, digits and dashes. Made of the name when absent.
    #[serde(default)]
    #[schemars(regex(pattern = "^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$"))]
    slug: Option<String>,
    /// For leads that have none of their own; the calling project's when absent.
    #[serde(default)]
    time_zone: Option<TimeZone>,
    /// When a person must approve; always when absent.
    #[serde(default)]
    autonomy: ChannelAutonomy,
    /// What connected agents may do alone; unset when absent.
    #[serde(default)]
    connected_agents: Option<ChannelAutonomy>,
}

/// Longest slug.
const SLUG: usize = 60;

impl Operation for CreateProject {
    const SPEC: Spec = Spec::create("create_project", "projects", "/projects", "projects:write", "Create a project.")
        .describe("It belongs to your organization and begins without a plan, unless the operator makes it or the calling project needs none. A policy that asks less than always needs the scope actions:approve.")
        .fails(&[code::ALREADY_EXISTS]);
    type Input = Input;
    type Output = Project;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Project> {
        if only_project(cx)?.is_some() {
            let text = "This application was let into one project alone: it makes no others.";
            return Err(Error::new(code::INSUFFICIENT_SCOPE, text));
        }
        let own = rows::get(cx.tx, cx.project)?;
        let name = required("name", input.name)?;
        check_change(cx, &ChannelAutonomy::default(), &input.autonomy)?;
        check_policy(cx, None, input.connected_agents.as_ref())?;
        let id = ProjectId(cx.id());
        let slug = match input.slug {
            Some(slug) => given_slug(cx, slug)?,
            None => slug_of(cx, &name, id)?,
        };
        let row = rows::Project {
            id,
            organization_id: own.organization_id,
            slug,
            name,
            // What is the operator's own needs no subscription, and neither do its projects.
            plan: if cx.actor == Actor::Operator || own.plan == SELF_HOSTED { SELF_HOSTED } else { NONE }.to_owned(),
            time_zone: input.time_zone.map_or(own.time_zone, |zone| zone.to_string()),
            autonomy: to_json(&input.autonomy)?,
            self_approval: false,
            connected_agents: input.connected_agents.as_ref().map(to_json).transpose()?,
            created_at: cx.now,
        };
        rows::create(cx.tx, row.clone())?;
        cx.emit(Event::new("project.created").subject(row.id).data(json!({ "name": row.name, "slug": row.slug })));
        Ok(row.into())
    }
}

fn given_slug(cx: &mut Context<'_, '_>, slug: String) -> Result<String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if slug.is_empty()
        || slug.len() > SLUG
        || !slug.bytes().all(allowed)
        || slug.starts_with('-')
        || slug.ends_with('-')
    {
        return Err(Error::invalid(
            "slug",
            format!("A slug has 1 to {SLUG} lower-case letters, digits and inner dashes."),
        ));
    }
    if rows::find(cx.tx, &slug)?.is_some() {
        return Err(Error::new(code::ALREADY_EXISTS, "A project with this slug exists already.").at("slug"));
    }
    Ok(slug)
}

/// A slug made of a name; when it is taken, the id's last letters follow it.
pub(crate) fn slug_of(cx: &mut Context<'_, '_>, name: &str, id: ProjectId) -> Result<String> {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG - 14);
    let slug = slug.trim_matches('-');
    let unique = id.to_string().replace("prj_", "");
    if slug.is_empty() {
        return Ok(format!("project-{unique}"));
    }
    Ok(if rows::find(cx.tx, slug)?.is_some() { format!("{slug}-{unique}") } else { slug.to_owned() })
}
