//! `get_credit_statement`: postings of a time as a table in CSV (RFC 4180), oldest first. Changes nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use outrider_domain::time::Millis;
use outrider_store::credits::{self as rows, EntryRow};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Map;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::operation::{File, Operation, Spec};

/// Gets the statement.
pub struct GetCreditStatement;

/// Most postings of one statement.
const MOST: usize = 50_000;
/// Postings read at a time.
const TOGETHER: i64 = 1_000;
/// The columns.
const HEADING: &str = "posting,at,from,to,credits,subject,reason\r\n";

/// Of which time.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// From this moment on; from the beginning when absent.
    from: Option<Millis>,
    /// Before this moment; to the present when absent.
    to: Option<Millis>,
}

impl Operation for GetCreditStatement {
    const SPEC: Spec = Spec::file(
        "get_credit_statement",
        "credits",
        "/credits/statement",
        "credits:read",
        "Get the credit statement as CSV.",
    )
    .describe("One line for each posting, oldest first: from which account to which, how many credits, what for and why. At most 50,000 postings at a time.");
    type Input = Input;
    type Output = File;

    fn run(cx: &mut Context<'_, '_>, input: Input) -> Result<File> {
        let mut lines: Vec<String> = Vec::new();
        let mut before = i64::MAX;
        'reading: loop {
            let found = rows::entries_before(cx.tx, cx.project, before, TOGETHER)?;
            for sides in found.chunk_by(|one, other| one.transfer_id == other.transfer_id) {
                let Some(first) = sides.first() else { continue };
                before = first.transfer_id.0;
                if input.from.is_some_and(|from| first.at < from) {
                    break 'reading;
                }
                if input.to.is_none_or(|to| first.at < to) {
                    lines.push(line(first, sides));
                }
            }
            if lines.len() > MOST {
                let text = format!("These are more than {MOST} postings. Ask for less time at once.");
                return Err(Error::invalid("from", text));
            }
            if found.is_empty() {
                break;
            }
        }
        lines.reverse();
        let text = format!("{HEADING}{}", lines.concat());
        Ok(File {
            content_type: "text/csv; charset=utf-8".to_owned(),
            name: "credits.csv".to_owned(),
            base64: STANDARD.encode(text),
            beside: Map::new(),
        })
    }
}

fn line(first: &EntryRow, sides: &[EntryRow]) -> String {
    let account = |is_side: fn(&EntryRow) -> bool| {
        sides.iter().find(|side| is_side(side)).map_or("", |side| side.account.as_str())
    };
    let credits: i64 = sides.iter().map(|side| side.amount.max(0)).sum();
    let cells = [
        first.transfer_id.to_string(),
        first.at.to_string(),
        account(|side| side.amount < 0).to_owned(),
        account(|side| side.amount > 0).to_owned(),
        credits.to_string(),
        first.subject.clone(),
        first.reason.clone(),
    ];
    format!("{}\r\n", cells.map(|text| cell(&text)).join(","))
}

/// A cell: in quotes where it must be (RFC 4180, section 2), and never read as a formula by a program for tables.
fn cell(text: &str) -> String {
    let tame = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if tame.contains([',', '"', '\n', '\r']) { format!("\"{}\"", tame.replace('"', "\"\"")) } else { tame }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        for (text, written) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
