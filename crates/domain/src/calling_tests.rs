//! The rules of calling against moments worked out by hand.

use super::{Attempts, RULES, longest_memory, next_attempt, next_open, rules_for, zone_of, zones_of};
use crate::address::Phone;
use crate::time::{DAY, HOUR, Millis};
use crate::window::TimeZone;

fn at(text: &str) -> Millis {
    text.parse().unwrap()
}

fn zone(name: &str) -> [TimeZone; 1] {
    [TimeZone::parse(name).unwrap()]
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

fn names(zone: Option<&str>, country: Option<&str>, number: Option<&str>) -> Vec<String> {
    let number = number.map(|number| Phone::parse(number).unwrap());
    zones_of(zone, country, number.as_ref()).iter().map(ToString::to_string).collect()
}

#[test]
fn a_person_is_where_is_stored_or_anywhere_the_country_or_the_number_leaves() {
    assert_eq!(names(Some("America/Denver"), Some("DE"), Some("+33123456789")), ["America/Denver"]);
    assert_eq!(names(None, Some("Deutschland"), Some("+33123456789")), ["Europe/Berlin"]);
    assert_eq!(names(None, None, Some("+919876543210")), ["Asia/Kolkata"]);
    assert_eq!(names(None, Some("Spain"), None), ["Europe/Madrid", "Atlantic/Canary"]);
    let american = names(None, None, Some("+14155550123"));
    for name in ["America/St_Johns", "America/New_York", "America/Vancouver", "Pacific/Honolulu"] {
        assert_eq!(american.iter().filter(|zone| *zone == name).count(), 1, "{american:?}");
    }
    assert_eq!(names(None, None, Some("+99912345678")), [""; 0]);
    assert_eq!(names(None, None, None), [""; 0]);
    assert_eq!(names(Some("Mars/Phobos"), Some("DE"), None), [""; 0], "a zone that can't be read is not another one");
    assert_eq!(names(None, Some("Atlantis"), Some("+33123456789")), [""; 0], "nor is a country");
    let number = Phone::parse("+919876543210").unwrap();
    assert_eq!(zone_of(None, None, Some(&number)).map(|zone| zone.to_string()).as_deref(), Some("Asia/Kolkata"));
    assert_eq!(zone_of(None, Some("US"), None), None);
}

#[test]
fn who_may_be_in_several_zones_is_called_when_all_are_open() {
    let american = Phone::parse("+14155550123").unwrap();
    let rules = rules_for(None, Some(&american));
    let zones = zones_of(None, None, Some(&american));
    let open = |now: &str| next_open(&rules, &zones, at(now)).unwrap();
    // On a winter's Monday nine begins in Honolulu and on Adak at 19:00 UTC, and 20:59 in Newfoundland is 00:29.
    assert_eq!(open("2026-11-23T12:00:00Z"), at("2026-11-23T19:00:00Z"));
    assert_eq!(open("2026-11-24T00:29:00Z"), at("2026-11-24T00:29:00Z"));
    assert_eq!(open("2026-11-24T00:30:00Z"), at("2026-11-24T19:00:00Z"));
    // At any hour of a week of the change of clocks: open here is open by each rule in each zone.
    for hour in 0..24 * 7 {
        let moment = at("2026-10-29T00:15:00Z").plus(hour * HOUR);
        let all = rules.iter().all(|rule| zones.iter().all(|zone| rule.next_open(zone, moment) == Some(moment)));
        assert_eq!(next_open(&rules, &zones, moment) == Some(moment), all, "{moment}");
    }
}

#[test]
fn every_country_known_can_be_called_without_a_zone() {
    let monday = at("2026-11-23T00:00:00Z");
    for line in include_str!("../data/countries.csv").lines().skip(1) {
        let code = line.split(',').next().unwrap();
        let dial = line.split(',').nth(1).unwrap().split('|').next().unwrap();
        let number = Phone::parse(&format!("+{dial}{}", &"23456789012"[..12 - dial.len()])).unwrap();
        let zones = zones_of(None, Some(code), None);
        let open = next_open(&rules_for(Some(code), None), &zones, monday).expect(code);
        assert!(open < monday.plus(5 * DAY), "{code} opens at {open}");
        let by_number = zones_of(None, None, Some(&number));
        assert!(next_open(&rules_for(None, Some(&number)), &by_number, monday).is_some(), "{code}: {number}");
    }
    assert_eq!(next_open(&rules_for(None, None), &[], monday), None);
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
