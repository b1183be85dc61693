//! Observations as things to speak to the reader about: `hired 10 SDRs` as `the 10 new SDRs`. Names the thing and says nothing of it.

use super::About;
use super::kind::Kind;
use super::predicate::{mended, round_of};
use super::vocabulary::{ADVERBS, OBJECT_ENDS, VOICE, is_gerund};
use crate::wording::lowered;

/// Most letters of a thing that is spoken of.
const LONGEST: usize = 60;

/// The thing as a phrase, spoken to the reader, of a clause that was understood; for what a person said or asked, what it was about.
pub(super) fn topic_of(kind: Kind, about: About, text: &str) -> Option<String> {
    match about {
        About::Person => matter(text),
        About::Company => of_company(kind, text),
        About::Both | About::Unclear => None,
    }
}

/// What somebody spoke, wrote or asked about.
fn matter(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let speaks =
        lower.split_whitespace().any(|word| VOICE.contains(&word) || ["wrote", "asked", "speaking"].contains(&word));
    let from = lower.find(" about ").filter(|_| speaks)? + " about ".len();
    let rest = text.get(from..)?;
    let ends = [" in the ", " at ", " on ", " last ", " this ", ", ", " and "];
    let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
    let matter = rest[..end].trim().replace(" her ", " your ").replace(" his ", " your ");
    let (count, first) = (matter.chars().count(), matter.split_whitespace().next().unwrap_or_default().to_lowercase());
    (count > 2 && count <= LONGEST && !["it", "her", "his", "their", "this", "that"].contains(&first.as_str()))
        .then_some(matter)
}

fn of_company(kind: Kind, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let skipped = words.iter().take_while(|word| ADVERBS.contains(&word.to_lowercase().as_str())).count();
    let rest = words.get(skipped..)?.join(" ");
    let verb = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
    let spoken =
        |text: &str| lowered(text).replace(" their ", " your ").replace(" its ", " your ").replace(" our ", " your ");
    let after = rest.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
    let at_work = match verb.as_str() {
        "is" | "are" => after.as_str(),
        _ => rest.as_str(),
    };
    if at_work.split_whitespace().next().is_some_and(|word| is_gerund(&word.to_lowercase()))
        && at_work.chars().count() <= LONGEST
        && !at_work.contains(" and ")
    {
        return Some(mended(&spoken(at_work)));
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
                format!("the new {}", without_article(&hired).trim_start_matches("new "))
            })
        }
        Kind::Hiring => Some("the hiring".to_owned()),
        Kind::Leadership if lower.starts_with("new ") => {
            let ends = [" hired", " appointed", " joined", " started", " named", " announced", " on board"];
            let leader = ends.iter().fold(lowered(&rest), |leader, end| leader.trim_end_matches(end).to_owned());
            Some(format!("the {leader}"))
        }
        Kind::Leadership => match (verb.as_str(), object_of(&rest)) {
            ("hired" | "appointed", Some(who)) if without_article(&who).starts_with("new ") => {
                Some(format!("the {}", without_article(&who)))
            }
            _ => Some("the change in leadership".to_owned()),
        },
        Kind::Launch | Kind::Expansion if ["opened", "launched", "released", "introduced"].contains(&verb.as_str()) => {
            let bland = if kind == Kind::Launch { "the launch" } else { "the expansion" };
            Some(object_of(&rest).and_then(|object| named(&object)).unwrap_or_else(|| bland.to_owned()))
        }
        Kind::Launch => Some("the launch".to_owned()),
        Kind::Expansion => Some("the expansion".to_owned()),
        Kind::Acquisition if verb == "acquired" => {
            Some(object_of(&rest).and_then(|object| counted(&object)).unwrap_or_else(|| "the acquisition".to_owned()))
        }
        Kind::Acquisition => Some("the acquisition".to_owned()),
        _ => None,
    }
}

fn without_article(text: &str) -> &str {
    ["a ", "an ", "the ", "its ", "their "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text)
}

/// `a warehouse` as `the new warehouse`, `three stores` as `the three new stores`.
fn named(object: &str) -> Option<String> {
    if let Some(thing) = ["a ", "an "].iter().find_map(|word| object.strip_prefix(word)) {
        let ordinal = ["new ", "second ", "third ", "fourth ", "public "].iter().any(|word| thing.starts_with(word));
        return Some(if ordinal { format!("the {thing}") } else { format!("the new {thing}") });
    }
    let ordinal = ["new ", "second ", "third "].iter().any(|word| object.starts_with(word));
    if ordinal { Some(format!("the {object}")) } else { counted(object) }
}

/// `three clinics` as `the three new clinics`.
fn counted(object: &str) -> Option<String> {
    const NUMBERS: &[&str] = &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let (number, things) = object.split_once(' ')?;
    let counts = number.chars().all(|c| c.is_ascii_digit()) || NUMBERS.contains(&number.to_lowercase().as_str());
    counts.then(|| format!("the {} new {}", number.to_lowercase(), things.trim_start_matches("new ")))
}

/// What a verb is done to, up to the next small word: `hired 10 SDRs in Austin` gives `10 SDRs`.
fn object_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().skip(1).collect();
    let end = words.iter().position(|word| OBJECT_ENDS.contains(&word.to_lowercase().as_str())).unwrap_or(words.len());
    let object = words.get(..end)?.join(" ").trim_end_matches([',', '.']).to_owned();
    (!object.is_empty() && object.chars().count() <= 40).then_some(object)
}
