//! Takes free words apart into one thing each, and reads what stands at their head: role, company, domain, industry. Judges nothing
//! that was noticed.

use super::kind::{Kind, kind_of};
use super::predicate;
use super::vocabulary::{ADVERBS, is_gerund, is_verb};
use crate::background::given;
use crate::fit::industry;
use crate::fit::seniority::{Seniority, field};
use crate::wording::without_emoji;

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "inc", "ltd", "co", "corp", "dr", "mr", "mrs", "ms", "st", "no", "approx", "e.g", "i.e", "vs", "prof", "jr", "sr",
];
/// Legal forms that stand after a comma in a name.
const FORMS: &[&str] = &[
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "corp",
    "plc",
    "co",
    "limited",
    "incorporated",
    "ag",
    "se",
    "sa",
    "bv",
    "oy",
    "kg",
    "kgaa",
];
/// Places that stand beside a role and are no company.
const PLACES: &[&str] = &[
    "amsterdam",
    "austin",
    "austria",
    "barcelona",
    "belgium",
    "berlin",
    "boston",
    "brazil",
    "canada",
    "chicago",
    "cologne",
    "copenhagen",
    "dach",
    "denmark",
    "dubai",
    "dublin",
    "emea",
    "europe",
    "finland",
    "france",
    "frankfurt",
    "germany",
    "hamburg",
    "helsinki",
    "india",
    "ireland",
    "italy",
    "leipzig",
    "lisbon",
    "london",
    "los angeles",
    "madrid",
    "milan",
    "munich",
    "münchen",
    "netherlands",
    "new york",
    "nordics",
    "norway",
    "nyc",
    "oslo",
    "paris",
    "poland",
    "porto",
    "portugal",
    "remote",
    "rome",
    "san francisco",
    "singapore",
    "spain",
    "stockholm",
    "sweden",
    "switzerland",
    "sydney",
    "tokyo",
    "toronto",
    "uk",
    "united kingdom",
    "united states",
    "usa",
    "vienna",
    "wien",
    "warsaw",
    "zurich",
    "zürich",
];

/// Text without emoji and the marks of lists.
pub(super) fn plain(text: &str) -> String {
    let one_line = without_emoji(text);
    one_line
        .trim_start_matches(['-', '*', '•', '–', '—', '>', '#', ' '])
        .trim_end_matches(['.', ';', ',', '!', ' '])
        .trim()
        .to_owned()
}

/// Sentences of free words: at line ends, semicolons, and full stops that end one.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.split(['\n', ';', '•']) {
        let mut sentence = String::new();
        let mut words = line.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let next = words.peek();
            if !sentence.is_empty() {
                sentence.push(' ');
            }
            sentence.push_str(word);
            let bare = word.trim_end_matches(['.', ',']).trim_start_matches('(').to_lowercase();
            let initial = bare.chars().count() == 1;
            let goes_on = |next: &&str| !FORMS.contains(&next.trim_end_matches(['.', ',']).to_lowercase().as_str());
            let legal = FORMS.contains(&bare.as_str())
                && next.is_some_and(|next| next.starts_with(char::is_uppercase) && goes_on(next));
            let stops = word.ends_with("..")
                || word.ends_with('!')
                || word.ends_with('.') && (legal || !ABBREVIATIONS.contains(&bare.as_str()) && !initial);
            if stops {
                found.extend(given(Some(&sentence)));
                sentence.clear();
            }
        }
        found.extend(given(Some(&sentence)));
    }
    found
}

/// A sentence taken apart at commas before something that reads like a clause, a role, a domain or an industry of its own.
pub(super) fn pieces(sentence: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for piece in sentence.split([',', '|']).flat_map(|piece| piece.split(" – ")).flat_map(|piece| piece.split(" — "))
    {
        let piece = piece.trim();
        let piece = piece.strip_prefix("and ").unwrap_or(piece).trim();
        let legal = FORMS.contains(&piece.trim_end_matches('.').to_lowercase().as_str());
        match pieces.last_mut().filter(|_| legal || !begins_anew(piece)) {
            Some(last) => {
                last.push_str(", ");
                last.push_str(piece);
            }
            None => pieces.extend(given(Some(piece))),
        }
    }
    pieces.into_iter().flat_map(|piece| coupled(&piece)).filter_map(|piece| given(Some(&piece))).collect()
}

/// `acquired X and is rolling out Y` as two.
fn coupled(piece: &str) -> Vec<String> {
    for joint in [" and is ", " and are ", " and just ", " and recently "] {
        let Some((one, other)) = piece.split_once(joint) else { continue };
        let other = format!("{}{other}", joint.trim_start_matches(" and ").trim_start());
        let read = |text: &str| predicate::read(kind_of(text), text, None);
        if read(one).is_some() && read(&other).is_some() {
            return vec![one.to_owned(), other];
        }
    }
    vec![piece.to_owned()]
}

fn begins_anew(piece: &str) -> bool {
    let first = piece.split_whitespace().find(|word| !ADVERBS.contains(&word.to_lowercase().as_str()));
    let first = first.unwrap_or_default().to_lowercase();
    is_domain(piece)
        || is_role(piece)
        || industry::is_name(piece)
        || kind_of(piece) != Kind::Other
        || is_verb(&first)
        // `…, Texas` and `…, designers and writers` go on; a longer phrase in small letters is a thing of its own.
        || (piece.starts_with(char::is_lowercase) && piece.split_whitespace().count() > 3)
}

/// Whether a text is a domain or a web address and nothing else.
pub(super) fn is_domain(text: &str) -> bool {
    let text = text
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("www.")
        .trim_end_matches('/');
    let labels: Vec<&str> = text.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        && labels.last().is_some_and(|last| last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic()))
}

/// Whether a few words are a role and nothing else.
pub(super) fn is_role(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(|word| word.trim_matches(',').to_lowercase()).collect();
    let starts_as_clause = words.first().is_some_and(|first| {
        ["new", "the", "a", "an", "looking", "no", "our"].contains(&first.as_str())
            || is_verb(first)
            || is_gerund(first)
    });
    let has_clause =
        words.iter().skip(1).any(|word| is_verb(word) || ["is", "was", "who", "just"].contains(&word.as_str()));
    (1..=8).contains(&words.len())
        && !starts_as_clause
        && !has_clause
        && !words.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()))
        && Seniority::of(text) > Seniority::Unknown
}

/// What the head of a text names beside what was noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// A role.
    pub(super) role: Option<String>,
    /// A company.
    pub(super) company: Option<String>,
    /// What is left of the sentence.
    pub(super) rest: String,
}

/// Reads `VP of Sales, Acme Corp, B2B SaaS`, `CFO at Acme` and their like; whatever is no such list is left as it is.
pub(super) fn head_of(sentence: &str) -> Head {
    let whole = || Head { rest: sentence.to_owned(), ..Head::default() };
    let parts = joined(sentence);
    let Some((first, others)) = parts.split_first() else { return whole() };
    for joint in [" at ", " @ ", " bei ", " @"] {
        if let Some((role, company)) = first.split_once(joint)
            && is_role(role)
            && is_company(company)
        {
            return Head {
                role: Some(role.trim().to_owned()),
                company: Some(company.trim().to_owned()),
                rest: others.join(", "),
            };
        }
    }
    if is_role(first) {
        let mut role = first.clone();
        let mut rest = others.to_vec();
        // `Director, Procurement` is one title.
        if rest.first().is_some_and(|next| is_field(next)) && first.split_whitespace().count() <= 3 {
            role = format!("{role}, {}", rest.remove(0));
        }
        let place = rest.iter().position(|part| is_company(part) && !is_place(part));
        let company = place.filter(|place| *place <= 3).map(|place| rest.remove(place));
        return Head { role: Some(role), company, rest: rest.join(", ") };
    }
    // The company first, its person after it.
    if is_company(first) && !is_place(first) && others.first().is_some_and(|next| is_role(next)) {
        return Head { role: others.first().cloned(), company: Some(first.clone()), rest: others[1..].join(", ") };
    }
    whole()
}

/// Parts between commas, with a legal form still in its name.
fn joined(sentence: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in sentence.split([',', '|']).flat_map(|part| part.split(" – ")).flat_map(|part| part.split(" - ")) {
        let Some(part) = given(Some(part.trim().trim_end_matches('.'))) else { continue };
        match parts.last_mut() {
            Some(last) if FORMS.contains(&part.to_lowercase().as_str()) => {
                last.push_str(", ");
                last.push_str(&part);
                if part.to_lowercase() == "inc" {
                    last.push('.');
                }
            }
            _ => parts.push(part),
        }
    }
    parts
}

fn is_field(text: &str) -> bool {
    text.split_whitespace().count() <= 3 && field(text).is_some() && Seniority::of(text) == Seniority::Unknown
}

fn is_place(text: &str) -> bool {
    PLACES.contains(&text.trim().to_lowercase().as_str())
}

/// Whether a few words may be a company's name: names begin with a capital or a digit and say nothing that was noticed.
fn is_company(text: &str) -> bool {
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower = text.to_lowercase();
    let noticed = lower.split_whitespace().any(|word| {
        let word = word.trim_matches([',', '.']);
        is_verb(word)
            || ["and", "or", "the", "a", "he", "she", "they", "we", "no", "employees", "people", "team"].contains(&word)
    });
    let connective = words.iter().skip(1).filter(|word| word.starts_with(char::is_lowercase)).count();
    (1..=6).contains(&words.len())
        && !text.contains(['(', ')', ':', '"'])
        && !noticed
        && !is_domain(text)
        && !is_role(text)
        && !industry::is_name(text)
        && (text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) && connective <= 1
            || words.len() == 1 && text.len() > 3)
        && !text.chars().all(|c| c.is_ascii_digit() || "-–+kK, ".contains(c))
        && kind_of(text) == Kind::Other
}
