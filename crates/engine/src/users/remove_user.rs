//! `remove_user`: a person leaves the organization; nothing acts for them from that moment on.

use outrider_domain::id::{ProjectId, UserId};
use outrider_store::leads::by_place;
use outrider_store::{identities, projects as rows, sign_in};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::User;
use super::role::Role;
use crate::context::{Context, Event};
use crate::credits::AVAILABLE;
use crate::credits::budget::{self, Holder};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::principal::Principal;
use crate::sub_agents;

/// Removes a user.
pub struct RemoveUser;

/// Most projects of one organization whose leads are let go.
const MOST_PROJECTS: i64 = 10_000;

/// Who.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The person.
    user_id: UserId,
}

impl Operation for RemoveUser {
    const SPEC: Spec = Spec::delete(
        "remove_user",
        "users",
        "/users/{user_id}",
        "users:write",
        "Remove a person; their sessions, applications, keys and tokens stop working at once.",
    )
    .describe("Their sub-agents are revoked, and what all their purses hold goes back to the project. Leads they owned stay, without an owner; senders they owned rest until somebody says whose they are. An organization keeps its last owner.")
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = User;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<User> {
        let organization = rows::get(cx.tx, cx.project)?.organization_id;
        let user = rows::user(cx.tx, input.user_id)?.filter(|user| user.organization_id == organization);
        let user = user.ok_or_else(|| Error::not_found("user").at("user_id"))?;
        if let Some(caller) = cx.principal.user {
            let role = rows::user(cx.tx, caller)?.map_or(Role::Viewer, |caller| Role::of(&caller.role));
            if !matches!(role, Role::Owner | Role::Admin) {
                return Err(Error::new(code::INSUFFICIENT_SCOPE, "Only an owner or admin removes people."));
            }
        }
        if user.role == Role::Owner.as_str() {
            let people = rows::list_users(cx.tx, organization)?;
            if people.iter().filter(|other| other.role == user.role).count() < 2 {
                let text = "This is the organization's last owner: make somebody else one first.";
                return Err(Error::new(code::WRONG_STATE, text).at("user_id"));
            }
        }
        for project in rows::list(cx.tx, organization, ProjectId(0), MOST_PROJECTS)? {
            by_place::leave_owner(cx.tx, project.id, user.id, cx.now)?;
            identities::leave_owner(cx.tx, project.id, user.id, cx.now)?;
            let principal = Principal { project: project.id, ..cx.principal.clone() };
            let mut there = Context::new(&mut *cx.tx, cx.core, &principal, cx.now);
            sub_agents::leave(&mut there, user.id)?;
            budget::close(&mut there, Holder::User(user.id), AVAILABLE, "its holder left")?;
            there.finish()?;
        }
        sign_in::remove_person(cx.tx, user.id)?;
        rows::remove_user(cx.tx, user.id)?;
        cx.emit(Event::new("user.removed").subject(user.id).data(json!({ "email": user.email })));
        Ok(user.into())
    }
}
