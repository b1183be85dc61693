//! People and companies that a text names where that says something of them: who is greeted, who signs, and whom the sender claims to
//! know or to have helped. Elsewhere a capital letter tells too little to judge by, and nothing is judged.

use std::collections::BTreeSet;

const GREETINGS: &[&str] = &["hi", "hello", "hey", "dear", "hallo", "liebe", "lieber"];
const FAREWELLS: &[&str] = &[
    "best",
    "best regards",
    "kind regards",
    "warm regards",
    "with kind regards",
    "regards",
    "cheers",
    "thanks",
    "many thanks",
    "thank you",
    "sincerely",
    "all the best",
    "talk soon",
    "viele grüße",
    "beste grüße",
    "mit freundlichen grüßen",
];
/// What comes right before somebody the sender claims something of.
const CLAIMS: &[&str] = &[
    "companies like",
    "companies such as",
    "customers like",
    "customers such as",
    "customers include",
    "clients like",
    "clients such as",
    "clients include",
    "teams like",
    "firms like",
    "we helped",
    "i helped",
    "we've helped",
    "i've helped",
    "worked with",
    "partnered with",
    "trusted by",
    "referred by",
    "introduced by",
    "spoke with",
    "colleague",
    "colleagues",
];
/// Capitalised words that are nobody's name.
const NOBODY: &[&str] = &[
    "i", "i'm", "i'd", "i'll", "i've", "the", "a", "an", "team", "frau", "herr", "herrn", "all", "everyone", "folks",
    "there", "mr", "mrs", "ms", "dr", "prof", "series", "saas", "ceos", "cfos", "ctos", "vps", "sdrs", "head", "vp",
    "director", "founder", "founders", "series-a", "series-b", "linkedin", "yours", "you", "your", "european",
    "german", "american", "british", "french", "english",
];

/// Every name of these three kinds in a text, with what is claimed of it; those that consist of known words alone are left out.
pub(crate) fn unknown(text: &str, known: &BTreeSet<String>) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let mut judge = |name: Vec<&str>, claim: &'static str| {
        if name.iter().any(|word| !is_known(word, known)) {
            found.push((name.join(" "), claim));
        }
    };
    if let Some(name) = greeted(text) {
        judge(name, "is greeted");
    }
    if let Some(name) = signed(text) {
        judge(name, "signs");
    }
    for name in claimed(text) {
        judge(name, "is claimed as somebody the sender knows");
    }
    found
}

fn is_known(word: &str, known: &BTreeSet<String>) -> bool {
    let small = word.to_lowercase().replace('’', "'");
    let bare = small.trim_end_matches("'s").trim_end_matches('\'');
    let spelled = word.chars().count() <= 4 && word.chars().all(|letter| letter.is_uppercase() || letter.is_numeric());
    spelled || NOBODY.contains(&bare) || bare.split('-').all(|part| known.contains(part))
}

/// Whether there is a place to be filled in, which is no name.
fn has_blank(text: &str) -> bool {
    text.contains(['[', ']', '{', '}', '<', '>'])
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

fn words(text: &str) -> Vec<&str> {
    let edge = |letter: char| !letter.is_alphanumeric();
    text.split_whitespace().map(|word| word.trim_matches(edge)).filter(|word| !word.is_empty()).collect()
}

/// The capitalised words of a greeting at the beginning.
fn greeted(text: &str) -> Option<Vec<&str>> {
    let (first, rest) = text.trim_start().split_once(char::is_whitespace)?;
    if !GREETINGS.contains(&first.to_lowercase().as_str()) {
        return None;
    }
    let end = rest.find([',', '!', '\n', ':', '–', '—']).or_else(|| rest.find(". "))?;
    if has_blank(&rest[..end]) {
        return None;
    }
    let name = words(&rest[..end]);
    (name.len() <= 4).then(|| name.into_iter().filter(|word| is_capital(word)).collect())
}

/// The name under a farewell at the end.
fn signed(text: &str) -> Option<Vec<&str>> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_farewell = |line: &str| FAREWELLS.contains(&line.trim_end_matches([',', '.', '!']).to_lowercase().as_str());
    let under = lines.iter().rposition(|line| is_farewell(line)).and_then(|place| lines.get(place + 1)).copied();
    // `Best, Alex` on the last line.
    let beside = || {
        let (before, name) = lines.last()?.rsplit_once(',')?;
        let end = before.rsplit(['.', '!', '?']).next()?.trim();
        is_farewell(end).then_some(name)
    };
    let name = words(under.or_else(beside).filter(|line| !has_blank(line))?);
    ((1..=3).contains(&name.len()) && name.iter().all(|word| is_capital(word))).then_some(name)
}

/// Names right behind words that claim to know them, with those that a comma or an `and` couples to them.
fn claimed(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    // Letters that change their length in small letters would move the places.
    let small: String =
        text.chars().map(|letter| if letter.is_ascii() { letter.to_ascii_lowercase() } else { letter }).collect();
    for claim in CLAIMS {
        for (place, _) in small.match_indices(claim) {
            let rest = &text[place + claim.len()..];
            let begins = small[..place].chars().next_back().is_none_or(|letter| !letter.is_alphanumeric());
            if !begins || !rest.starts_with(char::is_whitespace) {
                continue;
            }
            let mut name: Vec<&str> = Vec::new();
            for word in rest.split_whitespace() {
                let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
                if is_capital(bare) && !has_blank(word) {
                    name.push(bare);
                } else if !["and", "or", "&"].contains(&word) {
                    break;
                } else {
                    found.push(std::mem::take(&mut name));
                }
                if word.ends_with(['.', '!', '?', ';', ':', '"', ')']) {
                    break;
                }
                if word.ends_with(',') {
                    found.push(std::mem::take(&mut name));
                }
            }
            found.push(name);
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::unknown;

    #[test]
    fn who_is_greeted_who_signs_and_who_is_claimed_is_among_the_facts() {
        let facts = "jane smith vp of sales acme corp müller maschinenbau anna vogel northwind jean-luc";
        let known: BTreeSet<String> = facts.split([' ', '-']).map(ToOwned::to_owned).collect();
        for good in [
            "Hi Jane,\n\nSaw that Acme is hiring. We worked with Northwind and Acme.\n\nBest regards,\nAnna Vogel",
            "Hello Jane, a question about Series B. Talk soon, Anna",
            "Hi there, quick one.",
            "Dear Ms Smith,\n\nOne idea.\n\nKind regards\nThe Acme Team",
            "Hi Jean-Luc! We help companies like yours, and teams like Acme's.",
            "Quick Question About Your New Territory. Three Ideas For The Next Quarter at Hannover Messe.",
            "Liebe Frau Smith,\n\nIm letzten Quartal hat Ihre Mannschaft Großes geleistet.\n\nViele Grüße\nAnna",
            "We worked with SaaS teams; I spoke with CFOs in Germany.",
            "Best thing, Monday. Thanks for reading, and a good week",
            "Jane, this is for companies like yours in Berlin.",
            "Thanks,\nHead of Sales at Acme",
        ] {
            assert_eq!(unknown(good, &known), Vec::new(), "{good}");
        }
        for (bad, name) in [
            ("Hi Sarah,\n\nOne idea.", "Sarah"),
            ("Dear Mr Miller, one idea.", "Mr Miller"),
            ("Hi Jane,\n\nOne idea.\n\nBest,\nAlex", "Alex"),
            ("Hi Jane, one idea. Cheers, Alex Johnson", "Alex Johnson"),
            ("We work with companies like Salesforce.", "Salesforce"),
            ("We helped Acme, Stripe and Northwind.", "Stripe"),
            ("Your colleague Peter Brandt said so.", "Peter Brandt"),
            ("Our customers include Acme and Datadog today.", "Datadog"),
            ("I was referred by Tom Weber, who knows you.", "Tom Weber"),
        ] {
            let found: Vec<String> = unknown(bad, &known).into_iter().map(|(name, _)| name).collect();
            assert_eq!(found, [name], "{bad}");
        }
    }
}
