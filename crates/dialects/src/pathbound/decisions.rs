//! Saying yes or no to an action by its place in a run, as Pathbound does it; a digest makes it exactly this content.

use outrider_domain::id::{LeadId, RunId};
use outrider_engine::actions::view;
use outrider_engine::context::Context;
use outrider_engine::error::code;
use outrider_engine::operation::{Effect, Operation, Spec};
use outrider_engine::principal::APPROVE_RUNS;
use outrider_engine::runs::approve_run_action::{approve_at, find};
use outrider_engine::runs::reject_run_action::reject_at;
use outrider_engine::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{Action, Status, status_of};
use super::runs::named;

/// Which action, and what was seen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveInput {
    /// The run.
    #[serde(rename = "runId")]
    run_id: RunId,
    /// The contact.
    #[serde(rename = "contactId")]
    contact_id: LeadId,
    /// The action's `index`.
    #[serde(rename = "actionIndex")]
    #[schemars(range(min = 0))]
    action_index: i64,
    /// `digest` of the action as it was shown: refused when it has changed since.
    #[serde(default)]
    digest: Option<String>,
}

/// Which action, what was seen, and why not.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectInput {
    /// The run.
    #[serde(rename = "runId")]
    run_id: RunId,
    /// The contact.
    #[serde(rename = "contactId")]
    contact_id: LeadId,
    /// The action's `index`.
    #[serde(rename = "actionIndex")]
    #[schemars(range(min = 0))]
    action_index: i64,
    /// `digest` of the action as it was shown: refused when it has changed since.
    #[serde(default)]
    digest: Option<String>,
    /// Why, for the log.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reason: Option<String>,
}

/// The action after the decision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Decided {
    /// The action.
    action: Action,
}

fn shown(action: view::Action) -> Decided {
    let kind = match action.kind.as_str() {
        "send_email" => "email".to_owned(),
        "call_task" | "place_call" => "call".to_owned(),
        other => other.to_owned(),
    };
    let step = action.step.clone().unwrap_or_default();
    Decided { action: Action::of(action, kind, step) }
}

/// A refused decision in this API's words: its names of fields, and of where an action stands that waits for nobody.
fn refused(cx: &mut Context<'_, '_>, run: RunId, contact: LeadId, index: i64, error: Error) -> Error {
    let error = named(error, "id");
    let Some((said, native)) = error.message.rsplit_once(" it is ").filter(|_| error.code == code::WRONG_STATE) else {
        return error;
    };
    let shown = match find(cx, run, contact, index).and_then(|row| view::view(cx, row, false)) {
        Ok(action) => status_of(&action).word(),
        // Nothing was proposed there: it comes later, or not at all.
        Err(_) if native.starts_with("planned") => Status::Scheduled.word(),
        Err(_) => Status::Cancelled.word(),
    };
    Error { message: format!("{said} it is {shown}."), ..error }
}

/// `POST /v1/agents/runs/:runId/contacts/:contactId/actions/:actionIndex/approve`.
pub struct ApproveAction;

impl Operation for ApproveAction {
    const SPEC: Spec = Spec::act(
        "approve_action",
        "approvals",
        "/v1/agents/runs/{runId}/contacts/{contactId}/actions/{actionIndex}/approve",
        APPROVE_RUNS,
        "Approve a pending action.",
    )
    .describe("With the `digest` that was shown, exactly that content; it passes every gate again when it leaves.")
    .effect(Effect::Outward)
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::CONTENT_CHANGED, code::OWN_PROPOSAL]);
    type Input = ApproveInput;
    type Output = Decided;

    fn run(cx: &mut Context<'_, '_>, input: ApproveInput) -> Result<Decided> {
        let digest = input.digest.as_deref();
        let row = approve_at(cx, input.run_id, input.contact_id, input.action_index, digest)
            .map_err(|error| refused(cx, input.run_id, input.contact_id, input.action_index, error))?;
        Ok(shown(view::view(cx, row, true)?))
    }
}

/// `POST /v1/agents/runs/:runId/contacts/:contactId/actions/:actionIndex/reject`.
pub struct RejectAction;

impl Operation for RejectAction {
    const SPEC: Spec = Spec::act(
        "reject_action",
        "approvals",
        "/v1/agents/runs/{runId}/contacts/{contactId}/actions/{actionIndex}/reject",
        APPROVE_RUNS,
        "Reject a pending action.",
    )
    .describe("Later actions for this contact in this run do not come.")
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE, code::CONTENT_CHANGED]);
    type Input = RejectInput;
    type Output = Decided;

    fn run(cx: &mut Context<'_, '_>, input: RejectInput) -> Result<Decided> {
        let (digest, reason) = (input.digest.as_deref(), input.reason.as_deref().unwrap_or_default());
        let row = reject_at(cx, input.run_id, input.contact_id, input.action_index, digest, reason)
            .map_err(|error| refused(cx, input.run_id, input.contact_id, input.action_index, error))?;
        Ok(shown(view::view(cx, row, true)?))
    }
}
