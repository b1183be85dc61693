//! `cancel_call`: a call that was not dialled yet will not be.

use outrider_domain::id::CallId;
use outrider_store::calls as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::view::Call;
use super::{report, status};
use crate::actions::{refuse, state};
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
        Spec::act("cancel_call", "calls", "/calls/{call_id}/cancel", "calls:place", "Cancel a call that is queued.")
            .describe("A call that is being dialled or spoken can't be canceled; one that was canceled stays so.")
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
        if !matches!(action.state.as_str(), state::PENDING_APPROVAL | state::SCHEDULED) {
            return Err(Error::new(code::WRONG_STATE, format!("This call can't be canceled: it is {}.", call.status)));
        }
        let reason = long_text("reason", input.reason)?.unwrap_or_else(|| format!("{} canceled it", cx.actor));
        cx.plan.push(json!({ "cancel_call": { "id": call.id } }));
        refuse(cx, action, "canceled", &reason)?;
        Call::of(rows::get(cx.tx, cx.project, call.id)?)
    }
}
