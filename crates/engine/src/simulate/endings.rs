//! Checks of what must end together: an enrollment with its lead's answer, a hold of credits with its action. Repairs nothing.

use std::collections::HashMap;

use outrider_domain::id::ProjectId;
use outrider_domain::sequence::{SequenceDefinition, StopEvent};
use outrider_domain::time::{MINUTE, Millis};
use outrider_store::{Tx, actions, credits, leads, sequences};

use super::checks::TOGETHER;
use crate::actions::state;
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// Who answered, by reply, bounce, complaint or request, is in no sequence any more and has nothing on its way, at once and
/// not only when the next step would be due.
///
/// # Errors
/// When the database fails.
pub(super) fn with_the_answer(
    tx: &mut Tx<'_>,
    project: ProjectId,
    told: &HashMap<String, Millis>,
    broken: &mut Vec<String>,
) -> Result<()> {
    for (address, at) in told {
        let Some(lead) = leads::find_by_email(tx, project, address)? else { continue };
        for enrollment in sequences::of_lead(tx, project, lead.id)? {
            let row = sequences::get(tx, project, enrollment.sequence_id)?;
            let definition: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
            // A branch has answered it.
            let heard = enrollment.heard_at.is_some_and(|heard| heard >= *at);
            if enrollment.created_at > *at || heard || !definition.stops_on(StopEvent::Reply) {
                continue;
            }
            let (id, state) = (enrollment.id, &enrollment.state);
            match enrollment.finished_at {
                None => broken.push(format!("{address} answered at {at} and {id} is still {state}")),
                Some(ended) if ended.0 - at.0 > MINUTE => {
                    broken.push(format!("{address} answered at {at} and {id} ended only at {ended}"));
                }
                Some(_) => {}
            }
        }
        for action in actions::open_of_lead(tx, project, lead.id)? {
            let enrollment = action.enrollment_id.map(|id| sequences::get_enrollment(tx, project, id)).transpose()?;
            let heard = enrollment.and_then(|one| one.heard_at).is_some_and(|heard| heard >= *at);
            if action.sequence_id.is_some() && !heard && action.created_at <= *at {
                broken.push(format!("{address} answered at {at} and {} is still {}", action.id, action.state));
            }
        }
    }
    Ok(())
}

/// Credits stay set aside exactly as long as a mail may have left and nobody knows whether.
///
/// # Errors
/// When the database fails.
pub(super) fn with_the_action(tx: &mut Tx<'_>, project: ProjectId, broken: &mut Vec<String>) -> Result<()> {
    let mut before = i64::MAX;
    loop {
        let rows = actions::list(tx, project, &actions::Filter::default(), before, TOGETHER)?;
        let Some(last) = rows.last() else { return Ok(()) };
        before = last.id.0;
        for action in rows.iter().filter(|action| action.cost > 0) {
            let held = credits::is_held(tx, project, &action.id.to_string())?;
            let wrong = match action.state.as_str() {
                state::DELIVERED | state::FAILED | state::REFUSED => held,
                state::SENDING | state::UNKNOWN => !held,
                _ => false,
            };
            if wrong {
                let says = if held { "still set aside" } else { "not set aside" };
                broken.push(format!("{} is {} and its credits are {says}", action.id, action.state));
            }
        }
    }
}
