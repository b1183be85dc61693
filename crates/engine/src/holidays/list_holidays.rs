//! `list_holidays`: the days of a year on which sequences rest, for somebody in a country and region, with the law they come from.

use outrider_domain::holidays::{self, DayRule, Observed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::own;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{Operation, Spec};

/// Lists holidays.
pub struct ListHolidays;

/// Where and when.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// A country by code or name; without one, the project's own list alone.
    country: Option<String>,
    /// The second part of a region's ISO 3166-2 code, such as `BY` for Bavaria.
    region: Option<String>,
    /// 1900 to 2200; this year when absent.
    #[schemars(range(min = 1900, max = 2200))]
    year: Option<i64>,
}

/// The days.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// The year.
    year: i64,
    /// Countries that are known here.
    countries: Vec<&'static str>,
    /// Where the country's days come from.
    source: Option<&'static str>,
    /// What happens to them at weekends.
    observed: Option<Observed>,
    /// Every day, in order.
    days: Vec<Day>,
}

/// One of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Day {
    /// `YYYY-MM-DD`.
    date: String,
    /// What it is called.
    name: String,
    /// Whether it is on the project's own list.
    own: bool,
}

impl Operation for ListHolidays {
    const SPEC: Spec = Spec::get(
        "list_holidays",
        "sequences",
        "/holidays",
        "sequences:read",
        "List the days of a year on which sequences rest for a lead in a country, with their source.",
    );
    type Input = Input;
    type Output = Output;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Output> {
        let this = i64::from(cx.now.timestamp().to_zoned(jiff::tz::TimeZone::UTC).year());
        let year = input.year.unwrap_or(this);
        let civil = i16::try_from(year).map_err(|_| Error::invalid("year", "year is 1900 to 2200."))?;
        let country = match input.country.as_deref() {
            None => None,
            Some(name) => Some(holidays::of_country(name).ok_or_else(|| {
                Error::invalid(
                    "country",
                    "No holidays of this country are known here: put them on the project's own list.",
                )
            })?),
        };
        let mut days: Vec<Day> = Vec::new();
        if let Some(country) = country {
            days.extend(country.in_year(civil, input.region.as_deref()).into_iter().map(|(date, name)| Day {
                date: date.to_string(),
                name: name.to_owned(),
                own: false,
            }));
        }
        for one in own(cx)? {
            let date = DayRule::parse(&one.day).ok().and_then(|rule| rule.in_year(civil));
            days.extend(date.map(|date| Day { date: date.to_string(), name: one.name, own: true }));
        }
        days.sort_by(|a, b| a.date.cmp(&b.date));
        Ok(Output {
            year,
            countries: holidays::countries().iter().map(|one| one.country.as_str()).collect(),
            source: country.map(|one| one.source.as_str()),
            observed: country.map(|one| one.observed),
            days,
        })
    }
}
