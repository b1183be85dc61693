//! Slots: on which day of its sender an action leaves. Counts days; never sends.
//!
//! A slot is a place in an identity's day, so that a backlog spreads over days once, when it is scheduled, instead of
//! meeting a full cap again every morning. Pacing within the day is the gate's work, when the action is due.

use outrider_domain::calling::{self, Rule};
use outrider_domain::holidays::Holidays;
use outrider_domain::id::{AgentId, IdentityId};
use outrider_domain::time::Millis;
use outrider_domain::window::{SendWindow, TimeZone, day_of, day_start};
use outrider_store::actions::{self as rows, Action};
use outrider_store::{identities, jobs};

use super::state;
use crate::context::Context;
use crate::error::Result;
use crate::identities::cap::Standing;

/// How far ahead a slot is looked for, in days. Beyond it the action waits at the horizon and looks again.
const HORIZON_DAYS: i64 = 3_660;

/// The gate that an action waits at for a place on a later day.
pub const GATE: &str = "cap";

/// Most actions that are looked at again when a sender has more room.
const LOOKED_AT_AGAIN: i64 = 1_000;

/// When a person may be called: a place on a day without such an hour would be kept from others for nothing.
#[derive(Debug, Clone, Default)]
pub struct CallingHours {
    /// The rules of the places the person may be in.
    pub rules: Vec<&'static Rule>,
    /// Every zone the person may be in.
    pub zones: Vec<TimeZone>,
}

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

    /// The same with the hours in which the person may be called; where the rules know none, the gates will say so.
    fn callable_from(&self, calls: Option<&CallingHours>, earliest: Millis) -> Millis {
        let mut at = self.open_from(earliest);
        let Some(hours) = calls.filter(|hours| !hours.zones.is_empty()) else { return at };
        for _ in 0..OPENINGS {
            match calling::next_open(&hours.rules, &hours.zones, at) {
                Some(open) if open > at => at = self.open_from(open),
                Some(_) | None => return at,
            }
        }
        at
    }
}

/// Openings compared before two kinds of hours count as having none in common.
const OPENINGS: usize = 60;

/// What it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When it is due.
    pub at: Millis,
    /// The identity's day it is counted on; absent when the identity has no cap.
    pub day: Option<i64>,
    /// Whether an earlier day had the hours for it and no place left.
    pub passed_a_full_day: bool,
}

/// Takes the first place in the identity's days that the recipient's hours allow.
///
/// # Errors
/// `NotFound` for an identity that is gone; others when the database fails.
pub fn reserve(
    cx: &mut Context<'_, '_>,
    identity: IdentityId,
    wanted: &Wanted,
    calls: Option<&CallingHours>,
) -> Result<Slot> {
    let row = identities::lock(cx.tx, cx.project, identity)?;
    let standing = Standing::of(cx, &row)?;
    // The gates are asked as soon as the step's own hours are open, so that a call that waits for a person's morning says so.
    let asked_at = wanted.open_from(wanted.earliest);
    if standing.ramp.is_unlimited() {
        return Ok(Slot { at: asked_at, day: None, passed_a_full_day: false });
    }
    let first = wanted.callable_from(calls, wanted.earliest);
    let Standing { zone, today, .. } = standing.clone();
    let mut full_before = row.full_before_day.max(today);
    let mut day = day_of(&zone, wanted.earliest).max(full_before);
    let horizon = day + HORIZON_DAYS;
    loop {
        let at = wanted.callable_from(calls, wanted.earliest.max(day_start(&zone, day)));
        day = day_of(&zone, at).max(day);
        let taken = identities::day(cx.tx, cx.project, identity, day)?;
        if taken.reserved + taken.sent < standing.cap_on(cx, &row, day)? || day >= horizon {
            identities::add_to_day(cx.tx, cx.project, identity, day, 1, 0)?;
            if full_before != row.full_before_day {
                identities::set_slots(cx.tx, cx.project, identity, row.next_slot_at, full_before)?;
            }
            let passed_a_full_day = day > day_of(&zone, first);
            return Ok(Slot { at: if passed_a_full_day { at } else { asked_at }, day: Some(day), passed_a_full_day });
        }
        if day == full_before {
            full_before = day + 1;
        }
        day += 1;
    }
}

/// Why an action waits whose day is full, and until when.
#[must_use]
pub fn places_are_taken(at: Millis) -> String {
    format!("the sender's places of the days before are taken: its place is at {at}")
}

/// Lets actions that a sender put off to a later day look for an earlier one: it has more room than it had.
///
/// # Errors
/// When the database fails.
pub fn look_again(cx: &mut Context<'_, '_>, identity: &identities::Identity) -> Result<()> {
    let today = Standing::of(cx, identity)?.today;
    let waiting = rows::placed_after(cx.tx, cx.project, identity.id, today, LOOKED_AT_AGAIN)?;
    bring_forward(cx, waiting)
}

/// Lets an agent's calls that wait for a later day look for an earlier one: it has a number more.
///
/// # Errors
/// When the database fails.
pub fn look_again_for(cx: &mut Context<'_, '_>, agent: AgentId, today: i64) -> Result<()> {
    let waiting = rows::calls_placed_after(cx.tx, cx.project, agent, today, LOOKED_AT_AGAIN)?;
    bring_forward(cx, waiting)
}

fn bring_forward(cx: &mut Context<'_, '_>, waiting: Vec<Action>) -> Result<()> {
    for action in waiting {
        // Held, so that none is called due that a worker has just taken.
        let action = rows::lock(cx.tx, cx.project, action.id)?;
        if action.state == state::SCHEDULED && action.hold_gate.as_deref() == Some(GATE) {
            jobs::put(cx.tx, cx.project, outrider_domain::id::JobId(cx.id()), super::JOB, action.id.0, cx.now, cx.now)?;
        }
    }
    Ok(())
}
