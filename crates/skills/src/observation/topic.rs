//! Observations as things to speak to the reader about: `hired 10 SDRs` as `the 10 new SDRs`. Names the thing and says nothing of it.

use super::kind::Kind;
use super::predicate::round_of;
use super::vocabulary::{ADVERBS, is_gerund};
use crate::wording::small;

/// The thing as a phrase, spoken to the reader: `their` becomes `your`.
pub(super) fn topic_of(kind: Kind, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let skipped = words.iter().take_while(|word| ADVERBS.contains(&word.to_lowercase().as_str())).count();
    let rest = words.get(skipped..)?.join(" ");
    let verb = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
    let spoken =
        |text: &str| small(text).replace(" their ", " your ").replace(" its ", " your ").replace(" our ", " your ");
    if is_gerund(&verb) && rest.chars().count() <= 60 {
        return Some(spoken(&rest));
    }
    if verb == "is" || verb == "are" {
        let after = rest.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        if after.split_whitespace().next().is_some_and(|word| is_gerund(&word.to_lowercase()))
            && after.chars().count() <= 60
        {
            return Some(spoken(&after));
        }
    }
    match kind {
        Kind::Funding => {
            Some(round_of(text).map_or_else(|| "the new funding".to_owned(), |round| format!("the {round}")))
        }
        Kind::Hiring if verb == "hired" => {
            let hired = object_of(&rest)?;
            Some(if hired.starts_with(char::is_numeric) {
                let (number, who) = hired.split_once(' ')?;
                format!("the {number} new {who}")
            } else {
                format!(
                    "the new {}",
                    hired.trim_start_matches("new ").trim_start_matches("a ").trim_start_matches("an ")
                )
            })
        }
        Kind::Hiring => Some("the hiring".to_owned()),
        Kind::Leadership if lower.starts_with("new ") => Some(format!("the {}", small(&rest))),
        Kind::Leadership => Some("the change in leadership".to_owned()),
        Kind::Launch => Some("the launch".to_owned()),
        Kind::Expansion => Some("the expansion".to_owned()),
        Kind::Growth | Kind::Contraction | Kind::Pain | Kind::Technology | Kind::Other => None,
    }
}

/// What a verb is done to, up to the next small word: `hired 10 SDRs in Austin` gives `10 SDRs`.
fn object_of(text: &str) -> Option<String> {
    const ENDS: &[&str] = &[
        "in", "for", "to", "from", "at", "and", "since", "this", "last", "over", "on", "within", "after", "as", "who",
        "with",
    ];
    let object: Vec<&str> =
        text.split_whitespace().skip(1).take_while(|word| !ENDS.contains(&word.to_lowercase().as_str())).collect();
    let object = object.join(" ").trim_end_matches([',', '.']).to_owned();
    (!object.is_empty() && object.chars().count() <= 40).then_some(object)
}
