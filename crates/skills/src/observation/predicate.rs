//! Clauses as what comes after a company's name: `Hiring 12 SDRs` as `is hiring 12 SDRs`. Leaves what it can't read unread.

use super::kind::Kind;
use super::vocabulary::{ADVERBS, PARTICIPLES, PAST, PRESENT, is_gerund};
use crate::wording::small;

/// What follows the company's name, by any of the forms that are known: a clause with a verb, a round of funding, a new leader.
pub(super) fn read(kind: Kind, text: &str, of_person: bool) -> Option<String> {
    let with_verb = predicate_of(text).filter(|predicate| {
        !of_person || PAST.iter().any(|verb| predicate.split_whitespace().any(|word| word == *verb))
    });
    with_verb.or_else(|| funding_of(text)).or_else(|| leader_of(kind, text)).map(|text| mended(&text))
}

/// What follows the company's name, when the clause has a verb.
pub(super) fn predicate_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase().trim_matches(',').to_owned()).collect();
    let skipped = lower.iter().take_while(|word| ADVERBS.contains(&word.as_str())).count();
    let verb = lower.get(skipped)?.as_str();
    let said = small(text);
    if verb == "are" || verb == "have" {
        let singular = if verb == "are" { "is" } else { "has" };
        let rest = words.get(skipped + 1..)?.join(" ");
        let adverbs = lower.get(..skipped)?.join(" ");
        return Some(
            [adverbs.as_str(), singular, rest.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    if is_gerund(verb) && words.len() > skipped + 1 {
        return Some(format!("is {said}"));
    }
    if PAST.contains(&verb) && words.len() > skipped + 1 {
        // `Series B raised` is past, `raised by X` is passive.
        return (lower.get(skipped + 1).map(String::as_str) != Some("by")).then_some(said);
    }
    if (PRESENT.contains(&verb) && words.len() > skipped + 1) || verb == "will" {
        return Some(said);
    }
    let last = lower.last()?.trim_end_matches('.');
    if PARTICIPLES.contains(&last) && words.len() <= 5 && !lower[0].starts_with("series") && lower[0] != "seed" {
        return Some(format!("is {said}"));
    }
    None
}

/// `Series B funded` and its like, which have no verb of their own.
fn funding_of(text: &str) -> Option<String> {
    let round = round_of(text)?;
    let words = text.split_whitespace().count();
    let bare = text.to_lowercase();
    let only =
        ["funded", "funding", "round", "closed", "raised", "company", "startup", "stage", "recent", "recently", "just"];
    let rest =
        bare.split_whitespace().filter(|word| !round.to_lowercase().contains(*word) && !only.contains(word)).count();
    (words <= 5 && rest == 0).then(|| format!("has raised a {round}"))
}

/// `New COO` and its like.
fn leader_of(kind: Kind, text: &str) -> Option<String> {
    let words = text.split_whitespace().count();
    let leader = kind == Kind::Leadership && (2..=6).contains(&words) && text.to_lowercase().starts_with("new ");
    leader.then(|| format!("has a {}", small(text)))
}

/// `Series B` or `seed round`, as it stands in a text.
pub(super) fn round_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let series = words.windows(2).find(|pair| pair[0].eq_ignore_ascii_case("series") && pair[1].len() == 1);
    if let Some(pair) = series {
        return Some(format!("Series {}", pair[1].to_uppercase()));
    }
    words.iter().any(|word| word.eq_ignore_ascii_case("seed")).then(|| "seed round".to_owned())
}

/// `raised Series B` as people say it.
fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    for verb in ["raised", "closed", "secured", "announced"] {
        text = text
            .replace(&format!("{verb} Series "), &format!("{verb} a Series "))
            .replace(&format!("{verb} series "), &format!("{verb} a Series "));
    }
    text.replace(" their ", " its ")
}
