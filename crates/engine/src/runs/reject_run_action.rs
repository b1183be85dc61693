//! `reject_run_action`: a person says no to the action at one place of a contact's decisions.

use outrider_domain::id::{LeadId, RunId};
use outrider_store::actions as rows;
use outrider_store::actions::Action as Row;
use schemars::JsonSchema;
use serde::Deserialize;

use super::approve_run_action::{check_digest, find};
use crate::actions::approve_action::pending;
use crate::actions::refuse;
use crate::actions::view::{self, Action};
use crate::context::Context;
use crate::error::{Result, code};
use crate::operation::{Operation, Spec};
use crate::principal::APPROVE;

/// Rejects by position.
pub struct RejectRunAction;

/// Which, and why.
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
    /// `digest` of the action as it was shown.
    pub digest: String,
    /// Why, for the log.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub reason: String,
}

impl Operation for RejectRunAction {
    const SPEC: Spec = Spec::act(
        "reject_run_action",
        "runs",
        "/runs/{run_id}/leads/{lead_id}/actions/{position}/reject",
        APPROVE,
        "Reject what a run proposed at one place; later steps for this contact do not come.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::CONTENT_CHANGED]);
    type Input = Input;
    type Output = Action;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Action> {
        let row = reject_at(cx, input.run_id, input.lead_id, input.position, Some(&input.digest), &input.reason)?;
        view::view(cx, row, true)
    }
}

/// Rejects the action at a place; with a digest only that content.
///
/// # Errors
/// As [`super::approve_run_action::approve_at`].
pub fn reject_at(
    cx: &mut Context<'_, '_>,
    run: RunId,
    lead: LeadId,
    position: i64,
    digest: Option<&str>,
    reason: &str,
) -> Result<Row> {
    let found = find(cx, run, lead, position)?;
    let row = pending(cx, found.id)?;
    check_digest(&row, digest)?;
    let reason = reason.trim();
    refuse(cx, row.clone(), "rejected", if reason.is_empty() { "a person rejected it" } else { reason })?;
    Ok(rows::get(cx.tx, cx.project, row.id)?)
}
