//! The words a text is about, made comparable: for conditions written in words and for finding a fact. Knows no grammar.

use std::collections::HashMap;
use std::sync::LazyLock;

use outrider_domain::words::words;

/// Words that say nothing about what a text is about.
const EMPTY: &[&str] = &[
    "a",
    "about",
    "after",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "anything",
    "are",
    "as",
    "asked",
    "asking",
    "asks",
    "at",
    "be",
    "been",
    "by",
    "call",
    "called",
    "callee",
    "caller",
    "calling",
    "can",
    "client",
    "could",
    "customer",
    "did",
    "do",
    "does",
    "dont",
    "express",
    "expresses",
    "for",
    "from",
    "get",
    "give",
    "gives",
    "going",
    "got",
    "has",
    "have",
    "he",
    "her",
    "him",
    "his",
    "how",
    "i",
    "id",
    "if",
    "ill",
    "im",
    "in",
    "into",
    "is",
    "it",
    "its",
    "ive",
    "just",
    "know",
    "lead",
    "let",
    "like",
    "make",
    "may",
    "me",
    "mention",
    "mentions",
    "might",
    "more",
    "much",
    "my",
    "need",
    "needs",
    "no",
    "not",
    "of",
    "on",
    "one",
    "or",
    "other",
    "our",
    "out",
    "patient",
    "person",
    "please",
    "prospect",
    "really",
    "request",
    "requests",
    "said",
    "say",
    "says",
    "she",
    "should",
    "so",
    "some",
    "something",
    "speak",
    "talk",
    "tell",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "this",
    "those",
    "to",
    "too",
    "up",
    "us",
    "use",
    "user",
    "very",
    "want",
    "wants",
    "was",
    "way",
    "we",
    "well",
    "were",
    "what",
    "whats",
    "when",
    "whenever",
    "where",
    "which",
    "who",
    "why",
    "will",
    "wishes",
    "with",
    "would",
    "wants",
    "yes",
    "you",
    "your",
    "youre",
    "yours",
];

/// Words that mean about the same in a sales call; compared after [`stem`].
const SAME: &[&[&str]] = &[
    &["price", "pricing", "cost", "charge", "fee", "expensive", "cheap", "rate", "quote", "budget"],
    &["angry", "upset", "frustrated", "furious", "annoyed", "mad"],
    &["cancel", "terminate", "quit"],
    &["refund", "reimburse", "moneyback"],
    &["lawyer", "attorney", "legal", "sue"],
    &["manager", "supervisor", "boss"],
    &["doctor", "dentist", "physician"],
    &["pain", "hurt", "ache", "painful"],
    &["emergency", "urgent", "urgently"],
    &["complaint", "complain"],
    &["contract", "agreement"],
    &["secure", "security", "privacy", "gdpr"],
    &["integrate", "integration", "connect"],
    &["trial", "demo"],
];

/// The stems of the words a text is about, each once, in order.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    for word in words(text).iter().filter(|word| !EMPTY.contains(&word.as_str())) {
        let stem = stem(word);
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    stems
}

/// The stems in [`SAME`], each with the first of its kind.
static SAME_STEMS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let first = |group: &[&str]| group.first().map(|word| bare(word)).unwrap_or_default();
    SAME.iter().flat_map(|group| group.iter().map(|word| (bare(word), first(group)))).collect()
});

/// A word without its ending, and the first of its kind where several mean the same.
fn stem(word: &str) -> String {
    let bare = bare(word);
    SAME_STEMS.get(&bare).cloned().unwrap_or(bare)
}

fn bare(word: &str) -> String {
    let mut word = word.to_owned();
    for ending in ["ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "e", "y"] {
        if word.len() >= ending.len() + 3 && word.ends_with(ending) && !(ending == "s" && word.ends_with("ss")) {
            word.truncate(word.len() - ending.len());
            break;
        }
    }
    word
}

/// Whether what was said meets a condition written in words.
///
/// The condition's alternatives are its parts between "or" and commas; one is met when two thirds of the words it is about were said.
/// A part in quotation marks must be said as it stands.
pub(crate) fn meets(condition: &str, said: &str) -> bool {
    let spoken = words(said);
    let mut quoted =
        condition.split(['"', '“', '”']).skip(1).step_by(2).filter(|part| !part.trim().is_empty()).peekable();
    if quoted.peek().is_some() {
        return quoted.any(|part| {
            let wanted = words(part);
            !wanted.is_empty() && spoken.windows(wanted.len()).any(|window| window == wanted)
        });
    }
    let said = stems(said);
    let lower = condition.to_lowercase();
    lower.replace(" or ", ",").split([',', ';', '/']).any(|part| {
        let wanted = stems(part);
        let met = wanted.iter().filter(|stem| said.contains(stem)).count();
        !wanted.is_empty() && met * 3 >= wanted.len() * 2
    })
}

#[cfg(test)]
mod tests {
    use super::meets;

    #[test]
    fn conditions_in_words_are_met_by_their_words() {
        for (condition, said, met) in [
            ("the caller asks about a refund", "Can I get a refund?", true),
            ("the caller asks about a refund", "Can I get my money?", false),
            ("Customer is angry or upset", "I am really frustrated with you", true),
            ("asks for pricing", "how much does it cost?", true),
            ("wants to cancel their contract", "I want to cancel my contract", true),
            ("wants to cancel their contract", "we have a contract with someone", false),
            ("says \"speak to Maria\"", "Let me speak to Maria please", true),
            ("says \"speak to Maria\"", "Maria is here", false),
            ("the caller is there", "yes I am there", false),
        ] {
            assert_eq!(meets(condition, said), met, "{condition} / {said}");
        }
    }
}
