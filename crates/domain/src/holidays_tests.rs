//! Holidays against days that calendars print.

use super::*;

fn days(country: &str, region: Option<&str>, year: i16) -> Vec<String> {
    of_country(country).unwrap().in_year(year, region).into_iter().map(|(date, _)| date.to_string()).collect()
}

#[test]
fn every_country_of_the_table_is_known_and_names_its_source() {
    assert!(countries().len() >= 14);
    for one in countries() {
        assert_eq!(country::find(&one.country).map(|found| found.code), Some(one.country.as_str()));
        assert!(one.source.len() > 20, "{}", one.country);
        assert!(one.in_year(2026, None).len() >= 3, "{}", one.country);
    }
}

#[test]
fn the_holidays_of_a_year_are_those_of_its_calendars() {
    assert_eq!(
        days("Germany", None, 2026),
        [
            "2026-01-01",
            "2026-04-03",
            "2026-04-06",
            "2026-05-01",
            "2026-05-14",
            "2026-05-25",
            "2026-10-03",
            "2026-12-25",
            "2026-12-26"
        ]
    );
    assert!(days("DE", Some("BY"), 2026).contains(&"2026-06-04".to_owned()), "Corpus Christi in Bavaria");
    assert!(!days("DE", Some("BE"), 2026).contains(&"2026-06-04".to_owned()), "and not in Berlin");
    assert!(days("DE", Some("sn"), 2026).contains(&"2026-11-18".to_owned()), "the Wednesday before 23 November");
    assert!(days("DE", Some("SN"), 2023).contains(&"2023-11-22".to_owned()), "which may be the 22nd");
    assert!(days("US", None, 2026).contains(&"2026-11-26".to_owned()), "Thanksgiving");
    assert!(days("US", None, 2026).contains(&"2026-07-03".to_owned()), "the Fourth of July on a Saturday");
    assert!(days("US", None, 2027).contains(&"2027-07-05".to_owned()), "and on a Sunday");
    assert!(days("GB", Some("ENG"), 2027).contains(&"2027-12-27".to_owned()), "Christmas on a Saturday");
    assert!(days("GB", Some("ENG"), 2027).contains(&"2027-12-28".to_owned()), "Boxing Day on a Sunday");
    assert!(days("GB", Some("SCT"), 2026).contains(&"2026-08-03".to_owned()));
    assert!(days("GB", Some("ENG"), 2026).contains(&"2026-08-31".to_owned()));
    assert!(days("CA", None, 2026).contains(&"2026-05-18".to_owned()), "Victoria Day");
}

#[test]
fn a_step_on_a_holiday_moves_to_the_next_day_that_is_none() {
    let zone: TimeZone = "Europe/Berlin".parse().unwrap();
    let at = |text: &str| text.parse::<Millis>().unwrap();
    let german = Holidays::new(&[], Some("Deutschland"), None);
    let hours = SendWindow::default();
    // Thursday before Easter, after hours: Good Friday, the weekend and Easter Monday are passed over.
    let open = german.next_open(&hours, &zone, at("2026-04-02T18:00:00Z"));
    assert_eq!(open, at("2026-04-07T07:00:00Z"));
    assert_eq!(german.next_open(&hours, &zone, at("2026-04-02T10:00:00Z")), at("2026-04-02T10:00:00Z"), "no holiday");
    let own = [
        OwnHoliday { day: "12-24".to_owned(), name: "Works holiday".to_owned() },
        OwnHoliday { day: "2026-12-28".to_owned(), name: String::new() },
    ];
    let both = Holidays::new(&own, Some("DE"), None);
    assert_eq!(both.next_open(&hours, &zone, at("2026-12-24T09:00:00Z")), at("2026-12-29T08:00:00Z"));
    let day = |text: &str| day_of(&TimeZone::UTC, at(text));
    assert_eq!(both.name_of(day("2031-12-24T00:00:00Z")).as_deref(), Some("Works holiday"), "every year");
    assert_eq!(both.name_of(day("2027-12-28T00:00:00Z")), None, "one year alone");
    assert_eq!(both.name_of(day("2026-12-28T00:00:00Z")).as_deref(), Some("a holiday of the project's own"));
    assert_eq!(both.at(None, None).name_of(day("2026-10-03T00:00:00Z")), None, "whose country is not known");
    assert_eq!(
        both.at(Some("DE"), Some("DE-BY")).name_of(day("2026-11-01T00:00:00Z")).as_deref(),
        Some("Allerheiligen (DE)")
    );
    let us = Holidays::new(&[], Some("US"), None);
    assert_eq!(
        us.name_of(day("2021-12-31T00:00:00Z")).as_deref(),
        Some("New Year's Day (US)"),
        "1 January 2022 is a Saturday"
    );
}

#[test]
fn days_are_read_or_refused() {
    for good in ["12-24", "02-29", "2026-12-24", "easter+1", "easter-2", "4th thu 11", "last mon 05", "wed until 11-22"]
    {
        assert!(DayRule::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "24.12.",
        "13-01",
        "02-30",
        "2026-02-29",
        "easter",
        "easter1",
        "easter+400",
        "6th mon 05",
        "4th thu 13",
        "4th thu",
        "until wed 11-22",
        "thu 4th 11",
    ] {
        assert!(DayRule::parse(bad).unwrap_err().to_string().contains("MM-DD"), "{bad}");
    }
    assert_eq!(DayRule::parse("02-29").unwrap().in_year(2027), None);
}

#[test]
fn easter_falls_where_almanacs_say() {
    for (year, month, day) in [(1961, 4, 2), (2000, 4, 23), (2024, 3, 31), (2026, 4, 5), (2038, 4, 25)] {
        assert_eq!(easter(year), Date::new(year, month, day).ok());
    }
}
