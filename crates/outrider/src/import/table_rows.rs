//! The rows of a table that lies in a file, as they stand there: each with its line and its cells, in bounded memory however long
//! the file. Knows no column.

use std::borrow::Cow;
use std::io::{Read, Seek};

use super::encoding::{Detected, ReadError, Text, detect};
use super::table::{BadRow, Split, Splitter, declared, next_line, sniff};

/// How much of a refused row is kept for the report, in characters.
const SHOWN: usize = 300;

/// A row that is not blank. Its cells are in the reader until the next is read.
pub(super) struct Found {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// Where in the buffer it begins.
    from: usize,
    /// Whether it could be taken apart.
    pub(super) taken_apart: Result<(), BadRow>,
}

/// Reads rows.
pub(super) struct TableRows<R> {
    text: Text<R>,
    /// How the file is encoded.
    detected: Detected,
    delimiter: u8,
    buffer: Vec<u8>,
    /// Where in the buffer the next row begins, and on which line of the file.
    at: usize,
    line: u64,
    splitter: Splitter,
}

impl<R: Read + Seek> TableRows<R> {
    /// Finds out how a file is written, and stands before its first row.
    ///
    /// # Errors
    /// When it can't be read, is empty, or is no text.
    pub(super) fn new(mut file: R) -> Result<Self, ReadError> {
        let detected = detect(&mut file)?;
        let mut text = Text::new(file, detected)?;
        let mut buffer = Vec::new();
        while text.read_more(&mut buffer)? && buffer.iter().all(u8::is_ascii_whitespace) {}
        if buffer.iter().all(u8::is_ascii_whitespace) {
            return Err(ReadError::NotATable("the file is empty".to_owned()));
        }
        let (delimiter, at) = declared(&buffer).unwrap_or_else(|| (sniff(&buffer, text.has_ended()), 0));
        let line = if at == 0 { 1 } else { 2 };
        Ok(Self { text, detected, delimiter, buffer, at, line, splitter: Splitter::new(delimiter) })
    }
}

impl<R: Read> TableRows<R> {
    /// How the file is encoded.
    pub(super) fn detected(&self) -> Detected {
        self.detected
    }

    /// What stands between cells.
    pub(super) fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// Bytes of the file read up to here.
    pub(super) fn bytes_read(&self) -> u64 {
        self.text.bytes_read()
    }

    /// The first row.
    ///
    /// # Errors
    /// When there is none, or it can't be taken apart.
    pub(super) fn first(&mut self) -> Result<Found, ReadError> {
        match self.next()? {
            Some(Found { line, taken_apart: Err(bad), .. }) => {
                let why = bad.reason();
                Err(ReadError::NotATable(format!("the first row, on line {line}, can't be read: {why}")))
            }
            Some(found) => Ok(found),
            None => Err(ReadError::NotATable("the file has no row that is not blank".to_owned())),
        }
    }

    /// Moves past the next row that is not blank.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn next(&mut self) -> Result<Option<Found>, ReadError> {
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

    /// The cells of the row that was found last.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.splitter.cells(&self.buffer)
    }

    /// Whether the row that was found last has bytes that are no text of the file's encoding.
    pub(super) fn is_damaged(&self, row: &Found) -> bool {
        self.text.is_damaged() && contains(&self.buffer[row.from..self.at], "\u{fffd}".as_bytes())
    }

    /// The row that was found last as written, cut to 300 characters.
    pub(super) fn shown(&self, row: &Found) -> String {
        let row = &self.buffer[row.from..self.at.min(row.from + 4 * SHOWN).min(self.buffer.len())];
        String::from_utf8_lossy(row).trim_end().chars().take(SHOWN).collect()
    }

    /// Goes back before the row that was found last. Gives at most so many rows from there on, as far as they are in memory.
    pub(super) fn back(&mut self, row: &Found, most: usize) -> Vec<Vec<String>> {
        (self.at, self.line) = (row.from, row.line);
        let mut rows = Vec::new();
        let mut at = self.at;
        while rows.len() < most && at < self.buffer.len() {
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
