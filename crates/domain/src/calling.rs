//! When and how often a person may be called: rules by country, read from a table that names their sources. Decides over moments
//! that are passed in; knows no lead and no call.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::address::Phone;
use crate::country;
use crate::holidays::DayRule;
use crate::time::{DAY, Millis};
use crate::window::{SendWindow, TimeZone, day_of, day_start};

/// How binding a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Basis {
    /// Binding.
    Law,
    /// A code of conduct.
    Code,
    /// This project's own caution.
    House,
}

/// At most so many calls to one number in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Calls.
    pub count: usize,
    /// Days of 24 hours, looked back from each moment.
    pub days: i64,
}

/// The rule of one country.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// ISO code; `default` for countries that have no rule of their own.
    pub country: String,
    /// How binding it is.
    pub basis: Basis,
    /// The law or code by name.
    pub law: String,
    /// What it says, in our words.
    pub source: String,
    /// Weekly hours; it may be called while any of them is open.
    hours: Vec<SendWindow>,
    #[serde(default)]
    holidays: Vec<DayRule>,
    /// How often.
    pub attempts: Vec<Attempts>,
    /// Days without a call after the person said no.
    #[serde(default)]
    pub after_refusal_days: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    rule: Vec<Rule>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../data/calling_rules.toml")).map(|table| table.rule).unwrap_or_default()
});

/// Every rule of the table, the default first.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// Most days looked ahead for an opening.
const HORIZON: usize = 60;

/// The rules for a person: those of the stored country and of every country the number may be in, so that a number from abroad
/// loosens nothing. The default where neither has one.
#[must_use]
pub fn rules_for(stored_country: Option<&str>, number: Option<&Phone>) -> Vec<&'static Rule> {
    let mut codes: Vec<&str> = stored_country.and_then(country::find).map(|country| country.code).into_iter().collect();
    let of_number: Vec<&str> = number.into_iter().flat_map(country::of_number).map(|country| country.code).collect();
    if !of_number.iter().any(|code| codes.contains(code)) {
        codes.extend(of_number);
    }
    let found: Vec<&Rule> = codes.iter().filter_map(|code| RULES.iter().find(|rule| rule.country == *code)).collect();
    if found.is_empty() { RULES.iter().filter(|rule| rule.country == "default").collect() } else { found }
}

/// Every zone a person may be in: the stored one; without it, each of the stored country; without that, each of every country the
/// number may be in. None when nothing of this can be read: what is stored and not understood is not replaced by the number.
#[must_use]
pub fn zones_of(stored_zone: Option<&str>, stored_country: Option<&str>, number: Option<&Phone>) -> Vec<TimeZone> {
    match (stored_zone, stored_country) {
        (Some(name), _) => TimeZone::parse(name).into_iter().collect(),
        (None, Some(country)) => country::find(country).map(|country| country.zones.clone()).unwrap_or_default(),
        (None, None) => {
            let mut zones: Vec<TimeZone> = Vec::new();
            for zone in number.into_iter().flat_map(country::of_number).flat_map(|country| &country.zones) {
                if !zones.contains(zone) {
                    zones.push(zone.clone());
                }
            }
            zones
        }
    }
}

/// The zone a person is in, when [`zones_of`] leaves a single one.
#[must_use]
pub fn zone_of(stored_zone: Option<&str>, stored_country: Option<&str>, number: Option<&Phone>) -> Option<TimeZone> {
    let mut zones = zones_of(stored_zone, stored_country, number);
    if zones.len() == 1 { zones.pop() } else { None }
}

/// The first moment at or after `now` at which all rules let a person be called in every one of `zones`, so wherever among them the
/// person is; absent when there is none for two months, or no zone.
#[must_use]
pub fn next_open(rules: &[&Rule], zones: &[TimeZone], now: Millis) -> Option<Millis> {
    let mut at = now;
    for _ in 0..HORIZON * (rules.len() * zones.len() + 1) {
        let each = rules.iter().flat_map(|rule| zones.iter().map(move |zone| rule.next_open(zone, at)));
        let later = each.collect::<Option<Vec<Millis>>>()?.into_iter().max()?;
        if later == at {
            return Some(at);
        }
        at = later;
        if at.0 - now.0 > i64::try_from(HORIZON).unwrap_or(0) * DAY {
            return None;
        }
    }
    None
}

/// When another call may be placed after those dialled before, last first; absent when it may be now.
#[must_use]
pub fn next_attempt(rules: &[&Rule], dialled: &[Millis], now: Millis) -> Option<(Millis, Attempts)> {
    let limits = rules.iter().flat_map(|rule| &rule.attempts);
    limits
        .filter_map(|limit| {
            let oldest = dialled.get(limit.count.checked_sub(1)?)?;
            let free = oldest.plus(limit.days * DAY);
            (free > now).then_some((free, *limit))
        })
        .max_by_key(|(free, _)| *free)
}

/// The longest time any rule looks back, in days.
#[must_use]
pub fn longest_memory() -> i64 {
    RULES.iter().flat_map(|rule| &rule.attempts).map(|limit| limit.days).max().unwrap_or(0)
}

impl Rule {
    /// The first moment at or after `now` at which this rule lets a person in `zone` be called.
    #[must_use]
    pub fn next_open(&self, zone: &TimeZone, now: Millis) -> Option<Millis> {
        let mut at = now;
        for _ in 0..HORIZON {
            let open = self.hours.iter().map(|window| window.next_open(zone, at)).min()?;
            let day = day_of(zone, open);
            if !self.is_holiday(day) {
                return Some(open);
            }
            at = day_start(zone, day + 1);
        }
        None
    }

    fn is_holiday(&self, day: i64) -> bool {
        let Ok(days) = i32::try_from(day) else { return false };
        let Ok(date) = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)) else { return false };
        self.holidays.iter().any(|holiday| holiday.in_year(date.year()) == Some(date))
    }
}

#[cfg(test)]
#[path = "calling_tests.rs"]
mod tests;
