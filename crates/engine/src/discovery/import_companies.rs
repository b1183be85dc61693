//! `import_companies`: a batch of companies that can be discovered from then on. Passes over those that are known.

use outrider_domain::address::{Domain, Phone};
use outrider_domain::country;
use outrider_domain::discovery::plain;
use outrider_domain::id::ProspectId;
use outrider_store::prospects::{self as rows, ProspectCompany};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{BATCH, LONG, SHORT, terms_of};
use crate::context::{Context, Event};
use crate::error::{Error, Result};
use crate::import_batch::{ImportBatch, Skipped};
use crate::leads::tidy_up_to;
use crate::operation::{Operation, Spec};

/// Imports companies.
pub struct ImportCompanies;

/// A company as an import gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportedCompany {
    /// Display name.
    pub name: String,
    /// Host name of its website: what it is known by; else name and country.
    pub domain: Option<Domain>,
    /// Industries and sectors.
    #[schemars(length(max = 50))]
    pub industries: Vec<String>,
    /// What it does.
    pub description: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State, county, canton.
    pub region: Option<String>,
    /// ISO code or name.
    pub country: Option<String>,
    /// At least so many people.
    pub employees_min: Option<i64>,
    /// At most so many people; as many as `employees_min` when absent.
    pub employees_max: Option<i64>,
    /// Year.
    pub founded: Option<i64>,
    /// Departments it hires for.
    #[schemars(length(max = 50))]
    pub hiring: Vec<String>,
    /// What it uses.
    #[schemars(length(max = 50))]
    pub technologies: Vec<String>,
    /// E.164.
    pub phone: Option<Phone>,
    /// Profile address.
    pub linkedin_url: Option<String>,
}

/// A batch.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 1 to 5000 companies.
    #[schemars(length(min = 1, max = 5000))]
    pub companies: Vec<ImportedCompany>,
    /// Where they come from, such as the file's name; `import` when absent.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub source: Option<String>,
}

/// What became of a batch.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// Rows that were kept.
    pub created: usize,
    /// Companies that were made for people.
    pub companies_created: usize,
    /// Those that were not, in the order of the batch.
    pub skipped: Vec<Skipped>,
}

impl Operation for ImportCompanies {
    const SPEC: Spec = Spec::create(
        "import_companies",
        "discovery",
        "/discovery/companies/import",
        "discovery:write",
        "Import up to 5,000 companies that can be discovered.",
    )
    .describe("A company is known by its domain, or by name and country when it has none; known ones are passed over and reported.")
    .previews();
    type Input = Input;
    type Output = Imported;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<Imported> {
        if input.companies.is_empty() || input.companies.len() > BATCH {
            return Err(Error::invalid("companies", format!("Give 1 to {BATCH} companies.")));
        }
        let source = tidy_up_to("source", input.source, 200)?.unwrap_or_else(|| "import".to_owned());
        let mut batch = ImportBatch::new(input.companies.len(), Vec::new());
        for (index, company) in input.companies.into_iter().enumerate() {
            batch.take(index, row(cx, company, &source).map(|row| (row.id, row)))?;
        }
        let inserted = rows::insert_companies(cx.tx, batch.rows())?;
        let skipped = batch.close(&inserted, duplicate);
        let created = inserted.len();
        let data = json!({ "created": created, "skipped": skipped.len(), "source": source });
        cx.plan.push(json!({ "import_companies": data }));
        cx.emit(Event::new("prospects.imported").data(data));
        Ok(Imported { created, companies_created: 0, skipped })
    }
}

fn duplicate(index: usize) -> Skipped {
    let message = "A company with this domain, or this name in this country, is known already.".to_owned();
    Skipped { index, reason: "duplicate".to_owned(), message }
}

/// What a company is known by.
pub(super) fn known_by(domain: Option<&Domain>, name: &str, country: Option<&str>) -> String {
    match domain {
        Some(domain) => domain.to_string(),
        None => {
            let code =
                country.map(|text| country::find(text).map_or_else(|| plain(text), |found| found.code.to_owned()));
            format!("name:{}:{}", plain(name), code.unwrap_or_default())
        }
    }
}

fn list(field: &str, texts: Vec<String>) -> Result<String> {
    let tidied = texts.into_iter().map(|text| tidy_up_to(field, Some(text), SHORT));
    let kept: Vec<String> = tidied.filter_map(Result::transpose).collect::<Result<_>>()?;
    Ok(kept.join("\n"))
}

/// The row of a company. Checks what its types don't.
pub(super) fn row(cx: &Context<'_, '_>, company: ImportedCompany, source: &str) -> Result<ProspectCompany> {
    let name = tidy_up_to("name", Some(company.name), SHORT)?
        .or_else(|| company.domain.as_ref().map(ToString::to_string))
        .ok_or_else(|| Error::invalid("name", "There is neither a name nor a domain."))?;
    let country = tidy_up_to("country", company.country, SHORT)?;
    let description = company.description.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let least = company.employees_min.or(company.employees_max);
    let most = company.employees_max.or(company.employees_min);
    let sane = |number: Option<i64>, within: std::ops::RangeInclusive<i64>| {
        number.is_none_or(|number| within.contains(&number))
    };
    if !sane(least, 0..=100_000_000) || !sane(most, 0..=100_000_000) || least > most {
        return Err(Error::invalid(
            "employees_min",
            "employees_min and employees_max are 0 to 100,000,000, in this order.",
        ));
    }
    if !sane(company.founded, 1000..=2100) {
        return Err(Error::invalid("founded", "founded is a year."));
    }
    let mut row = ProspectCompany {
        project_id: cx.project,
        id: ProspectId(cx.id()),
        known_by: known_by(company.domain.as_ref(), &name, country.as_deref()),
        name,
        domain: company.domain.map(|domain| domain.to_string()),
        industries: list("industries", company.industries)?,
        description: tidy_up_to("description", description, LONG)?,
        city: tidy_up_to("city", company.city, SHORT)?,
        region: tidy_up_to("region", company.region, SHORT)?,
        country,
        employees_min: least,
        employees_max: most,
        founded: company.founded,
        hiring: list("hiring", company.hiring)?,
        technologies: list("technologies", company.technologies)?,
        phone: company.phone.map(|phone| phone.to_string()),
        linkedin_url: tidy_up_to("linkedin_url", company.linkedin_url, 2_000)?,
        terms: String::new(),
        source: source.to_owned(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    row.terms = terms_of(&row, &[]);
    Ok(row)
}
