//! Discovery: what somebody looks for, as a sentence and as filters, and how a company is compared with it. Pure rules; where the
//! companies are kept and who pays is elsewhere.

pub mod columns;
mod grammar;
mod score;
mod terms;
mod vocabulary;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use grammar::{LONGEST_SENTENCE, parse};
pub use score::{Ranked, has_title, rank};
pub use terms::{CompanyText, Query, company_terms, company_words};
pub use vocabulary::{department_of, industry_of};

/// What companies and people are looked for. An empty list or absent bound lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct Filters {
    /// One of these industries, such as `fintech`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub industries: Vec<String>,
    /// In one of these countries (ISO 3166-1 alpha-2 or a name) or cities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 40))]
    pub countries: Vec<String>,
    /// In one of these cities or regions; beside countries, either will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub cities: Vec<String>,
    /// At least so many people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000_000))]
    pub employees_min: Option<i64>,
    /// At most so many people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000_000))]
    pub employees_max: Option<i64>,
    /// Founded in this year or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1000, max = 3000))]
    pub founded_min: Option<i64>,
    /// Founded in this year or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1000, max = 3000))]
    pub founded_max: Option<i64>,
    /// Hiring for one of these departments, such as `sales`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub hiring: Vec<String>,
    /// Using one of these technologies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub technologies: Vec<String>,
    /// People with one of these job titles or departments, such as `cto` or `sales`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub titles: Vec<String>,
    /// Words that name, industry or description have, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub keywords: Vec<String>,
    /// Only people whose mail address is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub with_email: bool,
}

impl Filters {
    /// The names of the filters there are.
    pub const NAMES: [&'static str; 12] = [
        "industries",
        "countries",
        "cities",
        "employees_min",
        "employees_max",
        "founded_min",
        "founded_max",
        "hiring",
        "technologies",
        "titles",
        "keywords",
        "with_email",
    ];

    /// Whether everything would be let through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These, and where they say nothing, those of others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let list = |own: Vec<String>, other: Vec<String>| if own.is_empty() { other } else { own };
        Self {
            industries: list(self.industries, other.industries),
            countries: list(self.countries, other.countries),
            cities: list(self.cities, other.cities),
            employees_min: self.employees_min.or(other.employees_min),
            employees_max: self.employees_max.or(other.employees_max),
            founded_min: self.founded_min.or(other.founded_min),
            founded_max: self.founded_max.or(other.founded_max),
            hiring: list(self.hiring, other.hiring),
            technologies: list(self.technologies, other.technologies),
            titles: list(self.titles, other.titles),
            keywords: list(self.keywords, other.keywords),
            with_email: self.with_email || other.with_email,
        }
    }
}

/// A part of a sentence that became a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Understood {
    /// As written.
    pub text: String,
    /// The filter.
    pub filter: String,
    /// In words.
    pub meaning: String,
}

/// A part of a sentence that did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dropped {
    /// As written.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// What a sentence says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// As filters.
    pub filters: Filters,
    /// How many companies were asked for.
    pub limit: Option<i64>,
    /// What was understood, in order.
    pub understood: Vec<Understood>,
    /// What was not, in order.
    pub dropped: Vec<Dropped>,
}

/// Letters and digits in lower case, without accents: what names are compared in.
#[must_use]
pub fn plain(text: &str) -> String {
    crate::words::fold(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests;
