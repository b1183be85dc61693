//! `import_people`: a batch of people who can be discovered where they work. Makes companies that are missing; passes over people
//! who are known.

use std::collections::{HashMap, HashSet};

use outrider_domain::address::{Domain, Email, Phone};
use outrider_domain::discovery::plain;
use outrider_domain::id::ProspectId;
use outrider_domain::window::TimeZone;
use outrider_store::prospects::{self as rows, ProspectPerson};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::import_companies::{self, Imported, ImportedCompany, known_by};
use super::{BATCH, SHORT, terms_of};
use crate::context::{Context, Event};
use crate::error::{Error, Result, code};
use crate::import_batch::{ImportBatch, Skipped};
use crate::leads::tidy_up_to;
use crate::operation::{Operation, Spec};

/// Imports people.
pub struct ImportPeople;

/// A person as an import gives them. A company or its domain is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportedPerson {
    /// Display name; made of the others when absent.
    pub name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Job title.
    pub role: Option<String>,
    /// Mail address.
    pub email: Option<Email>,
    /// E.164.
    pub phone: Option<Phone>,
    /// Profile address.
    pub linkedin_url: Option<String>,
    /// Name of the company.
    pub company: Option<String>,
    /// Host name of the company's website.
    pub domain: Option<Domain>,
    /// ISO code or name.
    pub country: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<TimeZone>,
}

/// A batch.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1 to 5000 people.
    #[schemars(length(min = 1, max = 5000))]
    pub people: Vec<ImportedPerson>,
    /// Where they come from, such as the file's name; `import` when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub source: Option<String>,
}

impl Operation for ImportPeople {
    const SPEC: Spec = Spec::create(
        "import_people",
        "discovery",
        "/discovery/people/import",
        "discovery:write",
        "Import up to 5,000 people who can be discovered.",
    )
    .describe("A person is known by their address or profile, or by name and company; known ones are passed over and reported. Companies that are missing are made.")
    .previews();
    type Input = Input;
    type Output = Imported;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Imported> {
        if input.people.is_empty() || input.people.len() > BATCH {
            return Err(Error::invalid("people", format!("Give 1 to {BATCH} people.")));
        }
        let source = tidy_up_to("source", input.source, 200)?.unwrap_or_else(|| "import".to_owned());
        let mut batch = ImportBatch::new(input.people.len(), Vec::new());
        let mut drafts: Vec<(usize, ImportedPerson, String)> = Vec::new();
        for (index, person) in input.people.into_iter().enumerate() {
            match company_key(&person) {
                Some(key) => drafts.push((index, person, key)),
                None => {
                    let message = "There is neither a company nor a domain to know where this person works.";
                    batch.take(index, Err(Error::invalid("company", message)))?;
                }
            }
        }
        let (companies, companies_created) = companies_of(cx, &drafts, &source)?;
        for (index, person, key) in drafts {
            let made = match companies.get(&key) {
                Some(company) => row(cx, person, *company),
                None => Err(Error::invalid("company", "The company of this person could not be made.")),
            };
            batch.take(index, made.map(|row| (row.id, row)))?;
        }
        let fresh = batch.rows();
        let touched: HashMap<ProspectId, ProspectId> = fresh.iter().map(|row| (row.id, row.company_id)).collect();
        let inserted = rows::insert_people(cx.tx, fresh)?;
        let skipped = batch.close(&inserted, duplicate);
        let changed: HashSet<ProspectId> = inserted.iter().filter_map(|id| touched.get(id)).copied().collect();
        index_again(cx, &changed)?;
        let created = inserted.len();
        let data =
            json!({ "people": created, "companies": companies_created, "skipped": skipped.len(), "source": source });
        cx.plan.push(json!({ "import_people": data }));
        cx.emit(Event::new("prospects.imported").data(data));
        Ok(Imported { created, companies_created, skipped })
    }
}

fn duplicate(index: usize) -> Skipped {
    let message = "A person with this address, profile, or name at this company is known already.".to_owned();
    Skipped { index, reason: "duplicate".to_owned(), message }
}

fn company_key(person: &ImportedPerson) -> Option<String> {
    let name = person.company.as_deref().map(str::trim).filter(|name| !plain(name).is_empty());
    (person.domain.is_some() || name.is_some())
        .then(|| known_by(person.domain.as_ref(), name.unwrap_or_default(), None))
}

/// The companies of a batch by what they are known by; makes those that are missing and counts them.
fn companies_of(
    cx: &mut Context<'_, '_>,
    drafts: &[(usize, ImportedPerson, String)],
    source: &str,
) -> Result<(HashMap<String, ProspectId>, usize)> {
    let mut wanted: HashMap<&str, &ImportedPerson> = HashMap::new();
    for (_, person, key) in drafts {
        wanted.entry(key.as_str()).or_insert(person);
    }
    let keys = |wanted: &HashMap<&str, &ImportedPerson>| wanted.keys().map(|key| (*key).to_owned()).collect();
    let mut known: HashMap<String, ProspectId> =
        rows::by_known(cx.tx, cx.project, keys(&wanted))?.into_iter().map(|row| (row.known_by, row.id)).collect();
    wanted.retain(|key, _| !known.contains_key(*key));
    let mut fresh = Vec::new();
    for person in wanted.values() {
        let company = ImportedCompany {
            name: person.company.clone().unwrap_or_default(),
            domain: person.domain.clone(),
            ..ImportedCompany::default()
        };
        match import_companies::row(cx, company, source) {
            Ok(row) => fresh.push(row),
            Err(error) if error.code == code::VALIDATION_ERROR => {}
            Err(error) => return Err(error),
        }
    }
    let created = rows::insert_companies(cx.tx, fresh)?.len();
    if created > 0 {
        let again = rows::by_known(cx.tx, cx.project, keys(&wanted))?;
        known.extend(again.into_iter().map(|row| (row.known_by, row.id)));
    }
    Ok((known, created))
}

/// Indexes companies whose people have changed.
fn index_again(cx: &mut Context<'_, '_>, companies: &HashSet<ProspectId>) -> Result<()> {
    let ids: Vec<ProspectId> = companies.iter().copied().collect();
    let people = rows::people_of(cx.tx, cx.project, &ids)?;
    let mut by_company: HashMap<ProspectId, Vec<&ProspectPerson>> = HashMap::new();
    for person in &people {
        by_company.entry(person.company_id).or_default().push(person);
    }
    let with_terms = rows::get_many(cx.tx, cx.project, &ids)?.into_iter().map(|company| {
        let people = by_company.remove(&company.id).unwrap_or_default();
        let terms = terms_of(&company, &people);
        (company, terms)
    });
    let with_terms = with_terms.collect();
    Ok(rows::set_terms(cx.tx, with_terms)?)
}

fn row(cx: &Context<'_, '_>, person: ImportedPerson, company: ProspectId) -> Result<ProspectPerson> {
    let first_name = tidy_up_to("first_name", person.first_name, SHORT)?;
    let last_name = tidy_up_to("last_name", person.last_name, SHORT)?;
    let joined: Vec<&str> = [first_name.as_deref(), last_name.as_deref()].into_iter().flatten().collect();
    let joined = Some(joined.join(" ")).filter(|name| !name.is_empty());
    let name = tidy_up_to("name", person.name, SHORT)?
        .or(joined)
        .or_else(|| person.email.as_ref().map(|email| email.local().to_owned()))
        .ok_or_else(|| Error::invalid("name", "There is nothing to know this person by."))?;
    let linkedin_url = tidy_up_to("linkedin_url", person.linkedin_url, 2_000)?;
    let known_by = match (&person.email, &linkedin_url) {
        (Some(email), _) => email.to_string(),
        (None, Some(profile)) => profile.to_lowercase(),
        (None, None) => format!("name:{}:{}", plain(&name), company.0),
    };
    Ok(ProspectPerson {
        project_id: cx.project,
        id: ProspectId(cx.id()),
        company_id: company,
        known_by,
        name,
        first_name,
        last_name,
        role: tidy_up_to("role", person.role, SHORT)?,
        email: person.email.map(|email| email.to_string()),
        phone: person.phone.map(|phone| phone.to_string()),
        linkedin_url,
        country: tidy_up_to("country", person.country, SHORT)?,
        time_zone: person.time_zone.map(|zone| zone.to_string()),
        lead_id: None,
        created_at: cx.now,
    })
}
