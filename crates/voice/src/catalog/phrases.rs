//! The phrases that all templates share: repairs, refusals, last words. Knows their names; the words are in `catalog/phrases.toml`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::Problem;
use super::file::{line_of, syntax_problem};

/// The names every set of phrases has.
pub const PHRASES: &[&str] = &[
    "acknowledge",
    "acknowledge_no",
    "back_to_question",
    "bad_line",
    "call_reason",
    "callback_again",
    "callback_ask",
    "callback_third_party",
    "callback_time",
    "closing_callback_requested",
    "closing_completed",
    "closing_declined",
    "closing_ended_by_callee",
    "closing_not_understood",
    "closing_opted_out",
    "closing_silent",
    "closing_transferred",
    "closing_wrong_number",
    "day_is_ahead",
    "day_is_past",
    "enough_orders",
    "go_ahead",
    "greeting",
    "know_no_source",
    "machine",
    "moment",
    "no_person_free",
    "not_understood",
    "note_question",
    "number_out_of_range",
    "offer_person",
    "one_number",
    "order_declined",
    "repeat",
    "screened",
    "silence_first",
    "silence_second",
    "skip_question",
    "sorry_to_disturb",
    "unknown",
    "wellbeing",
    "who",
    "why",
    "writing",
];

/// Phrases by name, each with the forms to choose from.
pub(super) type Phrases = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Forms {
    One(String),
    Several(Vec<String>),
}

/// Entries of a table of phrases, checked.
pub(super) fn entries(
    name: &str,
    text: &str,
    table: BTreeMap<String, Spanned<Forms>>,
    problems: &mut Vec<Problem>,
) -> Phrases {
    let mut phrases = Phrases::new();
    for (key, forms) in table {
        let mut problem = |span: Range<usize>, message: String| {
            problems.push(Problem { file: name.to_owned(), line: line_of(text, span.start), message });
        };
        let span = forms.span();
        let forms = match forms.into_inner() {
            Forms::One(form) => vec![form],
            Forms::Several(forms) => forms,
        };
        if !PHRASES.contains(&key.as_str()) {
            problem(span.clone(), format!("there is no phrase \"{key}\""));
        }
        if forms.is_empty() || forms.iter().any(|form| form.trim().is_empty()) {
            problem(span.clone(), format!("the phrase \"{key}\" must not be empty"));
        }
        for form in &forms {
            if let Err(error) = outrider_domain::template::Template::parse(form) {
                problem(span.clone(), format!("the phrase \"{key}\" is no text: {}", error.message));
            }
        }
        phrases.insert(key, forms);
    }
    phrases
}

/// Phrases from texts of which later ones go over earlier ones.
pub(super) fn read(name: &str, texts: &[String], problems: &mut Vec<Problem>) -> Phrases {
    let mut phrases = Phrases::new();
    for text in texts {
        match toml::from_str::<BTreeMap<String, Spanned<Forms>>>(text) {
            Ok(table) => phrases.extend(entries(name, text, table, problems)),
            Err(error) => problems.push(syntax_problem(name, text, &error)),
        }
    }
    for missing in PHRASES.iter().filter(|phrase| !phrases.contains_key(**phrase)) {
        problems.push(Problem {
            file: name.to_owned(),
            line: 1,
            message: format!("the phrase \"{missing}\" is missing"),
        });
    }
    phrases
}
