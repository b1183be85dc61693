//! Cron schedules: five fields, or a name such as `@daily`, in a time zone. Says when a schedule comes next; starts nothing.
//!
//! Where the clocks skip a scheduled time, the schedule comes at the first moment after the gap; where they show it twice, it
//! comes the first time only. When both the day of the month and the day of the week are given, either is enough (POSIX
//! `crontab`).

use crate::time::{DAY, MINUTE, Millis};
use crate::window::{TimeZone, day_of, day_start};

/// How many days ahead a schedule is looked for: from one 29 February to the next but one.
const HORIZON_DAYS: i64 = 366 * 9;

/// Text that is no schedule; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a schedule: {problem}")]
pub struct InvalidCron {
    text: String,
    problem: String,
}

/// A schedule. Sets are bits: bit 5 of `minutes` is minute 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// Sunday is 0.
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
}

struct Part {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const PARTS: [Part; 5] = [
    Part { name: "minute", least: 0, most: 59, names: &[] },
    Part { name: "hour", least: 0, most: 23, names: &[] },
    Part { name: "day of the month", least: 1, most: 31, names: &[] },
    Part {
        name: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Part { name: "day of the week", least: 0, most: 7, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const NAMED: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

impl Cron {
    /// Parses five fields (minute, hour, day of the month, month, day of the week) of `*`, numbers, names, ranges, steps and
    /// lists, or a name such as `@daily`.
    ///
    /// # Errors
    /// Which field is wrong and why; also for a date that never comes, such as 30 February.
    pub fn parse(text: &str) -> Result<Self, InvalidCron> {
        let refuse = |problem: String| InvalidCron { text: text.trim().chars().take(60).collect(), problem };
        let trimmed = text.trim().to_lowercase();
        let plain = NAMED.iter().find(|(name, _)| *name == trimmed).map_or(trimmed.as_str(), |(_, fields)| fields);
        let fields: Vec<&str> = plain.split_whitespace().collect();
        if fields.len() != PARTS.len() {
            return Err(refuse(format!(
                "it has {} fields; write minute, hour, day of the month, month and day of the week, such as 0 9 * * mon-fri",
                fields.len()
            )));
        }
        let mut sets = [0_u64; 5];
        for ((set, part), field) in sets.iter_mut().zip(&PARTS).zip(&fields) {
            *set = read(part, field).map_err(|problem| refuse(format!("{} \"{field}\": {problem}", part.name)))?;
        }
        let [minutes, hours, days, months, weekdays] = sets;
        let cron = Self {
            text: text.trim().to_owned(),
            minutes,
            hours,
            days,
            months,
            // Sunday is 0 and 7.
            weekdays: (weekdays | (weekdays >> 7)) & 0x7f,
            any_day: fields[2].starts_with('*'),
            any_weekday: fields[4].starts_with('*'),
        };
        if cron.any_weekday && !cron.has_a_date() {
            return Err(refuse("that day is in none of these months".to_owned()));
        }
        Ok(cron)
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn has_a_date(&self) -> bool {
        const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        (1_u32..=12).zip(LENGTHS).any(|(month, length)| {
            self.months & (1 << month) != 0 && (1..=length).any(|day| self.days & (1 << day) != 0)
        })
    }

    fn is_on(&self, day: i64) -> bool {
        let (month, of_month) = civil(day);
        // Day 0 was a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        let by_day = self.days & (1 << of_month) != 0;
        let by_weekday = self.weekdays & (1 << weekday) != 0;
        let day_fits = match (self.any_day, self.any_weekday) {
            (false, false) => by_day || by_weekday,
            _ => by_day && by_weekday,
        };
        day_fits && self.months & (1 << month) != 0
    }

    /// The first scheduled moment after `now` on a zone's clocks.
    #[must_use]
    pub fn next_after(&self, zone: &TimeZone, now: Millis) -> Option<Millis> {
        let today = day_of(zone, now);
        (today..today + HORIZON_DAYS).filter(|day| self.is_on(*day)).find_map(|day| {
            let times = (0..24_i64).filter(|hour| self.hours & (1 << hour) != 0).flat_map(|hour| {
                (0..60_i64).filter(|minute| self.minutes & (1 << minute) != 0).map(move |m| hour * 60 + m)
            });
            times.map(|minute| zone.moment_of(day * DAY + minute * MINUTE)).find(|moment| *moment > now)
        })
    }
}

/// Month and day of the month of a day counted from 1970-01-01.
fn civil(day: i64) -> (u32, u32) {
    let date = Millis(day * DAY).timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    (u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()))
}

fn read(part: &Part, field: &str) -> Result<u64, String> {
    let mut set = 0;
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u32>().ok().filter(|step| *step > 0);
                (range, step.ok_or("a step is a number from 1")?)
            }
            None => (item, 1),
        };
        let (first, last) = if range == "*" {
            (part.least, if part.name == "day of the week" { 6 } else { part.most })
        } else if let Some((first, last)) = range.split_once('-') {
            (number(part, first)?, number(part, last)?)
        } else {
            let first = number(part, range)?;
            (first, if item.contains('/') { part.most } else { first })
        };
        if last < first {
            return Err("a range goes from less to more".to_owned());
        }
        let mut value = first;
        while value <= last {
            set |= 1 << value;
            value += step;
        }
    }
    Ok(set)
}

fn number(part: &Part, text: &str) -> Result<u32, String> {
    if let Some(place) = part.names.iter().position(|name| text.get(..3) == Some(*name) && text.len() == 3) {
        return Ok(u32::try_from(place).unwrap_or(0) + part.least);
    }
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_digit());
    text.parse::<u32>()
        .ok()
        .filter(|number| digits && (part.least..=part.most).contains(number))
        .ok_or_else(|| format!("expected a number from {} to {}", part.least, part.most))
}

impl TimeZone {
    /// The moment at which this zone's clocks first show `local` (milliseconds since 1970 on those clocks), or, where they
    /// skip it, the first moment after the gap.
    fn moment_of(&self, local: i64) -> Millis {
        if let Some(found) = self.first_moment(local) {
            return found;
        }
        let day = local.div_euclid(DAY);
        // Gaps end on a whole minute of the local clock within a day.
        (local.div_euclid(MINUTE) + 1..(day + 2) * (DAY / MINUTE))
            .find_map(|minute| self.first_moment(minute * MINUTE))
            .unwrap_or_else(|| day_start(self, day + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::Cron;
    use crate::time::Millis;
    use crate::window::TimeZone;

    fn next(cron: &str, zone: &str, now: &str) -> String {
        let found = Cron::parse(cron).unwrap().next_after(&TimeZone::parse(zone).unwrap(), now.parse().unwrap());
        found.map_or_else(|| "never".to_owned(), |at: Millis| at.to_string().replace(":00.000Z", "Z"))
    }

    #[test]
    fn schedules_come_when_they_say() {
        // Checked against the calendar by hand; 2 November 2026 is a Monday.
        for (cron, now, expected) in [
            ("0 9 * * *", "2026-11-02T08:59:59Z", "2026-11-02T09:00Z"),
            ("0 9 * * *", "2026-11-02T09:00:00Z", "2026-11-03T09:00Z"),
            ("*/15 * * * *", "2026-11-02T10:01:00Z", "2026-11-02T10:15Z"),
            ("5/20 8-10 * * *", "2026-11-02T08:50:00Z", "2026-11-02T09:05Z"),
            ("0 9 * * mon-fri", "2026-11-06T09:00:00Z", "2026-11-09T09:00Z"),
            ("0 9 * * 7", "2026-11-02T00:00:00Z", "2026-11-08T09:00Z"),
            ("0 9 * * sun", "2026-11-02T00:00:00Z", "2026-11-08T09:00Z"),
            ("30 6 1 jan,jul *", "2026-11-02T00:00:00Z", "2027-01-01T06:30Z"),
            ("0 0 13 * fri", "2026-11-02T00:00:00Z", "2026-11-06T00:00Z"),
            ("0 0 29 2 *", "2026-11-02T00:00:00Z", "2028-02-29T00:00Z"),
            ("0 0 */10 * *", "2026-11-02T00:00:00Z", "2026-11-11T00:00Z"),
            ("@hourly", "2026-11-02T10:30:00Z", "2026-11-02T11:00Z"),
            ("@weekly", "2026-11-02T10:30:00Z", "2026-11-08T00:00Z"),
            ("@yearly", "2026-11-02T10:30:00Z", "2027-01-01T00:00Z"),
        ] {
            assert_eq!(next(cron, "UTC", now), expected, "{cron} after {now}");
        }
    }

    #[test]
    fn clocks_that_change_skip_nothing_and_repeat_nothing() {
        // Berlin skips 02:00 to 03:00 on 29 March 2026 and shows 02:00 to 03:00 twice on 25 October 2026.
        assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:00Z");
        assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z"), "2026-03-30T00:30Z");
        assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T00:30Z");
        assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-26T01:30Z");
        assert_eq!(next("0 9 * * *", "America/New_York", "2026-11-02T15:00:00Z"), "2026-11-03T14:00Z");
    }

    #[test]
    fn what_is_no_schedule_says_which_field() {
        for (text, word) in [
            ("", "0 fields"),
            ("0 9 * *", "4 fields"),
            ("60 * * * *", "minute \"60\""),
            ("* 24 * * *", "hour \"24\""),
            ("* * 0 * *", "day of the month"),
            ("* * * 13 *", "month \"13\""),
            ("* * * * 8", "day of the week"),
            ("*/0 * * * *", "from 1"),
            ("9-5 * * * *", "less to more"),
            ("a * * * *", "a number from 0 to 59"),
            ("1,,2 * * * *", "a number"),
            ("0 0 30 2 *", "none of these months"),
            ("@sometimes", "1 fields"),
            ("-1 * * * *", "minute"),
        ] {
            let error = Cron::parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
