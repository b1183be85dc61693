//! Text to rows of cells (RFC 4180, and what spreadsheets make of it): one row at a time, in bounded memory.
//! Knows nothing of leads.

use std::borrow::Cow;

/// Longest row, in bytes: also the longest cell, and as far as the end of a quote is looked for.
pub const MAX_ROW: usize = 1024 * 1024;

/// Delimiters that are looked for, the usual one first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Why a row can't be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRow {
    /// A quote at the beginning of a cell has no end within [`MAX_ROW`] or the file.
    OpenQuote,
    /// A quote inside a quoted cell is not doubled, or one is not closed and runs into the next.
    StrayQuote,
    /// Longer than [`MAX_ROW`].
    TooLong,
}

impl BadRow {
    /// What to tell the one who imports.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::OpenQuote => "a quote is opened and never closed",
            Self::StrayQuote => "a quote is not closed, or stands inside a quoted cell without being doubled",
            Self::TooLong => "the row is longer than 1 MB",
        }
    }
}

/// Where a cell lies in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    start: usize,
    end: usize,
    /// Has doubled quotes.
    doubled: bool,
}

/// What [`Splitter::split`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// A row; its cells are in the splitter. `end` is where the next begins, `lines` how many line ends it holds.
    Row {
        /// Where the next row begins.
        end: usize,
        /// Line ends up to there.
        lines: u64,
    },
    /// The first line of what should be a row, to be passed over up to `end`.
    Bad {
        /// Why.
        why: BadRow,
        /// Where the next line begins.
        end: usize,
    },
    /// A line that is longer than a row may be: its end is not in sight.
    Endless,
    /// The text ends before the row does: bring more.
    More,
}

/// Takes rows from text, reusing its memory.
#[derive(Debug)]
pub struct Splitter {
    delimiter: u8,
    cells: Vec<Cell>,
}

impl Splitter {
    /// For cells between `delimiter`.
    #[must_use]
    pub const fn new(delimiter: u8) -> Self {
        Self { delimiter, cells: Vec::new() }
    }

    /// The cells of the row last found in `text`.
    pub fn cells<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Cow<'a, str>> {
        self.cells.iter().map(|cell| {
            // Cells are cut at ASCII bytes, so they are as valid as the text.
            let cut = std::str::from_utf8(&text[cell.start..cell.end]).unwrap_or("");
            if cell.doubled { Cow::Owned(cut.replace("\"\"", "\"")) } else { Cow::Borrowed(cut) }
        })
    }

    /// Takes one row from `text` at `from`; `last` when no more text follows.
    pub fn split(&mut self, text: &[u8], from: usize, last: bool) -> Split {
        self.cells.clear();
        let mut at = from;
        let mut lines = 0;
        loop {
            let quoted = text.get(at) == Some(&b'"');
            let cell = if quoted { quoted_cell(text, at, &mut lines) } else { plain_cell(text, at, self.delimiter) };
            let Some(cell) = cell else {
                return if at - from > MAX_ROW || text.len() - from > MAX_ROW || last {
                    bad(BadRow::OpenQuote, text, from, last)
                } else {
                    Split::More
                };
            };
            let after = if quoted { cell.end + 1 } else { cell.end };
            if after - from > MAX_ROW {
                return bad(BadRow::TooLong, text, from, last);
            }
            self.cells.push(cell);
            match text.get(after) {
                Some(byte) if *byte == self.delimiter => at = after + 1,
                Some(b'\n') => return Split::Row { end: after + 1, lines: lines + 1 },
                Some(b'\r') => match text.get(after + 1) {
                    Some(b'\n') => return Split::Row { end: after + 2, lines: lines + 1 },
                    None if !last => return Split::More,
                    _ => return Split::Row { end: after + 1, lines: lines + 1 },
                },
                Some(_) => return bad(BadRow::StrayQuote, text, from, last),
                None if last => return Split::Row { end: after, lines },
                None => return Split::More,
            }
        }
    }
}

/// The end of the line that begins at `from`, past its line end; none when it is not in `text`.
pub fn next_line(text: &[u8], from: usize, last: bool) -> Option<usize> {
    let end = text[from..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|at| from + at);
    match end {
        Some(end) if text[end] == b'\n' => Some(end + 1),
        Some(end) => match text.get(end + 1) {
            Some(b'\n') => Some(end + 2),
            None if !last => None,
            _ => Some(end + 1),
        },
        None => last.then_some(text.len()),
    }
}

/// Gives up on the line at `from`. A quote gone wrong costs its own line, not what it would swallow.
fn bad(why: BadRow, text: &[u8], from: usize, last: bool) -> Split {
    match next_line(text, from, last) {
        Some(end) if end - from > MAX_ROW => Split::Bad { why: BadRow::TooLong, end },
        Some(end) => Split::Bad { why, end },
        None if text.len() - from > MAX_ROW => Split::Endless,
        None => Split::More,
    }
}

fn plain_cell(text: &[u8], from: usize, delimiter: u8) -> Option<Cell> {
    let length = text[from..].iter().position(|byte| *byte == delimiter || *byte == b'\n' || *byte == b'\r');
    Some(Cell { start: from, end: length.map_or(text.len(), |length| from + length), doubled: false })
}

/// The quoted cell at `from`; its `end` is the closing quote. None when that is not in `text`.
fn quoted_cell(text: &[u8], from: usize, lines: &mut u64) -> Option<Cell> {
    let mut doubled = false;
    let mut at = from + 1;
    let limit = text.len().min(from + MAX_ROW + 2);
    while at < limit {
        match text[at] {
            b'"' if text.get(at + 1) == Some(&b'"') => {
                doubled = true;
                at += 2;
                continue;
            }
            b'"' => return Some(Cell { start: from + 1, end: at, doubled }),
            b'\n' => *lines += 1,
            b'\r' if text.get(at + 1) != Some(&b'\n') => *lines += 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The delimiter of a table, from its beginning: the one that cuts most rows into as many cells as the first.
#[must_use]
pub fn sniff(text: &[u8], whole: bool) -> u8 {
    let score = |delimiter: u8| {
        let mut splitter = Splitter::new(delimiter);
        let (mut at, mut rows, mut first, mut even) = (0, 0, 0, 0_usize);
        while rows < 30 && at < text.len() {
            match splitter.split(text, at, whole) {
                Split::Row { end, .. } => {
                    let width = splitter.cells.len();
                    let blank = width == 1 && splitter.cells[0].start == splitter.cells[0].end;
                    if !blank {
                        rows += 1;
                        first = if rows == 1 { width } else { first };
                        even += usize::from(width == first);
                    }
                    at = end;
                }
                Split::Bad { end, .. } => at = end,
                Split::Endless | Split::More => break,
            }
        }
        if first > 1 { (even, first) } else { (0, 0) }
    };
    // Of equals the one named first: `max_by_key` keeps the last.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

/// The delimiter in a first line `sep=;`, as Excel writes it, and where the next line begins.
#[must_use]
pub fn declared(text: &[u8]) -> Option<(u8, usize)> {
    let line_end = next_line(text, 0, true)?;
    let line = text[..line_end].trim_ascii_end();
    // A tab is trimmed with the line end.
    let delimiter = match line.strip_prefix(b"sep=").or_else(|| line.strip_prefix(b"SEP="))? {
        [delimiter] => *delimiter,
        [] if text.get(4) == Some(&b'\t') => b'\t',
        _ => return None,
    };
    DELIMITERS.contains(&delimiter).then_some((delimiter, line_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows of `text` with the line each begins on; a bad row as its reason.
    fn rows(text: &str, delimiter: u8) -> Vec<(u64, Result<Vec<String>, BadRow>)> {
        let bytes = text.as_bytes();
        let mut splitter = Splitter::new(delimiter);
        let (mut at, mut line, mut rows) = (0, 1, Vec::new());
        while at < bytes.len() {
            match splitter.split(bytes, at, true) {
                Split::Row { end, lines } => {
                    rows.push((line, Ok(splitter.cells(bytes).map(Cow::into_owned).collect())));
                    (at, line) = (end, line + lines);
                }
                Split::Bad { why, end } => {
                    rows.push((line, Err(why)));
                    (at, line) = (end, line + 1);
                }
                other => panic!("{other:?} at {at}"),
            }
        }
        rows
    }

    fn row(cells: &[&str]) -> Result<Vec<String>, BadRow> {
        Ok(cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn cells_quotes_and_line_ends() {
        assert_eq!(
            rows("a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",5\" pipe\r,\nlast", b','),
            [
                (1, row(&["a", "b"])),
                (2, row(&["x, y", "say \"hi\""])),
                (3, row(&["two\r\nlines", "5\" pipe"])),
                (5, row(&["", ""])),
                (6, row(&["last"])),
            ]
        );
    }

    #[test]
    fn a_bad_quote_costs_one_line() {
        assert_eq!(
            rows("a,b\n\"open,1\nc,d\n\"e\",f\ng,h\n", b','),
            [
                (1, row(&["a", "b"])),
                (2, Err(BadRow::StrayQuote)),
                (3, row(&["c", "d"])),
                (4, row(&["e", "f"])),
                (5, row(&["g", "h"]))
            ]
        );
        assert_eq!(rows("\"say \"hi\" now\",1\na,b", b','), [(1, Err(BadRow::StrayQuote)), (2, row(&["a", "b"]))]);
        assert_eq!(
            rows("\"open\na,b\nc,d", b','),
            [(1, Err(BadRow::OpenQuote)), (2, row(&["a", "b"])), (3, row(&["c", "d"]))]
        );
    }

    #[test]
    fn an_open_quote_does_not_swallow_a_file() {
        let text = format!("\"open\n{}", "x,y\n".repeat(500_000));
        let found = rows(&text, b',');
        assert_eq!(found.len(), 500_001);
        assert_eq!(found[0], (1, Err(BadRow::OpenQuote)));
        assert_eq!(found[500_000], (500_001, row(&["x", "y"])));
    }

    #[test]
    fn rows_are_limited() {
        let text = format!("a,{}\nb,c\n", "x".repeat(MAX_ROW));
        assert_eq!(rows(&text, b','), [(1, Err(BadRow::TooLong)), (2, row(&["b", "c"]))]);
        let text = format!("a,\"{}\"\nb,c\n", "x".repeat(MAX_ROW));
        assert_eq!(rows(&text, b',').last(), Some(&(2, row(&["b", "c"]))));
        let mut splitter = Splitter::new(b',');
        assert_eq!(splitter.split(&vec![b'x'; MAX_ROW + 1], 0, false), Split::Endless);
    }

    #[test]
    fn more_text_never_changes_what_was_found() {
        let text = "a,\"b\"\"\r\n,c\"\r\n\"x\",\r\n\"q\ny,z\rlast,\"\"";
        let whole = rows(text, b',');
        let bytes = text.as_bytes();
        let mut splitter = Splitter::new(b',');
        let (mut at, mut end_of_text, mut found) = (0, 0, Vec::new());
        while at < bytes.len() {
            let last = end_of_text == bytes.len();
            match splitter.split(&bytes[..end_of_text], at, last) {
                Split::Row { end, .. } => {
                    found.push(Ok(splitter.cells(bytes).map(Cow::into_owned).collect::<Vec<_>>()));
                    at = end;
                }
                Split::Bad { why, end } => {
                    found.push(Err(why));
                    at = end;
                }
                Split::More => end_of_text += 1,
                Split::Endless => panic!("endless"),
            }
        }
        assert_eq!(found, whole.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
    }

    #[test]
    fn well_formed_tables_are_read_as_the_csv_crate_reads_them() {
        let parts = ["a", "bc", "", "\"q\"", "\"x,y\"", "\"l\nm\"", "\"d\"\"d\"", "é", "5\"", " "];
        let ends = ["\n", "\r\n", "\r"];
        let mut state = 12_345_u64;
        let mut pick = |count: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % count
        };
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..pick(6) + 1 {
                let cells: Vec<&str> = (0..pick(4) + 2).map(|_| parts[pick(parts.len())]).collect();
                text.push_str(&cells.join(","));
                text.push_str(ends[pick(3)]);
            }
            let mut reference =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> =
                reference.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            let found: Vec<Vec<String>> = rows(&text, b',').into_iter().map(|(_, row)| row.unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn delimiters_are_found() {
        for (text, delimiter) in [
            ("name,email\nDoe; Jane,j@x.example\n", b','),
            ("name;email;size\nDoe, Jane;j@x.example;1,5\nRay, Bob;b@x.example;2,5\n", b';'),
            ("name\temail\nDoe, Jane\tj@x.example\n", b'\t'),
            ("name|email\nDoe|j@x.example\n", b'|'),
            ("email\nj@x.example\n", b','),
            ("\"a,b\";c\n\"d,e\";f\n", b';'),
            ("", b','),
        ] {
            assert_eq!(char::from(sniff(text.as_bytes(), true)), char::from(delimiter), "{text}");
        }
        assert_eq!(declared(b"sep=;\r\na;b"), Some((b';', 7)));
        assert_eq!(declared(b"sep=\t\na\tb"), Some((b'\t', 6)));
        assert_eq!(declared(b"separator,b\n"), None);
    }
}
