//! Calls: placing, following and ending them. The road to the carrier is `delivery`'s; what is said is `outrider_voice`'s.

pub mod cancel_call;
pub mod converse;
pub mod dial;
pub mod effects;
pub mod finish;
pub mod get_call;
pub mod get_call_recording;
pub mod list_calls;
pub mod place_call;
pub mod prepare;
pub mod preview_calls;
pub mod propose;
pub mod report;
pub mod script;
pub mod switchboard;
pub mod view;

use outrider_domain::address::Phone;
use outrider_domain::calling;
use outrider_domain::id::{ActionId, CallId};
use outrider_store::actions::Action;
use outrider_store::calls as rows;
use outrider_store::leads;

use crate::actions::slots::CallingHours;
use crate::context::Context;
use crate::error::Result;

/// Where a call stands. The last five are final, and `unknown` until evidence or a person says otherwise.
pub mod status {
    /// Waits for its gates, or for a person.
    pub const QUEUED: &str = "queued";
    /// The carrier dials, or was asked to.
    pub const DIALING: &str = "dialing";
    /// Somebody, or something, picked up.
    pub const IN_PROGRESS: &str = "in_progress";
    /// It was answered and is over.
    pub const COMPLETED: &str = "completed";
    /// It could not be put through.
    pub const FAILED: &str = "failed";
    /// Nobody picked up, or the line was busy.
    pub const NO_ANSWER: &str = "no_answer";
    /// It was ended before it was dialled.
    pub const CANCELED: &str = "canceled";
    /// It may or may not have taken place.
    pub const UNKNOWN: &str = "unknown";
}

/// What came of a call, as other APIs know it.
pub mod outcome {
    /// A person spoke.
    pub const CONNECTED: &str = "connected";
    /// A machine answered.
    pub const VOICEMAIL: &str = "voicemail";
    /// Nobody did.
    pub const NO_ANSWER: &str = "no_answer";
}

/// The call of an action: the two share one number.
#[must_use]
pub const fn of_action(action: ActionId) -> CallId {
    CallId(action.0)
}

/// The action of a call that goes out.
#[must_use]
pub const fn action_of(call: CallId) -> ActionId {
    ActionId(call.0)
}

/// Whether an action places a call.
#[must_use]
pub fn is_call(action: &Action) -> bool {
    action.kind == propose::KIND
}

/// The row of an action's call; absent for actions that are none.
///
/// # Errors
/// When the database fails.
pub fn find(cx: &mut Context<'_, '_>, action: &Action) -> Result<Option<rows::Call>> {
    match rows::get(cx.tx, cx.project, of_action(action.id)) {
        Ok(call) => Ok(Some(call)),
        Err(outrider_store::Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// When the person an action calls may be called; absent for actions that are no call, or whose lead is gone.
///
/// # Errors
/// When the database fails.
pub(crate) fn hours_of(cx: &mut Context<'_, '_>, action: &Action) -> Result<Option<CallingHours>> {
    if !is_call(action) {
        return Ok(None);
    }
    let lead = match leads::get(cx.tx, cx.project, action.lead_id) {
        Ok(lead) => lead,
        Err(outrider_store::Error::NotFound) => return Ok(None),
        Err(other) => return Err(other.into()),
    };
    let number = lead.phone.as_deref().and_then(|text| Phone::parse(text).ok());
    Ok(Some(CallingHours {
        rules: calling::rules_for(lead.country.as_deref(), number.as_ref()),
        zones: calling::zones_of(lead.time_zone.as_deref(), lead.country.as_deref(), number.as_ref()),
    }))
}

/// Whether the first sentence of an action's call says that a machine speaks.
///
/// # Errors
/// When the database fails.
pub(crate) fn discloses(cx: &mut Context<'_, '_>, action: &Action) -> Result<bool> {
    Ok(find(cx, action)?.is_some_and(|call| call.discloses))
}
