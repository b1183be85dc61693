//! Countries as people write them, their time zones and their dialling codes. Tells of a number in which countries it may be, and
//! never in which place of them.

use std::sync::LazyLock;

use crate::address::Phone;
use crate::window::TimeZone;

/// A country this project knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// What its numbers begin with after the `+`, each beginning its own: the country code, and the area code where several
    /// countries share one (ITU-T E.164; for +1 the North American Numbering Plan).
    dials: Vec<&'static str>,
    /// Its zones: one of each group of IANA zones whose clocks show the same today. Never empty.
    pub zones: Vec<TimeZone>,
    /// Its names in lower case, besides the code.
    names: Vec<&'static str>,
}

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    include_str!("../data/countries.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',');
            let code = fields.next()?;
            let dials = fields.next()?.split('|').collect();
            let zones = fields.next()?.split('|').map(TimeZone::parse).collect::<Result<Vec<_>, _>>().ok()?;
            let names = fields.next()?.split('|').collect();
            Some(Country { code, dials, zones, names })
        })
        .collect()
});

/// The country of a stored text: its ISO code or one of its names, in any case.
#[must_use]
pub fn find(text: &str) -> Option<&'static Country> {
    let text = text.trim().to_lowercase();
    COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(&text) || country.names.contains(&text.as_str()))
}

impl Country {
    /// How many of a number's first digits are one of this country's beginnings; the longest counts.
    fn begins(&self, digits: &str) -> Option<usize> {
        self.dials.iter().filter(|dial| digits.starts_with(**dial)).map(|dial| dial.len()).max()
    }
}

/// The countries whose numbers begin as this one does; several where they share a code. Empty for codes not known here.
pub fn of_number(number: &Phone) -> impl Iterator<Item = &'static Country> {
    let digits = number.as_str().trim_start_matches('+').to_owned();
    let longest = COUNTRIES.iter().filter_map(|country| country.begins(&digits)).max();
    COUNTRIES.iter().filter(move |country| longest.is_some() && country.begins(&digits) == longest)
}

#[cfg(test)]
mod tests {
    use super::{COUNTRIES, find, of_number};
    use crate::address::Phone;

    #[test]
    fn countries_are_found_as_people_write_them() {
        for (text, code) in [("DE", "DE"), (" Germany ", "DE"), ("deutschland", "DE"), ("USA", "US"), ("España", "ES")]
        {
            assert_eq!(find(text).map(|country| country.code), Some(code), "{text}");
        }
        for text in ["", "Atlantis", "EU"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn every_line_is_whole() {
        let lines = include_str!("../data/countries.csv").lines().skip(1);
        assert_eq!(COUNTRIES.len(), lines.clone().count(), "every zone is one");
        for (country, line) in COUNTRIES.iter().zip(lines) {
            assert_eq!(country.zones.len(), line.split(',').nth(2).unwrap().split('|').count(), "{line}");
            assert!(country.code.len() == 2 && !country.zones.is_empty(), "{line}");
            assert!(country.dials.iter().all(|dial| dial.parse::<u32>().is_ok()), "{line}");
            for (index, zone) in country.zones.iter().enumerate() {
                assert!(!country.zones[..index].contains(zone), "{line}");
            }
        }
    }

    #[test]
    fn a_country_has_every_zone_its_people_live_in() {
        let of = |text| find(text).unwrap().zones.iter().map(|zone| zone.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(of("India"), ["Asia/Kolkata"]);
        assert_eq!(of("Spain"), ["Europe/Madrid", "Atlantic/Canary"]);
        assert!(of("US").len() == 8 && of("US").contains(&"Pacific/Honolulu".to_owned()));
    }

    #[test]
    fn a_number_names_the_countries_it_may_be_in() {
        let of = |number| of_number(&Phone::parse(number).unwrap()).map(|country| country.code).collect::<Vec<_>>();
        assert_eq!(of("+4930123456"), ["DE"]);
        assert_eq!(of("+35312345678"), ["IE"]);
        assert_eq!(of("+14155550123"), ["CA", "US"]);
        assert_eq!(of("+16715550123"), ["GU"], "a part of the numbering plan with an area code of its own");
        assert_eq!(of("+18295550123"), ["DO"]);
        assert_eq!(of("+74951234567"), ["RU"]);
        assert_eq!(of("+77271234567"), ["KZ"]);
        assert!(of("+99912345678").is_empty());
    }
}
