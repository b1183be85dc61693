//! `pause_run` and `resume_run`: a run waits for a person, and goes on where it stood. Ends nothing.

use outrider_domain::id::RunId;
use outrider_store::jobs;
use outrider_store::runs::{self as rows, Run as Row};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::PAUSED;
use super::view::Run;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Operation, Spec};

/// Pauses a run.
pub struct PauseRun;

/// Lets a paused run go on.
pub struct ResumeRun;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The run.
    run_id: RunId,
}

fn open(cx: &mut Context<'_, '_>, id: RunId) -> Result<Row> {
    let run = rows::lock(cx.tx, cx.project, id).map_err(|error| missing(error, "run", "run_id"))?;
    if run.finished_at.is_some() {
        return Err(Error::new(code::WRONG_STATE, format!("This run has ended: it is {}.", run.status)));
    }
    Ok(run)
}

impl Operation for PauseRun {
    const SPEC: Spec = Spec::act("pause_run", "runs", "/runs/{run_id}/pause", "agents:trigger", "Pause a run.")
        .describe("Nothing of it is planned or leaves until it is resumed; what a person approves meanwhile waits too.")
        .natural()
        .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Run;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Run> {
        let mut run = open(cx, input.run_id)?;
        if run.paused_at.is_none() {
            (run.paused_at, run.updated_at) = (Some(cx.now), cx.now);
            run.clone().save(cx.tx)?;
            let data = json!({ "open_contacts": run.open_contacts });
            cx.emit(Event::new("run.paused").agent(run.agent_id).subject(run.id).data(data));
        }
        Run::of(run)
    }
}

impl Operation for ResumeRun {
    const SPEC: Spec =
        Spec::act("resume_run", "runs", "/runs/{run_id}/resume", "agents:trigger", "Resume a paused run.")
            .natural()
            .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Run;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Run> {
        let mut run = open(cx, input.run_id)?;
        if run.paused_at.take().is_some() {
            run.updated_at = cx.now;
            run.clone().save(cx.tx)?;
            jobs::wake(cx.tx, cx.project, PAUSED, cx.now)?;
            cx.emit(Event::new("run.resumed").agent(run.agent_id).subject(run.id));
        }
        Run::of(run)
    }
}
