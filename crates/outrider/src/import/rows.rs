//! A file of rows with named cells, as CSV in any encoding or as JSON Lines: each row with its line and its cells by name. Knows no
//! field; holds one row.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use serde_json::Value;

use super::encoding::ReadError;
use super::table_rows::TableRows;

/// Longest line of JSON, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;

/// Cells by the names of their columns.
pub type Cells = BTreeMap<String, String>;

/// A row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRow {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells, or why it can't be read.
    pub cells: Result<Cells, String>,
}

/// A file that is read row by row.
pub enum RowReader {
    /// Cells between delimiters, below a header.
    Table(Box<TableReader>),
    /// One JSON object a line.
    Json(JsonReader),
}

impl RowReader {
    /// Opens a file: JSON Lines when its name or first letter says so, else a table.
    ///
    /// # Errors
    /// When it can't be read, is empty, or is no text.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let named = path.extension().is_some_and(|end| end == "jsonl" || end == "ndjson" || end == "json");
        let first =
            BufReader::new(File::open(path)?).fill_buf()?.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        if named || first == Some(b'{') {
            return Ok(Self::Json(JsonReader { lines: BufReader::new(File::open(path)?), line: 0 }));
        }
        Ok(Self::Table(Box::new(TableReader::open(path)?)))
    }

    /// The names of the columns; none for JSON, where every row has its own.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Table(table) => &table.columns,
            Self::Json(_) => &[],
        }
    }

    /// The next row that is not blank; none at the end.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn next_row(&mut self) -> Result<Option<NamedRow>, ReadError> {
        match self {
            Self::Table(table) => table.next_row(),
            Self::Json(json) => json.next_row(),
        }
    }
}

/// A table with a header.
pub struct TableReader {
    rows: TableRows<File>,
    columns: Vec<String>,
}

impl TableReader {
    fn open(path: &Path) -> Result<Self, ReadError> {
        let mut rows = TableRows::new(File::open(path)?)?;
        rows.first()?;
        let columns = rows.cells().map(|name| name.trim().to_owned()).collect();
        Ok(Self { rows, columns })
    }

    fn next_row(&mut self) -> Result<Option<NamedRow>, ReadError> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        let cells = match row.taken_apart {
            Err(bad) => Err(bad.reason().to_owned()),
            Ok(()) if self.rows.is_damaged(&row) => Err("the row has bytes that are no text".to_owned()),
            Ok(()) => {
                let named = self.columns.iter().cloned().zip(self.rows.cells().map(Cow::into_owned));
                Ok(named.filter(|(name, cell)| !name.is_empty() && !cell.trim().is_empty()).collect())
            }
        };
        Ok(Some(NamedRow { line: row.line, cells }))
    }
}

/// A file of JSON objects, one a line.
pub struct JsonReader {
    lines: BufReader<File>,
    line: u64,
}

impl JsonReader {
    fn next_row(&mut self) -> Result<Option<NamedRow>, ReadError> {
        loop {
            let mut bytes = Vec::new();
            let read = self.lines.by_ref().take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            let line = self.line;
            if bytes.len() > LONGEST_LINE {
                self.skip_rest(&bytes)?;
                return Ok(Some(NamedRow { line, cells: Err("the line is too long".to_owned()) }));
            }
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").filter(|_| line == 1).unwrap_or(&bytes);
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some(NamedRow { line, cells: cells_of(text) }));
        }
    }

    fn skip_rest(&mut self, begun: &[u8]) -> Result<(), ReadError> {
        if begun.last() == Some(&b'\n') {
            return Ok(());
        }
        loop {
            let buffered = self.lines.fill_buf()?;
            if buffered.is_empty() {
                return Ok(());
            }
            let end = buffered.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffered.len(), |end| end + 1);
            self.lines.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// The fields of a JSON object as cells: lists with semicolons between their parts.
fn cells_of(text: &[u8]) -> Result<Cells, String> {
    let value: Value = serde_json::from_slice(text).map_err(|error| format!("this is no JSON: {error}"))?;
    let Value::Object(fields) = value else { return Err("this is no JSON object".to_owned()) };
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let mut cells = Cells::new();
    for (name, value) in fields {
        let cell = match &value {
            Value::Array(parts) => {
                let parts: Vec<String> = parts.iter().filter_map(scalar).collect();
                Some(parts.join(";"))
            }
            other => scalar(other),
        };
        if let Some(cell) = cell.filter(|cell| !cell.trim().is_empty()) {
            cells.insert(name, cell);
        }
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::{NamedRow, RowReader};

    fn read(name: &str, content: &[u8]) -> Vec<NamedRow> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let mut reader = RowReader::open(&path).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push(row);
        }
        rows
    }

    #[test]
    fn tables_and_json_lines_give_the_same_cells() {
        let table = read("a.csv", "name,domain,hiring\nAcme,acme.example,sales;marketing\n\n\"B, Inc\",,\n".as_bytes());
        let json = read("a.jsonl", b"{\"name\":\"Acme\",\"domain\":\"acme.example\",\"hiring\":[\"sales\",\"marketing\"]}\n\n{\"name\":\"B, Inc\",\"domain\":null}\n");
        let cells = |rows: &[NamedRow]| rows.iter().map(|row| row.cells.clone().unwrap()).collect::<Vec<_>>();
        assert_eq!(cells(&table), cells(&json));
        assert_eq!((table[1].line, json[1].line), (4, 3));
    }

    #[test]
    fn a_bad_row_is_told_and_the_next_is_read() {
        let long = format!("{{\"name\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
        let rows = read("a.jsonl", format!("[1]\nnonsense\n{long}\n{{\"name\":\"Good\"}}").as_bytes());
        let good: Vec<bool> = rows.iter().map(|row| row.cells.is_ok()).collect();
        assert_eq!(good, [false, false, false, true]);
    }
}
