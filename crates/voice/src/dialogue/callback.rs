//! Finding out when to call again. Promises nothing: it notes what the callee said.

use jiff::civil::{DateTime, Time};
use jiff::{Span, ToSpan as _};

use super::{Dialogue, Stage};
use crate::turn::{Callback, Outcome};
use crate::understand::dates::day;
use crate::understand::numbers::number_at;
use crate::understand::times::time;
use crate::understand::tokens;
use crate::understand::yes_no::{Verdict, verdict};

impl Dialogue {
    /// The callee wants another time: done when they named one, else it is asked for with the phrase of that name.
    pub(super) fn ask_callback(&mut self, said: &str, phrase: &str) {
        let named = when(said, self.script.now, false);
        self.callback = Some(named.clone());
        if named.day.is_some() || named.time.is_some() {
            self.finish(Outcome::CallbackRequested);
            return;
        }
        self.stage = Stage::Callback;
        (self.misses, self.repeats) = (0, 0);
        self.phrase(phrase);
    }

    /// The answer to "when".
    pub(super) fn take_callback(&mut self, said: &str) {
        let named = when(said, self.script.now, true);
        let is_named = named.day.is_some() || named.time.is_some();
        if !is_named && verdict(said) == Some(Verdict::No) && self.wants_person.is_none() {
            self.callback = None;
            self.finish(Outcome::Declined);
        } else if is_named || self.misses > 0 {
            self.callback = Some(named);
            self.finish(Outcome::CallbackRequested);
        } else {
            self.misses += 1;
            self.phrase("callback_again");
        }
    }
}

/// What a text says about when to call.
fn when(said: &str, now: DateTime, wanted: bool) -> Callback {
    let words: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    if let Some(at) = after(said).and_then(|span| now.checked_add(span).ok()) {
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        return Callback { at: Some(at), day: Some(at.date()), time: Some(time), words };
    }
    let (day, time) = (day(said, now.date(), false), time(said, wanted));
    let clock = time.as_deref().and_then(|time| {
        let (hour, minute) = time.split_once(':')?;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    });
    let at = clock.and_then(|clock| match day {
        Some(day) => Some(day.to_datetime(clock)),
        None => {
            let today = now.date().to_datetime(clock);
            if today > now { Some(today) } else { today.checked_add(1.day()).ok() }
        }
    });
    Callback { at, day: day.or(at.map(DateTime::date)), time, words }
}

/// `in an hour`, `in 20 minutes`, `in half an hour`.
fn after(said: &str) -> Option<Span> {
    let tokens = tokens(said);
    let at = tokens.iter().position(|token| token == "in")? + 1;
    let token = |place: usize| tokens.get(place).map_or("", String::as_str);
    if token(at) == "half" && token(at + 2) == "hour" {
        return Some(30.minutes());
    }
    let (count, next) = match token(at) {
        "a" | "an" if token(at + 1) != "couple" => (1.0, at + 1),
        _ => number_at(&tokens, at)?,
    };
    if count.fract() != 0.0 || !(1.0..=600.0).contains(&count) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number up to 600, see above")]
    let count = count as i64;
    let unit = if token(next) == "of" { next + 1 } else { next };
    match token(unit) {
        "hour" | "hours" => Some(count.hours()),
        "minute" | "minutes" | "min" => Some(count.minutes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::when;

    #[test]
    fn another_time_is_a_moment_a_day_or_words() {
        // A Wednesday.
        let now = date(2026, 7, 29).at(15, 10, 0, 0);
        for (said, at, day, time) in [
            ("tomorrow at ten", Some(date(2026, 7, 30).at(10, 0, 0, 0)), Some(date(2026, 7, 30)), Some("10:00")),
            ("in an hour", Some(date(2026, 7, 29).at(16, 10, 0, 0)), Some(date(2026, 7, 29)), Some("16:10")),
            ("in 20 minutes", Some(date(2026, 7, 29).at(15, 30, 0, 0)), Some(date(2026, 7, 29)), Some("15:30")),
            ("at five", Some(date(2026, 7, 29).at(17, 0, 0, 0)), Some(date(2026, 7, 29)), Some("17:00")),
            ("at 9 am", Some(date(2026, 7, 30).at(9, 0, 0, 0)), Some(date(2026, 7, 30)), Some("09:00")),
            ("Friday afternoon", None, Some(date(2026, 7, 31)), Some("afternoon")),
            ("whenever you like", None, None, None),
        ] {
            let found = when(said, now, true);
            assert_eq!((found.at, found.day, found.time.as_deref()), (at, day, time), "{said}");
        }
    }
}
