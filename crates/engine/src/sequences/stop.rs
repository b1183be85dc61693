//! Stopping: what ends or pauses a lead's way through sequences. Records no opt-out and suppresses nothing.

use outrider_domain::id::LeadId;
use outrider_domain::sequence::{SequenceDefinition, StopEvent};
use outrider_store::jobs;
use outrider_store::sequences::{self as rows, Enrollment};
use serde_json::json;

use super::JOB;
use super::way::let_go;
use crate::context::{Context, Event};
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// Ends one enrollment and its open action.
///
/// # Errors
/// When the database fails.
pub fn stop_enrollment(cx: &mut Context<'_, '_>, mut enrollment: Enrollment, reason: &str) -> Result<()> {
    if matches!(enrollment.state.as_str(), "stopped" | "finished") {
        return Ok(());
    }
    let open = enrollment.action_id;
    "stopped".clone_into(&mut enrollment.state);
    enrollment.reason = Some(reason.to_owned());
    enrollment.due_at = None;
    enrollment.updated_at = cx.now;
    enrollment.finished_at = Some(cx.now);
    rows::advance(cx.tx, &enrollment)?;
    jobs::remove(cx.tx, cx.project, JOB, enrollment.id.0)?;
    cx.emit(
        Event::new("enrollment.stopped")
            .lead(enrollment.lead_id)
            .subject(enrollment.id)
            .data(json!({ "reason": reason, "sequence": enrollment.sequence_id })),
    );
    if let Some(id) = open {
        let_go(cx, id, reason, "its enrollment was stopped")?;
    }
    Ok(())
}

/// Ends all of a lead's enrollments.
///
/// # Errors
/// When the database fails.
pub fn stop_enrollments(cx: &mut Context<'_, '_>, lead: LeadId, reason: &str) -> Result<()> {
    for enrollment in rows::of_lead(cx.tx, cx.project, lead)? {
        stop_enrollment(cx, enrollment, reason)?;
    }
    Ok(())
}

/// Ends those of a lead's enrollments whose sequence stops on this event; gives how many.
///
/// # Errors
/// When the database fails.
pub fn on_event(cx: &mut Context<'_, '_>, lead: LeadId, event: StopEvent, reason: &str) -> Result<usize> {
    let mut stopped = 0;
    for enrollment in rows::of_lead(cx.tx, cx.project, lead)? {
        if matches!(enrollment.state.as_str(), "stopped" | "finished") {
            continue;
        }
        let row = rows::get(cx.tx, cx.project, enrollment.sequence_id)?;
        let definition: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
        if definition.stops_on(event) {
            stop_enrollment(cx, enrollment, reason)?;
            stopped += 1;
        }
    }
    Ok(stopped)
}
