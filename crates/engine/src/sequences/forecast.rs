//! When a sequence would finish: plays its days forward in counts, by delays, hours, holidays, caps, pauses and approvals. Changes
//! nothing.

use std::collections::BTreeMap;

use outrider_domain::autonomy::Autonomy;
use outrider_domain::channel::Channel;
use outrider_domain::holidays::{self, Holidays};
use outrider_domain::ramp::Ramp;
use outrider_domain::sequence::{SequenceDefinition, Step};
use outrider_domain::time::{DAY, Millis};
use outrider_domain::window::{TimeZone, day_of, day_start};
use outrider_store::identities::Identity;
use outrider_store::sequences as rows;
use schemars::JsonSchema;
use serde::Serialize;

use super::capacity::turns;
use super::tick::effective_autonomy;
use crate::context::Context;
use crate::error::Result;
use crate::gates::snapshot::{Gatherer, read_json};
use crate::holidays::own;

/// Days looked ahead.
const HORIZON: i64 = 3_660;
/// More than any day holds.
const PLENTY: i64 = i64::MAX / 4;

/// What decides when a sequence finishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Bound {
    /// The waits between its steps.
    Delays,
    /// What its senders may send a day.
    DailyCaps,
    /// The pauses its senders make between mails.
    Pacing,
    /// A person, whose pace nobody knows.
    Approvals,
    /// Nobody may send for it.
    NoSender,
    /// It goes on for longer than is looked ahead.
    Horizon,
}

/// What a forecast says.
#[derive(Debug, Clone)]
pub(super) struct Forecast {
    /// Leads on their way.
    pub(super) active: i64,
    /// Mails still to be sent if nobody replies.
    pub(super) mails_left: i64,
    /// The same for texts, calls and what people do.
    pub(super) others_left: OthersLeft,
    /// When the last would leave.
    pub(super) finishes_at: Option<Millis>,
    /// What decides.
    pub(super) bound_by: Bound,
    /// What it takes for granted, in words.
    pub(super) assumes: Vec<String>,
}

/// What is still to be done by other ways than mail.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OthersLeft {
    /// Text messages.
    pub(super) texts: i64,
    /// Calls.
    pub(super) calls: i64,
    /// Tasks of people, LinkedIn messages among them.
    pub(super) tasks: i64,
}

impl OthersLeft {
    /// Of leads that stand at these steps, if each goes on through all that follow.
    fn of(definition: &SequenceDefinition, counts: &[rows::StepCount]) -> Self {
        let mut left = Self::default();
        for count in counts {
            let Some(key) = &count.step else { continue };
            let from = definition.step(key).map_or(0, |(index, _)| index);
            for step in definition.steps.iter().skip(from) {
                match step.channel {
                    Channel::Sms => left.texts += count.enrollments,
                    Channel::Call => left.calls += count.enrollments,
                    Channel::Linkedin | Channel::Task => left.tasks += count.enrollments,
                    Channel::Email => {}
                }
            }
        }
        left
    }
}

/// A sender, as forecasts see it.
#[derive(Debug)]
pub(super) struct Sender {
    /// Its row.
    pub(super) row: Identity,
    /// Its ramp.
    pub(super) ramp: Ramp,
    /// Days of sending before today.
    pub(super) worked: i64,
    /// Sent today.
    pub(super) sent_today: i64,
}

impl Sender {
    /// Mails it may send on the day so many days ahead, each of the days before being one of sending, with so much time in which
    /// recipients may get mail. Also whether its pauses are what bounds it.
    fn room(&self, ahead: i64, open: i64) -> (i64, bool) {
        let cap = if self.ramp.is_unlimited() {
            PLENTY
        } else {
            let sent = if ahead == 0 { self.sent_today } else { 0 };
            (i64::from(self.ramp.cap_after(self.worked + ahead)) - sent).max(0)
        };
        let by_pacing = if self.row.gap_ms == 0 { PLENTY } else { turns(open, self.row.gap_ms) };
        (cap.min(by_pacing), by_pacing < cap)
    }
}

/// Forecasts one sequence of which so many mails wait for a person.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub(super) fn forecast(
    cx: &mut Context<'_, '_>,
    row: &rows::Sequence,
    senders: &[Sender],
    awaiting_approval: i64,
) -> Result<Forecast> {
    let definition: SequenceDefinition = read_json(&row.definition, "a sequence's definition")?;
    let counts = rows::step_counts(cx.tx, cx.project, row.id)?;
    let mut course = Course::begin(&definition, &counts, cx.now);
    let active = counts.iter().map(|count| count.enrollments).sum();
    let mails_left = course.left;
    let others_left = OthersLeft::of(&definition, &counts);
    let rest = Rest::of(cx, row, &definition)?;
    let assumes = assumptions(&definition, &rest);
    let answer = |finishes_at, bound_by| Forecast {
        active,
        mails_left,
        others_left,
        finishes_at,
        bound_by,
        assumes: assumes.clone(),
    };
    if mails_left == 0 {
        return Ok(answer(None, Bound::Delays));
    }
    let pool: Vec<&Sender> = senders.iter().filter(|sender| may_send(&sender.row, row, &definition)).collect();
    if pool.is_empty() {
        return Ok(answer(None, Bound::NoSender));
    }
    let mut gatherer = Gatherer::default();
    let policy = match definition.approval {
        Some(own) => own,
        None => effective_autonomy(cx, &mut gatherer, row.agent_id, Channel::Email)?,
    };
    if awaiting_approval > 0 || policy == Autonomy::Ask {
        return Ok(answer(None, Bound::Approvals));
    }
    let zone = TimeZone::parse(&gatherer.project(cx)?.time_zone).unwrap_or(TimeZone::UTC);
    let today = day_of(&zone, cx.now);
    for ahead in 0..HORIZON {
        let day = Day {
            ahead,
            begin: day_start(&zone, today + ahead).max(cx.now),
            end: day_start(&zone, today + ahead + 1),
            zone: &zone,
            rests: rest.on(today + ahead),
        };
        if let Some(last) = course.play(&day, &pool) {
            return Ok(answer(Some(last), course.bound));
        }
    }
    Ok(answer(None, Bound::Horizon))
}

/// The days on which a sequence rests, as far as counts can tell: those of the project, and those where most of its leads live.
struct Rest {
    holidays: Holidays,
    /// The place, and how many of how many leads are there.
    most: Option<(String, i64, i64)>,
}

impl Rest {
    fn of(cx: &mut Context<'_, '_>, row: &rows::Sequence, definition: &SequenceDefinition) -> Result<Self> {
        if definition.on_holidays {
            return Ok(Self { holidays: Holidays::default(), most: None });
        }
        let mut known: BTreeMap<&str, i64> = BTreeMap::new();
        let mut regions: BTreeMap<(&str, String), i64> = BTreeMap::new();
        let mut all = 0;
        for place in rows::places_of(cx.tx, cx.project, row.id)? {
            all += place.leads;
            let Some(found) = place.country.as_deref().and_then(holidays::of_country) else { continue };
            *known.entry(found.country.as_str()).or_default() += place.leads;
            if let Some(region) = place.region {
                let region = holidays::region_of(&region).to_uppercase();
                *regions.entry((found.country.as_str(), region)).or_default() += place.leads;
            }
        }
        let more_than_half = |leads: i64| leads * 2 > all;
        let most = known.into_iter().max_by_key(|(_, leads)| *leads).filter(|(_, leads)| more_than_half(*leads));
        let region = regions.into_iter().max_by_key(|(_, leads)| *leads).filter(|(_, leads)| more_than_half(*leads));
        let shown = match (&region, most) {
            (Some(((country, region), leads)), _) => Some((format!("{country}-{region}"), *leads, all)),
            (None, Some((country, leads))) => Some((country.to_owned(), leads, all)),
            (None, None) => None,
        };
        let region = region.map(|((_, region), _)| region);
        Ok(Self {
            holidays: Holidays::new(&own(cx)?, most.map(|(country, _)| country), region.as_deref()),
            most: shown,
        })
    }

    fn on(&self, day: i64) -> bool {
        self.holidays.name_of(day).is_some()
    }
}

/// What a forecast of a sequence takes for granted.
fn assumptions(definition: &SequenceDefinition, rest: &Rest) -> Vec<String> {
    let mut assumes = vec!["nobody replies, and everything that leaves arrives".to_owned()];
    let branches = !definition.branches.is_empty() || definition.steps.iter().any(|step| !step.branches.is_empty());
    if branches {
        assumes.push("no branch is taken: every lead has every step that follows, in their order".to_owned());
    }
    if definition.steps.iter().any(Step::waits_for_a_person) {
        assumes.push("people do their tasks on the day they are given".to_owned());
    }
    if !definition.on_holidays {
        assumes.push(match &rest.most {
            Some((country, leads, all)) => {
                format!("it rests on the project's own holidays and on those of {country}, where {leads} of {all} leads live")
            }
            None => "it rests on the project's own holidays; those where single leads live are not foreseen".to_owned(),
        });
    }
    assumes
}

fn may_send(sender: &Identity, row: &rows::Sequence, definition: &SequenceDefinition) -> bool {
    let in_pool = definition.identities.is_empty()
        || definition.identities.iter().any(|email| email.eq_ignore_ascii_case(&sender.address));
    sender.active && in_pool && (sender.agent_id.is_none() || sender.agent_id == row.agent_id)
}

/// A day that is played.
struct Day<'a> {
    ahead: i64,
    begin: Millis,
    end: Millis,
    zone: &'a TimeZone,
    /// It is a holiday.
    rests: bool,
}

/// Whether a step is one of those that senders of mail have to find room for.
fn is_mail(step: &Step) -> bool {
    step.channel == Channel::Email
}

/// Leads on their way through the steps.
struct Course<'a> {
    definition: &'a SequenceDefinition,
    /// Leads whose turn at each step comes so many days from today.
    due: BTreeMap<i64, Vec<i64>>,
    /// Leads whose turn at each step has come and who have not had it.
    waiting: Vec<i64>,
    /// Mails that have not left.
    left: i64,
    bound: Bound,
}

impl<'a> Course<'a> {
    fn begin(definition: &'a SequenceDefinition, counts: &[rows::StepCount], now: Millis) -> Self {
        let steps = definition.steps.len();
        let mut course =
            Self { definition, due: BTreeMap::new(), waiting: vec![0; steps], left: 0, bound: Bound::Delays };
        for count in counts {
            let Some(key) = &count.step else { continue };
            // One whose step was removed goes on after what it has had: at the first step at the earliest.
            let step = definition.step(key).map_or(0, |(index, _)| index);
            if step >= steps {
                continue;
            }
            let mails = definition.steps.iter().skip(step).filter(|step| is_mail(step)).count();
            course.left += count.enrollments * i64::try_from(mails).unwrap_or(0);
            let first = count.first_due.map_or(0, |due| (due.0 - now.0).max(0) / DAY);
            course.become_due(first, step, count.enrollments);
        }
        course
    }

    fn become_due(&mut self, ahead: i64, step: usize, mails: i64) {
        let steps = self.waiting.len();
        if let Some(place) = self.due.entry(ahead).or_insert_with(|| vec![0; steps]).get_mut(step) {
            *place += mails;
        }
    }

    /// Lets go what the day allows; when nothing is left after it, gives when the last left.
    fn play(&mut self, day: &Day<'_>, pool: &[&Sender]) -> Option<Millis> {
        if let Some(new) = self.due.remove(&day.ahead) {
            self.waiting.iter_mut().zip(new).for_each(|(waiting, mails)| *waiting += mails);
        }
        if day.rests {
            return None;
        }
        let are_mails: Vec<bool> = self.definition.steps.iter().map(is_mail).collect();
        let windows: Vec<_> = self.definition.steps.iter().map(|step| self.definition.window_of(step)).collect();
        let open = windows.iter().map(|window| window.open_between(day.zone, day.begin, day.end)).max().unwrap_or(0);
        let rooms: Vec<(i64, bool)> = pool.iter().map(|sender| sender.room(day.ahead, open)).collect();
        let mut room = rooms.iter().fold(0_i64, |sum, (room, _)| sum.saturating_add(*room));
        let mut last = None;
        // Follow-ups first: a thread once begun goes on.
        for (step, (window, is_mail)) in windows.iter().zip(&are_mails).enumerate().rev() {
            let opening = window.next_open(day.zone, day.begin);
            if opening >= day.end {
                continue;
            }
            let goes = if *is_mail { self.waiting[step].min(room.max(0)) } else { self.waiting[step] };
            self.waiting[step] -= goes;
            if self.waiting[step] > 0 {
                self.bound = if rooms.iter().any(|(_, paced)| *paced) { Bound::Pacing } else { Bound::DailyCaps };
            }
            if goes == 0 {
                continue;
            }
            if *is_mail {
                room -= goes;
                self.left -= goes;
                last = last.max(Some(self.leaves(opening, goes, pool)));
            }
            if let Some(next) = self.definition.steps.get(step + 1) {
                let wait = (next.after.as_millis() + DAY - 1) / DAY;
                self.become_due(day.ahead + wait.max(1), step + 1, goes);
            }
        }
        if self.left <= 0 { last } else { None }
    }

    /// When the last of so many mails leaves whose first leaves at the opening: the senders take turns, each with its pauses.
    fn leaves(&self, opening: Millis, mails: i64, pool: &[&Sender]) -> Millis {
        let gap = pool.iter().map(|sender| sender.row.gap_ms).max().unwrap_or(0);
        let rounds = (mails - 1) / i64::try_from(pool.len()).unwrap_or(1).max(1);
        opening.plus(rounds.saturating_mul(gap))
    }
}
