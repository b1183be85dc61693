//! Slots: on which day of its sender an action leaves. Counts days; never sends.
//!
//! A slot is a place in an identity's day, so that a backlog spreads over days once, when it is scheduled, instead of
//! meeting a full cap again every morning. Pacing within the day is the gate's work, when the action is due.

use outrider_domain::holidays::Holidays;
use outrider_domain::id::IdentityId;
use outrider_domain::time::Millis;
use outrider_domain::window::{SendWindow, TimeZone, day_of, day_start};
use outrider_store::identities;

use crate::context::Context;
use crate::error::Result;
use crate::identities::cap::Standing;

/// How far ahead a slot is looked for, in days. Beyond it the action waits at the horizon and looks again.
const HORIZON_DAYS: i64 = 3_660;

/// What an action wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Not before this.
    pub earliest: Millis,
    /// The recipient's hours.
    pub window: SendWindow,
    /// The recipient's zone.
    pub zone: TimeZone,
    /// Days on which it must not leave.
    pub holidays: Holidays,
}

impl Wanted {
    /// The first moment at or after another at which it may leave.
    #[must_use]
    pub fn open_from(&self, earliest: Millis) -> Millis {
        self.holidays.next_open(&self.window, &self.zone, earliest)
    }
}

/// What it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When it is due.
    pub at: Millis,
    /// The identity's day it is counted on; absent when the identity has no cap.
    pub day: Option<i64>,
}

/// Takes the first place in the identity's days that the recipient's hours allow.
///
/// # Errors
/// `NotFound` for an identity that is gone; others when the database fails.
pub fn reserve(cx: &mut Context<'_, '_>, identity: IdentityId, wanted: &Wanted) -> Result<Slot> {
    let row = identities::lock(cx.tx, cx.project, identity)?;
    let standing = Standing::of(cx, &row)?;
    if standing.ramp.is_unlimited() {
        return Ok(Slot { at: wanted.open_from(wanted.earliest), day: None });
    }
    let Standing { zone, today, .. } = standing.clone();
    let mut full_before = row.full_before_day.max(today);
    let mut day = day_of(&zone, wanted.earliest).max(full_before);
    let horizon = day + HORIZON_DAYS;
    loop {
        let at = wanted.open_from(wanted.earliest.max(day_start(&zone, day)));
        day = day_of(&zone, at).max(day);
        let taken = identities::day(cx.tx, cx.project, identity, day)?;
        if taken.reserved + taken.sent < standing.cap_on(cx, &row, day)? || day >= horizon {
            identities::add_to_day(cx.tx, cx.project, identity, day, 1, 0)?;
            if full_before != row.full_before_day {
                identities::set_slots(cx.tx, cx.project, identity, row.next_slot_at, full_before)?;
            }
            return Ok(Slot { at, day: Some(day) });
        }
        if day == full_before {
            full_before = day + 1;
        }
        day += 1;
    }
}
