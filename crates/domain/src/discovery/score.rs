//! How well a company fits, from 0 to 100, and why: what a ranking shows. Looks nothing up.

use super::terms::role_words;
use super::{CompanyText, Filters, plain};
use crate::country;

/// A verdict on one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// 0 to 100; higher is better.
    pub score: i64,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// Whether a job title is one of those that are looked for.
#[must_use]
pub fn has_title(filters: &Filters, role: Option<&str>) -> bool {
    let Some(role) = role else { return filters.titles.is_empty() };
    let own = role_words(role);
    filters.titles.is_empty()
        || filters.titles.iter().any(|title| {
            let wanted = role_words(title);
            !wanted.is_empty() && wanted.is_subset(&own)
        })
}

/// Compares a company that the filters let through with what was looked for. `people` of those known there fit, and of so many
/// the address is known.
#[must_use]
pub fn rank(
    filters: &Filters,
    company: &CompanyText,
    employees: Option<(i64, i64)>,
    founded: Option<i64>,
    people: usize,
    addresses: usize,
) -> Ranked {
    let mut reasons = Vec::new();
    let mut score = 40;
    if !filters.industries.is_empty() {
        let exact =
            company.industries.iter().any(|own| filters.industries.iter().any(|want| plain(want) == plain(own)));
        score += if exact { 15 } else { 10 };
        reasons.push(format!("industry {}", company.industries.join(", ")));
    }
    if !filters.countries.is_empty() || !filters.cities.is_empty() {
        let in_city =
            company.city.as_ref().is_some_and(|own| filters.cities.iter().any(|want| plain(want) == plain(own)));
        score += if in_city { 10 } else { 6 };
        let code = company.country.as_deref().map(|text| country::find(text).map_or(text, |country| country.code));
        let place: Vec<&str> =
            [company.city.as_deref(), company.region.as_deref(), code].into_iter().flatten().collect();
        reasons.push(format!("in {}", place.join(", ")));
    }
    let sized = filters.employees_min.is_some() || filters.employees_max.is_some();
    if let Some((least, most)) = employees.filter(|_| sized) {
        let within = filters.employees_min.is_none_or(|want| least >= want)
            && filters.employees_max.is_none_or(|want| most <= want);
        score += if within { 10 } else { 5 };
        let people = if least == most { least.to_string() } else { format!("{least} to {most}") };
        reasons.push(if within { format!("{people} people") } else { format!("{people} people, which overlaps") });
    }
    if let (Some(year), true) = (founded, filters.founded_min.is_some() || filters.founded_max.is_some()) {
        score += 5;
        reasons.push(format!("founded {year}"));
    }
    if !filters.hiring.is_empty() {
        score += 8;
        reasons.push(format!("hiring for {}", company.hiring.join(", ")));
    }
    if !filters.technologies.is_empty() {
        score += 5;
        reasons.push(format!("uses {}", company.technologies.join(", ")));
    }
    if !filters.keywords.is_empty() {
        score += 5;
        reasons.push(format!("mentions {}", filters.keywords.join(", ")));
    }
    if people > 0 {
        score += 5;
        let who = if filters.titles.is_empty() {
            "known there".to_owned()
        } else {
            format!("who fit {}", filters.titles.join(" or "))
        };
        reasons.push(format!("{people} people {who}"));
    }
    if addresses > 0 {
        score += 7;
        reasons.push(format!("{addresses} mail addresses known"));
    }
    Ranked { score: score.min(100), reasons }
}
