//! Makes sense of what was said: intents, answers of a wanted kind, days, times, numbers. Takes words for data; does nothing about them.

pub(crate) mod answer;
pub(crate) mod choice;
pub(crate) mod contact;
pub(crate) mod dates;
pub(crate) mod intent;
pub(crate) mod numbers;
pub(crate) mod times;
pub(crate) mod topic;
pub(crate) mod yes_no;

use outrider_domain::words::{Pattern, words};

/// The folded tokens of a text with the marks inside them kept, as in `9:30`, `2.5` and `jo@acme.com`.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    outrider_domain::words::fold(text)
        .split_whitespace()
        .map(|token| {
            token
                .trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '%' | '+' | '$' | '€' | '£'))
                .replace('\'', "")
        })
        .filter(|token| !token.is_empty())
        .collect()
}

/// Whether any of the patterns is in the text.
pub(crate) fn matches(patterns: &[Pattern], text: &str) -> bool {
    let words = words(text);
    patterns.iter().any(|pattern| pattern.find(&words).is_some())
}

/// Whether what stands around token `at` takes it back, as in "not Tuesday" and "Tuesday doesn't work".
pub(crate) fn is_taken_back(tokens: &[String], from: usize, to: usize) -> bool {
    let before = |back: usize| from.checked_sub(back).map_or("", |at| tokens[at].as_str());
    let negates = |token: &str| matches!(token, "not" | "except" | "cant" | "cannot" | "never");
    let after = tokens.get(to).map(String::as_str);
    negates(before(1))
        || (negates(before(2)) && matches!(before(1), "on" | "at" | "the" | "this" | "next" | "do" | "in"))
        || matches!(after, Some("doesnt" | "wont" | "isnt" | "dont" | "cant"))
        || (after == Some("is")
            && tokens.get(to + 1).is_some_and(|next| matches!(next.as_str(), "not" | "bad" | "out")))
}
