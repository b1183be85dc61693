//! `outrider import dnc`: a file of numbers that must not be called, batch by batch, with a report of every line that is no number.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use outrider_engine::suppressions::import_do_not_call::{BATCH, Imported};
use serde::Serialize;
use serde_json::json;

use crate::arguments::ImportDnc;
use crate::failure::{Failure, Outcome, Status};
use crate::installation::Installation;
use crate::output::Output;
use crate::settings::Settings;

/// Lines shown when there is no report.
const SHOWN: usize = 10;
/// Longest line that is read, in bytes.
const LONGEST_LINE: usize = 1_000;

/// What became of a file.
#[derive(Debug, Default, Serialize)]
struct Summary {
    file: PathBuf,
    numbers: usize,
    added: usize,
    known: usize,
    leads_stopped: usize,
    refused: usize,
    report: Option<PathBuf>,
    first_refused: Vec<Refused>,
}

/// A line that is no number.
#[derive(Debug, Clone, Serialize)]
struct Refused {
    line: usize,
    text: String,
    reason: String,
}

pub(super) async fn run(settings: Settings, given: ImportDnc, output: Output) -> Outcome {
    let lines = read(&given.file, given.prefix.as_deref())?;
    let installation = Installation::open(settings).await?;
    let result = import(&installation, &given, lines, output).await;
    installation.close().await?;
    let summary = result?;
    let value = serde_json::to_value(&summary).unwrap_or_default();
    output.result(&value, |_| summary.text(given.dry_run));
    if summary.added + summary.known == 0 && summary.refused > 0 {
        return Err(Failure::new(Status::BadData, "nothing_imported", "No line of the file is a phone number."));
    }
    Ok(())
}

/// The numbers of a file with their lines: the first field of each line, a heading and blank lines left out.
fn read(file: &Path, prefix: Option<&str>) -> Outcome<Vec<(usize, String)>> {
    let source = std::fs::File::open(file).map_err(|error| Failure::file(file, &error))?;
    let mut numbers = Vec::new();
    for (index, line) in BufReader::new(source).split(b'\n').enumerate() {
        let line = line.map_err(|error| Failure::file(file, &error))?;
        let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST_LINE)]).into_owned();
        let text = text.trim_start_matches('\u{feff}');
        let field = text.split([',', ';', '\t']).next().unwrap_or_default().trim().trim_matches('"').trim();
        let heading = index == 0 && !field.contains(|letter: char| letter.is_ascii_digit());
        if field.is_empty() || field.starts_with('#') || heading {
            continue;
        }
        let number = match prefix {
            Some(prefix) if field.starts_with(|first: char| first.is_ascii_digit() || first == '(') => {
                format!("{prefix}{}", field.trim_start_matches('0'))
            }
            _ => field.to_owned(),
        };
        numbers.push((index + 1, number));
    }
    Ok(numbers)
}

async fn import(
    installation: &Installation,
    given: &ImportDnc,
    numbers: Vec<(usize, String)>,
    output: Output,
) -> Outcome<Summary> {
    let project = installation.project_or_only(given.project.as_deref()).await?;
    let list = given.list.clone().unwrap_or_else(|| {
        given.file.file_name().map_or_else(|| "do not call".to_owned(), |name| name.to_string_lossy().into_owned())
    });
    let target = if output.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(u64::try_from(numbers.len()).ok(), target).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} numbers").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut summary = Summary { file: given.file.clone(), numbers: numbers.len(), ..Summary::default() };
    let mut refused = Vec::new();
    for batch in numbers.chunks(BATCH) {
        let texts: Vec<&str> = batch.iter().map(|(_, text)| text.as_str()).collect();
        let input = json!({ "numbers": texts, "list": list });
        let reply = installation.call_with(project, "import_do_not_call", input, given.dry_run).await?;
        let body = if reply.preview { reply.body["result"].clone() } else { reply.body };
        let done: Imported = serde_json::from_value(body)
            .map_err(|error| Failure::new(Status::Internal, "internal_error", error.to_string()))?;
        summary.added += done.added;
        summary.known += done.known;
        summary.leads_stopped += done.leads_stopped;
        for one in done.refused {
            let Some((line, text)) = batch.get(one.index) else { continue };
            refused.push(Refused { line: *line, text: text.clone(), reason: one.reason });
        }
        bar.inc(u64::try_from(batch.len()).unwrap_or(0));
    }
    bar.finish_and_clear();
    summary.refused = refused.len();
    if let Some(path) = &given.report {
        write_report(path, &refused)?;
        summary.report = Some(path.clone());
    } else {
        summary.first_refused = refused.into_iter().take(SHOWN).collect();
    }
    Ok(summary)
}

fn write_report(path: &Path, refused: &[Refused]) -> Outcome {
    let failed = |error: csv::Error| Failure::new(Status::Io, "file_error", format!("{}: {error}", path.display()));
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    writer.write_record(["line", "number", "reason"]).map_err(failed)?;
    for row in refused {
        writer.write_record([&row.line.to_string(), &row.text, &row.reason]).map_err(failed)?;
    }
    writer.flush().map_err(|error| Failure::file(path, &error))
}

impl Summary {
    fn text(&self, dry_run: bool) -> String {
        let would = if dry_run { "would be " } else { "" };
        let mut lines = vec![format!(
            "{} numbers: {} {would}suppressed, {} known before, {} refused; {} leads' calls {would}stopped",
            self.numbers, self.added, self.known, self.refused, self.leads_stopped
        )];
        for row in &self.first_refused {
            lines.push(format!("  line {}: {}: {}", row.line, row.text, row.reason));
        }
        if let Some(report) = &self.report {
            lines.push(format!("Every line that was refused is in {}", report.display()));
        }
        lines.join("\n") + "\n"
    }
}
