//! `pause_enrollment`, `resume_enrollment`, `stop_enrollment`: a person's hand on one lead's way.

use outrider_domain::id::{EnrollmentId, JobId};
use outrider_store::{actions, jobs, sequences as rows};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::Enrollment;
use super::{ASKED_FOR_LATER, JOB, stop, way};
use crate::actions::state;
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::leads::missing;
use crate::operation::{Effect, Operation, Spec};

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The enrollment.
    enrollment_id: EnrollmentId,
}

fn lock(cx: &mut Context<'_, '_>, id: EnrollmentId) -> Result<rows::Enrollment> {
    rows::lock_enrollment(cx.tx, cx.project, id).map_err(|error| missing(error, "enrollment", "enrollment_id"))
}

fn wrong(enrollment: &rows::Enrollment, wanted: &str) -> Error {
    Error::new(code::WRONG_STATE, format!("The enrollment is {} and can't be {wanted}.", enrollment.state))
}

/// Pauses an enrollment.
pub struct PauseEnrollment;

impl Operation for PauseEnrollment {
    const SPEC: Spec = Spec::act(
        "pause_enrollment",
        "enrollments",
        "/enrollments/{enrollment_id}/pause",
        "sequences:write",
        "Pause one lead's way through a sequence.",
    )
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Enrollment;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Enrollment> {
        let mut row = lock(cx, input.enrollment_id)?;
        if row.state != "active" {
            return Err(wrong(&row, "paused"));
        }
        way::pause(cx, &mut row, "paused_by_person", None)?;
        Ok(row.into())
    }
}

/// Resumes an enrollment.
pub struct ResumeEnrollment;

impl Operation for ResumeEnrollment {
    const SPEC: Spec = Spec::act(
        "resume_enrollment",
        "enrollments",
        "/enrollments/{enrollment_id}/resume",
        "sequences:write",
        "Resume a paused enrollment where it stood.",
    )
    .effect(Effect::Outward)
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Enrollment;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Enrollment> {
        let mut row = lock(cx, input.enrollment_id)?;
        if row.state != "paused" {
            return Err(wrong(&row, "resumed"));
        }
        // Also when a person had paused it before its mail's end became unknown.
        let under_way = row.action_id.map(|id| actions::get(cx.tx, cx.project, id)).transpose()?;
        if under_way.is_some_and(|action| action.state == state::UNKNOWN) {
            return Err(Error::new(code::WRONG_STATE, "Say first what became of its last mail: resolve_action."));
        }
        let later = row.reason.as_deref() == Some(ASKED_FOR_LATER);
        "active".clone_into(&mut row.state);
        row.reason = None;
        row.updated_at = cx.now;
        match row.action_id {
            // Its mail is held by the sequence gate: look again now.
            Some(_) => {
                jobs::wake(cx.tx, cx.project, "sequence", cx.now)?;
            }
            None => {
                // The day of a pause is not that of the step.
                let due = row.due_at.filter(|_| !later).unwrap_or(cx.now).max(cx.now);
                row.due_at = Some(due);
                jobs::put(cx.tx, cx.project, JobId(cx.id()), JOB, row.id.0, due, cx.now)?;
            }
        }
        rows::advance(cx.tx, &row)?;
        cx.emit(Event::new("enrollment.resumed").lead(row.lead_id).subject(row.id));
        Ok(row.into())
    }
}

/// Stops an enrollment.
pub struct StopEnrollment;

impl Operation for StopEnrollment {
    const SPEC: Spec = Spec::act(
        "stop_enrollment",
        "enrollments",
        "/enrollments/{enrollment_id}/stop",
        "sequences:write",
        "End one lead's way through a sequence for good.",
    )
    .effect(Effect::Destructive)
    .fails(&[code::RESOURCE_NOT_FOUND, code::WRONG_STATE]);
    type Input = Input;
    type Output = Enrollment;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Enrollment> {
        let row = lock(cx, input.enrollment_id)?;
        if matches!(row.state.as_str(), "stopped" | "finished") {
            return Err(wrong(&row, "stopped"));
        }
        stop::stop_enrollment(cx, row.clone(), "stopped_by_person")?;
        Ok(rows::get_enrollment(cx.tx, cx.project, row.id)?.into())
    }
}
