//! The mechanics of English sentences: names, articles, lists, lengths, and the choice among phrasings. Knows nothing of selling.

/// Words before a name that are no part of it.
const TITLES: &[&str] = &["dr", "mr", "mrs", "ms", "prof", "professor", "sir", "herr", "frau"];

/// What a person is greeted by: the first word of the name that is no title; the whole name when that is only an initial.
#[must_use]
pub fn first_name(name: &str) -> String {
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
            if word.chars().all(char::is_uppercase) && word.chars().count() > 2 || word.chars().all(char::is_lowercase)
            {
                capital(&word.to_lowercase())
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

/// With a small letter at the beginning, unless the first word is a name or an abbreviation as far as letters tell.
#[must_use]
pub fn small(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    if ["I", "Series"].contains(&word)
        || word.starts_with("I'")
        || word.chars().skip(1).any(|letter| letter.is_uppercase() || letter.is_numeric())
    {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(char::to_lowercase).into_iter().flatten().chain(letters).collect()
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
pub struct Choice(u64);

impl Choice {
    /// Of facts.
    #[must_use]
    pub fn new(facts: &[&str]) -> Self {
        // FNV-1a, 64 bits (draft-eastlake-fnv).
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in facts.iter().flat_map(|fact| fact.bytes().chain([0])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(hash)
    }

    /// One of them, for a place in the text. The list must not be empty.
    #[must_use]
    pub fn pick<'a, T: ?Sized>(&self, place: &str, among: &[&'a T]) -> &'a T {
        among[self.number(place, among.len())]
    }

    /// A number below `among`, for a place in the text.
    #[must_use]
    pub fn number(&self, place: &str, among: usize) -> usize {
        let Self(hash) = Self::new(&[&self.0.to_string(), place]);
        // The low bits of FNV follow those of its input.
        usize::try_from((hash ^ (hash >> 29)) % (among.max(1) as u64)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{article, first_fitting, first_name, list, owners, sentence, shortened, small};

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
            (small("Hiring two"), small("SDRs are"), small("B2B")),
            ("hiring two".into(), "SDRs are".into(), "B2B".into())
        );
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
