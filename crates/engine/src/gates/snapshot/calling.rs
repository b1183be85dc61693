//! What the gates look at for calls alone: the law of the place, the number's history, the lines. Judges nothing.

use outrider_domain::address::Phone;
use outrider_domain::calling::{self, Rule};
use outrider_domain::time::{DAY, Millis};
use outrider_domain::window::TimeZone;
use outrider_store::actions::Action;
use outrider_store::calls;
use outrider_store::identities::Identity;
use outrider_store::leads::Lead;

use crate::context::Context;
use crate::error::Result;
use crate::texts::is_text;

/// What only calls need.
#[derive(Debug, Clone)]
pub struct Calling {
    /// Whether it is a text message: nobody is rung, but people sleep at the same hours.
    pub is_text: bool,
    /// Whether the first sentence says that a machine speaks, and for whom.
    pub discloses: bool,
    /// The rules of the places the lead may be in.
    pub rules: Vec<&'static Rule>,
    /// Every zone the lead may be in; none when nothing is known of it.
    pub zones: Vec<TimeZone>,
    /// When the number was dialled of late, last first.
    pub dialled: Vec<Millis>,
    /// When the person last said no.
    pub declined_at: Option<Millis>,
    /// Calls our number has at this moment.
    pub on_line: i64,
    /// When the lines are free again on which nobody knows whether it rings.
    pub doubtful_until: Vec<Millis>,
    /// Calls it may have.
    pub lines: i64,
}

/// Most earlier calls to a number looked at.
const EARLIER_CALLS: i64 = 50;
/// How far back a refusal is looked for, in days.
const REFUSAL_DAYS: i64 = 60;

/// Gathers it: the law of the place, the number's history, the lines.
pub(super) fn gather(
    cx: &mut Context<'_, '_>,
    action: &Action,
    lead: &Lead,
    identity: Option<&Identity>,
) -> Result<Calling> {
    let number = lead.phone.as_deref().and_then(|text| Phone::parse(text).ok());
    let since = cx.now.plus(-calling::longest_memory().max(REFUSAL_DAYS) * DAY);
    let earlier = match &number {
        Some(number) => calls::dialled_since(cx.tx, cx.project, number.as_str(), since, EARLIER_CALLS)?,
        None => Vec::new(),
    };
    let counted = cx.now.plus(-calling::longest_memory() * DAY);
    // A call that may have been dialled has its line until it would have stopped ringing.
    let rings = cx.core.settings.ring_ms + cx.core.settings.report_grace_ms;
    let busy = match identity {
        Some(row) => calls::on_line(cx.tx, cx.project, row.id, cx.now.plus(1 - rings))?,
        None => calls::OnLine::default(),
    };
    Ok(Calling {
        is_text: is_text(action),
        discloses: crate::calls::discloses(cx, action)?,
        rules: calling::rules_for(lead.country.as_deref(), number.as_ref()),
        zones: calling::zones_of(lead.time_zone.as_deref(), lead.country.as_deref(), number.as_ref()),
        dialled: earlier.iter().map(|(at, _)| *at).filter(|at| *at >= counted).collect(),
        declined_at: earlier.iter().find(|(_, end)| end.as_deref() == Some("declined")).map(|(at, _)| *at),
        on_line: busy.live,
        doubtful_until: busy.doubtful.into_iter().map(|at| at.plus(rings)).collect(),
        lines: identity.map_or(0, |row| row.concurrency),
    })
}
