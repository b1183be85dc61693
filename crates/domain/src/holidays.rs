//! Holidays: which days of which year they are, by country and region from a table that names its sources, and by a project's own list.
//! Knows calendar days alone: no clock, no lead.

use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, Weekday as CivilWeekday};
use serde::{Deserialize, Serialize};

use crate::country;
use crate::time::Millis;
use crate::window::{SendWindow, TimeZone, Weekday, day_of, day_start};

/// Most days looked ahead for one that is no holiday.
const HORIZON: usize = 60;

/// A day that comes back every year, or one day of one year. In text as [`DayRule::parse`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayRule {
    /// `12-24`.
    Fixed {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
    /// `2026-12-24`.
    Once(Date),
    /// `easter+1`: so many days from Easter Sunday of the western churches.
    Easter(i64),
    /// `4th thu 11`: that weekday of that month.
    Nth {
        /// 1 to 5, or -1 for the last.
        nth: i8,
        /// Which.
        weekday: Weekday,
        /// 1 to 12.
        month: i8,
    },
    /// `wed until 11-22`: the last such weekday that is not after the date.
    Until {
        /// Which.
        weekday: Weekday,
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
}

/// Text that is no day of a calendar; safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a day: write MM-DD, YYYY-MM-DD, easter+1, \"4th thu 11\", \"last mon 05\" or \"wed until 11-22\""
)]
pub struct InvalidDay(String);

impl DayRule {
    /// Reads a day.
    ///
    /// # Errors
    /// Names the text that is none.
    pub fn parse(text: &str) -> Result<Self, InvalidDay> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let found = match words.as_slice() {
            [word] => Self::of_word(word),
            [nth, weekday, month] if *weekday != "until" && *nth != "until" => {
                let nth = match *nth {
                    "1st" => Some(1),
                    "2nd" => Some(2),
                    "3rd" => Some(3),
                    "4th" => Some(4),
                    "5th" => Some(5),
                    "last" => Some(-1),
                    _ => None,
                };
                let month = month.parse::<i8>().ok().filter(|month| (1..=12).contains(month) && words[2].len() == 2);
                match (nth, weekday_of(weekday), month) {
                    (Some(nth), Some(weekday), Some(month)) => Some(Self::Nth { nth, weekday, month }),
                    _ => None,
                }
            }
            [weekday, "until", date] => match (weekday_of(weekday), Self::of_word(date)) {
                (Some(weekday), Some(Self::Fixed { month, day })) => Some(Self::Until { weekday, month, day }),
                _ => None,
            },
            _ => None,
        };
        found.ok_or_else(|| InvalidDay(text.chars().take(40).collect()))
    }

    fn of_word(word: &str) -> Option<Self> {
        if let Some(days) = word.strip_prefix("easter") {
            let signed = days.starts_with(['+', '-']);
            return days.parse().ok().filter(|days: &i64| signed && days.abs() <= 100).map(Self::Easter);
        }
        let number = |part: &str, digits: usize| {
            let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i16>().ok().filter(|_| plain)
        };
        let part = |number: i16| i8::try_from(number).ok();
        match word.split('-').collect::<Vec<_>>().as_slice() {
            [month, day] => {
                let (month, day) = (part(number(month, 2)?)?, part(number(day, 2)?)?);
                // A leap year has every day there is.
                Date::new(2024, month, day).ok().map(|_| Self::Fixed { month, day })
            }
            [year, month, day] => {
                let (month, day) = (part(number(month, 2)?)?, part(number(day, 2)?)?);
                Date::new(number(year, 4)?, month, day).ok().map(Self::Once)
            }
            _ => None,
        }
    }

    /// The day it is in a year; none in years that have no such day.
    #[must_use]
    pub fn in_year(&self, year: i16) -> Option<Date> {
        match *self {
            Self::Fixed { month, day } => Date::new(year, month, day).ok(),
            Self::Once(date) => (date.year() == year).then_some(date),
            Self::Easter(days) => easter(year)?.checked_add(jiff::Span::new().days(days)).ok(),
            Self::Nth { nth, weekday, month } => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, civil(weekday)).ok()
            }
            Self::Until { weekday, month, day } => {
                let last = Date::new(year, month, day).ok()?;
                if last.weekday() == civil(weekday) { Some(last) } else { last.nth_weekday(-1, civil(weekday)).ok() }
            }
        }
    }
}

impl TryFrom<String> for DayRule {
    type Error = InvalidDay;
    fn try_from(text: String) -> Result<Self, InvalidDay> {
        Self::parse(&text)
    }
}

impl<'de> Deserialize<'de> for DayRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn weekday_of(name: &str) -> Option<Weekday> {
    Weekday::ALL.into_iter().find(|weekday| weekday.name() == name)
}

fn civil(weekday: Weekday) -> CivilWeekday {
    // Monday is 0 there as here.
    CivilWeekday::from_monday_zero_offset(weekday as i8).unwrap_or(CivilWeekday::Monday)
}

/// What happens to a country's holiday at a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Observed {
    /// Nothing.
    #[default]
    No,
    /// The working day next to it is free: Friday for Saturday, Monday for Sunday.
    Nearest,
    /// The next working day that is no holiday itself is free.
    Next,
}

/// A holiday of a country.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which day.
    pub day: DayRule,
    /// As people there call it.
    pub name: String,
    /// Regions that have it; all when empty.
    #[serde(default)]
    pub regions: Vec<String>,
}

/// The holidays of one country.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountryHolidays {
    /// ISO 3166-1 code.
    pub country: String,
    /// Where it stands, in our words.
    pub source: String,
    /// What happens at weekends.
    #[serde(default)]
    pub observed: Observed,
    /// The days.
    pub days: Vec<Holiday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    country: Vec<CountryHolidays>,
}

static TABLE: LazyLock<Vec<CountryHolidays>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../data/holidays.toml")).map(|table| table.country).unwrap_or_default()
});

/// Every country of the table.
#[must_use]
pub fn countries() -> &'static [CountryHolidays] {
    &TABLE
}

/// The holidays of a country as people write it; none for one that is not in the table.
#[must_use]
pub fn of_country(country: &str) -> Option<&'static CountryHolidays> {
    let code = country::find(country)?.code;
    TABLE.iter().find(|one| one.country == code)
}

impl CountryHolidays {
    /// Every holiday of a year with its name, in order; with those of a region, where one is named.
    #[must_use]
    pub fn in_year(&self, year: i16, region: Option<&str>) -> Vec<(Date, &str)> {
        let has = |holiday: &&Holiday| {
            holiday.regions.is_empty()
                || region.is_some_and(|region| holiday.regions.iter().any(|one| one.eq_ignore_ascii_case(region)))
        };
        let proper =
            self.days.iter().filter(has).filter_map(|holiday| Some((holiday.day.in_year(year)?, &*holiday.name)));
        let mut found: Vec<(Date, &str)> = proper.collect();
        found.sort();
        let days: Vec<(Date, &str)> = found.clone();
        for (date, name) in days {
            if let Some(instead) = self.instead_of(date, &found) {
                found.push((instead, name));
            }
        }
        found.sort();
        found
    }

    /// The working day that is free for a holiday at a weekend.
    fn instead_of(&self, date: Date, taken: &[(Date, &str)]) -> Option<Date> {
        let weekend = |date: Date| matches!(date.weekday(), CivilWeekday::Saturday | CivilWeekday::Sunday);
        match self.observed {
            Observed::Nearest if date.weekday() == CivilWeekday::Saturday => date.yesterday().ok(),
            Observed::Nearest if date.weekday() == CivilWeekday::Sunday => date.tomorrow().ok(),
            Observed::Next if weekend(date) => {
                let mut day = date.tomorrow().ok()?;
                while weekend(day) || taken.iter().any(|(other, _)| *other == day) {
                    day = day.tomorrow().ok()?;
                }
                Some(day)
            }
            _ => None,
        }
    }

    fn name_on(&self, date: Date, region: Option<&str>) -> Option<&str> {
        let known =
            |year: i16| self.in_year(year, region).into_iter().find(|(day, _)| *day == date).map(|(_, name)| name);
        let proper = self.days.iter().any(|holiday| holiday.day.in_year(date.year()) == Some(date));
        if !proper && self.observed == Observed::No {
            return None;
        }
        // New Year's Day on a Saturday is kept on the Friday before, in the other year.
        known(date.year()).or_else(|| (date.month() == 12).then(|| known(date.year().saturating_add(1))).flatten())
    }
}

/// A day of a project's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct OwnHoliday {
    /// `MM-DD` for every year, `YYYY-MM-DD` for one, or a rule such as `easter+1` or `last fri 11`.
    #[schemars(length(min = 5, max = 20))]
    pub day: String,
    /// What it is.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub name: String,
}

/// A region as people write it, without its country before it: `BY` of `DE-BY`.
#[must_use]
pub fn region_of(text: &str) -> &str {
    text.trim().rsplit('-').next().unwrap_or_default()
}

/// The holidays that count for one lead: those of a project, and of the country and region the lead lives in. Cloning is cheap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays {
    own: Arc<Vec<(DayRule, String)>>,
    country: Option<&'static CountryHolidays>,
    region: Option<String>,
}

impl Holidays {
    /// Of a project's own list, and of a country as people write it. Days that can't be read are passed over: they were refused when
    /// they were to be stored.
    #[must_use]
    pub fn new(own: &[OwnHoliday], country: Option<&str>, region: Option<&str>) -> Self {
        let own = own.iter().filter_map(|one| Some((DayRule::parse(&one.day).ok()?, one.name.clone()))).collect();
        Self { own: Arc::new(own), country: None, region: None }.at(country, region)
    }

    /// The same own list for somebody in a country and region.
    #[must_use]
    pub fn at(&self, country: Option<&str>, region: Option<&str>) -> Self {
        Self {
            own: Arc::clone(&self.own),
            country: country.and_then(of_country),
            region: region.map(|region| region_of(region).to_owned()),
        }
    }

    /// What a calendar day (counted from 1970-01-01) is, when it is a holiday.
    #[must_use]
    pub fn name_of(&self, day: i64) -> Option<String> {
        if self.own.is_empty() && self.country.is_none() {
            return None;
        }
        let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(i32::try_from(day).ok()?)).ok()?;
        let own =
            self.own.iter().find(|(rule, _)| rule.in_year(date.year()) == Some(date)).map(|(_, name)| {
                if name.is_empty() { "a holiday of the project's own".to_owned() } else { name.clone() }
            });
        own.or_else(|| {
            let country = self.country?;
            country.name_on(date, self.region.as_deref()).map(|name| format!("{name} ({})", country.country))
        })
    }

    /// The first moment at or after `now` at which a window is open on a day that is no holiday.
    #[must_use]
    pub fn next_open(&self, window: &SendWindow, zone: &TimeZone, now: Millis) -> Millis {
        let mut at = window.next_open(zone, now);
        for _ in 0..HORIZON {
            let day = day_of(zone, at);
            if self.name_of(day).is_none() {
                break;
            }
            at = window.next_open(zone, day_start(zone, day + 1));
        }
        at
    }
}

/// Easter Sunday of a Gregorian year, by the method of Meeus, Jones and Butcher (Meeus, Astronomical Algorithms, chapter 8).
#[must_use]
pub fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(sum / 31).ok()?, i8::try_from(sum % 31 + 1).ok()?).ok()
}

#[cfg(test)]
#[path = "holidays_tests.rs"]
mod tests;
