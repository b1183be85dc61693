//! `cancel_run`: a run ends; what it proposed and has not left is refused.

use outrider_domain::id::{JobId, RunId};
use outrider_store::jobs;
use outrider_store::runs as rows;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::progress::end_run;
use super::view::Run;
use super::{JOB, status};
use crate::context::Context;
use crate::error::{Error, Result, code};
use crate::fields::to_json;
use crate::leads::{missing, tidy_up_to};
use crate::operation::{Operation, Spec};

/// Ends a run.
pub struct CancelRun;

/// Which, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The run.
    run_id: RunId,
    /// Why.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    reason: Option<String>,
}

impl Operation for CancelRun {
    const SPEC: Spec = Spec::act("cancel_run", "runs", "/runs/{run_id}/cancel", "agents:trigger", "Cancel a run.")
        .describe("Nothing of it leaves from this moment on. What was sent stays on record. A contact for whom no step had begun may be taken up by a later run.")
        .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Run;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Run> {
        let run = rows::lock(cx.tx, cx.project, input.run_id).map_err(|error| missing(error, "run", "run_id"))?;
        if run.finished_at.is_some() {
            return Err(Error::new(code::WRONG_STATE, format!("This run has ended: it is {}.", run.status)));
        }
        let reason = tidy_up_to("reason", input.reason, 2_000)?.unwrap_or_else(|| "a person cancelled it".to_owned());
        cx.plan.push(json!({ "cancel_run": { "id": run.id, "open_contacts": run.open_contacts } }));
        let id = run.id;
        end_run(cx, run, status::CANCELLED, &reason)?;
        // Ends its contacts a batch at a time; until then the gate of the run holds what is open.
        jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, id.0, cx.now, cx.now)?;
        cx.audit("cancel_run", Some(id.to_string()), &json!({ "reason": to_json(&reason)? }));
        Run::of(rows::get(cx.tx, cx.project, id)?)
    }
}
