//! What a finished mail must not show: placeholders nobody filled, greetings without a name, no subject. Reads the text that
//! would be sent; knows nothing of the template it came from.

/// Longest line of a message, in bytes without the line break (RFC 5322 2.1.1).
const MAX_LINE: usize = 998;
/// Longest subject that mail programs still show whole, in characters.
const LONG_SUBJECT: usize = 120;

/// Words that in brackets stand for a value somebody meant to fill in. Compared without case, blanks, `-` and `_`.
const FILLERS: [&str; 30] = [
    "firstname",
    "lastname",
    "fullname",
    "name",
    "fname",
    "lname",
    "vorname",
    "nachname",
    "prenom",
    "nombre",
    "company",
    "companyname",
    "firma",
    "unternehmen",
    "organization",
    "organisation",
    "title",
    "jobtitle",
    "role",
    "position",
    "city",
    "industry",
    "email",
    "phone",
    "website",
    "date",
    "sendername",
    "myname",
    "yourname",
    "yourcompany",
];

/// Greetings that are followed by a name.
const GREETINGS: [&str; 14] = [
    "dear",
    "hi",
    "hello",
    "hey",
    "hallo",
    "liebe",
    "lieber",
    "guten tag",
    "moin",
    "bonjour",
    "cher",
    "chère",
    "hola",
    "estimado",
];

/// Bytes that a greeting, the blanks after it and the name are looked for in.
const LONGEST_GREETING: usize = 256;

/// Why a mail must not leave, each a sentence; empty when nothing is wrong with it.
#[must_use]
pub fn lint(subject: &str, text: &str, html: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    if subject.trim().is_empty() {
        found.push("The subject is empty.".to_owned());
    }
    if subject.contains(['\r', '\n', '\0']) {
        found.push("The subject has a line break.".to_owned());
    }
    if subject.len() > MAX_LINE {
        found.push(format!("The subject is longer than {MAX_LINE} bytes."));
    }
    let body = [text, html.unwrap_or("")];
    if body.iter().all(|part| part.trim().is_empty()) {
        found.push("The body is empty.".to_owned());
    }
    for (place, part) in [("subject", subject), ("text", text), ("HTML", html.unwrap_or(""))] {
        for leftover in leftovers(part, place == "HTML") {
            found.push(format!("The {place} still has a placeholder: {leftover}"));
        }
        for greeting in nameless(part) {
            found.push(format!("The {place} greets nobody: {greeting}"));
        }
    }
    found
}

/// What is worth knowing but no reason to stop a mail.
#[must_use]
pub fn lint_warnings(subject: &str) -> Vec<String> {
    let length = subject.chars().count();
    let long = (length > LONG_SUBJECT).then(|| {
        format!("The subject has {length} characters; most mail programs cut it after {LONG_SUBJECT} at the latest.")
    });
    long.into_iter().collect()
}

/// Letters that marks of placeholders begin and end with.
const MARKS: &[u8] = b"{}%*|[&<_";

/// Placeholders left in `text`, each once.
fn leftovers(text: &str, html: bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // Most texts have none of these letters, and letters are found faster than texts.
    let mut there = [false; 256];
    for byte in text.bytes() {
        there[usize::from(byte)] = true;
    }
    let may_have = |mark: &str| mark.bytes().all(|byte| there[usize::from(byte)]);
    if !MARKS.iter().any(|mark| there[usize::from(*mark)]) {
        return found;
    }
    let mut add = |leftover: &str| {
        let leftover: String = leftover.chars().take(60).collect();
        if !found.contains(&leftover) {
            found.push(leftover);
        }
    };
    for mark in ["{{", "}}", "{%", "%}", "*|", "|*"].into_iter().filter(|mark| may_have(mark)) {
        // Style sheets close nested blocks with two braces.
        if text.contains(mark) && !(html && mark == "}}" && !text.contains("{{")) {
            add(mark);
        }
    }
    for (open, close) in [("[", "]"), ("&lt;&lt;", "&gt;&gt;"), ("<<", ">>"), ("{", "}"), ("%", "%"), ("__", "__")] {
        if !may_have(open) {
            continue;
        }
        let mut rest = text;
        while let Some(start) = rest.find(open) {
            let inside = &rest[start + open.len()..];
            let end = inside.find(close).filter(|end| is_filler(open, &inside[..*end]));
            if let Some(end) = end {
                add(&rest[start..start + open.len() + end + close.len()]);
                rest = &inside[end + close.len()..];
            } else {
                rest = inside;
            }
        }
    }
    found
}

fn is_filler(open: &str, inside: &str) -> bool {
    if inside.is_empty() || inside.len() > 40 {
        return false;
    }
    let plain = inside.to_lowercase().replace([' ', '-', '_'], "");
    let named = FILLERS.contains(&plain.as_str());
    let identifier = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ' ' | '-');
    match open {
        "[" => named || ["insert", "your"].iter().any(|word| plain.starts_with(word)),
        "{" => inside.starts_with(char::is_alphabetic) && inside.chars().all(identifier),
        "%" => inside.len() >= 3 && inside.chars().all(|c| c.is_ascii_uppercase() || c == '_') || named,
        "__" => named,
        _ => inside.chars().all(identifier),
    }
}

/// Greetings in `text` that are followed by no name, or by what a program writes for one.
fn nameless(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut within = false;
    for (start, letter) in text.char_indices() {
        let begins = !std::mem::replace(&mut within, letter.is_alphanumeric()) && within;
        // All of them begin with a letter of ASCII, and most words with another than theirs.
        let first = u8::try_from(letter.to_ascii_lowercase()).unwrap_or_default();
        let mut near = GREETINGS.iter().filter(|greeting| greeting.as_bytes().first() == Some(&first));
        if !begins || !near.any(|greeting| begins_with(&text[start..], greeting)) {
            continue;
        }
        // A greeting and its name stand in one line, and near each other.
        let near = &text[start..text.floor_char_boundary(start + LONGEST_GREETING)];
        let line = near.split('\n').next().unwrap_or(near);
        let lower = line.to_lowercase().replace("&nbsp;", " ").replace('\u{a0}', " ");
        for greeting in GREETINGS {
            let Some(rest) = lower.strip_prefix(greeting) else { continue };
            let line = rest.trim_start_matches([' ', '\t']);
            let blanks = rest.len() - line.len();
            let word: String = line.chars().take_while(|c| c.is_alphanumeric()).collect();
            let stops = |word: &str| {
                line[word.len()..].starts_with([',', '!', '.', '\r', '<', ':']) || line.len() == word.len()
            };
            let nobody = ["null", "none", "undefined", "nan"].contains(&word.as_str()) && stops(&word);
            if blanks > 0 && (line.starts_with(',') || nobody) {
                let shown = format!("{greeting} {}", if nobody { word.as_str() } else { "," });
                if !found.contains(&shown) {
                    found.push(shown);
                }
            }
        }
    }
    found
}

/// Whether `text` begins with the first word of a greeting, whatever its case.
fn begins_with(text: &str, greeting: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    greeting.chars().take_while(|letter| *letter != ' ').all(|wanted| letters.next() == Some(wanted))
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
