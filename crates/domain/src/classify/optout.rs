//! Finds a person's request not to be written to or called any more. Reads only new text above the signature, or what a person said; a machine's mail never gets here.
//!
//! A request is a phrase in which the writer speaks of themselves ("remove me", "ne me contactez plus"), or a bare word such as
//! "unsubscribe" that stands alone. What is negated, said of others, or between quotation marks is no request.

use std::sync::LazyLock;

use super::phrases::{
    ALONE, FRESH_STARTS, NEGATIONS, NEUTRAL, NOT_JUST_NOW, OTHER_OBJECTS, OTHERS, REQUESTS, SPOKEN_ALONE,
    SPOKEN_OTHER_OBJECTS, SPOKEN_REQUESTS,
};
use super::{new_text, shown, without_signature};
use crate::mail::InboundMail;
use crate::words::{Match, Pattern, patterns, words};

static REQUEST_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(REQUESTS));
static ALONE_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(ALONE));
static SPOKEN_REQUEST_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(SPOKEN_REQUESTS));
static SPOKEN_ALONE_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(SPOKEN_ALONE));
static NEUTRAL_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(NEUTRAL));

/// Characters of new text that are looked at; people ask for an end early and briefly.
const LOOKED_AT: usize = 10_000;
/// At most this many words make a message in which one clause such as "unsubscribe" is enough.
const SHORT_MESSAGE: usize = 25;
/// A negation reaches this many words ahead.
const REACH: usize = 4;

/// Why the mail asks not to be written to any more, when it does.
pub(super) fn request(mail: &InboundMail) -> Option<String> {
    let new = new_text(&mail.text);
    let text = super::beginning(without_signature(&new), LOOKED_AT);
    let subject_words = words(super::beginning(&mail.subject, 200));
    // Mail clients that follow a `List-Unsubscribe: <mailto:…?subject=unsubscribe>` link send just that subject, often with no text.
    if words(text).len() <= SHORT_MESSAGE
        && ALONE_PATTERNS
            .iter()
            .filter(|pattern| pattern.text.len() > 4)
            .any(|pattern| pattern.is_all_of(&subject_words))
    {
        return Some(format!("the subject is {}", shown(&mail.subject)));
    }
    let spoken = without_quotations(text);
    bare_word(&spoken).or_else(|| phrase(&spoken))
}

/// Why what was said on the phone asks for no more contact, when it does.
///
/// Beside the phrases of mails there are those about calling; a bare "cancel" or "delete" is none, since it may answer a question.
/// "Don't call me today" asks for another time, not for an end.
pub(super) fn said(text: &str) -> Option<String> {
    let text = super::beginning(text, LOOKED_AT);
    for sentence in sentences(text) {
        for clause in &sentence.clauses {
            let spoken = words(clause);
            if !sentence.question && SPOKEN_ALONE_PATTERNS.iter().any(|pattern| pattern.is_all_of(&spoken)) {
                return Some(format!("the callee said {}", shown(clause)));
            }
            let fresh = after_refusals(&spoken);
            for words in [&spoken, &fresh] {
                let about_calls =
                    SPOKEN_REQUEST_PATTERNS.iter().filter_map(|pattern| pattern.find(words)).any(|found| {
                        asks(words, &found, sentence.question, SPOKEN_OTHER_OBJECTS) && !is_just_for_now(words, &found)
                    });
                let about_contact = || {
                    REQUEST_PATTERNS
                        .iter()
                        .filter_map(|pattern| pattern.find(words))
                        .any(|found| asks(words, &found, sentence.question, SPOKEN_OTHER_OBJECTS))
                };
                if about_calls || about_contact() {
                    return Some(format!("the callee asked for no more contact: {}", shown(clause)));
                }
            }
        }
    }
    None
}

/// Whether the words after a request limit it to a time, as in "don't call me before nine".
fn is_just_for_now(words: &[String], found: &Match) -> bool {
    let rest = &words[found.to.saturating_sub(1)..];
    let for_ever = |word: &String| matches!(word.as_str(), "again" | "anymore" | "ever" | "number" | "any");
    rest.iter().take(5).any(|word| NOT_JUST_NOW.contains(&word.as_str())) && !rest.iter().any(for_ever)
}

fn bare_word(text: &str) -> Option<String> {
    let found = |part: &str| ALONE_PATTERNS.iter().any(|pattern| pattern.is_all_of(&words(part)));
    let mut lines = text.lines().filter(|line| !words(line).is_empty());
    if let Some(first) = lines.next().filter(|line| found(line) && !line.contains('?')) {
        return Some(format!("the text opens with {}", shown(first)));
    }
    if words(text).len() > SHORT_MESSAGE {
        return None;
    }
    let clause = sentences(text)
        .into_iter()
        .filter(|sentence| !sentence.question)
        .flat_map(|sentence| sentence.clauses)
        .find(|clause| found(clause))?;
    Some(format!("the short text says only {}", shown(&clause)))
}

fn phrase(text: &str) -> Option<String> {
    for sentence in sentences(text) {
        for clause in &sentence.clauses {
            let spoken = words(clause);
            let fresh = after_refusals(&spoken);
            for words in [&spoken, &fresh] {
                if REQUEST_PATTERNS
                    .iter()
                    .filter_map(|pattern| pattern.find(words))
                    .any(|found| asks(words, &found, sentence.question, OTHER_OBJECTS))
                {
                    return Some(format!("the new text asks to stop: {}", shown(clause)));
                }
            }
        }
    }
    None
}

/// The words after the last neutral refusal, so that its negation does not reach what follows.
fn after_refusals(words: &[String]) -> Vec<String> {
    let mut rest = words;
    while let Some(end) = NEUTRAL_PATTERNS.iter().filter_map(|pattern| pattern.find(rest)).map(|found| found.to).max() {
        rest = &rest[end..];
    }
    rest.to_vec()
}

/// Whether the phrase found is the writer's own wish.
fn asks(words: &[String], found: &Match, question: bool, other_objects: &[&str]) -> bool {
    let (from, to) = (found.from, found.to);
    let before = &words[..from];
    let is = |word: &String, list: &[&str]| list.contains(&word.as_str());
    let near = &before[before.len().saturating_sub(REACH)..];
    let reach = near.iter().rposition(|word| is(word, FRESH_STARTS)).map_or(near, |at| &near[at + 1..]);
    let conditional = before.windows(2).any(|pair| {
        matches!(
            (pair[0].as_str(), pair[1].as_str()),
            ("if" | "unless" | "until", "you") | ("wenn" | "falls", "sie") | ("si", "vous" | "no")
        )
    });
    let reproach =
        before.first().is_some_and(|word| matches!(word.as_str(), "why" | "warum" | "pourquoi" | "perche" | "waarom"));
    if reach.iter().any(|word| is(word, NEGATIONS)) && !conditional && !reproach {
        return false;
    }
    if found.passed_over.iter().any(|at| is(&words[*at], NEGATIONS)) {
        return false;
    }
    if near.iter().any(|word| is(word, OTHERS)) {
        return false;
    }
    // "you no longer wish to receive" stands in other people's footers.
    if before.last().is_some_and(|word| word == "you")
        && words[from..to].iter().any(|word| matches!(word.as_str(), "wish" | "want" | "like" | "prefer" | "need"))
    {
        return false;
    }
    // "why did you remove me from your list?" tells of something that has happened.
    if question
        && reproach
        && before.iter().any(|word| matches!(word.as_str(), "did" | "was" | "were" | "have" | "had"))
        && !before.iter().any(|word| is(word, NEGATIONS))
    {
        return false;
    }
    !words[to..].iter().take(3).chain(&words[from..to]).any(|word| is(word, other_objects))
}

/// A sentence by its clauses.
pub(super) struct Sentence {
    pub(super) clauses: Vec<String>,
    question: bool,
}

/// Sentences end at `.`, `!`, `?` before a blank and at empty lines; clauses at commas, semicolons, colons, brackets and dashes.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for paragraph in text.replace("\r\n", "\n").split("\n\n") {
        let joined = paragraph.replace('\n', " ");
        let mut start = 0;
        let mut ends: Vec<usize> = joined
            .char_indices()
            .filter(|(at, c)| {
                matches!(c, '.' | '!' | '?')
                    && joined[at + 1..].chars().next().is_none_or(|next| !next.is_alphanumeric())
            })
            .map(|(at, _)| at + 1)
            .collect();
        ends.push(joined.len());
        for end in ends {
            let sentence = joined.get(start..end).unwrap_or("");
            start = end;
            if sentence.trim().is_empty() {
                continue;
            }
            let clauses = sentence
                .replace(" - ", ", ")
                .split([',', ';', ':', '(', ')', '–', '—'])
                .map(|clause| clause.trim().to_owned())
                .filter(|clause| !clause.is_empty())
                .collect();
            sentences.push(Sentence { clauses, question: sentence.trim_end().ends_with('?') });
        }
    }
    sentences
}

/// The text without what stands between quotation marks, unless that is all there is.
pub(super) fn without_quotations(text: &str) -> String {
    let mut outside = String::new();
    let mut closing = None;
    let mut since = 0;
    for (at, c) in text.char_indices() {
        match closing {
            // A mark that never closes within a line was no quotation.
            Some(wanted) if c == wanted || c == '\n' => {
                if c == '\n' {
                    outside.push_str(&text[since..=at]);
                }
                closing = None;
            }
            Some(_) => {}
            None => {
                closing = match c {
                    '"' => Some('"'),
                    '“' | '„' if text[at..].contains('”') => Some('”'),
                    '„' => Some('“'),
                    '«' => Some('»'),
                    _ => None,
                };
                if closing.is_some() { since = at } else { outside.push(c) }
            }
        }
    }
    if closing.is_some() {
        outside.push_str(&text[since..]);
    }
    if words(&outside).is_empty() { text.to_owned() } else { outside }
}
