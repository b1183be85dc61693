//! Holds what somebody else wrote to what is known: facts are looked up and never written, and no text says a number, a link or a
//! blank of its own. Judges no style.

use std::collections::BTreeSet;

use serde_json::Value;

/// Below this, a number is a matter of style: `two calls`, `a 15-minute call`.
const SMALL: u64 = 100;

/// Holds a place that says what is known. What was looked up stands, whatever was written over it; where nothing was found, only what
/// the facts say may be filled in.
pub(crate) fn hold(own: &Value, written: &mut Value, facts: &str, path: &str, problems: &mut Vec<String>) {
    match own {
        Value::Null => stated(written, facts, path, problems),
        Value::Array(items) if items.is_empty() => stated(written, facts, path, problems),
        Value::Object(fields) => match written {
            Value::Object(others) => {
                for (name, field) in fields {
                    let place = others.entry(name.clone()).or_insert(Value::Null);
                    hold(field, place, facts, &format!("{path}.{name}"), problems);
                }
            }
            other => other.clone_from(own),
        },
        _ => written.clone_from(own),
    }
}

/// Tells of every value that the facts do not say.
fn stated(written: &Value, facts: &str, path: &str, problems: &mut Vec<String>) {
    let said = match written {
        Value::Null => true,
        Value::String(text) => facts.contains(&text.trim().to_lowercase()),
        Value::Array(items) => {
            items.iter().for_each(|item| stated(item, facts, path, problems));
            true
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| stated(field, facts, &format!("{path}.{name}"), problems));
            true
        }
        Value::Bool(_) => false,
        Value::Number(number) => facts.contains(&number.to_string()),
    };
    if !said {
        problems.push(format!("{}: {written} is not among the facts; leave it out", path.trim_start_matches('.')));
    }
}

/// Tells of every number, link and blank in the texts of a value that neither the facts nor the built-in output have.
pub(crate) fn inventions(written: &Value, own: &Value, facts: &str) -> Vec<String> {
    let known = [facts, &own.to_string().to_lowercase(), &digits_of_numbers(written)].join(" ");
    let numbers: BTreeSet<String> = figures(&known).into_iter().map(|figure| figure.digits).collect();
    let mut problems = Vec::new();
    texts(written, "", &mut |path, text| {
        for figure in figures(text) {
            if figure.claims && !numbers.contains(&figure.digits) {
                problems.push(format!("{path}: the number {} is not among the facts", figure.digits));
            }
        }
        let small = text.to_lowercase();
        for word in small.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
            let link = word.contains("://") || word.starts_with("www.");
            if link && !known.contains(word) {
                problems.push(format!("{path}: the address {word} is not among the facts"));
            }
        }
        if let Some(blank) = blank(&small).filter(|blank| !known.contains(*blank)) {
            problems.push(format!("{path}: {blank} is a blank to be filled in; write the text whole"));
        }
    });
    problems
}

/// A number in a text.
struct Figure {
    digits: String,
    /// Whether it says more than style: it is large, a share, a sum of money or a multiple.
    claims: bool,
}

fn figures(text: &str) -> Vec<Figure> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut place = 0;
    while place < letters.len() {
        if !letters[place].is_ascii_digit() {
            place += 1;
            continue;
        }
        let before = place.checked_sub(1).and_then(|at| letters.get(at)).copied().unwrap_or(' ');
        let mut digits = String::new();
        while let Some(letter) = letters.get(place) {
            let groups = *letter == ',' && letters.get(place + 1).is_some_and(char::is_ascii_digit);
            if letter.is_ascii_digit() {
                digits.push(*letter);
            } else if !groups {
                break;
            }
            place += 1;
        }
        let (next, later) =
            (letters.get(place).copied().unwrap_or(' '), letters.get(place + 1).copied().unwrap_or(' '));
        let large = digits.parse::<u64>().map_or(true, |number| number > SMALL);
        let multiple = next == 'x' && !later.is_alphanumeric();
        found.push(Figure { claims: large || next == '%' || multiple || "$€£".contains(before), digits });
    }
    found
}

/// The numbers that a value holds as numbers.
fn digits_of_numbers(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(digits_of_numbers).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => fields.values().map(digits_of_numbers).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// A place in a text that somebody was meant to fill in.
fn blank(text: &str) -> Option<&str> {
    [("[", "]"), ("{{", "}}"), ("<", ">")].into_iter().find_map(|(opens, closes)| {
        let from = text.find(opens)?;
        let length = text[from..].find(closes)? + closes.len();
        (length <= 60).then(|| &text[from..from + length])
    })
}

fn texts(value: &Value, path: &str, each: &mut dyn FnMut(&str, &str)) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) => each(path, text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, path, each)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| texts(field, &below(name), each)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{hold, inventions};

    #[test]
    fn what_was_looked_up_stands_and_gaps_are_filled_from_the_facts_alone() {
        let own = json!({ "found": true, "role": null, "size": "51-200", "tools": [], "sources": ["your leads"] });
        let facts = r#"{"context":"vp of sales, uses hubspot"}"#;
        let held = |mut written: Value| {
            let mut problems = Vec::new();
            hold(&own, &mut written, facts, "", &mut problems);
            (written, problems)
        };
        let (value, problems) =
            held(json!({ "found": false, "role": "VP of Sales", "size": "5000", "tools": ["HubSpot"] }));
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            value,
            json!({ "found": true, "role": "VP of Sales", "size": "51-200", "tools": ["HubSpot"], "sources": ["your leads"] })
        );
        let (_, problems) = held(json!({ "role": "CEO", "tools": ["Salesforce"] }));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("role: \"CEO\""), "{problems:?}");
        assert_eq!(held(json!("nonsense")).0, own);
    }

    #[test]
    fn numbers_links_and_blanks_come_from_the_facts() {
        let own = json!({ "timing": "Day 14", "opener": "this is [your name]" });
        let facts = "hiring 12 sdrs, 1,200 employees, https://acme.com/jobs";
        let found = |text: &str| inventions(&json!({ "body": text, "score": 87 }), &own, facts);
        for good in [
            "You hire 12 SDRs and have 1200 people; a 15-minute call on day 14?",
            "Score 87 of 100. See https://acme.com/jobs. Hi, this is [your name].",
        ] {
            assert_eq!(found(good), [""; 0], "{good}");
        }
        for bad in [
            "We cut ramp by 40%",
            "Saves $50 a seat",
            "3x the pipeline",
            "500 customers trust us",
            "As in 2019",
            "Hi [First Name],",
            "Hi {{first_name}},",
            "See www.example.com",
        ] {
            assert_eq!(found(bad).len(), 1, "{bad}: {:?}", found(bad));
        }
    }
}
