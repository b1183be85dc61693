//! What of a company can be looked up in an index, as short words of letters and digits, and the same of filters. The index itself
//! is elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::vocabulary::{department_of, industry_of, rank_of, title_of};
use super::{Filters, plain};
use crate::country;
use crate::words::words;

/// Most words of free text that are kept of one company.
const MOST_WORDS: usize = 40;
/// Longest term, in bytes.
const LONGEST: usize = 60;

/// A company as it is imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompanyText {
    /// Display name.
    pub name: String,
    /// Industries and sectors, as given.
    pub industries: Vec<String>,
    /// What it does, in words.
    pub description: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State, county, canton.
    pub region: Option<String>,
    /// ISO code or name.
    pub country: Option<String>,
    /// Departments it hires for, as given.
    pub hiring: Vec<String>,
    /// What it uses.
    pub technologies: Vec<String>,
    /// Job titles of the people known there.
    pub roles: Vec<String>,
    /// Whether the mail address of one of them is known.
    pub has_email: bool,
}

/// What the index is asked for: all of the first, and one of each of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// All of these.
    pub all: Vec<String>,
    /// One of each group.
    pub any: Vec<Vec<String>>,
}

impl Query {
    /// Most groups there are.
    pub const GROUPS: usize = 5;

    /// Whether a company with these terms fits.
    #[must_use]
    pub fn fits(&self, terms: &str) -> bool {
        let terms: BTreeSet<&str> = terms.split(' ').collect();
        let has = |term: &String| terms.contains(term.as_str());
        self.all.iter().all(has) && self.any.iter().all(|group| group.iter().any(has))
    }
}

/// A term of a kind: three letters and what it says, folded. Nothing when it says nothing.
fn term(kind: &str, text: &str) -> Option<String> {
    let mut said = plain(text);
    let mut cut = said.len().min(LONGEST);
    while !said.is_char_boundary(cut) {
        cut -= 1;
    }
    said.truncate(cut);
    (!said.is_empty()).then(|| format!("{kind}{said}"))
}

/// The industry as its canonical name, or as it is.
fn canonical_industry(text: &str) -> String {
    industry_of(&plain(text)).map_or_else(|| text.to_owned(), ToOwned::to_owned)
}

/// A job title as the names that titles, ranks and departments have in filters, and its other words.
pub(super) fn role_words(role: &str) -> BTreeSet<String> {
    let folded = words(role);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < folded.len() {
        let longest = (1..=3).rev().find_map(|count| {
            let joined = folded.get(at..at + count)?.concat();
            let name = title_of(&joined).or_else(|| rank_of(&joined)).or_else(|| department_of(&joined))?;
            Some((plain(name.trim_end_matches(" of")), at + count))
        });
        let (word, end) = longest.unwrap_or_else(|| (folded[at].clone(), at + 1));
        if !matches!(word.as_str(), "of" | "the" | "and" | "for" | "in") {
            found.insert(word);
        }
        at = end;
    }
    found
}

/// Free text of a company that keywords are compared with.
#[must_use]
pub fn company_words(company: &CompanyText) -> BTreeSet<String> {
    let texts = [company.name.as_str()].into_iter().chain(company.industries.iter().map(String::as_str));
    let texts = texts.chain(company.description.as_deref());
    texts.flat_map(words).filter(|word| word.len() > 1).take(MOST_WORDS).collect()
}

/// The terms of a company, with blanks between them.
#[must_use]
pub fn company_terms(project: i64, company: &CompanyText) -> String {
    let mut terms: BTreeSet<String> = BTreeSet::from([project_term(project)]);
    for industry in &company.industries {
        terms.extend(term("ind", industry));
        terms.extend(term("ind", &canonical_industry(industry)));
        for word in words(industry).iter().filter(|word| word.len() > 1) {
            terms.extend(term("ind", &canonical_industry(word)));
        }
    }
    if let Some(country) = &company.country {
        let code = country::find(country).map_or(country.as_str(), |country| country.code);
        terms.extend(term("cou", code));
    }
    terms.extend(company.city.iter().chain(&company.region).filter_map(|place| term("cit", place)));
    for department in &company.hiring {
        let name = department_of(&plain(department)).unwrap_or(department);
        terms.extend(term("hir", name));
        for word in words(department) {
            terms.extend(department_of(&word).and_then(|name| term("hir", name)));
        }
    }
    terms.extend(company.technologies.iter().filter_map(|technology| term("tec", technology)));
    terms.extend(company.roles.iter().flat_map(|role| role_words(role)).filter_map(|word| term("rol", &word)));
    terms.extend(company_words(company).iter().filter_map(|word| term("key", word)));
    if company.has_email {
        terms.insert("hasemail".to_owned());
    }
    let terms: Vec<String> = terms.into_iter().collect();
    terms.join(" ")
}

fn project_term(project: i64) -> String {
    format!("prj{project}")
}

impl Filters {
    /// What an index is asked for. A group never stands empty: where a filter says nothing that could be looked up, nothing fits.
    #[must_use]
    pub fn query(&self, project: i64) -> Query {
        let mut query = Query { all: vec![project_term(project)], any: Vec::new() };
        let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut add = |group: &'static str, asked: bool, terms: Vec<String>| {
            if asked {
                groups.entry(group).or_default().extend(terms);
            }
        };
        let each = |kind: &str, texts: &[String]| texts.iter().filter_map(|text| term(kind, text)).collect::<Vec<_>>();
        let industries: Vec<String> = self.industries.iter().map(|text| canonical_industry(text)).collect();
        add("industry", !industries.is_empty(), each("ind", &industries));
        let codes = |text: &String| country::find(text).map_or_else(|| text.clone(), |country| country.code.to_owned());
        let countries: Vec<String> = self.countries.iter().map(codes).collect();
        add("place", !countries.is_empty(), each("cou", &countries));
        add("place", !self.cities.is_empty(), each("cit", &self.cities));
        let department = |text: &String| department_of(&plain(text)).map_or_else(|| text.clone(), ToOwned::to_owned);
        add("hiring", !self.hiring.is_empty(), each("hir", &self.hiring.iter().map(department).collect::<Vec<_>>()));
        add("technology", !self.technologies.is_empty(), each("tec", &self.technologies));
        // The index knows words of titles; whether one person has all of a title is looked at afterwards.
        let rarest = |title: &String| {
            let words = role_words(title);
            let rank = |word: &String| rank_of(word).is_some();
            words.iter().find(|word| !rank(word)).or_else(|| words.first()).cloned().unwrap_or_default()
        };
        add("title", !self.titles.is_empty(), each("rol", &self.titles.iter().map(rarest).collect::<Vec<_>>()));
        query.any = groups.into_values().collect();
        for keyword in &self.keywords {
            query.all.extend(words(keyword).iter().filter_map(|word| term("key", word)));
        }
        if self.with_email {
            query.all.push("hasemail".to_owned());
        }
        query
    }
}
