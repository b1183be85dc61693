//! `assign_owner`: leads belong to a seller from now on, who sees them.

use std::collections::HashSet;

use outrider_domain::id::{LeadId, UserId};
use outrider_store::leads::{self as rows, by_place};
use outrider_store::projects;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::operation::{Operation, Spec};
use crate::users::caller::sees_only;

/// Gives leads to a seller.
pub struct AssignOwner;

/// Whom, and what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The seller.
    user_id: UserId,
    /// The leads, 10,000 at most.
    #[schemars(length(max = 10_000))]
    lead_ids: Vec<LeadId>,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The seller.
    user_id: UserId,
    /// Leads that were not theirs before.
    assigned: u64,
}

impl Operation for AssignOwner {
    const SPEC: Spec = Spec::act(
        "assign_owner",
        "leads",
        "/users/{user_id}/leads",
        "leads:write",
        "Give leads to a seller, who sees them from then on.",
    )
    .natural()
    .fails(&[code::RESOURCE_NOT_FOUND]);
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let organization = projects::get(cx.tx, cx.project)?.organization_id;
        let user = projects::user(cx.tx, input.user_id)?.filter(|user| user.organization_id == organization);
        let user = user.ok_or_else(|| Error::not_found("user").at("user_id"))?;
        if sees_only(cx)?.is_some() {
            let text = "Only an owner or admin decides whose leads these are.";
            return Err(Error::new(code::INSUFFICIENT_SCOPE, text));
        }
        let known: HashSet<LeadId> = rows::existing(cx.tx, cx.project, &input.lead_ids)?.into_iter().collect();
        if let Some(place) = input.lead_ids.iter().position(|id| !known.contains(id)) {
            return Err(Error::not_found("lead").at(format!("lead_ids[{place}]")));
        }
        let assigned = by_place::set_owner(cx.tx, cx.project, &input.lead_ids, user.id, cx.now)?;
        if assigned > 0 {
            cx.emit(Event::new("leads.owner_assigned").subject(user.id).data(json!({ "count": assigned })));
        }
        Ok(Output { user_id: user.id, assigned })
    }
}
