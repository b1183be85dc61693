//! Looking ahead: what a batch of jobs or of answers will ask for one by one is looked up in a few statements before the first
//! of them runs. Decides nothing: who asks gets the same answer, held or not, without a statement of its own.

use outrider_domain::id::{ActionId, EnrollmentId};
use outrider_store::actions::Action;
use outrider_store::jobs::Job;
use outrider_store::{actions as action_rows, leads, messages, sequences as enrollments, suppressions};

use crate::context::Context;
use crate::delivery::HandOver;
use crate::error::Result;
use crate::{actions, sequences};

/// For the claimed jobs of one project. Actions and enrollments are held before anything else is read, so that whatever stopped
/// them before is seen, and whatever wants to stop them now waits until they have left.
///
/// # Errors
/// When the database fails.
pub(crate) fn of_jobs(cx: &mut Context<'_, '_>, jobs: &[Job]) -> Result<()> {
    if jobs.len() < 2 {
        return Ok(());
    }
    let of_kind = |kind: &'static str| jobs.iter().filter(move |job| job.kind == kind).map(|job| job.subject_id);
    let ticking: Vec<EnrollmentId> = of_kind(sequences::JOB).map(EnrollmentId).collect();
    let leaving: Vec<ActionId> = of_kind(actions::JOB).map(ActionId).collect();
    let enrolled = enrollments::look_up_enrollments_held(cx.tx, cx.project, &ticking)?;
    let leaving = action_rows::look_up_held(cx.tx, cx.project, &leaving)?;
    look_up_behind(cx, &leaving)?;
    let leads: Vec<_> =
        enrolled.iter().map(|row| row.lead_id).chain(leaving.iter().map(|action| action.lead_id)).collect();
    let people = leads::look_up(cx.tx, cx.project, &leads)?;
    let ticking: Vec<_> = enrolled.iter().map(|row| row.lead_id).collect();
    action_rows::look_up_causes(cx.tx, cx.project, &ticking)?;
    let emails = people.iter().filter_map(|lead| lead.email.clone()).collect();
    action_rows::look_up_ledger(cx.tx, cx.project, "email", emails)?;
    let contacts: Vec<_> = people.into_iter().map(|lead| (lead.email, lead.phone)).collect();
    Ok(suppressions::look_up(cx.tx, cx.project, &contacts)?)
}

/// For answers of one project that are to be recorded.
///
/// # Errors
/// When the database fails.
pub(crate) fn of_answers<'a>(
    cx: &mut Context<'_, '_>,
    ended: impl ExactSizeIterator<Item = &'a HandOver>,
) -> Result<()> {
    if ended.len() < 2 {
        return Ok(());
    }
    let ids: Vec<ActionId> = ended.map(|hand_over| hand_over.action).collect();
    let left = action_rows::look_up_held(cx.tx, cx.project, &ids)?;
    let moving: Vec<EnrollmentId> = left.iter().filter_map(|action| action.enrollment_id).collect();
    enrollments::look_up_enrollments_held(cx.tx, cx.project, &moving)?;
    look_up_messages(cx, &left)
}

fn look_up_behind(cx: &mut Context<'_, '_>, actions: &[Action]) -> Result<()> {
    let behind: Vec<EnrollmentId> = actions.iter().filter_map(|action| action.enrollment_id).collect();
    enrollments::look_up_enrollments(cx.tx, cx.project, &behind)?;
    look_up_messages(cx, actions)
}

fn look_up_messages(cx: &mut Context<'_, '_>, actions: &[Action]) -> Result<()> {
    let ids: Vec<_> = actions.iter().filter_map(|action| action.message_id).collect();
    Ok(messages::look_up(cx.tx, cx.project, &ids)?)
}
