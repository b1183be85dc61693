//! How much a sender may send on a day: its ramp, over the days it has sent on. Counts days; reserves nothing.

use outrider_domain::ramp::Ramp;
use outrider_domain::window::{TimeZone, day_of};
use outrider_store::identities::{self as rows, Identity};

use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;

/// A sender's ramp, where it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The ramp.
    pub ramp: Ramp,
    /// Where its days begin.
    pub zone: TimeZone,
    /// The day it is there, since 1970-01-01.
    pub today: i64,
}

impl Standing {
    /// Of a sender.
    ///
    /// # Errors
    /// When the database holds a ramp that can't be read.
    pub fn of(cx: &Context<'_, '_>, row: &Identity) -> Result<Self> {
        let zone = TimeZone::parse(&row.time_zone).unwrap_or(TimeZone::UTC);
        let today = day_of(&zone, cx.now);
        Ok(Self { ramp: read_json(&row.ramp, "an identity's ramp")?, zone, today })
    }

    /// Days before `day` that count for the ramp: those on which something was sent, and from today on those for which something
    /// is planned. No more are counted than the ramp needs to reach its cap.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sending_days(&self, cx: &mut Context<'_, '_>, row: &Identity, day: i64) -> Result<i64> {
        let enough = self.ramp.days_to_cap();
        if enough == 0 {
            return Ok(0);
        }
        let span = rows::DaySpan { from: row.ramp_from, before: day, planned_from: self.today };
        Ok(rows::sending_days(cx.tx, cx.project, row.id, span, enough)?)
    }

    /// The cap on a day.
    ///
    /// # Errors
    /// When the database fails.
    pub fn cap_on(&self, cx: &mut Context<'_, '_>, row: &Identity, day: i64) -> Result<i64> {
        let days = self.sending_days(cx, row, day)?;
        Ok(i64::from(self.ramp.cap_after(days)))
    }
}
