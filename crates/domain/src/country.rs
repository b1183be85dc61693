//! Countries as people write them, the zone of those that have one, and the dialling codes. Guesses nothing from a number but the law
//! that may apply to it.

use std::sync::LazyLock;

use crate::address::Phone;
use crate::window::TimeZone;

/// A country this project knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// What its numbers begin with after the `+`.
    dial: &'static str,
    /// Its zone, when everybody there lives in one.
    pub zone: Option<TimeZone>,
    /// Its names in lower case, besides the code.
    names: Vec<&'static str>,
}

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    include_str!("../data/countries.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',');
            let (code, dial, zone) = (fields.next()?, fields.next()?, fields.next()?);
            let names = fields.next()?.split('|').collect();
            Some(Country { code, dial, zone: TimeZone::parse(zone).ok().filter(|_| !zone.is_empty()), names })
        })
        .collect()
});

/// The country of a stored text: its ISO code or one of its names, in any case.
#[must_use]
pub fn find(text: &str) -> Option<&'static Country> {
    let text = text.trim().to_lowercase();
    COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(&text) || country.names.contains(&text.as_str()))
}

/// The countries whose numbers begin as this one does; several where they share a code. Empty for codes not known here.
pub fn of_number(number: &Phone) -> impl Iterator<Item = &'static Country> {
    let digits = number.as_str().trim_start_matches('+').to_owned();
    let longest =
        COUNTRIES.iter().filter(|country| digits.starts_with(country.dial)).map(|country| country.dial.len()).max();
    COUNTRIES.iter().filter(move |country| Some(country.dial.len()) == longest && digits.starts_with(country.dial))
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
    fn a_country_of_several_zones_has_none() {
        for (code, zone) in [("US", None), ("ES", None), ("FR", Some("Europe/Paris")), ("IN", Some("Asia/Kolkata"))] {
            assert_eq!(find(code).and_then(|country| country.zone.as_ref()).map(|zone| zone.as_str()), zone, "{code}");
        }
    }

    #[test]
    fn every_line_is_whole() {
        let lines = include_str!("../data/countries.csv").lines().skip(1);
        assert_eq!(COUNTRIES.len(), lines.clone().count());
        for (country, line) in COUNTRIES.iter().zip(lines) {
            let zone = line.split(',').nth(2).unwrap();
            assert_eq!(country.zone.is_some(), !zone.is_empty(), "{line}");
            assert!(country.dial.parse::<u16>().is_ok() && country.code.len() == 2, "{line}");
        }
    }

    #[test]
    fn a_number_names_the_countries_it_may_be_in() {
        let of = |number| of_number(&Phone::parse(number).unwrap()).map(|country| country.code).collect::<Vec<_>>();
        assert_eq!(of("+4930123456"), ["DE"]);
        assert_eq!(of("+35312345678"), ["IE"]);
        assert_eq!(of("+14155550123"), ["CA", "US"]);
        assert!(of("+99912345678").is_empty());
    }
}
