//! The gates that calls alone must pass: disclosure, hours, attempts, lines; text messages keep to the hours too. Everything else passes
//! them by.

use outrider_domain::calling;
use outrider_domain::time::{DAY, Millis};

use super::snapshot::{Calling, Snapshot};
use super::{Verdict, hold, pass};

const NOT_A_CALL: &str = "not a call";

pub(super) fn disclosure(s: &Snapshot, _: Millis) -> Verdict {
    match &s.call {
        None => pass(NOT_A_CALL),
        Some(call) if call.is_text => pass(NOT_A_CALL),
        Some(call) if call.discloses => pass("its first sentence says so"),
        Some(_) => hold(None, "the first sentence does not say that a machine speaks"),
    }
}

pub(super) fn hours(s: &Snapshot, now: Millis) -> Verdict {
    let Some(call) = &s.call else { return pass(NOT_A_CALL) };
    if call.zones.is_empty() {
        return hold(
            None,
            "it is not known where the person is: no time zone is stored, no country that is known here, and the number's country \
             code tells none; store time_zone or country with the lead",
        );
    }
    match calling::next_open(&call.rules, &call.zones, now) {
        Some(open) if open <= now => pass(format!("open in {} ({})", places(call), laws(call))),
        Some(open) => hold(Some(open), format!("closed in {} until {open} ({})", places(call), laws(call))),
        None => hold(None, format!("the rules leave no hour in common in {} ({})", places(call), laws(call))),
    }
}

/// The clock that counts; where there are several, what would make it one.
fn places(call: &Calling) -> String {
    match call.zones.as_slice() {
        [one] => one.to_string(),
        [first, .., last] => format!(
            "one of {} time zones from {first} to {last}, any of which the person may be in: store time_zone with the lead to call \
             by one clock",
            call.zones.len()
        ),
        [] => String::new(),
    }
}

pub(super) fn attempts(s: &Snapshot, now: Millis) -> Verdict {
    let Some(call) = s.call.as_ref().filter(|call| !call.is_text) else { return pass(NOT_A_CALL) };
    let rest = call.rules.iter().filter_map(|rule| rule.after_refusal_days).max();
    if let (Some(days), Some(said_no)) = (rest, call.declined_at) {
        let until = said_no.plus(days * DAY);
        if until > now {
            return hold(
                Some(until),
                format!("the person declined at {said_no}, and {days} days must pass ({})", laws(call)),
            );
        }
    }
    match calling::next_attempt(&call.rules, &call.dialled, now) {
        None => pass(format!("called {} times within {} days", call.dialled.len(), calling::longest_memory())),
        Some((until, limit)) => hold(
            Some(until),
            format!("called {} times within {} days, which is the most ({})", limit.count, limit.days, laws(call)),
        ),
    }
}

pub(super) fn concurrency(s: &Snapshot, _: Millis) -> Verdict {
    let (Some(call), Some(identity)) = (s.call.as_ref().filter(|call| !call.is_text), &s.identity) else {
        return pass(NOT_A_CALL);
    };
    let doubtful = i64::try_from(call.doubtful_until.len()).unwrap_or(i64::MAX);
    if call.on_line.saturating_add(doubtful) < call.lines {
        return pass(format!("{} of {} lines in use", call.on_line + doubtful, call.lines));
    }
    // A live call wakes the next one when it ends; a doubtful one only by time.
    let until = if call.on_line < call.lines { call.doubtful_until.iter().min().copied() } else { None };
    hold(until, format!("all {} lines of {} are in use: waits for one", call.lines, identity.address))
}

fn laws(call: &Calling) -> String {
    call.rules.iter().map(|rule| format!("{}: {}", rule.country, rule.law)).collect::<Vec<_>>().join("; ")
}
