//! `outrider import leads`: a file of leads into a project, batch by batch, with a report of every row that did not make it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outrider_domain::id::{ProjectId, SequenceId};
use outrider_engine::leads::import_leads::{self, BATCH, Imported, ImportedLead};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::arguments::ImportLeads;
use crate::failure::{Failure, Outcome, Status};
use crate::import::reader::{Batch, LeadReader, ReadError, RefusedRow, Table};
use crate::installation::Installation;
use crate::output::{Output, text};
use crate::settings::Settings;

/// Batches read ahead of those that are written.
const AHEAD: usize = 2;
/// Batches that are being written at once, so that a commit can hold many: it writes each page of an index once, whatever the
/// number of rows that went into that page.
const UNDER_WAY: usize = 20;
/// Rows shown when there is no report.
const SHOWN: usize = 10;

pub(super) async fn run(settings: Settings, given: ImportLeads, output: Output) -> Outcome {
    let reader = LeadReader::open(&given.file).map_err(|error| unreadable(&given.file, error))?;
    let installation = Installation::open_to_fill(settings).await?;
    let result = import(&installation, &given, reader, output).await;
    installation.close().await?;
    let summary = result?;
    let value = serde_json::to_value(&summary).unwrap_or_default();
    output.result(&value, |_| summary.text(given.dry_run));
    if summary.created == 0 && summary.duplicates == 0 && summary.refused > 0 {
        let text = "No row of the file could become a lead.";
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

/// What became of a file.
#[derive(Debug, Default, Serialize)]
struct Summary {
    file: PathBuf,
    encoding: &'static str,
    delimiter: String,
    has_header: bool,
    columns: Vec<String>,
    rows: usize,
    created: usize,
    companies_created: usize,
    enrolled: i64,
    duplicates: usize,
    refused: usize,
    notes: Vec<String>,
    /// Where every row that was not imported is written.
    report: Option<PathBuf>,
    /// The first of those rows.
    first_refused: Vec<Row>,
}

/// A row that was not imported.
#[derive(Debug, Clone, Serialize)]
struct Row {
    line: u64,
    column: String,
    reason: String,
    row: String,
}

impl From<RefusedRow> for Row {
    fn from(row: RefusedRow) -> Self {
        Self { line: row.line, column: row.column.unwrap_or_default(), reason: row.reason, row: row.text }
    }
}

/// A line of the file and the address in it.
type Line = (u64, Option<String>);

/// A batch that was sent: rows left out before, the lines of the others, and what became of them.
type Sent = (Vec<Row>, Vec<Line>, Option<Imported>);

impl Summary {
    /// Counts the rows of a batch; gives those left out so far, and the leads with their lines. `seen` are the addresses of
    /// earlier batches, where nothing else remembers them.
    fn begin(
        &mut self,
        batch: Batch,
        mut seen: Option<&mut HashSet<String>>,
    ) -> (Vec<Row>, Vec<Line>, Vec<ImportedLead>) {
        self.rows += batch.drafts.len() + batch.refused.len();
        self.refused += batch.refused.len();
        let mut left_out: Vec<Row> = batch.refused.into_iter().map(Row::from).collect();
        let mut lines = Vec::with_capacity(batch.drafts.len());
        let mut leads = Vec::with_capacity(batch.drafts.len());
        for row in batch.drafts {
            let address = row.draft.email.as_ref().map(ToString::to_string);
            let known = seen
                .as_deref_mut()
                .is_some_and(|seen| address.as_ref().is_some_and(|address| !seen.insert(address.clone())));
            if known {
                self.duplicates += 1;
                left_out.push(duplicate(row.line, address));
                continue;
            }
            lines.push((row.line, address));
            leads.push(ImportedLead::from(row.draft));
        }
        (left_out, lines, leads)
    }

    /// Counts what became of a batch, and reports what of it was left out.
    fn add(
        &mut self,
        report: &mut Report,
        mut left_out: Vec<Row>,
        lines: &[Line],
        imported: Option<Imported>,
    ) -> Outcome {
        if let Some(imported) = imported {
            self.created += imported.created;
            self.companies_created += imported.companies_created;
            self.enrolled += imported.enrolled;
            for skipped in imported.skipped {
                let (line, address) = lines.get(skipped.index).cloned().unwrap_or_default();
                if skipped.reason.starts_with("duplicate") {
                    self.duplicates += 1;
                } else {
                    self.refused += 1;
                }
                let row = address.unwrap_or_default();
                left_out.push(Row { line, column: String::new(), reason: skipped.message, row });
            }
        }
        left_out.sort_by_key(|row| row.line);
        left_out.into_iter().try_for_each(|row| report.add(row))
    }

    fn of(file: &Path, table: &Table) -> Self {
        Self {
            file: file.to_owned(),
            encoding: table.encoding,
            delimiter: table.delimiter.to_string(),
            has_header: table.has_header,
            columns: table.columns.labels().to_vec(),
            notes: table.columns.notes().to_vec(),
            ..Self::default()
        }
    }

    fn text(&self, dry_run: bool) -> String {
        let delimiter = if self.delimiter == "\t" { "tabs" } else { &self.delimiter };
        let header = if self.has_header { "with" } else { "without" };
        let would = if dry_run { "would be " } else { "" };
        let mut lines =
            format!("{}: {}, separated by {delimiter}, {header} a header\n", self.file.display(), self.encoding);
        for note in &self.notes {
            lines += &format!("  note: {note}\n");
        }
        lines += &format!("{:>9} rows\n{:>9} {would}imported\n", self.rows, self.created);
        for (count, what) in [
            (self.companies_created, "companies made for them"),
            (usize::try_from(self.enrolled).unwrap_or(0), "enrolled in the sequence"),
            (self.duplicates, "known already, or twice in the file"),
            (self.refused, "refused"),
        ] {
            if count > 0 {
                lines += &format!("{count:>9} {what}\n");
            }
        }
        for row in &self.first_refused {
            let column = if row.column.is_empty() { String::new() } else { format!("{}: ", row.column) };
            lines += &format!("  line {}: {column}{}\n", row.line, row.reason);
        }
        match &self.report {
            Some(report) => lines += &format!("Every row that was not imported is in {}.\n", report.display()),
            None if self.refused + self.duplicates > self.first_refused.len() => {
                lines += "Give --report FILE for every row that was not imported, and why.\n";
            }
            None => {}
        }
        lines
    }
}

/// Where rows that were not imported go: the report, and the first of them the summary.
struct Report {
    file: Option<(PathBuf, csv::Writer<std::fs::File>)>,
    first: Vec<Row>,
}

impl Report {
    fn open(path: Option<&Path>) -> Outcome<Self> {
        let file = match path {
            None => None,
            Some(path) => {
                let open = std::fs::File::create(path).map_err(|error| Failure::file(path, &error))?;
                Some((path.to_owned(), csv::Writer::from_writer(open)))
            }
        };
        Ok(Self { file, first: Vec::new() })
    }

    fn add(&mut self, row: Row) -> Outcome {
        if let Some((path, file)) = &mut self.file {
            file.serialize(&row).map_err(|error| cannot_write(path, &error))?;
        }
        if self.first.len() < SHOWN {
            self.first.push(row);
        }
        Ok(())
    }

    fn finish(&mut self) -> Outcome {
        match &mut self.file {
            Some((path, file)) => file
                .flush()
                .map_err(|error| Failure::new(Status::Io, "file_error", format!("{}: {error}", path.display()))),
            None => Ok(()),
        }
    }
}

fn cannot_write(path: &Path, error: &csv::Error) -> Failure {
    Failure::new(Status::Io, "file_error", format!("{}: {error}", path.display()))
}

async fn import(
    installation: &Installation,
    given: &ImportLeads,
    reader: LeadReader<std::fs::File>,
    output: Output,
) -> Outcome<Summary> {
    let project = installation.project_or_only(given.project.as_deref()).await?;
    let sequence = match &given.sequence {
        Some(name) => Some(sequence_id(installation, project, name).await?),
        None => None,
    };
    let mut summary = Summary::of(&given.file, reader.table());
    let mut report = Report::open(given.report.as_deref())?;
    let bar = bar(reader.table().bytes, output);
    let source = given
        .file
        .file_name()
        .map_or_else(|| "import".to_owned(), |name| name.to_string_lossy().chars().take(200).collect());
    // A preview writes nothing, so it has to remember by itself what earlier batches held.
    let mut seen = HashSet::new();
    let mut batches = read_ahead(reader);
    // Each is sent to the database when it is first polled, in the order of the file.
    let mut under_way: FuturesOrdered<BoxFuture<'_, Outcome<Sent>>> = FuturesOrdered::new();
    let mut reading = true;
    while reading || !under_way.is_empty() {
        tokio::select! {
            biased;
            Some(sent) = under_way.next(), if !under_way.is_empty() => {
                let (left_out, lines, imported) = sent?;
                summary.add(&mut report, left_out, &lines, imported)?;
            }
            batch = batches.recv(), if reading && under_way.len() < UNDER_WAY => {
                let Some(batch) = batch else {
                    reading = false;
                    continue;
                };
                let batch = batch.map_err(|error| unreadable(&given.file, error))?;
                bar.set_position(batch.bytes_read);
                let (left_out, lines, leads) = summary.begin(batch, given.dry_run.then_some(&mut seen));
                let source = Some(source.clone());
                let input = import_leads::Input { leads, agent_id: None, sequence_id: sequence, source };
                under_way.push_back(Box::pin(async move {
                    if lines.is_empty() {
                        return Ok((left_out, lines, None));
                    }
                    let imported = installation.call_made::<import_leads::ImportLeads>(project, input, given.dry_run);
                    Ok((left_out, lines, Some(imported.await?)))
                }));
            }
        }
    }
    bar.finish_and_clear();
    report.finish()?;
    summary.first_refused = if given.report.is_some() { Vec::new() } else { std::mem::take(&mut report.first) };
    summary.report.clone_from(&given.report);
    Ok(summary)
}

fn duplicate(line: u64, address: Option<String>) -> Row {
    let reason = "A lead with this email address exists already.".to_owned();
    Row { line, column: String::new(), reason, row: address.unwrap_or_default() }
}

/// Reads on a thread of its own, so that reading and writing go on side by side.
fn read_ahead(mut reader: LeadReader<std::fs::File>) -> mpsc::Receiver<Result<Batch, ReadError>> {
    let (sender, batches) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        while let Some(batch) = reader.next_batch(BATCH).transpose() {
            let failed = batch.is_err();
            if sender.blocking_send(batch).is_err() || failed {
                return;
            }
        }
    });
    batches
}

async fn sequence_id(installation: &Installation, project: ProjectId, name: &str) -> Outcome<SequenceId> {
    let mut cursor = Value::Null;
    loop {
        let page = installation.call(project, "list_sequences", json!({ "limit": 100, "cursor": cursor })).await?;
        let sequences = page["items"].as_array().cloned().unwrap_or_default();
        if let Some(found) = sequences.iter().find(|sequence| text(sequence, "name") == name) {
            return text(found, "id")
                .parse()
                .map_err(|_| Failure::new(Status::Internal, "internal_error", format!("{name} has no id")));
        }
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            return Err(Failure::new(Status::Refused, "resource_not_found", format!("There is no sequence {name}.")));
        }
    }
}

fn bar(bytes: u64, output: Output) -> ProgressBar {
    let target = if output.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}  {eta} left");
    ProgressBar::with_draw_target(Some(bytes), target)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
