//! `outrider import companies` and `import people`: a file of what can be discovered, batch by batch, with a report of every row
//! that did not make it.

use std::path::Path;

use outrider_domain::address::{Domain, Email, Phone};
use outrider_domain::discovery::columns::{COMPANY, PERSON, employees_of, field_of, list_of, location_of, year_of};
use outrider_domain::id::ProjectId;
use outrider_domain::window::TimeZone;
use outrider_engine::discovery::BATCH;
use outrider_engine::discovery::import_companies::{Imported, ImportedCompany};
use outrider_engine::discovery::import_people::ImportedPerson;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::ImportProspects;
use crate::failure::{Failure, Outcome, Status};
use crate::import::encoding::ReadError;
use crate::import::rows::{Cells, NamedRow, RowReader};
use crate::installation::Installation;
use crate::output::Output;
use crate::settings::Settings;

/// Rows shown when there is no report.
const SHOWN: usize = 10;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Companies.
    Companies,
    /// People.
    People,
}

impl What {
    const fn operation(self) -> &'static str {
        match self {
            Self::Companies => "import_companies",
            Self::People => "import_people",
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::People => "people",
        }
    }

    const fn table(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Companies => COMPANY,
            Self::People => PERSON,
        }
    }
}

/// What became of a file.
#[derive(Debug, Default, Serialize)]
struct Summary {
    rows: usize,
    created: usize,
    companies_created: usize,
    duplicates: usize,
    refused: usize,
    /// Columns that are not kept.
    ignored_columns: Vec<String>,
    /// The first rows that were refused.
    first_refused: Vec<Refused>,
}

/// A row that was refused.
#[derive(Debug, Clone, Serialize)]
struct Refused {
    line: u64,
    reason: String,
}

pub(super) async fn run(settings: Settings, given: ImportProspects, what: What, output: Output) -> Outcome {
    let reader = RowReader::open(&given.file).map_err(|error| unreadable(&given.file, error))?;
    let installation = Installation::open_to_fill(settings).await?;
    let result = import(&installation, &given, what, reader).await;
    installation.close().await?;
    let summary = result?;
    let value = serde_json::to_value(&summary).unwrap_or_default();
    output.result(&value, |_| summary.text(what, given.dry_run));
    if summary.created == 0 && summary.duplicates == 0 {
        let text = format!("No row of the file could become one of the {}.", what.field());
        return Err(Failure::new(Status::BadData, "nothing_imported", text));
    }
    Ok(())
}

fn unreadable(file: &Path, error: ReadError) -> Failure {
    match error {
        ReadError::Io(error) => Failure::file(file, &error),
        ReadError::NotATable(why) => Failure::new(Status::BadData, "not_a_table", format!("{}: {why}", file.display())),
    }
}

async fn import(
    installation: &Installation,
    given: &ImportProspects,
    what: What,
    mut reader: RowReader,
) -> Outcome<Summary> {
    let project = installation.project_or_only(given.project.as_deref()).await?;
    let source = given.file.file_name().map(|name| name.to_string_lossy().chars().take(200).collect::<String>());
    let mut summary = Summary::default();
    let unknown = |name: &&String| field_of(what.table(), name).is_none() && !name.is_empty();
    summary.ignored_columns = reader.columns().iter().filter(unknown).cloned().collect();
    let mut report = given.report.as_ref().map(|file| Report::create(file)).transpose()?;
    let (mut batch, mut lines) = (Vec::new(), Vec::new());
    loop {
        let row = reader.next_row().map_err(|error| unreadable(&given.file, error))?;
        let ended = row.is_none();
        if let Some(NamedRow { line, cells }) = row {
            summary.rows += 1;
            match cells.and_then(|cells| read(what, cells)) {
                Ok(value) => {
                    batch.push(value);
                    lines.push(line);
                }
                Err(reason) => summary.refuse(&mut report, Refused { line, reason })?,
            }
        }
        if batch.len() >= BATCH || (ended && !batch.is_empty()) {
            let input = json!({ what.field(): std::mem::take(&mut batch), "source": source });
            let answer = call(installation, project, what, input, given.dry_run).await?;
            summary.created += answer.created;
            summary.companies_created += answer.companies_created;
            for skipped in answer.skipped {
                if skipped.reason == "duplicate" {
                    summary.duplicates += 1;
                } else {
                    let line = lines.get(skipped.index).copied().unwrap_or_default();
                    summary.refuse(&mut report, Refused { line, reason: skipped.message })?;
                }
            }
            lines.clear();
        }
        if ended {
            if let Some(report) = report {
                report.finish()?;
            }
            return Ok(summary);
        }
    }
}

async fn call(
    installation: &Installation,
    project: ProjectId,
    what: What,
    input: Value,
    dry_run: bool,
) -> Outcome<Imported> {
    let body = installation.call_with(project, what.operation(), input, dry_run).await?.body;
    let answer = if dry_run { body["result"].clone() } else { body };
    serde_json::from_value(answer).map_err(|error| Failure::new(Status::Internal, "internal_error", error.to_string()))
}

/// Rows that were refused, as a CSV file.
struct Report {
    path: std::path::PathBuf,
    text: String,
}

impl Report {
    fn create(path: &Path) -> Outcome<Self> {
        std::fs::write(path, "").map_err(|error| Failure::file(path, &error))?;
        Ok(Self { path: path.to_owned(), text: "line,reason\n".to_owned() })
    }

    fn finish(self) -> Outcome {
        std::fs::write(&self.path, self.text).map_err(|error| Failure::file(&self.path, &error))
    }
}

impl Summary {
    fn refuse(&mut self, report: &mut Option<Report>, row: Refused) -> Outcome {
        self.refused += 1;
        if let Some(report) = report {
            report.text.push_str(&format!("{},\"{}\"\n", row.line, row.reason.replace('"', "\"\"")));
        }
        if self.first_refused.len() < SHOWN {
            self.first_refused.push(row);
        }
        Ok(())
    }

    fn text(&self, what: What, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        let mut text = format!("{:>9} rows\n{:>9} {} {would}imported\n", self.rows, self.created, what.field());
        for (count, words) in [
            (self.companies_created, "companies made for them"),
            (self.duplicates, "known already, or twice in the file"),
            (self.refused, "refused"),
        ] {
            if count > 0 {
                text.push_str(&format!("{count:>9} {words}\n"));
            }
        }
        if !self.ignored_columns.is_empty() {
            text.push_str(&format!("  columns not kept: {}\n", self.ignored_columns.join(", ")));
        }
        for row in &self.first_refused {
            text.push_str(&format!("  line {}: {}\n", row.line, row.reason));
        }
        text
    }
}

/// A row as the operation takes it.
fn read(what: What, cells: Cells) -> Result<Value, String> {
    let mut fields: std::collections::BTreeMap<&'static str, String> = std::collections::BTreeMap::new();
    for (name, cell) in cells {
        if let Some(field) = field_of(what.table(), &name) {
            fields.entry(field).or_insert_with(|| cell.trim().to_owned());
        }
    }
    let mut take = |field: &str| fields.remove(field).filter(|cell| !cell.is_empty());
    let value = match what {
        What::Companies => serde_json::to_value(company(&mut take)?),
        What::People => serde_json::to_value(person(&mut take)?),
    };
    value.map_err(|error| error.to_string())
}

fn parsed<T: std::str::FromStr>(field: &str, cell: Option<String>) -> Result<Option<T>, String>
where
    T::Err: std::fmt::Display,
{
    cell.map(|cell| cell.parse().map_err(|error| format!("{field}: {error}"))).transpose()
}

/// A host name from a cell that may hold a whole address.
fn domain(cell: Option<String>) -> Result<Option<Domain>, String> {
    let Some(cell) = cell else { return Ok(None) };
    let host = cell.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    Domain::parse(host).map(Some).map_err(|error| format!("domain: {error}"))
}

fn company(take: &mut impl FnMut(&str) -> Option<String>) -> Result<ImportedCompany, String> {
    let (city, region, country) = take("location").map(|cell| location_of(&cell)).unwrap_or_default();
    let employees = match take("employees") {
        None => None,
        Some(cell) => Some(employees_of(&cell).ok_or_else(|| format!("employees: {cell:?} is no number of people"))?),
    };
    let list = |cell: Option<String>| cell.map(|cell| list_of(&cell)).unwrap_or_default();
    // An industry may have a comma in its name; a sector stands beside it.
    let industries = [take("industry"), take("sector")].into_iter().flatten().collect();
    Ok(ImportedCompany {
        name: take("name").unwrap_or_default(),
        domain: domain(take("domain"))?,
        industries,
        description: take("description"),
        city: take("city").or(city),
        region: take("region").or(region),
        country: take("country").or(country),
        employees_min: employees.map(|(least, _)| least),
        employees_max: employees.map(|(_, most)| most),
        founded: take("founded").and_then(|cell| year_of(&cell)),
        hiring: list(take("hiring")),
        technologies: list(take("technologies")),
        phone: parsed::<Phone>("phone", take("phone"))?,
        linkedin_url: take("linkedin_url"),
    })
}

fn person(take: &mut impl FnMut(&str) -> Option<String>) -> Result<ImportedPerson, String> {
    Ok(ImportedPerson {
        name: take("name"),
        first_name: take("first_name"),
        last_name: take("last_name"),
        role: take("role"),
        email: parsed::<Email>("email", take("email"))?,
        phone: parsed::<Phone>("phone", take("phone"))?,
        linkedin_url: take("linkedin_url"),
        company: take("company"),
        domain: domain(take("domain"))?,
        country: take("country"),
        time_zone: take("time_zone").and_then(|zone| TimeZone::parse(&zone).ok()),
    })
}
