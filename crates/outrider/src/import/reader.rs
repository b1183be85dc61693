//! A file of leads as batches of drafts and refused rows, each with its line. Holds one batch and one row in memory, however
//! long the file; stores nothing.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use outrider_domain::lead_columns::{ColumnMap, LeadDraft, Note, Refusal};

use super::table_rows::{Found, TableRows};

pub use super::encoding::ReadError;

/// Rows looked at to tell the columns of a table without a header.
const SAMPLE_ROWS: usize = 100;

/// What was found out about a file before its rows are read.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name of the encoding, such as `UTF-8` or `windows-1252`.
    pub encoding: &'static str,
    /// What stands between cells.
    pub delimiter: char,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// What the columns hold; its notes tell of columns that occur twice.
    pub columns: ColumnMap,
    /// Length of the file in bytes.
    pub bytes: u64,
}

/// A row that became a draft.
#[derive(Debug, Clone)]
pub struct DraftRow {
    /// The line it begins on, from 1.
    pub line: u64,
    /// The lead.
    pub draft: LeadDraft,
}

/// A row that did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// The line it begins on, from 1.
    pub line: u64,
    /// The column at fault, by its header or number; none when it is the row as a whole.
    pub column: Option<String>,
    /// Why; safe to show.
    pub reason: String,
    /// The row as written, cut to 300 characters.
    pub text: String,
}

/// Some rows of a file.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Leads, in order.
    pub drafts: Vec<DraftRow>,
    /// Rows that are none, in order.
    pub refused: Vec<RefusedRow>,
    /// Bytes of the file read up to here, for progress against [`Table::bytes`].
    pub bytes_read: u64,
}

/// Reads leads from a file.
pub struct LeadReader<R> {
    rows: TableRows<R>,
    table: Table,
}

impl LeadReader<File> {
    /// Opens a file and finds out how it is written.
    ///
    /// # Errors
    /// When it can't be read, is empty, is no text, or has no column by which a lead could be known.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Self::new(File::open(path)?)
    }
}

impl<R: Read + Seek> LeadReader<R> {
    /// As [`LeadReader::open`], for anything that can be read twice.
    ///
    /// # Errors
    /// As [`LeadReader::open`].
    pub fn new(file: R) -> Result<Self, ReadError> {
        let mut rows = TableRows::new(file)?;
        let first = rows.first()?;
        let names: Vec<String> = rows.cells().map(Cow::into_owned).collect();
        let has_header = ColumnMap::is_header(&names);
        let columns = if has_header {
            ColumnMap::from_header(&names)
        } else {
            ColumnMap::from_content(&rows.back(&first, SAMPLE_ROWS))
        };
        if !columns.can_identify() {
            let names: Vec<&str> = columns.labels().iter().map(String::as_str).take(12).collect();
            return Err(ReadError::NotATable(format!(
                "no column holds an email address, a phone number, a LinkedIn address, or a name beside a company; found: {}",
                names.join(", ")
            )));
        }
        let detected = rows.detected();
        let table = Table {
            encoding: detected.encoding.name(),
            delimiter: rows.delimiter(),
            has_header,
            columns,
            bytes: detected.length,
        };
        Ok(Self { rows, table })
    }
}

impl<R: Read> LeadReader<R> {
    /// How the file is written.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The next rows, at most `most` of drafts and refused ones together; none at the end of the file. Some 1,000 at a time is
    /// fastest: larger batches make the allocator give memory back and fetch it again.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn next_batch(&mut self, most: usize) -> Result<Option<Batch>, ReadError> {
        let mut batch = Batch { drafts: Vec::with_capacity(most.min(10_000)), ..Batch::default() };
        while batch.drafts.len() + batch.refused.len() < most.max(1) {
            let Some(row) = self.rows.next()? else { break };
            let refused = match row.taken_apart {
                Err(bad) => Refusal { column: None, reason: bad.reason().to_owned() },
                Ok(()) => match self.draft(&row) {
                    Ok(draft) => {
                        batch.drafts.push(DraftRow { line: row.line, draft });
                        continue;
                    }
                    Err(refusal) => refusal,
                },
            };
            batch.refused.push(RefusedRow {
                line: row.line,
                column: refused.column,
                reason: refused.reason,
                text: self.rows.shown(&row),
            });
        }
        batch.bytes_read = self.rows.bytes_read();
        Ok((!batch.drafts.is_empty() || !batch.refused.is_empty()).then_some(batch))
    }

    /// The draft of the row that was found last.
    fn draft(&self, row: &Found) -> Result<LeadDraft, Refusal> {
        if self.rows.is_damaged(row) {
            let reason = format!("has bytes that are no {} text", self.table.encoding);
            return Err(Refusal { column: None, reason });
        }
        let mut count = 0;
        let cells = self.rows.cells().inspect(|_| count += 1);
        let mut draft = self.table.columns.draft(cells)?;
        let columns = self.table.columns.columns().len();
        if count < columns {
            let message = format!("the row has {count} of {columns} cells; the others count as blank");
            draft.notes.push(Note { column: "row".to_owned(), message });
        }
        Ok(draft)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
