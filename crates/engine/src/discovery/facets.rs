//! What found companies are like, in numbers: enough to decide whether to pay for them, and nothing that is paid for. Finds nothing.

use std::collections::BTreeMap;

use outrider_store::prospects::{ProspectCompany, ProspectPerson};
use schemars::JsonSchema;
use serde::Serialize;

use super::lines;

/// Most values of one kind that are told.
const MOST: usize = 20;
/// Sizes of companies by the most who may work there, as they are commonly grouped.
const SIZES: &[(i64, &str)] = &[
    (10, "1-10"),
    (50, "11-50"),
    (200, "51-200"),
    (500, "201-500"),
    (1_000, "501-1000"),
    (5_000, "1001-5000"),
    (i64::MAX, "5001+"),
];

/// What the companies of a page are like; the same in a preview and in the answer that pays for them.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Facets {
    /// Companies on the page.
    pub companies: usize,
    /// Of those, the ones that are not paid for yet.
    pub companies_new: usize,
    /// People there who fit and are shown.
    pub people: usize,
    /// Of those, the ones with a mail address.
    pub people_with_email: usize,
    /// Of those, the ones with a phone number.
    pub people_with_phone: usize,
    /// What the companies do, the most frequent first, 20 at most.
    pub industries: Vec<Share>,
    /// Where they are.
    pub countries: Vec<Share>,
    /// How many work there: `1-10`, `11-50`, `51-200`, `201-500`, `501-1000`, `1001-5000`, `5001+` or `unknown`.
    pub sizes: Vec<Share>,
    /// Departments they hire for.
    pub hiring: Vec<Share>,
}

/// A value, and how many companies have it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Share {
    /// As imported.
    pub value: String,
    /// Companies.
    pub companies: usize,
}

impl Facets {
    /// Of companies with the people shown there; `is_new` says which are not paid for.
    pub(super) fn of<'a>(
        page: impl Iterator<Item = (&'a ProspectCompany, &'a [ProspectPerson])>,
        is_new: impl Fn(&ProspectCompany) -> bool,
    ) -> Self {
        let mut facets = Self::default();
        let [mut industries, mut countries, mut sizes, mut hiring] = <[BTreeMap<String, usize>; 4]>::default();
        let count = |counts: &mut BTreeMap<String, usize>, values: Vec<String>| {
            for value in values {
                *counts.entry(value).or_default() += 1;
            }
        };
        for (company, people) in page {
            facets.companies += 1;
            facets.companies_new += usize::from(is_new(company));
            facets.people += people.len();
            facets.people_with_email += people.iter().filter(|person| person.email.is_some()).count();
            facets.people_with_phone += people.iter().filter(|person| person.phone.is_some()).count();
            count(&mut industries, lines(&company.industries));
            count(&mut countries, company.country.iter().cloned().collect());
            count(&mut sizes, vec![size_of(company).to_owned()]);
            count(&mut hiring, lines(&company.hiring));
        }
        facets.industries = most_frequent(industries);
        facets.countries = most_frequent(countries);
        facets.sizes = most_frequent(sizes);
        facets.hiring = most_frequent(hiring);
        facets
    }
}

/// The group that a company's size falls in, by the middle of what is known.
fn size_of(company: &ProspectCompany) -> &'static str {
    let middle = match (company.employees_min, company.employees_max) {
        (Some(least), Some(most)) => least.midpoint(most),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return "unknown",
    };
    SIZES.iter().find(|(most, _)| middle <= *most).map_or("unknown", |(_, name)| name)
}

fn most_frequent(counts: BTreeMap<String, usize>) -> Vec<Share> {
    let mut shares: Vec<Share> = counts.into_iter().map(|(value, companies)| Share { value, companies }).collect();
    // Sorted by name already, so that equals stay so.
    shares.sort_by_key(|share| std::cmp::Reverse(share.companies));
    shares.truncate(MOST);
    shares
}
