//! `get_capacity`: what can go out today, and when each sequence would finish. Counts; reserves nothing.

use std::collections::HashMap;

use outrider_domain::id::{IdentityId, SequenceId};
use outrider_domain::time::Millis;
use outrider_domain::window::day_start;
use outrider_store::identities::{self, Identity};
use outrider_store::{actions, sequences as rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::forecast::{Bound, Forecast, Sender, forecast};
use crate::context::Context;
use crate::error::Result;
use crate::identities::cap::Standing;
use crate::operation::{Operation, Spec};

/// Says what can go out.
pub struct GetCapacity;

/// Nothing to say.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// What can go out today, and when sequences would finish.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Mails that may still go out today, over all senders, their caps and their pauses; null when a sender has neither.
    remaining_today: Option<i64>,
    /// Actions that wait for a person; none of them is counted as going out.
    awaiting_approval: i64,
    /// Each sender's day.
    identities: Vec<IdentityDay>,
    /// Each running sequence.
    sequences: Vec<SequenceForecast>,
}

/// A sender's day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IdentityDay {
    /// The sender.
    identity_id: IdentityId,
    /// Its address.
    email: String,
    /// Whether it may send.
    active: bool,
    /// Today's cap; null for none.
    cap: Option<i64>,
    /// Sent today.
    sent: i64,
    /// Places of today given to mails that have not left.
    reserved: i64,
    /// Mails its pauses leave time for until its day ends; null when it makes none.
    by_pacing: Option<i64>,
    /// Mails it may still send today beside those reserved; null for any number.
    remaining: Option<i64>,
    /// Cap on each of the next days of sending, while the ramp rises.
    ramp: Vec<i64>,
}

/// When a sequence would finish.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SequenceForecast {
    /// The sequence.
    sequence_id: SequenceId,
    /// Its name.
    name: String,
    /// Leads on their way.
    active: i64,
    /// Mails still to be sent if nobody replies and every step happens.
    mails_left: i64,
    /// Text messages, the same way.
    texts_left: i64,
    /// Calls, the same way.
    calls_left: i64,
    /// Tasks for people, LinkedIn messages among them, the same way.
    tasks_left: i64,
    /// Of its mails, those that wait for a person.
    awaiting_approval: i64,
    /// When the last of them would leave if nobody replies and this sequence had its senders to itself; null when it can't be told.
    finishes_at: Option<Millis>,
    /// What decides: `delays`, `daily_caps`, `pacing`, `approvals`, `no_sender` or `horizon`.
    bound_by: Bound,
    /// What the forecast takes for granted: replies, branches, tasks, holidays.
    assumes: Vec<String>,
}

/// Sequences and senders looked at.
const MOST: i64 = 1_000;
/// Days of the ramp shown.
const RAMP_DAYS: i64 = 7;

impl Operation for GetCapacity {
    const SPEC: Spec = Spec::get(
        "get_capacity",
        "stats",
        "/capacity",
        "sequences:read",
        "What can go out today, and when each sequence would finish.",
    );
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, _: Input) -> Result<Output> {
        let all = identities::list(cx.tx, cx.project, Some(identities::MAILBOX), i64::MAX, MOST)?;
        let mut days = Vec::with_capacity(all.len());
        let mut senders = Vec::with_capacity(all.len());
        for row in all {
            let (day, sender) = look_at(cx, row)?;
            days.push(day);
            senders.push(sender);
        }
        let pending = actions::pending_by_sequence(cx.tx, cx.project)?;
        let awaiting_approval = pending.iter().map(|(_, count)| count).sum();
        let pending: HashMap<SequenceId, i64> =
            pending.into_iter().filter_map(|(sequence, count)| Some((sequence?, count))).collect();
        let remaining_today = days
            .iter()
            .filter(|day| day.active)
            .map(|day| day.remaining)
            .try_fold(0_i64, |sum, left| left.map(|left| sum + left));
        let mut sequences = Vec::new();
        for row in rows::list(cx.tx, cx.project, i64::MAX, MOST)? {
            if row.status == "active" {
                let waiting = pending.get(&row.id).copied().unwrap_or(0);
                let Forecast { active, mails_left, others_left, finishes_at, bound_by, assumes } =
                    forecast(cx, &row, &senders, waiting)?;
                sequences.push(SequenceForecast {
                    sequence_id: row.id,
                    name: row.name,
                    active,
                    mails_left,
                    texts_left: others_left.texts,
                    calls_left: others_left.calls,
                    tasks_left: others_left.tasks,
                    awaiting_approval: waiting,
                    finishes_at,
                    bound_by,
                    assumes,
                });
            }
        }
        Ok(Output { remaining_today, awaiting_approval, identities: days, sequences })
    }
}

/// A sender's day, and the sender as forecasts see it.
fn look_at(cx: &mut Context<'_, '_>, row: Identity) -> Result<(IdentityDay, Sender)> {
    let standing = Standing::of(cx, &row)?;
    let (ramp, today) = (standing.ramp, standing.today);
    let worked = standing.sending_days(cx, &row, today)?;
    let day = identities::day(cx.tx, cx.project, row.id, today)?;
    let cap = (!ramp.is_unlimited()).then(|| i64::from(ramp.cap_after(worked)));
    let time_left = day_start(&standing.zone, today + 1).0 - cx.now.max(row.next_slot_at).0;
    let by_pacing = (row.gap_ms > 0).then(|| turns(time_left, row.gap_ms));
    let left = cap.map(|cap| (cap - day.sent - day.reserved).max(0));
    let shown = IdentityDay {
        identity_id: row.id,
        email: row.address.clone(),
        active: row.active,
        cap,
        sent: day.sent,
        reserved: day.reserved,
        by_pacing,
        remaining: left.into_iter().chain(by_pacing.map(|turns| (turns - day.reserved).max(0))).min(),
        ramp: if ramp.is_unlimited() {
            Vec::new()
        } else {
            (1..=RAMP_DAYS).map(|ahead| i64::from(ramp.cap_after(worked + ahead))).collect()
        },
    };
    Ok((shown, Sender { row, ramp, worked, sent_today: day.sent }))
}

/// How many mails a pause between them leaves time for.
pub(super) const fn turns(time: i64, gap_ms: i64) -> i64 {
    if time <= 0 { 0 } else { (time - 1) / gap_ms + 1 }
}
