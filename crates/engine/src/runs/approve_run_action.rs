//! `approve_run_action`: a person says yes to the action at one place of a contact's decisions.

use outrider_domain::id::{LeadId, RunId};
use outrider_store::actions::Action as Row;
use outrider_store::{actions, runs as rows};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::actions::approve_action::{approve, check_approver, pending};
use crate::actions::view::{self, Action};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Effect, Operation, Spec};
use crate::principal::APPROVE;

/// Approves by position.
pub struct ApproveRunAction;

/// Which, and what was seen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The run.
    pub run_id: RunId,
    /// The contact.
    pub lead_id: LeadId,
    /// The action's place among the contact's decisions, from 0.
    #[schemars(range(min = 0))]
    pub position: i64,
    /// `digest` of the action as it was shown; refused when the content has changed since.
    pub digest: String,
}

impl Operation for ApproveRunAction {
    const SPEC: Spec = Spec::act(
        "approve_run_action",
        "runs",
        "/runs/{run_id}/leads/{lead_id}/actions/{position}/approve",
        APPROVE,
        "Approve what a run proposed at one place, by the digest of what was shown.",
    )
    .effect(Effect::Outward)
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::CONTENT_CHANGED, code::OWN_PROPOSAL]);
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let row = approve_at(cx, input.run_id, input.lead_id, input.position, Some(&input.digest))?;
        view::view(cx, row, true)
    }
}

/// Approves the action at a place; with a digest only that content.
///
/// # Errors
/// `resource_not_found` for a run, contact or place that is not there; `wrong_state` when there is no action that waits;
/// `content_changed`; `own_proposal`; others when the database fails.
pub fn approve_at(
    cx: &mut Context<'_, '_>,
    run: RunId,
    lead: LeadId,
    position: i64,
    digest: Option<&str>,
) -> Result<Row> {
    let found = find(cx, run, lead, position)?;
    let row = pending(cx, found.id)?;
    check_approver(cx, &row)?;
    check_digest(&row, digest)?;
    approve(cx, row)
}

/// `content_changed` unless the digest is the action's.
///
/// # Errors
/// As said.
pub fn check_digest(row: &Row, digest: Option<&str>) -> Result<()> {
    if digest.is_none_or(|digest| digest == row.digest) {
        return Ok(());
    }
    let text = "The content is not what you saw. Get the run again and decide on its digest.";
    Err(Error::new(code::CONTENT_CHANGED, text).at("digest"))
}

/// The action at a place of a contact's decisions.
///
/// # Errors
/// `resource_not_found` for a run, contact or place that is not there; `wrong_state` when no action was proposed there.
pub fn find(cx: &mut Context<'_, '_>, run: RunId, lead: LeadId, position: i64) -> Result<Row> {
    let run = rows::get(cx.tx, cx.project, run).map_err(|error| missing(error, "run", "run_id"))?;
    let contact = rows::find_contact(cx.tx, cx.project, run.id, lead)?
        .ok_or_else(|| Error::not_found("contact of this run").at("lead_id"))?;
    let decisions = rows::decisions(cx.tx, cx.project, contact.id)?;
    let decision = decisions.iter().find(|decision| decision.position == position).ok_or_else(|| {
        let text = match decisions.len() {
            0 => "Nothing has been decided for this contact yet.".to_owned(),
            count => format!("This contact has actions 0 to {}; there is none at {position}.", count - 1),
        };
        Error { message: text, ..Error::not_found("action").at("position") }
    })?;
    match decision.action_id {
        Some(id) => Ok(actions::get(cx.tx, cx.project, id)?),
        None => Err(Error::new(
            code::WRONG_STATE,
            format!("The action at {position} does not wait for approval: it is {}.", decision.status),
        )),
    }
}
