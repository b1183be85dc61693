//! A file of leads as batches of drafts and refused rows, each with its line. Holds one batch and one row in memory, however
//! long the file; stores nothing.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use outrider_domain::lead_columns::{ColumnMap, LeadDraft, Note, Refusal};

use super::encoding::{Text, detect};
use super::table::{BadRow, Split, Splitter, declared, next_line, sniff};

pub use super::encoding::ReadError;

/// Rows looked at to tell the columns of a table without a header.
const SAMPLE_ROWS: usize = 100;
/// How much of a refused row is kept for the report, in characters.
const SHOWN: usize = 300;

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

/// A row that is not blank.
struct Found {
    line: u64,
    /// Where in the buffer it begins.
    from: usize,
    /// Whether it could be taken apart; its cells are in the splitter.
    taken_apart: Result<(), BadRow>,
}

/// Reads leads from a file.
pub struct LeadReader<R> {
    text: Text<R>,
    buffer: Vec<u8>,
    /// Where in the buffer the next row begins, and on which line of the file.
    at: usize,
    line: u64,
    splitter: Splitter,
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
    pub fn new(mut file: R) -> Result<Self, ReadError> {
        let detected = detect(&mut file)?;
        let mut text = Text::new(file, detected)?;
        let mut buffer = Vec::new();
        while text.read_more(&mut buffer)? && buffer.iter().all(u8::is_ascii_whitespace) {}
        if buffer.iter().all(u8::is_ascii_whitespace) {
            return Err(ReadError::NotATable("the file is empty".to_owned()));
        }
        let (delimiter, at) = match declared(&buffer) {
            Some(found) => found,
            None => (sniff(&buffer, text.has_ended()), 0),
        };
        let mut reader = Self {
            text,
            buffer,
            at,
            line: if at == 0 { 1 } else { 2 },
            splitter: Splitter::new(delimiter),
            table: Table {
                encoding: detected.encoding.name(),
                delimiter: char::from(delimiter),
                has_header: false,
                columns: ColumnMap::from_header::<&str>(&[]),
                bytes: detected.length,
            },
        };
        reader.read_columns()?;
        Ok(reader)
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
            let Some(Found { line, from, taken_apart }) = self.next_row()? else { break };
            let refused = match taken_apart {
                Err(bad) => Refusal { column: None, reason: bad.reason().to_owned() },
                Ok(()) => match self.draft(from) {
                    Ok(draft) => {
                        batch.drafts.push(DraftRow { line, draft });
                        continue;
                    }
                    Err(refusal) => refusal,
                },
            };
            batch.refused.push(RefusedRow {
                line,
                column: refused.column,
                reason: refused.reason,
                text: self.shown(from),
            });
        }
        batch.bytes_read = self.text.bytes_read();
        Ok((!batch.drafts.is_empty() || !batch.refused.is_empty()).then_some(batch))
    }

    /// The draft of the row that was found last and begins at `from`.
    fn draft(&self, from: usize) -> Result<LeadDraft, Refusal> {
        if self.text.is_damaged() && contains(&self.buffer[from..self.at], "\u{fffd}".as_bytes()) {
            let reason = format!("has bytes that are no {} text", self.table.encoding);
            return Err(Refusal { column: None, reason });
        }
        let mut count = 0;
        let cells = self.splitter.cells(&self.buffer).inspect(|_| count += 1);
        let mut draft = self.table.columns.draft(cells)?;
        let columns = self.table.columns.columns().len();
        if count < columns {
            let message = format!("the row has {count} of {columns} cells; the others count as blank");
            draft.notes.push(Note { column: "row".to_owned(), message });
        }
        Ok(draft)
    }

    /// Moves past the next row that is not blank.
    fn next_row(&mut self) -> Result<Option<Found>, ReadError> {
        loop {
            let last = self.text.has_ended();
            if self.at >= self.buffer.len() && last {
                return Ok(None);
            }
            let (line, from) = (self.line, self.at);
            match self.splitter.split(&self.buffer, from, last) {
                Split::Row { end, lines } => {
                    (self.at, self.line) = (end, line + lines);
                    if !self.splitter.cells(&self.buffer).all(|cell| cell.trim().is_empty()) {
                        return Ok(Some(Found { line, from, taken_apart: Ok(()) }));
                    }
                }
                Split::Bad { why, end } => {
                    (self.at, self.line) = (end, line + 1);
                    return Ok(Some(Found { line, from, taken_apart: Err(why) }));
                }
                Split::Endless => {
                    self.skip_line()?;
                    return Ok(Some(Found { line, from: 0, taken_apart: Err(BadRow::TooLong) }));
                }
                Split::More => {
                    self.buffer.drain(..from);
                    self.at = 0;
                    self.text.read_more(&mut self.buffer)?;
                }
            }
        }
    }

    /// Passes over a line of any length, keeping its beginning in the buffer for the report.
    fn skip_line(&mut self) -> Result<(), ReadError> {
        self.buffer.drain(..self.at);
        let mut cut = self.buffer.len().min(4 * SHOWN);
        while cut > 0 && self.buffer.get(cut).is_some_and(|byte| byte & 0xc0 == 0x80) {
            cut -= 1;
        }
        self.line += 1;
        loop {
            // A carriage return at the end may be half of a line end.
            let half = self.buffer.len() > cut && self.buffer.last() == Some(&b'\r');
            self.buffer.truncate(cut);
            if half {
                self.buffer.push(b'\r');
            }
            let more = self.text.read_more(&mut self.buffer)?;
            if let Some(end) = next_line(&self.buffer, cut, self.text.has_ended()) {
                self.at = end;
                return Ok(());
            }
            if !more {
                self.at = self.buffer.len();
                return Ok(());
            }
        }
    }

    fn shown(&self, from: usize) -> String {
        let row = &self.buffer[from..self.at.min(from + 4 * SHOWN).min(self.buffer.len())];
        String::from_utf8_lossy(row).trim_end().chars().take(SHOWN).collect()
    }

    /// Reads the header, or tells the columns by the first rows and goes back before them.
    fn read_columns(&mut self) -> Result<(), ReadError> {
        let (line, from) = match self.next_row()? {
            Some(Found { line, from, taken_apart: Ok(()) }) => (line, from),
            Some(Found { line, taken_apart: Err(bad), .. }) => {
                return Err(ReadError::NotATable(format!(
                    "the first row, on line {line}, can't be read: {}",
                    bad.reason()
                )));
            }
            None => return Err(ReadError::NotATable("the file has no row that is not blank".to_owned())),
        };
        let first: Vec<String> = self.splitter.cells(&self.buffer).map(Cow::into_owned).collect();
        self.table.has_header = ColumnMap::is_header(&first);
        if self.table.has_header {
            self.table.columns = ColumnMap::from_header(&first);
        } else {
            // Only what is in memory is looked at, so that going back costs nothing.
            self.at = from;
            let rows = self.sample();
            self.table.columns = ColumnMap::from_content(&rows);
            (self.at, self.line) = (from, line);
        }
        if self.table.columns.can_identify() {
            return Ok(());
        }
        let names: Vec<&str> = self.table.columns.labels().iter().map(String::as_str).take(12).collect();
        Err(ReadError::NotATable(format!(
            "no column holds an email address, a phone number, a LinkedIn address, or a name beside a company; found: {}",
            names.join(", ")
        )))
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut at = self.at;
        while rows.len() < SAMPLE_ROWS && at < self.buffer.len() {
            match self.splitter.split(&self.buffer, at, self.text.has_ended()) {
                Split::Row { end, .. } => {
                    rows.push(self.splitter.cells(&self.buffer).map(Cow::into_owned).collect());
                    at = end;
                }
                Split::Bad { end, .. } => at = end,
                Split::Endless | Split::More => break,
            }
        }
        rows
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
