//! Send windows against a slow and simple reference, and clock changes by hand.

use super::*;
use crate::weights::{choose, seed};

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

fn at(text: &str) -> Millis {
    text.parse().unwrap()
}

fn window(json: &str) -> SendWindow {
    serde_json::from_str(json).unwrap()
}

#[test]
fn zones_are_checked_and_keep_the_databases_spelling() {
    assert_eq!(zone("europe/berlin").as_str(), "Europe/Berlin");
    assert_eq!(zone(" UTC ").as_str(), "UTC");
    for name in ["", "Berlin", "CEST+2", "Etc/Unknown", "../../etc/passwd", "Europe/Atlantis"] {
        let error = serde_json::from_value::<TimeZone>(name.into()).unwrap_err().to_string();
        assert!(error.contains(&format!("\"{name}\"")), "{error}");
    }
    assert_eq!(serde_json::to_string(&zone("Asia/Kolkata")).unwrap(), "\"Asia/Kolkata\"");
}

#[test]
fn working_hours_are_on_the_recipients_clock() {
    let berlin = zone("Europe/Berlin");
    let hours = SendWindow::default();
    for (now, open) in [
        ("2026-06-22T06:59:59Z", "2026-06-22T07:00:00Z"),
        ("2026-06-22T07:00:00Z", "2026-06-22T07:00:00Z"),
        ("2026-06-22T14:59:59Z", "2026-06-22T14:59:59Z"),
        ("2026-06-22T15:00:00Z", "2026-06-23T07:00:00Z"),
        ("2026-06-26T15:00:00Z", "2026-06-29T07:00:00Z"),
        ("2026-01-05T07:30:00Z", "2026-01-05T08:00:00Z"),
    ] {
        assert_eq!(hours.next_open(&berlin, at(now)), at(open), "{now}");
    }
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let night = window(r#"{"days": ["fri"], "from": "22:00", "to": "02:00"}"#);
    let utc = TimeZone::UTC;
    assert!(!night.is_open(&utc, at("2026-06-26T01:00:00Z")), "early Friday is Thursday's night");
    assert!(night.is_open(&utc, at("2026-06-26T22:00:00Z")));
    assert!(night.is_open(&utc, at("2026-06-27T01:59:59Z")));
    assert!(!night.is_open(&utc, at("2026-06-27T02:00:00Z")));
    assert_eq!(night.next_open(&utc, at("2026-06-27T02:00:00Z")), at("2026-07-03T22:00:00Z"));
}

#[test]
fn hours_that_the_clocks_skip_are_not_open() {
    // Berlin goes from 02:00 to 03:00 on 2026-03-29 at 01:00 UTC.
    let berlin = zone("Europe/Berlin");
    let inside = window(r#"{"days": ["sun"], "from": "02:15", "to": "02:45"}"#);
    assert_eq!(inside.next_open(&berlin, at("2026-03-28T12:00:00Z")), at("2026-04-05T00:15:00Z"));
    let across = window(r#"{"days": ["sun"], "from": "02:15", "to": "04:00"}"#);
    assert_eq!(across.next_open(&berlin, at("2026-03-28T12:00:00Z")), at("2026-03-29T01:00:00Z"));
}

#[test]
fn hours_that_the_clocks_show_twice_are_open_twice() {
    // Berlin goes back from 03:00 to 02:00 on 2026-10-25 at 01:00 UTC.
    let berlin = zone("Europe/Berlin");
    let inside = window(r#"{"days": ["sun"], "from": "02:15", "to": "02:45"}"#);
    assert_eq!(inside.next_open(&berlin, at("2026-10-24T12:00:00Z")), at("2026-10-25T00:15:00Z"));
    assert_eq!(inside.next_open(&berlin, at("2026-10-25T00:45:00Z")), at("2026-10-25T01:15:00Z"));
    let ending = window(r#"{"days": ["sun"], "from": "01:30", "to": "02:30"}"#);
    assert_eq!(
        ending.next_open(&berlin, at("2026-10-25T00:30:00Z")),
        at("2026-10-25T01:00:00Z"),
        "the change lands inside"
    );
}

#[test]
fn days_begin_where_the_clocks_say() {
    let start = |name: &str, date: &str| {
        let day = day_of(&TimeZone::UTC, at(&format!("{date}T00:00:00Z")));
        day_start(&zone(name), day)
    };
    assert_eq!(start("Europe/Berlin", "2026-06-22"), at("2026-06-21T22:00:00Z"));
    assert_eq!(start("Africa/Cairo", "2025-04-25"), at("2025-04-24T22:00:00Z"), "midnight is skipped");
    assert_eq!(start("Pacific/Apia", "2011-12-30"), start("Pacific/Apia", "2011-12-31"), "a day that was skipped");
    assert_eq!(day_of(&zone("Asia/Tokyo"), at("1970-01-01T20:00:00Z")), 1);
    assert_eq!(day_of(&zone("America/New_York"), at("1970-01-01T02:00:00Z")), -1);
}

#[test]
fn a_full_day_moves_on_to_the_next() {
    let berlin = zone("Europe/Berlin");
    let now = at("2026-06-22T10:00:00Z");
    let today = day_of(&berlin, now);
    let hours = SendWindow::default();
    assert_eq!(hours.next_open_on_or_after_day(&berlin, now, &berlin, today), now);
    assert_eq!(hours.next_open_on_or_after_day(&berlin, now, &berlin, today + 1), at("2026-06-23T07:00:00Z"));
    let auckland = zone("Pacific/Auckland");
    assert_eq!(hours.next_open_on_or_after_day(&auckland, now, &berlin, today + 1), at("2026-06-22T22:00:00Z"));
}

/// `next_open` found by trying every minute.
fn reference(window: &SendWindow, zone: &TimeZone, now: Millis) -> Millis {
    let minutes = (0..=21 * 24 * 60).map(|minute| Millis((now.0 - now.0.rem_euclid(MINUTE)) + minute * MINUTE));
    let mut moments = std::iter::once(now).chain(minutes.filter(|moment| *moment >= now));
    let civil = |moment: Millis| moment.timestamp().to_zoned(zone.0.clone()).datetime();
    let open = |moment: Millis| {
        let wall = civil(moment);
        let minute = u16::try_from(wall.hour()).unwrap() * 60 + u16::try_from(wall.minute()).unwrap();
        let has = |offset: i8| {
            let weekday = (wall.weekday().to_monday_zero_offset() + 7 + offset) % 7;
            window.days().any(|day| day as i8 == weekday)
        };
        let (from, to) = window.minutes();
        if from < to {
            has(0) && minute >= from && minute < to
        } else {
            (has(0) && minute >= from) || (has(-1) && minute < to)
        }
    };
    moments.find(|moment| open(*moment)).unwrap()
}

#[test]
fn next_open_agrees_with_trying_every_minute() {
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kolkata",
        "Africa/Cairo",
        "America/Santiago",
        "UTC",
    ];
    // Around the clock changes of 2026, where mistakes live, and one quiet week.
    let bases = [
        "2026-03-07T00:00:00Z",
        "2026-03-27T12:00:00Z",
        "2026-04-03T00:00:00Z",
        "2026-10-03T00:00:00Z",
        "2026-10-24T00:00:00Z",
        "2026-10-31T12:00:00Z",
        "2026-07-01T00:00:00Z",
    ];
    for case in 0..300_i64 {
        let pick =
            |purpose: &str, count: u32| choose(&seed(purpose, &[case]), &vec![1; usize::try_from(count).unwrap()]);
        let zone = zone(zones[pick("zone", 8)]);
        let days: Vec<Weekday> = Weekday::ALL
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| (pick("days", 127) + 1) & (1 << bit) != 0)
            .map(|(_, day)| day)
            .collect();
        let (mut from, mut to) =
            (u16::try_from(pick("from", 1_440)).unwrap(), u16::try_from(pick("to", 1_440)).unwrap());
        if case % 3 == 0 {
            (from, to) = (from % 240, to % 240);
        }
        let Ok(window) = SendWindow::new(&days, from, to) else { continue };
        let now = at(bases[pick("base", 7)]).plus(i64::try_from(pick("now", 3 * 86_400)).unwrap() * 1_000 + 7);
        let open = window.next_open(&zone, now);
        assert_eq!(open, reference(&window, &zone, now), "case {case}: {window:?} {zone} {now}");
        assert!(open >= now && window.is_open(&zone, open));
    }
}

#[test]
fn always_is_open_through_every_change_of_clocks() {
    let berlin = zone("Europe/Berlin");
    for hour in 0..24 * 400 {
        let now = at("2026-01-01T00:00:00Z").plus(hour * 60 * MINUTE);
        assert_eq!(SendWindow::always().next_open(&berlin, now), now);
    }
}

#[test]
fn json_form_is_checked() {
    let json = r#"{"days":["mon","fri"],"from":"09:30","to":"24:00"}"#;
    assert_eq!(serde_json::to_string(&window(json)).unwrap(), json);
    assert_eq!(window("{}"), SendWindow::default());
    assert_eq!(
        window(r#"{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:00","to":"24:00"}"#),
        SendWindow::always()
    );
    for (json, says) in [
        (r#"{"days": []}"#, "at least one day"),
        (r#"{"from": "09:00", "to": "09:00"}"#, "same time"),
        (r#"{"from": "24:00"}"#, "24:00"),
        (r#"{"from": "9:00"}"#, "9:00"),
        (r#"{"to": "17:60"}"#, "17:60"),
        (r#"{"to": "+1:00"}"#, "+1:00"),
        (r#"{"days": ["monday"]}"#, "monday"),
        (r#"{"until": "17:00"}"#, "until"),
    ] {
        let error = serde_json::from_str::<SendWindow>(json).unwrap_err().to_string();
        assert!(error.contains(says), "{json}: {error}");
    }
}
