//! Holds what somebody else wrote to what is known: facts are looked up and never written, and no text says a number, a link or a
//! blank of its own, greets, is signed by or vouches by somebody of its own. Judges no style.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::named;

/// Up to this, a number is a matter of style unless a word makes a claim of it: `2 ideas`, `the next 5 steps`.
const SMALL: u64 = 10;
/// Words behind which any number is a place in time: `day 14`, `step 12`.
const PLACES: &[&str] = &["day", "week", "step", "tag", "woche", "schritt"];
/// Words before which any number is the time of a talk: `a 15-minute call`, `25 min`, `10 am`.
const MOMENTS: &[&str] = &["minute", "minutes", "min", "mins", "minuten", "am", "pm", "uhr", "o'clock"];
/// Words before which even a small number claims something: shares, multiples, money, and what a seller may boast of.
const CLAIMS: &[&str] = &[
    "percent",
    "per",
    "prozent",
    "times",
    "x",
    "mal",
    "fold",
    "fach",
    "k",
    "m",
    "bn",
    "thousand",
    "million",
    "millions",
    "billion",
    "dollars",
    "euros",
    "euro",
    "usd",
    "eur",
    "points",
    "customers",
    "customer",
    "clients",
    "companies",
    "firms",
    "teams",
    "users",
    "brands",
    "countries",
    "awards",
    "employees",
    "people",
    "months",
    "month",
    "years",
    "year",
    "kunden",
    "firmen",
    "unternehmen",
    "monate",
    "monaten",
    "jahre",
    "jahren",
];

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

/// Tells of every number, link, blank and telling name in the texts of a value that neither the facts nor the built-in output have.
pub(crate) fn inventions(written: &Value, own: &Value, facts: &str) -> Vec<String> {
    let known = [facts, &own.to_string().to_lowercase(), &digits_of_numbers(written)].join(" ");
    let numbers: BTreeSet<String> = figures(&known).into_iter().map(|figure| figure.digits).collect();
    let mut problems = Vec::new();
    let known = known.as_str();
    // The facts are JSON, where a new line is two letters.
    let spaced = ["\\n", "\\r", "\\t"].iter().fold(known.to_owned(), |text, escape| text.replace(escape, " "));
    let said: BTreeSet<String> =
        spaced.split(|letter: char| !letter.is_alphanumeric()).map(ToOwned::to_owned).collect();
    texts(written, "", &mut |path, text| {
        for figure in figures(text) {
            if figure.claims && !numbers.contains(&figure.digits) {
                problems.push(format!("{path}: the number {} is not among the facts", figure.digits));
            }
        }
        let small = text.to_lowercase();
        for word in text.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
            if is_address(word) && !known.contains(&word.to_lowercase()) {
                problems.push(format!("{path}: the address {word} is not among the facts"));
            }
        }
        for (name, claim) in named::unknown(text, &said) {
            problems.push(format!("{path}: {name} {claim}, and is not among the facts"));
        }
        if let Some(blank) = blank(&small).filter(|blank| !known.contains(*blank)) {
            problems.push(format!("{path}: {blank} is a blank to be filled in; write the text whole"));
        }
    });
    problems
}

/// Whether a word leads somewhere: a link, an email address, or a host name. A sentence that lacks the space after its full stop goes
/// on with a capital, a host name does not.
fn is_address(word: &str) -> bool {
    if word.contains("://") || word.starts_with("www.") || word.contains('@') {
        return true;
    }
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let Some((name, last)) = host.rsplit_once('.') else { return false };
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    (2..=24).contains(&last.len())
        && last.chars().all(|c| c.is_ascii_lowercase())
        && name.split('.').all(is_label)
        && name.chars().any(char::is_alphabetic)
}

/// A number in a text.
struct Figure {
    digits: String,
    /// Whether it says more than style does.
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
        let before = letters[..place].iter().collect::<String>();
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
        let after: String = letters[place..].iter().take(40).collect();
        found.push(Figure { claims: claims(&before, &digits, &after), digits });
    }
    found
}

/// Whether a number says more than style, by what stands around it.
fn claims(before: &str, digits: &str, after: &str) -> bool {
    let touching = before.chars().next_back().unwrap_or(' ');
    if touching.is_alphabetic() {
        // Part of a name: `B2B`, `S3`.
        return false;
    }
    let rest = after.trim_start_matches([' ', '-', '+', '\u{a0}', '\u{2011}']);
    let next = rest.split(|c: char| !c.is_alphabetic() && c != '\'').next().unwrap_or_default().to_lowercase();
    if "$€£".contains(touching) || rest.starts_with(['%', '€', '$', '£']) || CLAIMS.contains(&next.as_str()) {
        return true;
    }
    let earlier = before.trim_end().rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    let in_time = MOMENTS.contains(&next.as_str())
        || PLACES.contains(&earlier.as_str())
        || touching == ':'
        || rest.starts_with(':');
    !in_time && digits.parse::<u64>().map_or(true, |number| number > SMALL)
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
        let facts = "jo, hiring 12 sdrs, 1,200 employees, https://acme.com/jobs";
        let found = |text: &str| inventions(&json!({ "body": text, "score": 87 }), &own, facts);
        for good in [
            "You hire 12 SDRs and have 1200 people; a 15-minute call on day 14?",
            "Score 87 of 1,200. See https://acme.com/jobs. Hi, this is [your name].",
            "Two ideas, or 3 if you like: B2B teams know them, e.g. yours.Best, Jo",
            "Thursday at 11:30, or 4 pm? It takes 25 min. Step 12 is yours.",
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
            "See evil-site.example/demo today.",
            "Write to me@evil.example",
            "cut costs by 40 percent",
            "37 companies like yours",
            "We work with 5 customers like you",
            "Live in 3 months",
            "a 2x return",
            "in 90 days",
            "€9 a seat",
        ] {
            assert_eq!(found(bad).len(), 1, "{bad}: {:?}", found(bad));
        }
    }
}
