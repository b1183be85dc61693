//! Holidays on which sequences rest: those of leads' countries, which are data, and a project's own list. Reschedules nothing that
//! is under way by itself: every step and action asks when it comes due.

pub mod list_holidays;
pub mod set_own_holidays;

use outrider_domain::holidays::OwnHoliday;
use outrider_store::projects;

use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// A project's own list.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn own(cx: &mut Context<'_, '_>) -> Result<Vec<OwnHoliday>> {
    match projects::own_holidays(cx.tx, cx.project)? {
        Some(json) => read_json(&json, "a project's holidays"),
        None => Ok(Vec::new()),
    }
}
