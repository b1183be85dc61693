//! Which column of a file of companies or people holds what. Reads names of columns and cells; files are elsewhere.

use super::plain;

/// Fields of a company and how columns call them, folded.
pub const COMPANY: &[(&str, &str)] = &[
    ("name", "name company companyname security organization organisation account firm unternehmen"),
    ("domain", "domain website url web homepage companydomain companywebsite site"),
    ("industry", "industry industries gicssubindustry subindustry branche category"),
    ("sector", "sector gicssector vertical"),
    ("description", "description about summary tagline"),
    ("city", "city town hqcity ort"),
    ("region", "region state province county"),
    ("country", "country countrycode hqcountry land"),
    ("location", "location headquarters headquarterslocation hq address"),
    ("employees", "employees employeecount headcount size companysize staff mitarbeiter numberofemployees"),
    ("founded", "founded foundedyear yearfounded incorporated"),
    ("hiring", "hiring hiringfor openroles jobs"),
    ("technologies", "technologies technology tech techstack stack"),
    ("phone", "phone telephone companyphone tel"),
    ("linkedin_url", "linkedin linkedinurl companylinkedin companylinkedinurl"),
];

/// Fields of a person and how columns call them, folded.
pub const PERSON: &[(&str, &str)] = &[
    ("name", "name fullname contact contactname person"),
    ("first_name", "firstname first givenname vorname"),
    ("last_name", "lastname last surname familyname nachname"),
    ("role", "role title jobtitle position funktion"),
    ("email", "email emailaddress mail workemail"),
    ("phone", "phone telephone mobile tel directphone"),
    ("linkedin_url", "linkedin linkedinurl linkedinprofile profileurl"),
    ("company", "company companyname organization organisation account employer"),
    ("domain", "domain companydomain website companywebsite"),
    ("country", "country countrycode land"),
    ("time_zone", "timezone tz zone"),
];

/// The field that a column holds, by its name.
#[must_use]
pub fn field_of(table: &[(&'static str, &'static str)], column: &str) -> Option<&'static str> {
    let name = plain(column);
    table.iter().find(|(_, names)| names.split(' ').any(|known| known == name)).map(|(field, _)| *field)
}

/// The people that a cell means: `35`, `1,200`, `11-50`, `10001+`. Least and most.
#[must_use]
pub fn employees_of(cell: &str) -> Option<(i64, i64)> {
    let text: String = cell.chars().filter(|letter| !matches!(letter, ',' | '\'' | ' ' | '.')).collect();
    let digits = text.to_lowercase().replace("employees", "").replace("to", "-").replace('–', "-");
    let number = |text: &str| match text.strip_suffix('k') {
        Some(thousands) => thousands.parse::<i64>().ok().and_then(|number| number.checked_mul(1_000)),
        None => text.parse::<i64>().ok(),
    };
    let sane = |number: i64| (0..=100_000_000).contains(&number);
    if let Some(least) = digits.strip_suffix('+').and_then(number) {
        return sane(least).then_some((least, 100_000_000));
    }
    let range = match digits.split_once('-') {
        Some((least, most)) => (number(least)?, number(most)?),
        None => {
            let only = number(&digits)?;
            (only, only)
        }
    };
    (sane(range.0) && sane(range.1) && range.0 <= range.1).then_some(range)
}

/// The year that a cell begins with, such as `2013 (1888)`.
#[must_use]
pub fn year_of(cell: &str) -> Option<i64> {
    let digits: String = cell.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<i64>().ok().filter(|year| (1000..=2100).contains(year))
}

/// Town, region and country of a cell such as `Saint Paul, Minnesota` or `Dublin, Ireland`.
#[must_use]
pub fn location_of(cell: &str) -> (Option<String>, Option<String>, Option<String>) {
    let cell = cell.split(';').next().unwrap_or_default();
    let parts: Vec<&str> = cell.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let own = |text: &str| Some(text.to_owned());
    match parts.as_slice() {
        [] => (None, None, None),
        [only] => match crate::country::find(only) {
            Some(_) => (None, None, own(only)),
            None => (own(only), None, None),
        },
        [city, last] => match crate::country::find(last) {
            Some(_) => (own(city), None, own(last)),
            None => (own(city), own(last), None),
        },
        [city, region, .., country] => (own(city), own(region), own(country)),
    }
}

/// The parts of a cell that lists several things.
#[must_use]
pub fn list_of(cell: &str) -> Vec<String> {
    let parts = cell.split([',', ';', '|']).map(str::trim).filter(|part| !part.is_empty());
    parts.take(50).map(ToOwned::to_owned).collect()
}
