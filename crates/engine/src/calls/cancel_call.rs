//! `cancel_call`: a call that was not dialled yet will not be.

use outrider_domain::id::{CallId, JobId};
use outrider_store::{calls as rows, jobs};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::converse::STOPPED;
use super::view::Call;
use super::{report, status};
use crate::actions::{JOB, refuse, state};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::fields::long_text;
use crate::operation::{Operation, Spec};

/// Cancels a call.
pub struct CancelCall;

/// Which, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The call.
    pub call_id: CallId,
    /// Why, for the log.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub reason: Option<String>,
}

impl Operation for CancelCall {
    const SPEC: Spec =
        Spec::act("cancel_call", "calls", "/calls/{call_id}/cancel", "calls:place", "Cancel a call that is queued, or end one that is under way.")
            .describe("Of a call that is being dialled or spoken nothing more is said: it is hung up at its next turn, and ends as the carrier reports it, with `stopped` as its `ending`. One that was canceled stays so.")
            .previews()
            .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Call;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Call> {
        // A call that came in has no action and is nobody's to cancel.
        let Some((action, call)) = report::hold(cx, input.call_id)? else {
            return Err(Error::not_found("call").at("call_id"));
        };
        if call.status == status::CANCELED {
            return Call::of(call);
        }
        if matches!(call.status.as_str(), status::DIALING | status::IN_PROGRESS) {
            return stop(cx, call, long_text("reason", input.reason)?);
        }
        if !matches!(action.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) {
            return Err(Error::new(code::WRONG_STATE, format!("This call can't be canceled: it is {}.", call.status)));
        }
        let reason = long_text("reason", input.reason)?.unwrap_or_else(|| format!("{} canceled it", cx.actor));
        cx.plan.push(json!({ "cancel_call": { "id": call.id } }));
        refuse(cx, action, "canceled", &reason)?;
        Call::of(rows::get(cx.tx, cx.project, call.id)?)
    }
}

/// Ends what is said in a call that is under way. Whoever picks up, or listens, hears nothing more.
fn stop(cx: &mut Context<'_, '_>, mut call: rows::Call, reason: Option<String>) -> Result<Call> {
    cx.plan.push(json!({ "stop_call": { "id": call.id } }));
    if call.ending.is_none() {
        call.ending = Some(STOPPED.to_owned());
        call.reason = Some(reason.unwrap_or_else(|| format!("{} stopped it", cx.actor)));
        call.updated_at = cx.now;
        call.clone().save(cx.tx)?;
        if let (Some(action), status::IN_PROGRESS) = (call.action_id, call.status.as_str()) {
            // A carrier that is gone reports no end: then the line is given up soon rather than after the longest call.
            let due = cx.now.plus(cx.core.settings.report_grace_ms);
            jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, action.0, due, cx.now)?;
        }
    }
    Call::of(call)
}
