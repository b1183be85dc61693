//! Phone numbers that a company's own page says: structured data first, then links to call. Reads text; knows no network, and takes
//! nothing on a page for an instruction.

use serde_json::Value;

use crate::address::Phone;

/// Most of a page that is looked at, in bytes.
pub const LARGEST: usize = 512 * 1024;
/// How deep structured data is read.
const DEEPEST: usize = 12;
/// Most numbers of one page.
const MOST: usize = 10;

/// A number on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNumber {
    /// E.164.
    pub number: Phone,
    /// How it was said: `structured data` or `a link to call`.
    pub said: &'static str,
}

/// The numbers of a page, the surest first, each once.
#[must_use]
pub fn numbers(page: &str) -> Vec<FoundNumber> {
    let mut cut = page.len().min(LARGEST);
    while !page.is_char_boundary(cut) {
        cut -= 1;
    }
    let page = &page[..cut];
    let mut found: Vec<FoundNumber> = Vec::new();
    let mut add = |text: &str, said: &'static str| {
        if found.len() < MOST
            && let Some(number) = number_of(text)
            && found.iter().all(|known| known.number != number)
        {
            found.push(FoundNumber { number, said });
        }
    };
    for block in blocks(page) {
        if let Ok(value) = serde_json::from_str::<Value>(block.trim()) {
            let mut texts = Vec::new();
            telephones(&value, 0, &mut texts);
            texts.iter().for_each(|text| add(text, "structured data"));
        }
    }
    for link in calls(page) {
        add(&link, "a link to call");
    }
    found
}

/// A number in international form, as a page writes it; one without its country's code says nothing here.
fn number_of(text: &str) -> Option<Phone> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plain = match (text.starts_with('+'), digits.strip_prefix("00")) {
        // "+49 (0)30 1234" has a zero that is not dialled from abroad.
        (true, _) => format!("+{}", text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect::<String>()),
        (false, Some(rest)) => format!("+{rest}"),
        (false, None) => return None,
    };
    Phone::parse(&plain).ok()
}

/// The contents of `<script type="application/ld+json">`.
fn blocks(page: &str) -> Vec<&str> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find("<script").map(|start| at + start) {
        let Some(open) = lower[start..].find('>').map(|open| start + open) else { break };
        let Some(end) = lower[open..].find("</script").map(|end| open + end) else { break };
        if lower[start..open].contains("application/ld+json") {
            found.push(&page[open + 1..end]);
        }
        at = end;
    }
    found
}

fn telephones(value: &Value, depth: usize, found: &mut Vec<String>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Array(parts) => parts.iter().for_each(|part| telephones(part, depth + 1, found)),
        Value::Object(fields) => {
            // A thing's own number comes before those of its parts, in whatever order they are written.
            let own = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("telephone"));
            found.extend(own.filter_map(|(_, value)| value.as_str()).map(ToOwned::to_owned));
            fields.values().filter(|value| !value.is_string()).for_each(|value| telephones(value, depth + 1, found));
        }
        _ => {}
    }
}

/// What `tel:` links call.
fn calls(page: &str) -> Vec<String> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find("tel:").map(|start| at + start + 4) {
        let before = lower[..start - 4].chars().next_back();
        let end = page[start..].find(['"', '\'', '>', ' ', '<']).map_or(page.len(), |end| start + end);
        let clean = !page[start..end].contains(char::is_control);
        if clean && before.is_some_and(|quote| matches!(quote, '"' | '\'' | '=')) {
            found.push(page[start..end].replace("%20", " ").replace("%2B", "+").replace("%2b", "+"));
        }
        at = start;
        if found.len() >= 10 * MOST {
            break;
        }
    }
    found
}

/// Paths below a site's root where a company says how to reach it, in the order they are looked at.
pub const PATHS: &[&str] = &["/", "/contact", "/kontakt", "/impressum", "/contact-us"];
