//! Discovery: companies and people the operator imported, found by filters, paid for once, and made leads of the seller who found
//! them. Asks nobody outside.

pub mod accounts;
pub mod answer;
pub mod discover;
mod facets;
pub mod import_companies;
pub mod import_people;
pub mod parse_query;
pub mod reveal;

use outrider_domain::discovery::{CompanyText, Filters, company_terms};
use outrider_store::prospects::{ProspectCompany, ProspectPerson};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Longest short text of a company or person, in characters.
const SHORT: usize = 300;
/// Longest description, in characters.
const LONG: usize = 4_000;
/// Most rows of one import.
pub const BATCH: usize = 5_000;

/// The parts of a column that lists one thing a line.
fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(ToOwned::to_owned).collect()
}

/// What a company's row says, with the people known there.
fn text_of(company: &ProspectCompany, people: &[&ProspectPerson]) -> CompanyText {
    CompanyText {
        name: company.name.clone(),
        industries: lines(&company.industries),
        description: company.description.clone(),
        city: company.city.clone(),
        region: company.region.clone(),
        country: company.country.clone(),
        hiring: lines(&company.hiring),
        technologies: lines(&company.technologies),
        roles: people.iter().filter_map(|person| person.role.clone()).collect(),
        has_email: people.iter().any(|person| person.email.is_some()),
    }
}

/// The terms of a company's row, with the people known there.
fn terms_of(company: &ProspectCompany, people: &[&ProspectPerson]) -> String {
    company_terms(company.project_id.0, &text_of(company, people))
}

/// Filters as they were sent: those known, and the names of the others, which are dropped and said so.
///
/// # Errors
/// `validation_error` at a known filter whose value is of no use.
pub fn read_filters(given: Map<String, Value>) -> Result<(Filters, Vec<String>)> {
    let (mut known, mut unknown) = (Map::new(), Vec::new());
    for (name, value) in given {
        if Filters::NAMES.contains(&name.as_str()) {
            // A single value where a list is taken is a list of one.
            let single = value.is_string() && !name.starts_with("employees") && !name.starts_with("founded");
            known.insert(name, if single { Value::Array(vec![value]) } else { value });
        } else {
            unknown.push(name);
        }
    }
    known.retain(|_, value| !value.is_null());
    let filters: Filters = crate::operation::decode(Value::Object(known)).map_err(|error| {
        let field = error.field.as_ref().map_or_else(|| "filters".to_owned(), |field| format!("filters.{field}"));
        Error { message: format!("{field}: {}", error.message), ..error }.at(field)
    })?;
    check(&filters)?;
    Ok((filters, unknown))
}

/// Refuses filters that are too long or contradict themselves.
fn check(filters: &Filters) -> Result<()> {
    let lists = [
        ("industries", &filters.industries),
        ("countries", &filters.countries),
        ("cities", &filters.cities),
        ("hiring", &filters.hiring),
        ("technologies", &filters.technologies),
        ("titles", &filters.titles),
        ("keywords", &filters.keywords),
    ];
    for (name, list) in lists {
        let at = || format!("filters.{name}");
        if list.len() > 40 {
            return Err(Error::invalid(at(), format!("{name} has at most 40 entries.")));
        }
        if list.iter().any(|text| text.trim().is_empty() || text.chars().count() > 100 || text.contains('\0')) {
            return Err(Error::invalid(at(), format!("An entry of {name} has 1 to 100 characters.")));
        }
    }
    if let Some(text) = filters.keywords.iter().find(|text| !text.contains(char::is_alphanumeric)) {
        let message = format!("\"{text}\" has neither a letter nor a digit, so it would let everything through.");
        return Err(Error::invalid("filters.keywords", message));
    }
    for (name, number, range) in [
        ("employees_min", filters.employees_min, 0..=100_000_000),
        ("employees_max", filters.employees_max, 0..=100_000_000),
        ("founded_min", filters.founded_min, 1_000..=3_000),
        ("founded_max", filters.founded_max, 1_000..=3_000),
    ] {
        if number.is_some_and(|number| !range.contains(&number)) {
            let message = format!("{name} is {} to {}.", range.start(), range.end());
            return Err(Error::invalid(format!("filters.{name}"), message));
        }
    }
    let crossed = |least: Option<i64>, most: Option<i64>| least.zip(most).is_some_and(|(least, most)| least > most);
    if crossed(filters.employees_min, filters.employees_max) {
        return Err(Error::invalid("filters.employees_max", "employees_max is below employees_min."));
    }
    if crossed(filters.founded_min, filters.founded_max) {
        return Err(Error::invalid("filters.founded_max", "founded_max is below founded_min."));
    }
    Ok(())
}

/// How many work at a company that was imported, as a number or a range, and where it is.
#[must_use]
pub fn size_and_place(company: &ProspectCompany) -> (Option<String>, Option<String>) {
    let size = match (company.employees_min, company.employees_max) {
        (Some(least), Some(most)) if least == most => Some(least.to_string()),
        (Some(least), Some(most)) => Some(format!("{least}-{most}")),
        _ => None,
    };
    let place = [&company.city, &company.region, &company.country];
    let place: Vec<&str> = place.into_iter().filter_map(|part| part.as_deref()).collect();
    (size, Some(place.join(", ")).filter(|place| !place.is_empty()))
}
