//! The mechanics of English sentences: names, articles, lists, lengths, and the choice among phrasings. Knows nothing of selling.

use crate::common_words::is_common;

/// Words before a name that are no part of it.
const TITLES: &[&str] = &[
    "dr",
    "mr",
    "mrs",
    "ms",
    "miss",
    "prof",
    "professor",
    "sir",
    "herr",
    "frau",
    "ing",
    "dipl",
    "dipl.-ing",
    "dipl.-kfm",
    "mag",
    "univ.-prof",
    "dr.-ing",
    "med",
];

/// What a person is greeted by: the first word of the name that is no title; the whole name when that is only an initial.
#[must_use]
pub fn first_name(name: &str) -> String {
    let name = &without_emoji(name);
    let words: Vec<&str> = name.split_whitespace().collect();
    // `Smith, Jane` is a name sorted for a list.
    let words = match words.as_slice() {
        [last, rest @ ..] if last.ends_with(',') && !rest.is_empty() => rest.to_vec(),
        _ => words,
    };
    let first = words.iter().find(|word| !TITLES.contains(&word.trim_end_matches('.').to_lowercase().as_str()));
    match first {
        Some(word) if word.trim_end_matches('.').chars().count() > 1 => {
            let word = word.trim_end_matches([',', '.']);
            let shouted = !word.chars().any(char::is_lowercase) && word.chars().count() > 2;
            if shouted || !word.chars().any(char::is_uppercase) {
                word.to_lowercase().split('-').map(capital).collect::<Vec<_>>().join("-")
            } else {
                word.to_owned()
            }
        }
        _ => name.trim().to_owned(),
    }
}

/// With a capital at the beginning.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

/// With a small letter at the beginning, where the first word is surely no name; else as it is.
#[must_use]
pub fn small(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    if is_common(&word.to_lowercase()) { lowered(text) } else { text.to_owned() }
}

/// With a small letter at the beginning, for a first word that is known; abbreviations stay.
#[must_use]
pub fn lowered(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    if word.chars().skip(1).any(|letter| letter.is_uppercase() || letter.is_numeric()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(char::to_lowercase).into_iter().flatten().chain(letters).collect()
}

/// A company as people say it: without its legal form, and not shouted.
#[must_use]
pub fn spoken_company(name: &str) -> String {
    const FORMS: &[&str] = &[
        "inc",
        "incorporated",
        "ltd",
        "limited",
        "llc",
        "llp",
        "plc",
        "corp",
        "corporation",
        "gmbh",
        "mbh",
        "ag",
        "se",
        "kg",
        "kgaa",
        "ug",
        "e.v",
        "ev",
        "ek",
        "e.k",
        "ohg",
        "s.a",
        "sa",
        "sas",
        "sarl",
        "srl",
        "s.r.l",
        "spa",
        "s.p.a",
        "bv",
        "b.v",
        "nv",
        "n.v",
        "oy",
        "oyj",
        "ab",
        "a/s",
        "aps",
        "pty",
        "pte",
        "co",
        "&",
    ];
    let name = without_emoji(name);
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let is_form = |word: &str| FORMS.contains(&word.trim_matches([',', '.', '(', ')']).to_lowercase().as_str());
    // `& Co` belongs to the legal form before `KG` alone, and to the name elsewhere.
    let mut in_form = false;
    while words.len() > 1 && words.last().is_some_and(|last| is_form(last)) {
        let last = words.last().map(|last| last.trim_matches([',', '.']).to_lowercase()).unwrap_or_default();
        if !in_form && ["co", "&"].contains(&last.as_str()) {
            break;
        }
        in_form = true;
        words.pop();
    }
    let bare = words.join(" ").trim_end_matches([',', '.', ' ', '&']).to_owned();
    let bare = if bare.is_empty() { name } else { bare };
    let shouted = bare.split_whitespace().count() > 1 && !bare.chars().any(char::is_lowercase);
    let quiet = |word: &str| {
        if word.ends_with('.') || word.chars().filter(|letter| letter.is_alphabetic()).count() > 3 {
            capital(&word.to_lowercase())
        } else {
            word.to_owned()
        }
    };
    if shouted { bare.split_whitespace().map(quiet).collect::<Vec<_>>().join(" ") } else { bare }
}

/// A role as it stands in a sentence: the first title of several, not shouted; nothing when it is too long to be said.
#[must_use]
pub fn spoken_role(role: &str) -> Option<String> {
    let role = without_emoji(role);
    let role = role.split(['|', '(', '/', ';', '•', '·']).next().unwrap_or_default();
    let role = role.split(" - ").next().unwrap_or_default().split(" – ").next().unwrap_or_default().trim();
    let role = match role.split_once(',') {
        // `Vice President, Marketing`.
        Some((rank, field))
            if crate::fit::seniority::field(field).is_some() && field.split_whitespace().count() <= 3 =>
        {
            format!("{} of {}", rank.trim(), field.trim())
        }
        Some((rank, _)) => rank.trim().to_owned(),
        None => role.to_owned(),
    };
    let shouted =
        !role.chars().any(char::is_lowercase) && role.chars().filter(|letter| letter.is_alphabetic()).count() > 5;
    let quiet = |word: &str| match word.to_lowercase().as_str() {
        small @ ("of" | "and" | "for" | "the") => small.to_owned(),
        "ciso" | "chro" | "emea" => word.to_owned(),
        other if word.chars().count() > 3 => capital(other),
        _ => word.to_owned(),
    };
    let said = if shouted { role.split_whitespace().map(quiet).collect::<Vec<_>>().join(" ") } else { role };
    let letters = said.chars().count();
    ((2..=60).contains(&letters) && said.chars().any(char::is_alphabetic)).then_some(said)
}

/// Text on one line without emoji, arrows and dingbats.
#[must_use]
pub fn without_emoji(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|letter| match u32::from(letter) {
            0x200d
            | 0xfe0e
            | 0xfe0f
            | 0x2190..=0x21ff
            | 0x2300..=0x23ff
            | 0x2500..=0x27bf
            | 0x2b00..=0x2bff
            | 0x1f000..=0x1faff => ' ',
            _ => letter,
        })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `a` or `an` before a word.
#[must_use]
pub fn article(word: &str) -> &'static str {
    let first = word.split_whitespace().next().unwrap_or_default();
    let spelled = first.len() > 1 && first.chars().all(|letter| letter.is_ascii_uppercase());
    let vowels: &[char] = if spelled {
        &['A', 'E', 'F', 'H', 'I', 'L', 'M', 'N', 'O', 'R', 'S', 'X']
    } else {
        &['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U', '8']
    };
    let sounds_you = ["uni", "use", "euro", "one"].iter().any(|start| first.to_lowercase().starts_with(start));
    if first.starts_with(vowels) && !sounds_you { "an" } else { "a" }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The owner's form of a name.
#[must_use]
pub fn owners(name: &str) -> String {
    if name.ends_with('s') { format!("{name}'") } else { format!("{name}'s") }
}

/// Ends with exactly one mark.
#[must_use]
pub fn sentence(text: &str) -> String {
    closed(&capital(text.trim()))
}

/// The same without touching its beginning.
#[must_use]
pub fn closed(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// At most so many letters, ending with a word; `…` says that something was left away.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let cut: String = text.chars().take(kept).collect();
    let whole = text.chars().nth(kept).is_some_and(char::is_whitespace);
    let end = cut.rfind(char::is_whitespace).filter(|end| *end > 0 && !whole).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ';', ':', '.', ' ']))
}

/// The first of several wordings that is short enough; the last one, shortened, when none is.
#[must_use]
pub fn first_fitting(wordings: &[String], most: usize) -> String {
    let fits = wordings.iter().find(|text| text.chars().count() <= most);
    fits.cloned().unwrap_or_else(|| shortened(wordings.last().map_or("", String::as_str), most))
}

/// Chooses among phrasings: a hash of the facts, so that the same lead always gets the same words, and others different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    hash: u64,
    place: Option<usize>,
}

impl Choice {
    /// Of facts.
    #[must_use]
    pub fn new(facts: &[&str]) -> Self {
        // FNV-1a, 64 bits (draft-eastlake-fnv).
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in facts.iter().flat_map(|fact| fact.bytes().chain([0])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self { hash, place: None }
    }

    /// The same for a place in a list: neighbours, which are read side by side, differ for certain.
    #[must_use]
    pub const fn shifted(self, place: usize) -> Self {
        Self { hash: self.hash, place: Some(place) }
    }

    /// Another one of the same facts, for a second text beside the first.
    #[must_use]
    pub fn other(self, name: &str) -> Self {
        Self { hash: Self::new(&[&self.hash.to_string(), name]).hash, place: self.place.map(|place| place + 1) }
    }

    /// One of them, for a place in the text. The list must not be empty.
    #[must_use]
    pub fn pick<'a, T: ?Sized>(&self, place: &str, among: &[&'a T]) -> &'a T {
        among[self.number(place, among.len())]
    }

    /// A number below `among`, for a place in the text.
    #[must_use]
    pub fn number(&self, place: &str, among: usize) -> usize {
        let among = among.max(1);
        let Self { hash, .. } = Self::new(&[&self.hash.to_string(), place]);
        // The low bits of FNV follow those of its input.
        let start = usize::try_from((hash ^ (hash >> 29)) % (among as u64)).unwrap_or(0);
        (start + self.place.unwrap_or(0)) % among
    }
}

#[cfg(test)]
mod tests {
    use super::{
        article, first_fitting, first_name, list, lowered, owners, sentence, shortened, small, spoken_company,
    };

    #[test]
    fn companies_are_spoken_of_without_their_legal_form() {
        for (name, spoken) in [
            ("Acme Corp", "Acme"),
            ("Kumo Robotics, Inc.", "Kumo Robotics"),
            ("Hexagon Steel & Tube", "Hexagon Steel & Tube"),
            ("Müller Maschinenbau GmbH & Co. KG", "Müller Maschinenbau"),
            ("GAMMA LOGISTICS LTD", "Gamma Logistics"),
            ("IBM", "IBM"),
            ("SAP SE", "SAP"),
            ("X", "X"),
            ("Rocket 🚀 Labs", "Rocket Labs"),
            ("Pixel & Co", "Pixel & Co"),
            ("ST. MARY HOSPITAL", "St. Mary Hospital"),
        ] {
            assert_eq!(spoken_company(name), spoken, "{name}");
        }
    }

    #[test]
    fn people_are_greeted_by_their_first_name() {
        for (name, first) in [
            ("Jane Smith", "Jane"),
            ("Dr. Jane Smith", "Jane"),
            ("Smith, Jane", "Jane"),
            ("JANE SMITH", "Jane"),
            ("jane", "Jane"),
            ("J. Smith", "J. Smith"),
            ("Jean-Luc Picard", "Jean-Luc"),
            ("McKenzie Roy", "McKenzie"),
            ("Bo Li", "Bo"),
            ("Prof. Dr. Karl-Heinz Müller", "Karl-Heinz"),
            ("KARL-HEINZ MÜLLER", "Karl-Heinz"),
            ("🚀 Mia Berg", "Mia"),
        ] {
            assert_eq!(first_name(name), first, "{name}");
        }
    }

    #[test]
    fn small_mechanics() {
        assert_eq!((article("SDR"), article("VP"), article("analyst"), article("unit")), ("an", "a", "an", "a"));
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!((owners("Acme"), owners("Jones")), ("Acme's".to_owned(), "Jones'".to_owned()));
        assert_eq!(
            (small("Hiring two"), small("SDRs are"), small("Kafka costs")),
            ("hiring two".into(), "SDRs are".into(), "Kafka costs".into())
        );
        assert_eq!((lowered("Acquired two"), lowered("B2B")), ("acquired two".into(), "B2B".into()));
        assert_eq!(sentence("done?"), "Done?");
    }

    #[test]
    fn lengths_are_kept_and_words_are_whole() {
        let text = "One two three four five six.";
        for most in 4..30 {
            let short = shortened(text, most);
            assert!(short.chars().count() <= most, "{short}");
        }
        assert_eq!(shortened(text, 14), "One two three…");
        assert_eq!(first_fitting(&["long wording".into(), "short".into()], 8), "short");
    }
}
