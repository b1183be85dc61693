//! `get_capacity`: what can go out today, and when each sequence would finish. Counts days; reserves nothing.

use outrider_domain::channel::Channel;
use outrider_domain::id::{IdentityId, SequenceId};
use outrider_domain::ramp::Ramp;
use outrider_domain::sequence::SequenceDefinition;
use outrider_domain::time::{DAY, Millis};
use outrider_domain::window::{TimeZone, day_of, day_start};
use outrider_store::identities::{self, Identity};
use outrider_store::{projects, sequences as rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::read_json;
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
    /// Mails that may still go out today, over all senders; null when a sender has no cap.
    remaining_today: Option<i64>,
    /// Each sender's day.
    identities: Vec<IdentityDay>,
    /// Each running sequence.
    sequences: Vec<Forecast>,
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
    /// Places left today; null for no cap.
    remaining: Option<i64>,
    /// Cap on each of the next days, while the ramp rises.
    ramp: Vec<i64>,
}

/// When a sequence would finish.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Forecast {
    /// The sequence.
    sequence_id: SequenceId,
    /// Its name.
    name: String,
    /// Leads on their way.
    active: i64,
    /// Mails still to be sent if nobody replies.
    mails_left: i64,
    /// When the last of them would leave if nobody replies and this sequence had its senders to itself; null when it can't be told.
    finishes_at: Option<Millis>,
    /// What decides: `delays`, `daily_caps`, `no_sender` or `horizon`.
    bound_by: &'static str,
}

/// Sequences and senders looked at.
const MOST: i64 = 1_000;
/// Days looked ahead.
const HORIZON: i64 = 3_660;

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
        let senders = identities::list(cx.tx, cx.project, Some(identities::MAILBOX), i64::MAX, MOST)?;
        let mut days = Vec::new();
        for sender in &senders {
            let (ramp, today) = ramp_of(cx, sender)?;
            let day = identities::day(cx.tx, cx.project, sender.id, today)?;
            let cap = (!ramp.is_unlimited()).then(|| i64::from(ramp.cap_on(today - sender.ramp_from)));
            days.push(IdentityDay {
                identity_id: sender.id,
                email: sender.address.clone(),
                active: sender.active,
                cap,
                sent: day.sent,
                reserved: day.reserved,
                remaining: cap.map(|cap| (cap - day.sent - day.reserved).max(0)),
                ramp: if ramp.is_unlimited() {
                    Vec::new()
                } else {
                    (1..=7).map(|ahead| i64::from(ramp.cap_on(today + ahead - sender.ramp_from))).collect()
                },
            });
        }
        let remaining_today = days
            .iter()
            .filter(|day| day.active)
            .map(|day| day.remaining)
            .try_fold(0_i64, |sum, left| left.map(|left| sum + left));
        let mut forecasts = Vec::new();
        for row in rows::list(cx.tx, cx.project, i64::MAX, MOST)? {
            if row.status == "active" {
                forecasts.push(forecast(cx, &row, &senders)?);
            }
        }
        Ok(Output { remaining_today, identities: days, sequences: forecasts })
    }
}

/// Mails of a sequence from a step on.
fn mails_from(is_mail: &[bool], step: usize) -> i64 {
    i64::try_from(is_mail.iter().skip(step).filter(|is_mail| **is_mail).count()).unwrap_or(0)
}

fn ramp_of(cx: &Context<'_, '_>, sender: &Identity) -> Result<(Ramp, i64)> {
    let ramp = read_json(&sender.ramp, "an identity's ramp")?;
    Ok((ramp, day_of(&TimeZone::parse(&sender.time_zone).unwrap_or(TimeZone::UTC), cx.now)))
}

/// Plays the days forward in counts: so many mails become due at each step, so many may leave on each day.
fn forecast(cx: &mut Context<'_, '_>, row: &rows::Sequence, senders: &[Identity]) -> Result<Forecast> {
    let definition: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
    let counts = rows::step_counts(cx.tx, cx.project, row.id)?;
    let steps = definition.steps.len();
    let active = counts.iter().map(|count| count.enrollments).sum();
    let is_mail: Vec<bool> = definition.steps.iter().map(|step| step.channel == Channel::Email).collect();
    let at = |count: &rows::StepCount| usize::try_from(count.step).unwrap_or(usize::MAX).min(steps);
    let mails_left: i64 = counts.iter().map(|count| count.enrollments * mails_from(&is_mail, at(count))).sum();
    let answer = |finishes_at, bound_by| Forecast {
        sequence_id: row.id,
        name: row.name.clone(),
        active,
        mails_left,
        finishes_at,
        bound_by,
    };
    if mails_left == 0 {
        return Ok(answer(None, "delays"));
    }
    let pool: Vec<&Identity> = senders
        .iter()
        .filter(|sender| {
            sender.active
                && (definition.identities.is_empty()
                    || definition.identities.iter().any(|email| email.eq_ignore_ascii_case(&sender.address)))
        })
        .filter(|sender| sender.agent_id.is_none() || sender.agent_id == row.agent_id)
        .collect();
    if pool.is_empty() {
        return Ok(answer(None, "no_sender"));
    }
    let mut ramps = Vec::new();
    for sender in pool {
        let (ramp, today) = ramp_of(cx, sender)?;
        let day = identities::day(cx.tx, cx.project, sender.id, today)?;
        ramps.push((ramp, today - sender.ramp_from, day.sent));
    }
    let zone = TimeZone::parse(&projects::get(cx.tx, cx.project)?.time_zone).unwrap_or(TimeZone::UTC);
    let today = day_of(&zone, cx.now);
    // due[d][s]: mails of step s that become due on day d from today.
    let mut due: std::collections::BTreeMap<i64, Vec<i64>> = std::collections::BTreeMap::new();
    for count in &counts {
        let step = at(count);
        if step < steps {
            let first = count.first_due.map_or(0, |due| (due.0 - cx.now.0).max(0) / DAY);
            due.entry(first).or_insert_with(|| vec![0; steps])[step] += count.enrollments;
        }
    }
    let mut waiting = vec![0_i64; steps];
    let (mut left, mut delayed) = (mails_left, false);
    for ahead in 0..HORIZON {
        if let Some(new) = due.remove(&ahead) {
            for (step, count) in new.into_iter().enumerate() {
                waiting[step] += count;
            }
        }
        let local_day = day_start(&zone, today + ahead);
        let next_midnight = day_start(&zone, today + ahead + 1);
        let mut room: i64 = ramps
            .iter()
            .map(|(ramp, since, sent)| {
                if ramp.is_unlimited() {
                    i64::MAX / 4
                } else {
                    i64::from(ramp.cap_on(since + ahead)) - if ahead == 0 { *sent } else { 0 }
                }
            })
            .fold(0, i64::saturating_add);
        let mut last_open = None;
        // Follow-ups first: a thread once begun goes on.
        for step in (0..steps).rev() {
            let window = definition.window_of(&definition.steps[step]);
            let open = window.next_open(&zone, local_day.max(cx.now));
            if open >= next_midnight {
                continue;
            }
            let goes = if is_mail[step] { waiting[step].min(room.max(0)) } else { waiting[step] };
            if goes == 0 {
                delayed |= waiting[step] > 0;
                continue;
            }
            waiting[step] -= goes;
            delayed |= waiting[step] > 0;
            if is_mail[step] {
                room -= goes;
                left -= goes;
                last_open = Some(last_open.map_or(open, |other: Millis| other.max(open)));
            }
            if step + 1 < steps {
                let wait = (definition.steps[step + 1].after.as_millis() + DAY - 1) / DAY;
                due.entry(ahead + wait.max(1)).or_insert_with(|| vec![0; steps])[step + 1] += goes;
            }
        }
        if left <= 0 {
            return Ok(answer(last_open, if delayed { "daily_caps" } else { "delays" }));
        }
    }
    Ok(answer(None, "horizon"))
}
