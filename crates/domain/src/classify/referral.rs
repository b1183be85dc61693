//! Finds whom a reply names instead of its writer: an address, a name beside words such as "my colleague". Invents nobody.

use serde::{Deserialize, Serialize};

use crate::address::Email;
use crate::words::fold;

/// Somebody whom a reply names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct Referred {
    /// As written.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
}

impl Referred {
    pub(super) fn in_words(&self) -> String {
        match (&self.name, &self.email) {
            (Some(name), Some(email)) => format!("{name}, {email}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => "nobody".to_owned(),
        }
    }
}

/// Most words of a name.
const MOST_WORDS: usize = 3;

/// Words, folded, after which a name is that of somebody to talk to.
const BEFORE_A_NAME: &[&str] = &[
    "colleague",
    "contact",
    "to",
    "with",
    "boss",
    "manager",
    "director",
    "cto",
    "ceo",
    "cfo",
    "coo",
    "vp",
    "kollegen",
    "kollege",
    "kollegin",
    "herr",
    "herrn",
    "frau",
    "an",
    "mr",
    "mrs",
    "ms",
    "dr",
    "try",
    "ask",
    "email",
    "call",
    "is",
    "ist",
    "mit",
    "chef",
    "chefin",
    "leiter",
    "leiterin",
    "partner",
    "sales",
    "marketing",
    "einkauf",
    "copied",
    "cc",
    "adding",
    "looping",
    "in",
    "named",
    "uns",
];

/// Capitalised words that are no names.
const NO_NAMES: &[&str] = &[
    "i",
    "the",
    "our",
    "my",
    "your",
    "sales",
    "marketing",
    "team",
    "support",
    "hr",
    "it",
    "head",
    "director",
    "ceo",
    "cto",
    "cfo",
    "coo",
    "vp",
    "mr",
    "mrs",
    "ms",
    "dr",
    "herr",
    "herrn",
    "frau",
    "kollege",
    "kollegen",
    "kollegin",
    "sie",
    "ihnen",
    "ihre",
    "ihr",
    "einkauf",
    "vertrieb",
    "geschaftsfuhrer",
    "geschaftsfuhrung",
    "abteilung",
    "leiter",
    "leiterin",
    "you",
    "please",
    "thanks",
    "best",
    "regards",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "linkedin",
    "q1",
    "q2",
    "q3",
    "q4",
    "email",
    "mail",
    "cc",
    "chef",
    "chefin",
    "ansprechpartner",
    "ansprechpartnerin",
    "zentrale",
    "person",
    "kontakt",
    "frage",
    "anfrage",
    "moment",
    "jahr",
    "angebot",
    "thema",
    "partner",
    "manager",
    "information",
    "marktforschung",
    "personalabteilung",
    "buchhaltung",
    "zeit",
    "projekt",
    "bereich",
];

/// Whom a text names, when it names anybody but its writer.
pub(super) fn find(text: &str, writer: Option<&str>) -> Option<Referred> {
    let email = text
        .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '[' | ']' | '"'))
        .map(|word| word.trim_start_matches("mailto:").trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.contains('@'))
        .filter_map(|word| Email::parse(word).ok())
        .map(|email| email.to_string().to_lowercase())
        .find(|email| writer.is_none_or(|writer| !writer.eq_ignore_ascii_case(email)));
    let name = name(text);
    (email.is_some() || name.is_some()).then_some(Referred { name, email })
}

/// Whether words that refer name a colleague, boss or department, though not by name.
pub(super) fn is_to_a_colleague(clause: &str) -> bool {
    const COLLEAGUES: &[&str] = &[
        "colleague",
        "boss",
        "manager",
        "head of",
        "director",
        "kolleg",
        "chef",
        "leiter",
        "geschaftsfuhr",
        "forward",
        "passed",
        "passing",
        "weiter",
        "copied",
        "cc",
        "kopie",
        "einkauf",
        "looped",
        "department",
        "abteilung",
        "team",
    ];
    let folded = fold(clause);
    COLLEAGUES.iter().any(|word| folded.contains(word))
}

/// One to three capitalised words after one that speaks of a person.
fn name(text: &str) -> Option<String> {
    let raw: Vec<&str> = text.split_whitespace().collect();
    let bare = |word: &str| fold(word).trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    (0..raw.len()).find_map(|at| {
        if !BEFORE_A_NAME.contains(&bare(raw[at]).as_str()) || raw[at].ends_with(['.', '!', '?']) {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for word in raw.iter().skip(at + 1) {
            let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric());
            let capital = trimmed.chars().next().is_some_and(char::is_uppercase) && trimmed.chars().count() > 1;
            if !capital || word.contains('@') || NO_NAMES.contains(&bare(word).as_str()) {
                // A title stands before the name and is no part of it.
                if parts.is_empty()
                    && matches!(bare(word).as_str(), "herrn" | "herr" | "frau" | "mr" | "mrs" | "ms" | "dr")
                {
                    continue;
                }
                break;
            }
            parts.push(trimmed);
            if parts.len() == MOST_WORDS || word.ends_with([',', '.', ';', ':', '!', '?', ')']) {
                break;
            }
        }
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}
