//! Files as people send them, and what becomes of every row.

use super::*;
use std::io::Cursor;

/// Everything in a file: drafts by line and address, refused rows by line and reason.
struct Whole {
    table: Table,
    leads: Vec<(u64, String)>,
    refused: Vec<(u64, String)>,
    notes: Vec<(u64, String)>,
}

fn open(bytes: &[u8]) -> Result<LeadReader<Cursor<Vec<u8>>>, ReadError> {
    LeadReader::new(Cursor::new(bytes.to_vec()))
}

fn read(bytes: &[u8]) -> Whole {
    let mut reader = open(bytes).unwrap();
    let mut whole = Whole { table: reader.table().clone(), leads: vec![], refused: vec![], notes: vec![] };
    let mut bytes_read = 0;
    while let Some(batch) = reader.next_batch(3).unwrap() {
        assert!(batch.drafts.len() + batch.refused.len() <= 3);
        assert!(batch.bytes_read >= bytes_read);
        bytes_read = batch.bytes_read;
        for row in batch.drafts {
            whole
                .notes
                .extend(row.draft.notes.iter().map(|note| (row.line, format!("{}: {}", note.column, note.message))));
            whole.leads.push((row.line, row.draft.display_name().to_owned()));
        }
        for row in batch.refused {
            assert!(row.text.chars().count() <= 300);
            whole.refused.push((row.line, format!("{}: {}", row.column.unwrap_or_default(), row.reason)));
        }
    }
    assert_eq!(bytes_read, whole.table.bytes, "progress ends at the end");
    whole
}

fn leads(whole: &Whole) -> Vec<(u64, &str)> {
    whole.leads.iter().map(|(line, name)| (*line, name.as_str())).collect()
}

#[test]
fn a_plain_file() {
    let whole = read(b"Email,First Name,Last Name\njane@acme.example,Jane,Doe\n\n,,\nbob@b.example,Bob,\n");
    assert_eq!((whole.table.encoding, whole.table.delimiter, whole.table.has_header), ("UTF-8", ',', true));
    assert_eq!(leads(&whole), [(2, "Jane Doe"), (5, "Bob")]);
    assert_eq!(whole.refused, []);
}

#[test]
fn every_encoding() {
    let text = "Vorname;Nachname;E-Mail\r\nJörg;Müller;joerg@firma.example\r\nZoë;Lefèvre;zoe@b.example\r\n";
    let utf_16 = |big: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for (encoding, bytes) in [
        ("UTF-8", text.as_bytes().to_vec()),
        ("UTF-8", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("UTF-16LE", [b"\xff\xfe", utf_16(false).as_slice()].concat()),
        ("UTF-16BE", [b"\xfe\xff", utf_16(true).as_slice()].concat()),
        ("UTF-16LE", utf_16(false)),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(text).0.into_owned()),
    ] {
        let whole = read(&bytes);
        assert_eq!((whole.table.encoding, whole.table.delimiter), (encoding, ';'));
        assert_eq!(leads(&whole), [(2, "Jörg Müller"), (3, "Zoë Lefèvre")]);
        assert_eq!(whole.refused, []);
    }
}

#[test]
fn bytes_that_are_wrong_in_the_encoding_refuse_their_row_alone() {
    let mut bytes = "Name,Email\nJörg Müller,a@b.example\nGrüße Öl,c@d.example\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"Ren\xe9 X,e@f.example\nLast One,g@h.example\n");
    let whole = read(&bytes);
    assert_eq!(leads(&whole), [(2, "Jörg Müller"), (3, "Grüße Öl"), (5, "Last One")]);
    assert_eq!(whole.refused.len(), 1);
    assert!(whole.refused[0].0 == 4 && whole.refused[0].1.contains("UTF-8"), "{:?}", whole.refused);
}

#[test]
fn quotes_good_and_bad() {
    let text = "Email,Company,Note\na@b.example,\"Acme, Inc.\",\"two\nlines\"\nc@d.example,\"open,x\ne@f.example,\"say \"\"hi\"\"\",y\ng@h.example,5\" pipes,z\n";
    let whole = read(text.as_bytes());
    assert_eq!(leads(&whole), [(2, "a@b.example"), (5, "e@f.example"), (6, "g@h.example")]);
    assert_eq!(whole.refused.len(), 1);
    assert!(whole.refused[0].0 == 4 && whole.refused[0].1.contains("quote"), "{:?}", whole.refused);
}

#[test]
fn an_open_quote_loses_one_row_of_a_long_file() {
    let rows: String = (0..100_000).map(|number| format!("user{number}@acme.example,x\n")).collect();
    let whole = read(format!("Email,Note\n\"open@acme.example,x\n{rows}").as_bytes());
    assert_eq!(whole.leads.len(), 100_000);
    assert_eq!(whole.refused.len(), 1);
    assert_eq!(whole.leads[99_999], (100_002, "user99999@acme.example".to_owned()));
}

#[test]
fn duplicate_columns_are_reported() {
    let whole = read(b"Email,Email,Phone,Mobile\n,a@b.example,,+4915112345678\n");
    assert_eq!(leads(&whole), [(2, "a@b.example")]);
    assert_eq!(whole.table.columns.notes().len(), 2);
}

#[test]
fn a_file_without_a_header() {
    let whole = read(b"\nJane,Doe,jane.doe@acme.example\nBob,Ray,bob.ray@b.example\n");
    assert!(!whole.table.has_header);
    assert_eq!(leads(&whole), [(2, "Jane Doe"), (3, "Bob Ray")]);
    let whole = read(b"a@b.example\nc@d.example");
    assert_eq!(leads(&whole), [(1, "a@b.example"), (2, "c@d.example")]);
}

#[test]
fn a_million_rows_without_a_header_are_read_piece_by_piece() {
    const ROWS: usize = 1_000_000;
    let text: String = (0..ROWS).map(|number| format!("a{number:07}@b.example\n")).collect();
    let mut reader = LeadReader::new(Cursor::new(text.into_bytes())).unwrap();
    assert!(!reader.table().has_header);
    let (mut rows, mut last) = (0, String::new());
    while let Some(batch) = reader.next_batch(5_000).unwrap() {
        assert!(batch.drafts.len() <= 5_000 && batch.refused.is_empty());
        rows += batch.drafts.len();
        last = batch.drafts.last().unwrap().draft.display_name().to_owned();
    }
    assert_eq!((rows, last.as_str()), (ROWS, "a0999999@b.example"));
}

#[test]
fn addresses_that_are_not_and_other_bad_rows_are_named() {
    let whole = read(b"Email,Name,Phone\njane@acme,Jane,\n,Nobody,\n,Bob,030 123\nx@y.example,\"a\0b\",\na@b.example,A,030 123\na@b.example,A,,,extra\nshort@b.example\n");
    assert_eq!(leads(&whole), [(6, "A"), (8, "short@b.example")]);
    let expected = [(2, "Email"), (3, "nothing to know"), (4, "Phone"), (5, "NUL"), (7, "more cells")];
    assert_eq!(whole.refused.len(), expected.len(), "{:?}", whole.refused);
    for ((line, reason), (expected_line, says)) in whole.refused.iter().zip(expected) {
        assert!(*line == expected_line && reason.contains(says), "{line}: {reason}");
    }
    assert_eq!(whole.notes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [6, 8], "{:?}", whole.notes);
    assert!(whole.notes[1].1.contains("1 of 3 cells"));
}

#[test]
fn huge_cells_are_limited() {
    for filler in ["x".repeat(5_000_000), "é".repeat(1_000_000), format!("\"{}\"", "x\n".repeat(700_000))] {
        let whole = read(format!("Email,Note\na@b.example,x\nc@d.example,{filler}\ne@f.example,y\n").as_bytes());
        assert_eq!(whole.leads.first(), Some(&(2, "a@b.example".to_owned())));
        assert_eq!(whole.leads.last().map(|(_, name)| name.as_str()), Some("e@f.example"));
        assert_eq!(whole.refused.first().map(|(line, _)| *line), Some(3));
    }
}

#[test]
fn what_is_no_table_of_leads_is_refused_at_once() {
    for (bytes, says) in [
        (&b""[..], "empty"),
        (b"\xef\xbb\xbf\r\n \n", "empty"),
        (b",,\n,,\n", "not blank"),
        (b"Symbol,Sector\nMMM,Industrials\n", "found: Symbol, Sector"),
        (b"PK\x03\x04", "Excel"),
        (b"\"Email,Name\na@b.example,x", "line 1"),
    ] {
        let error = open(bytes).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(says), "{bytes:?}: {error}");
    }
    assert!(LeadReader::open(Path::new("there is no such file")).is_err());
}

#[test]
fn excels_first_line_is_no_row() {
    let whole = read(b"sep=;\r\nEmail;Name\r\na@b.example;A, B\r\n");
    assert_eq!(leads(&whole), [(3, "A, B")]);
    assert_eq!(whole.table.delimiter, ';');
}

#[test]
fn rows_are_the_same_wherever_the_pieces_are_cut() {
    let mut text = String::from("Email,Note\r\n");
    for number in 0..20_000 {
        text.push_str(&format!("user{number}@acme.example,\"é{}\"\r\n", "€\r\n".repeat(number % 5)));
    }
    let whole = read(text.as_bytes());
    assert_eq!(whole.leads.len(), 20_000);
    assert_eq!(whole.refused, []);
    let line = |number: usize| 2 + (0..number).map(|earlier| 1 + u64::try_from(earlier % 5).unwrap()).sum::<u64>();
    for number in [0, 1, 4_999, 19_999] {
        assert_eq!(whole.leads[number], (line(number), format!("user{number}@acme.example")));
    }
}
