//! Clauses as what comes after their subject: `Hiring 12 SDRs` as `is hiring 12 SDRs`. Leaves what it can't read with certainty unread.

use super::About;
use super::kind::Kind;
use super::vocabulary::{
    ADVERBS, COMPANY_GERUNDS, COMPANY_PAST, COMPANY_PRESENT, EITHER_PAST, EITHER_PRESENT, OBJECT_ENDS, PARTICIPLES,
    PERSON_GERUNDS, PERSON_PAST, SYSTEMS, is_gerund, is_verb,
};
use crate::fit::seniority::Seniority;
use crate::wording::{article, lowered};

/// Most letters of a clause that is said.
const LONGEST: usize = 140;
/// Words after which a clause is no longer about its subject alone.
const TURNS: &[&str] = &[
    "but", "because", "although", "however", "though", "she", "he", "i", "we", "who's", "etc", "him", "them",
    "herself", "himself",
];

/// What follows the subject, and who the subject is; `stated` when the text named it.
pub(super) fn read(kind: Kind, text: &str, stated: Option<About>) -> Option<(About, String)> {
    if !is_sayable(text) {
        return None;
    }
    let (about, said) = match stated {
        Some(About::Both) => (About::Both, met(text)?),
        Some(About::Person) => (About::Person, of_person(text, true)?),
        Some(About::Company) => (About::Company, of_company(kind, text, true)?),
        _ => of_person(text, false)
            .map(|said| (About::Person, said))
            .or_else(|| met(text).map(|said| (About::Both, said)))
            .or_else(|| of_company(kind, text, false).map(|said| (About::Company, said)))?,
    };
    Some((about, mended(&said)))
}

/// Whether a text may stand in a sentence at all: its letters, its length, its end, and no second subject.
fn is_sayable(text: &str) -> bool {
    let words: Vec<String> =
        text.split_whitespace().map(|word| word.trim_matches([',', '.', ';']).to_lowercase()).collect();
    let letters = |c: char| c.is_alphanumeric() || c == ' ' || "'’,.-–&%$€£+/".contains(c);
    let shouted = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_uppercase()).count() > 4).count();
    (2..=24).contains(&words.len())
        && text.chars().count() <= LONGEST
        && text.chars().all(letters)
        && !text.contains("..")
        && shouted <= 1
        && words.last().is_some_and(|last| !OBJECT_ENDS.contains(&last.as_str()) && last != "of" && last != "the")
        && !words.iter().skip(1).any(|word| TURNS.contains(&word.as_str()))
}

/// A text's words, those in small letters, and how many adverbs stand before its verb.
fn parsed(text: &str) -> (Vec<&str>, Vec<String>, usize) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase().trim_matches(',').to_owned()).collect();
    let skipped = lower.iter().take_while(|word| ADVERBS.contains(&word.as_str())).count();
    (words, lower, skipped)
}

/// `spoke at SaaStr`, `promoted to VP of Sales`.
fn of_person(text: &str, stated: bool) -> Option<String> {
    let (words, lower, skipped) = parsed(text);
    let verb = lower.get(skipped)?.as_str();
    let more = words.len() > skipped + 1;
    let next = lower.get(skipped + 1).map_or("", String::as_str);
    let posts_jobs = verb == "posted"
        && lower.iter().any(|word| ["jobs", "roles", "positions", "openings"].contains(&word.as_str()));
    let said = if verb == "promoted" && next == "to" {
        format!("were {}", lowered(text))
    } else if PERSON_GERUNDS.contains(&verb) && more {
        format!("are {}", lowered(text))
    } else if stated && (verb == "is" || verb == "are") && PERSON_GERUNDS.contains(&next) {
        format!("are {}", words.get(skipped + 1..)?.join(" "))
    } else if more
        && next != "by"
        && (!posts_jobs && PERSON_PAST.contains(&verb)
            || stated && (COMPANY_PAST.contains(&verb) || EITHER_PAST.contains(&verb)))
    {
        lowered(text)
    } else {
        return None;
    };
    // `her` before a thing is `your`; at an end it is a person.
    let ends_in_her = lower.last().is_some_and(|last| last == "her")
        || lower.windows(2).any(|pair| pair[0] == "her" && OBJECT_ENDS.contains(&pair[1].as_str()));
    (!ends_in_her).then(|| said.replace(" her ", " your ").replace(" his ", " your ").replace(" their ", " your "))
}

/// `met at ITB Berlin`.
fn met(text: &str) -> Option<String> {
    let (words, lower, skipped) = parsed(text);
    if lower.get(skipped)? != "met" {
        return None;
    }
    let after =
        if ["her", "him", "them"].contains(&lower.get(skipped + 1)?.as_str()) { skipped + 2 } else { skipped + 1 };
    let place = lower.get(after)?.as_str();
    let named = words.len() > after + 1 && ["at", "in", "on", "during"].contains(&place);
    named.then(|| format!("met {}", words[after..].join(" ")))
}

/// What a company does, by any of the forms that are known.
fn of_company(kind: Kind, text: &str, stated: bool) -> Option<String> {
    if text.split_whitespace().any(|word| ["her", "his", "my", "our"].contains(&word.to_lowercase().as_str())) {
        return None;
    }
    with_verb(kind, text, stated)
        .or_else(|| funding_of(text))
        .or_else(|| leader_of(kind, text))
        .or_else(|| thing_of(text))
        .map(|said| said.replace(" their ", " its "))
}

fn with_verb(kind: Kind, text: &str, stated: bool) -> Option<String> {
    let (words, lower, skipped) = parsed(text);
    let verb = lower.get(skipped)?.as_str();
    let said = lowered(text);
    let next = lower.get(skipped + 1).map_or("", String::as_str);
    let more = words.len() > skipped + 1;
    if (verb == "are" || verb == "have") && more {
        let singular = if verb == "are" { "is" } else { "has" };
        let known = stated || is_gerund(next) && COMPANY_GERUNDS.contains(&next);
        let rest = words.get(skipped + 1..)?.join(" ");
        let before = lower.get(..skipped)?.join(" ");
        return known.then(|| format!("{before} {singular} {rest}").trim().to_owned());
    }
    // A move is a company's when a system moves.
    let moves_system = ["moving", "switching", "moved", "switched", "replaced", "replacing"].contains(&verb);
    let names_system =
        || SYSTEMS.iter().any(|system| format!(" {} ", lower.join(" ")).contains(&format!(" {system} ")));
    if moves_system && !stated && !names_system() {
        return None;
    }
    if is_gerund(verb) && more && (stated || COMPANY_GERUNDS.contains(&verb)) {
        return Some(format!("is {said}"));
    }
    if next == "by" {
        return match verb {
            "acquired" | "bought" => Some(format!("was {said}")),
            "backed" | "funded" | "owned" => Some(format!("is {said}")),
            _ => None,
        };
    }
    // To close or raise is a company's good news with money alone.
    if ["closed", "raised", "raising"].contains(&verb) && kind != Kind::Funding {
        return None;
    }
    if more && (COMPANY_PAST.contains(&verb) || EITHER_PAST.contains(&verb) && (stated || moves_system)) {
        return Some(said);
    }
    if more && verb == "is" && (stated || COMPANY_GERUNDS.contains(&next)) {
        return Some(said);
    }
    if more && (COMPANY_PRESENT.contains(&verb) || stated && EITHER_PRESENT.contains(&verb)) {
        return Some(said);
    }
    if let Some(third) = COMPANY_PRESENT.iter().find(|third| stated && more && third.trim_end_matches('s') == verb) {
        return Some(format!("{third} {}", words.get(skipped + 1..)?.join(" ")));
    }
    let last = lower.last()?.as_str();
    let plain = words.len() <= 4 && !lower.iter().take(words.len() - 1).any(|word| is_verb(word));
    let first = lower.first()?;
    (PARTICIPLES.contains(&last) && plain && first != "series" && first != "seed").then(|| format!("is {said}"))
}

/// `Series B funded` and its like, which have no verb of their own.
fn funding_of(text: &str) -> Option<String> {
    let round = round_of(text)?;
    let bare = text.to_lowercase();
    let only = [
        "funded", "funding", "round", "closed", "raised", "company", "startup", "stage", "recent", "recently", "just",
        "a",
    ];
    let small_round = round.to_lowercase();
    let rest: Vec<&str> =
        bare.split_whitespace().filter(|word| !small_round.contains(*word) && !only.contains(word)).collect();
    let when = match rest.as_slice() {
        [] => String::new(),
        ["in", month] if MONTHS.contains(month) => format!(" in {}", crate::wording::capital(month)),
        ["last" | "this", span] if ["week", "month", "quarter", "year"].contains(span) => {
            format!(" {}", rest.join(" "))
        }
        _ => return None,
    };
    Some(if when.is_empty() { format!("has raised a {round}") } else { format!("raised a {round}{when}") })
}

const MONTHS: &[&str] = &[
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
];

/// `New COO` and its like, with or without the verb that ends it.
fn leader_of(kind: Kind, text: &str) -> Option<String> {
    let bare = text.to_lowercase();
    let role = bare.strip_prefix("new ").map(|rest| &text[text.len() - rest.len()..])?;
    let role = ["hired", "appointed", "joined", "started", "named", "announced", "on board"]
        .iter()
        .find_map(|end| role.to_lowercase().ends_with(end).then(|| role[..role.len() - end.len()].trim_end()))
        .unwrap_or(role);
    let words = role.split_whitespace().count();
    let is_role = (1..=5).contains(&words)
        && Seniority::of(role) >= Seniority::Director
        && !role
            .split_whitespace()
            .any(|word| is_verb(&word.to_lowercase()) || OBJECT_ENDS.contains(&word.to_lowercase().as_str()));
    (kind == Kind::Leadership || is_role).then_some(())?;
    is_role.then(|| format!("has a new {role}"))
}

/// `New office in Lyon`, `12 open roles in sales`.
fn thing_of(text: &str) -> Option<String> {
    const PLACES: &[&str] = &[
        "branch",
        "factory",
        "headquarters",
        "hub",
        "lab",
        "office",
        "plant",
        "shop",
        "site",
        "store",
        "warehouse",
        "website",
    ];
    let (words, lower, _) = parsed(text);
    let verbless = !lower.iter().any(|word| is_verb(word) || word.ends_with("ed"));
    let first = lower.first()?.as_str();
    let counts = first.chars().all(|c| c.is_ascii_digit()) && words.len() >= 3;
    if verbless && first == "new" && lower.iter().take(4).any(|word| PLACES.contains(&word.as_str())) {
        return Some(format!("has a {}", lowered(text)));
    }
    let things = ["roles", "positions", "openings", "offices", "stores", "locations", "sites", "employees", "plants"];
    (verbless && counts && lower.iter().skip(1).take(2).any(|word| things.contains(&word.as_str())))
        .then(|| format!("has {text}"))
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

/// `raised Series B` and `hired new COO` as people say them: with the article that notes leave out.
pub(super) fn mended(text: &str) -> String {
    const VERBS: &[&str] = &[
        "raised",
        "closed",
        "secured",
        "announced",
        "raising",
        "hired",
        "hiring",
        "appointed",
        "opened",
        "opening",
        "launched",
        "launching",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut said: Vec<String> = Vec::with_capacity(words.len() + 1);
    for (place, word) in words.iter().enumerate() {
        let lower = word.to_lowercase();
        let verb = place.checked_sub(1).map(|before| words[before].to_lowercase());
        if verb.is_some_and(|verb| VERBS.contains(&verb.as_str())) && wants_article(&words[place..]) {
            said.push(article(&lower).to_owned());
        }
        said.push(if lower == "series" { "Series".to_owned() } else { (*word).to_owned() });
    }
    said.join(" ")
}

/// Whether what follows a verb is one thing without its article: `Series B`, `new VP of Sales`, but not `new SDRs`.
fn wants_article(object: &[&str]) -> bool {
    let lower: Vec<String> = object.iter().map(|word| word.to_lowercase().trim_matches(',').to_owned()).collect();
    let one = |word: &String| !word.ends_with('s') || word.ends_with("ss");
    match lower.first().map(String::as_str) {
        Some("series") => lower.get(1).is_some_and(|letter| letter.len() == 1),
        // `$12M Series A`.
        Some(sum) if sum.starts_with(['$', '€', '£']) => {
            lower.get(1).is_some_and(|word| word == "series" || word == "seed")
        }
        Some("seed") => lower.get(1).is_some_and(|word| word == "round"),
        Some("new" | "second" | "third") => {
            let head: Vec<&String> = lower
                .iter()
                .skip(1)
                .take_while(|word| !OBJECT_ENDS.contains(&word.as_str()) && *word != "of")
                .collect();
            head.last().is_some_and(|last| one(last))
        }
        _ => false,
    }
}
