//! The rules of calling against moments worked out by hand.

use jiff::civil::date;

use super::{Attempts, RULES, easter, longest_memory, next_attempt, next_open, rules_for, zone_of};
use crate::address::Phone;
use crate::time::{DAY, HOUR, Millis};
use crate::window::TimeZone;

fn at(text: &str) -> Millis {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

fn codes(country: Option<&str>, number: Option<&str>) -> Vec<&'static str> {
    let number = number.map(|number| Phone::parse(number).unwrap());
    rules_for(country, number.as_ref()).into_iter().map(|rule| rule.country.as_str()).collect()
}

#[test]
fn the_table_can_be_read_and_every_rule_can_open() {
    assert!(RULES.len() >= 9, "{}", RULES.len());
    assert_eq!(RULES[0].country, "default");
    for rule in RULES.iter() {
        let (law, source) = (&rule.law, &rule.source);
        assert!(!law.is_empty() && source.len() > 40 && !rule.attempts.is_empty(), "{}", rule.country);
        assert!(rule.next_open(&TimeZone::UTC, at("2026-12-24T23:00:00Z")).is_some(), "{}", rule.country);
    }
    assert_eq!(longest_memory(), 30);
}

#[test]
fn hours_are_those_of_the_place() {
    // Monday, 23 November 2026.
    for (country, zone_name, now, open) in [
        ("US", "America/Los_Angeles", "2026-11-23T15:59:00Z", "2026-11-23T16:00:00Z"),
        ("US", "America/New_York", "2026-11-23T15:59:00Z", "2026-11-23T15:59:00Z"),
        ("US", "America/New_York", "2026-11-24T02:00:00Z", "2026-11-24T13:00:00Z"),
        ("DE", "Europe/Berlin", "2026-11-23T19:00:00Z", "2026-11-24T08:00:00Z"),
        ("FR", "Europe/Paris", "2026-11-23T12:30:00Z", "2026-11-23T13:00:00Z"),
        ("ES", "Europe/Madrid", "2026-11-27T20:00:00Z", "2026-11-30T08:00:00Z"),
        ("GB", "Europe/London", "2026-11-28T21:00:00Z", "2026-11-30T08:00:00Z"),
        ("AU", "Australia/Perth", "2026-11-28T09:00:00Z", "2026-11-30T01:00:00Z"),
    ] {
        let rules = rules_for(Some(country), None);
        assert_eq!(next_open(&rules, &zone(zone_name), at(now)), Some(at(open)), "{country} at {now}");
    }
}

#[test]
fn holidays_are_closed() {
    let germany = rules_for(Some("DE"), None);
    let berlin = zone("Europe/Berlin");
    // Good Friday 2026 is 3 April; Monday the 6th is Easter Monday.
    assert_eq!(next_open(&germany, &berlin, at("2026-04-03T08:00:00Z")), Some(at("2026-04-04T08:00:00Z")));
    assert_eq!(next_open(&germany, &berlin, at("2026-04-04T17:00:00Z")), Some(at("2026-04-07T07:00:00Z")));
    assert_eq!(next_open(&germany, &berlin, at("2026-12-25T12:00:00Z")), Some(at("2026-12-28T08:00:00Z")));
}

#[test]
fn easter_falls_where_the_calendar_has_it() {
    for (year, month, day) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)] {
        assert_eq!(easter(year), Some(date(year, month, day)));
    }
}

#[test]
fn a_number_from_abroad_adds_its_rule_and_takes_none_away() {
    assert_eq!(codes(Some("Germany"), Some("+4930123456")), ["DE"]);
    assert_eq!(codes(Some("DE"), Some("+33123456789")), ["DE", "FR"]);
    assert_eq!(codes(None, Some("+33123456789")), ["FR"]);
    assert_eq!(codes(Some("US"), Some("+14155550123")), ["US"]);
    assert_eq!(codes(None, Some("+14155550123")), ["CA", "US"]);
    assert_eq!(codes(None, None), ["default"]);
    assert_eq!(codes(Some("Japan"), Some("+81312345678")), ["default"]);
    assert_eq!(codes(Some("Atlantis"), None), ["default"]);
    let both = rules_for(Some("DE"), Some(&Phone::parse("+33123456789").unwrap()));
    let open = next_open(&both, &zone("Europe/Berlin"), at("2026-11-23T08:30:00Z"));
    assert_eq!(open, Some(at("2026-11-23T09:00:00Z")), "nine would do in Germany, ten is needed in France");
}

#[test]
fn a_zone_is_stored_or_a_countrys_only_one() {
    let name = |zone: Option<&str>, country| zone_of(zone, country).map(|zone| zone.to_string());
    assert_eq!(name(Some("America/Denver"), Some("DE")).as_deref(), Some("America/Denver"));
    assert_eq!(name(None, Some("Deutschland")).as_deref(), Some("Europe/Berlin"));
    assert_eq!(name(None, Some("US")), None);
    assert_eq!(name(None, None), None);
    assert_eq!(name(Some("Mars/Phobos"), Some("DE")), None, "a zone that can't be read is not another one");
}

#[test]
fn attempts_are_counted_back_from_now() {
    let now = at("2026-11-23T12:00:00Z");
    let rules = rules_for(Some("FR"), None);
    let ago = |hours: i64| now.plus(-hours * HOUR);
    assert_eq!(next_attempt(&rules, &[], now), None);
    assert_eq!(next_attempt(&rules, &[ago(1)], now), None);
    let day = Attempts { count: 2, days: 1 };
    assert_eq!(next_attempt(&rules, &[ago(1), ago(3)], now), Some((ago(3).plus(DAY), day)));
    assert_eq!(next_attempt(&rules, &[ago(25), ago(30)], now), None);
    let month = Attempts { count: 4, days: 30 };
    let four = [ago(25), ago(100), ago(200), ago(300)];
    assert_eq!(next_attempt(&rules, &four, now), Some((ago(300).plus(30 * DAY), month)));
}
