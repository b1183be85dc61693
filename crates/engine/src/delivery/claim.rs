//! Claiming: due jobs of actions go through the gates once more and become hand-overs, holds or refusals, in one transaction.

use outrider_domain::channel::Channel;
use outrider_domain::id::{ActionId, IdentityId};
use outrider_domain::time::Millis;
use outrider_domain::window::{TimeZone, day_of};
use outrider_store::actions::{self as rows, Action};
use outrider_store::jobs::Job;
use outrider_store::{Error as StoreError, identities, jobs, leads, messages};

use super::{Cargo, HandOver, compose, inside, skill};
use crate::actions::propose::{Content, content_digest, header_id};
use crate::actions::propose_act::SKILL;
use crate::actions::slots::{self, CallingHours, Wanted};
use crate::actions::{approve_action, await_approval, conclude, place, refuse, release_slot, state};
use crate::calls;
use crate::context::Context;
use crate::credits;
use crate::credits::payer::Payer;
use crate::error::Result;
use crate::gates::snapshot::{Gatherer, Sender, Snapshot, Transports};
use crate::gates::{Decision, decide};
use crate::sequences::mend::mend;
use crate::sequences::rotation;
use crate::texts;

/// Takes one claimed job of an action as far as this transaction can. `Some` when it must be handed over now.
///
/// # Errors
/// When the database fails or holds what can't be read.
pub fn claim(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    transports: &dyn Transports,
    job: &Job,
) -> Result<Option<HandOver>> {
    let mut action = match rows::lock(cx.tx, cx.project, ActionId(job.subject_id)) {
        Ok(action) => action,
        Err(StoreError::NotFound) => {
            jobs::finish(cx.tx, job.id, job.token)?;
            return Ok(None);
        }
        Err(other) => return Err(other.into()),
    };
    match action.state.as_str() {
        state::SENDING => {
            // The job is due again although the action is being handed over: whoever held it is gone.
            if calls::is_call(&action) {
                calls::finish::lose_sight(cx, action)?;
            } else {
                lose_sight(cx, action)?;
            }
            return Ok(None);
        }
        state::PENDING_APPROVAL | state::SCHEDULED => {}
        _ => {
            jobs::finish(cx.tx, job.id, job.token)?;
            return Ok(None);
        }
    }
    if let Some(id) = action.identity_id
        && gatherer.identity(cx, id)?.is_none()
    {
        // Its sender was deleted, and the places of its days with it.
        action.identity_id = None;
        action.slot_day = None;
    }
    if action.identity_id.is_none() && action.state == state::SCHEDULED && !inside::is_inside(&action) {
        choose_sender(cx, gatherer, &mut action)?;
    }
    if action.state == state::SCHEDULED && !find_a_place(cx, gatherer, &mut action, job)? {
        return Ok(None);
    }
    if calls::is_call(&action) {
        calls::prepare::prepare(cx, gatherer, &mut action)?;
    } else {
        mend(cx, gatherer, &mut action)?;
    }
    // A call that had waited for a line and doesn't take it leaves it to the next.
    let waited_for = if action.hold_gate.as_deref() == Some(LINE_GATE) { action.identity_id } else { None };
    let taken = judge(cx, gatherer, transports, action, job)?;
    if let (Some(_), Judged::Left) = (waited_for, &taken) {
        calls::finish::free_line(cx, waited_for)?;
    }
    Ok(match taken {
        Judged::Goes(hand_over) => Some(hand_over),
        Judged::Left | Judged::WaitsForALine => None,
    })
}

/// The gate at which calls wait for a line of their number.
pub(crate) const LINE_GATE: &str = "concurrency";

/// What became of a claimed action.
enum Judged {
    Goes(HandOver),
    WaitsForALine,
    Left,
}

/// Asks the gates, and does what they say.
fn judge(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    transports: &dyn Transports,
    action: Action,
    job: &Job,
) -> Result<Judged> {
    let snapshot = gatherer.snapshot(cx, &action, transports)?;
    match decide(&snapshot, cx.now) {
        Decision::Refuse { code, because, .. } => {
            gatherer.forget(action.identity_id, action.enrollment_id);
            refuse(cx, action, code, &because)?;
            Ok(Judged::Left)
        }
        Decision::Hold { gate, because, until } => {
            hold(cx, gatherer, action, job, &snapshot, &Held { gate, because: &because, until })?;
            Ok(if gate == LINE_GATE { Judged::WaitsForALine } else { Judged::Left })
        }
        Decision::Go if action.kind == SKILL => {
            skill::begin(cx, action, job)?;
            Ok(Judged::Left)
        }
        Decision::Go if inside::is_inside(&action) => {
            match &snapshot.lead {
                Some(lead) => inside::perform(cx, action, lead)?,
                None => refuse(cx, action, "lead_deleted", "the lead was deleted")?,
            }
            Ok(Judged::Left)
        }
        Decision::Go => {
            let going = if calls::is_call(&action) {
                calls::dial::go(cx, gatherer, action, job, &snapshot)?
            } else if texts::is_text(&action) {
                texts::deliver::go(cx, gatherer, action, job, &snapshot)?
            } else {
                go(cx, gatherer, action, job, &snapshot)?
            };
            Ok(going.map_or(Judged::Left, Judged::Goes))
        }
    }
}

/// The process that handed it over died before it heard the answer.
fn lose_sight(cx: &mut Context<'_, '_>, action: Action) -> Result<()> {
    let address = match action.message_id {
        Some(id) => Some(messages::get(cx.tx, cx.project, id)?.address),
        None if texts::is_text(&action) => Some(texts::deliver::ended(cx, &action, texts::status::UNKNOWN, None)?),
        None => None,
    };
    if let Some(address) = address {
        rows::settle(cx.tx, &action, &address, "unknown", cx.now)?;
    }
    conclude(
        cx,
        action,
        state::UNKNOWN,
        "lease_lost",
        "the process that handed it over ended before it heard the answer",
    )
}

fn choose_sender(cx: &mut Context<'_, '_>, gatherer: &mut Gatherer, action: &mut Action) -> Result<()> {
    let Ok(channel) = action.channel.parse::<Channel>() else { return Ok(()) };
    let pool = match action.sequence_id {
        Some(id) => gatherer.sequence(cx, id)?.map(|(_, definition)| definition.identities.clone()).unwrap_or_default(),
        None => Vec::new(),
    };
    let mut found = rotation::candidates(cx, channel, &pool, action.agent_id)?;
    let lead = match leads::get(cx.tx, cx.project, action.lead_id) {
        Ok(lead) => lead,
        Err(StoreError::NotFound) => return Ok(()),
        Err(other) => return Err(other.into()),
    };
    let Some(identity) = rotation::choose(&mut found, &lead) else { return Ok(()) };
    action.identity_id = Some(identity.id);
    if let Some(id) = action.message_id {
        let mut message = messages::get(cx.tx, cx.project, id)?;
        message.identity_id = Some(identity.id);
        message.header_id = header_id(action.id, Some(&identity.address));
        message.save(cx.tx)?;
    }
    Ok(())
}

/// An action that came due before the day of its place was called to look for an earlier one. False when it waits on.
fn find_a_place(cx: &mut Context<'_, '_>, gatherer: &mut Gatherer, action: &mut Action, job: &Job) -> Result<bool> {
    let (Some(id), Some(day)) = (action.identity_id, action.slot_day) else { return Ok(true) };
    let Some(mut identity) = gatherer.identity(cx, id)? else { return Ok(true) };
    if action.hold_gate.as_deref() != Some(slots::GATE) || day <= counted_day(&identity, cx.now) {
        return Ok(true);
    }
    release_slot(cx, action)?;
    // A call of nobody's choice may go from another number of its agent; what a person has approved names the number.
    if calls::is_call(action) && action.approval != "given" && action.enrollment_id.is_none() {
        let mut found = rotation::candidates(cx, Channel::Call, &[], action.agent_id)?;
        let full = found.iter().any(|other| other.identity.id == id && other.room < 1);
        // Whose number it is stays as it was chosen.
        found.retain(|other| other.room > 0 && other.identity.owner_id == identity.owner_id);
        let lead = match leads::get(cx.tx, cx.project, action.lead_id) {
            Ok(lead) => Some(lead),
            Err(StoreError::NotFound) => None,
            Err(other) => return Err(other.into()),
        };
        if full && let Some(other) = lead.and_then(|lead| rotation::choose(&mut found, &lead)) {
            action.identity_id = Some(other.id);
            identity = other;
        }
    }
    action.hold_gate = None;
    action.hold_reason = None;
    let wanted = approve_action::wanted(cx, action)?;
    let hours = calls::hours_of(cx, action)?;
    let due = place(cx, action, identity.id, &wanted, hours.as_ref())?;
    gatherer.forget(Some(identity.id), None);
    action.updated_at = cx.now;
    action.due_at = Some(due);
    rows::advance(cx.tx, action)?;
    if due <= cx.now {
        return Ok(true);
    }
    jobs::reschedule(cx.tx, job.id, job.token, due, None)?;
    Ok(false)
}

/// What holds an action.
pub(crate) struct Held<'a> {
    /// The gate.
    pub gate: &'static str,
    /// Why.
    pub because: &'a str,
    /// When it opens by itself.
    pub until: Option<Millis>,
}

/// Sets an action's credits aside; `None` when the project can't, and then the action waits.
///
/// # Errors
/// When the database fails.
pub(crate) fn paid_for(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    action: Action,
    job: &Job,
    snapshot: &Snapshot,
    reason: &str,
) -> Result<Option<Action>> {
    if action.cost > 0 {
        let payer = Payer::project(cx)?;
        if !credits::hold(cx, &payer, &action.id.to_string(), action.cost, reason)? {
            let held = Held { gate: "credits", because: "too few credits are available", until: None };
            hold(cx, gatherer, action, job, snapshot, &held)?;
            return Ok(None);
        }
    }
    Ok(Some(action))
}

/// Puts an action off until its gate opens, or away until something opens it.
pub(crate) fn hold(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    mut action: Action,
    job: &Job,
    snapshot: &Snapshot,
    held: &Held<'_>,
) -> Result<()> {
    let Held { gate, because, until } = *held;
    action.hold_gate = Some(gate.to_owned());
    action.hold_reason = Some(because.to_owned());
    action.updated_at = cx.now;
    let due = match (gate, until, action.identity_id) {
        (_, None, _) => None,
        (_, Some(until), Some(identity)) if gate == slots::GATE || leaves_its_day(&action, snapshot, until) => {
            // Its day is full after all (others were sent late), or the day of its place is over before it may leave.
            release_slot(cx, &mut action)?;
            let wanted = Wanted {
                earliest: until,
                window: snapshot.window,
                zone: snapshot.zone.clone(),
                holidays: snapshot.holidays.clone(),
            };
            let hours = snapshot
                .call
                .as_ref()
                .map(|call| CallingHours { rules: call.rules.clone(), zones: call.zones.clone() });
            let due = place(cx, &mut action, identity, &wanted, hours.as_ref())?;
            gatherer.forget(Some(identity), None);
            Some(due)
        }
        ("pacing", Some(until), Some(identity)) => {
            if let Some(sender) = &snapshot.identity {
                let row = identities::get(cx.tx, cx.project, identity)?;
                identities::set_slots(cx.tx, cx.project, identity, until.plus(sender.gap_ms), row.full_before_day)?;
                gatherer.forget(Some(identity), None);
            }
            Some(until)
        }
        (_, Some(until), _) => Some(until),
    };
    action.due_at = due;
    rows::advance(cx.tx, &action)?;
    match (due, action.state.as_str()) {
        (_, state::PENDING_APPROVAL) => {
            let expires = action.expires_at.unwrap_or(cx.now.plus(cx.core.settings.approval_ms));
            jobs::reschedule(cx.tx, job.id, job.token, expires, None)?;
        }
        (Some(due), _) => {
            jobs::reschedule(cx.tx, job.id, job.token, due, None)?;
        }
        (None, _) => {
            let line = action.identity_id.filter(|_| gate == LINE_GATE).map(calls::finish::line_parking);
            jobs::park(cx.tx, job.id, job.token, line.as_deref().unwrap_or(gate))?;
        }
    }
    Ok(())
}

/// Whether an action has a place on another day than that on which it may go on.
fn leaves_its_day(action: &Action, snapshot: &Snapshot, until: Millis) -> bool {
    match (action.slot_day, &snapshot.identity) {
        (Some(day), Some(sender)) => day != day_of(&sender.zone, until),
        _ => false,
    }
}

fn go(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    mut action: Action,
    job: &Job,
    snapshot: &Snapshot,
) -> Result<Option<HandOver>> {
    let (Some(identity_id), Some(message_id), Some(lead), Some(sender)) =
        (action.identity_id, action.message_id, &snapshot.lead, &snapshot.identity)
    else {
        refuse(cx, action, "incomplete", "the action has no sender, content or lead")?;
        return Ok(None);
    };
    let Some(identity) = gatherer.identity(cx, identity_id)? else {
        refuse(cx, action, "incomplete", "the sender is gone")?;
        return Ok(None);
    };
    let mut message = messages::get(cx.tx, cx.project, message_id)?;
    if let Some(email) = lead.email.as_ref().filter(|email| **email != message.address) {
        message.address.clone_from(email);
        message.clone().save(cx.tx)?;
    }
    let content = Content {
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        problems: Vec::new(),
    };
    let digest = content_digest(&identity.address, &message.address, &content);
    if digest != action.digest {
        // Sender or address is another than it was; an approval of the old ones does not cover it.
        action.digest = digest;
        if action.approval == "given" {
            release_slot(cx, &mut action)?;
            "needed".clone_into(&mut action.approval);
            state::PENDING_APPROVAL.clone_into(&mut action.state);
            action.hold_gate = Some("approval".to_owned());
            action.hold_reason = Some("sender or address changed since it was approved".to_owned());
            action.expires_at = None;
            await_approval(cx, &mut action)?;
            action.save(cx.tx)?;
            return Ok(None);
        }
        action.clone().save(cx.tx)?;
    }
    let Some(action) = paid_for(cx, gatherer, action, job, snapshot, "email")? else { return Ok(None) };
    let mail = match compose::mail(cx, &action, &message, &identity, lead) {
        Ok(mail) => mail,
        Err(error) if error.code == crate::error::code::VALIDATION_ERROR => {
            refuse(cx, action, "unsendable", &error.message)?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let Some(action) = leave(cx, gatherer, action, job, snapshot, sender, &message.address)? else { return Ok(None) };
    Ok(Some(hand_over(cx, action.id, job, identity.transport, Cargo::Mail(Box::new(mail)))))
}

/// Lets an action leave: enters it in the ledger, counts it on its sender's day, and shows it as under way. `None` when the ledger
/// has its contact and cause already; it is refused then.
///
/// # Errors
/// When the database fails.
pub(crate) fn leave(
    cx: &mut Context<'_, '_>,
    gatherer: &mut Gatherer,
    mut action: Action,
    job: &Job,
    snapshot: &Snapshot,
    sender: &Sender,
    address: &str,
) -> Result<Option<Action>> {
    action.attempts += 1;
    action.token = Some(job.token);
    if !rows::hand(cx.tx, &action, address, cx.now)? {
        refuse(cx, action, "duplicate", "the ledger has this contact and cause already")?;
        return Ok(None);
    }
    let today = day_of(&sender.zone, cx.now);
    count_sent(cx, &mut action, sender.id, today)?;
    if sender.gap_ms > 0 && !snapshot.has_slot {
        if let Some(identity) = gatherer.identity(cx, sender.id)? {
            identities::set_slots(cx.tx, cx.project, sender.id, cx.now.plus(sender.gap_ms), identity.full_before_day)?;
        }
        gatherer.forget(Some(sender.id), None);
    }
    state::SENDING.clone_into(&mut action.state);
    action.hold_gate = None;
    action.hold_reason = None;
    action.updated_at = cx.now;
    rows::advance(cx.tx, &action)?;
    Ok(Some(action))
}

/// What is handed over for a claimed job.
pub(crate) fn hand_over(
    cx: &Context<'_, '_>,
    action: ActionId,
    job: &Job,
    transport: String,
    cargo: Cargo,
) -> HandOver {
    HandOver {
        project: cx.project,
        action,
        job: job.id,
        token: job.token,
        lease_until: job.due_at.unwrap_or(cx.now),
        transport,
        cargo,
    }
}

/// Counts a hand-over on a day: a place reserved there becomes a sent one, a place on another day is given back.
fn count_sent(cx: &mut Context<'_, '_>, action: &mut Action, identity: IdentityId, today: i64) -> Result<()> {
    if action.slot_day == Some(today) {
        action.slot_day = None;
        return Ok(identities::add_to_day(cx.tx, cx.project, identity, today, -1, 1)?);
    }
    release_slot(cx, action)?;
    Ok(identities::add_to_day(cx.tx, cx.project, identity, today, 0, 1)?)
}

/// The day a hand-over at this moment is counted on.
#[must_use]
pub fn counted_day(identity: &identities::Identity, now: Millis) -> i64 {
    day_of(&TimeZone::parse(&identity.time_zone).unwrap_or(TimeZone::UTC), now)
}
