//! Whether a sentence tells the callee that a machine speaks, or pretends that none does. Judges the words alone.

use std::sync::LazyLock;

use outrider_domain::words::{Pattern, patterns, words};

/// How a machine names itself.
const DISCLOSURES: &[&str] = &[
    "ai|virtual|automated|digital|automatic|artificial|computer|robot assistant|agent|caller|voice|receptionist|call|colleague",
    "artificial intelligence",
    "an|the|your|this ai calling|assistant|agent",
    "automated|automatic phone|telephone|voice|calling call|assistant|system|agent|message",
    "im|am a|an ai|robot|bot|computer|machine",
];

const DENIALS: &[&str] = &[
    "not|isnt|arent|no|never * ai|robot|bot|machine|computer|automated|virtual|artificial|recording",
    "real|actual|live|genuine|human person|human|being|voice|agent",
    "im|am a|an human|person",
    "human here|speaking",
];

static DISCLOSURE_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(DISCLOSURES));
static DENIAL_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(DENIALS));

/// Whether a sentence says that a machine speaks.
pub(crate) fn discloses(sentence: &str) -> bool {
    let words = words(sentence);
    DISCLOSURE_PATTERNS.iter().any(|pattern| pattern.find(&words).is_some()) && !claims_to_be_human(sentence)
}

/// Whether a sentence claims that a person speaks; such a sentence is never spoken.
pub(crate) fn claims_to_be_human(sentence: &str) -> bool {
    let words = words(sentence);
    let first_person = words.iter().any(|word| matches!(word.as_str(), "i" | "im" | "me" | "this" | "human"));
    first_person && DENIAL_PATTERNS.iter().any(|pattern| pattern.find(&words).is_some())
}

#[cfg(test)]
mod tests {
    use super::{claims_to_be_human, discloses};

    #[test]
    fn a_disclosure_names_the_machine() {
        for text in [
            "Hello Jane, this is the automated assistant of Smile Dental.",
            "Hi, I'm an AI assistant calling for Acme.",
            "This is an automated call from Acme.",
            "Hello, this is Ava, the virtual receptionist of Smile.",
        ] {
            assert!(discloses(text), "{text}");
        }
        for text in [
            "Hi, this is Tom from AI Solutions.",
            "Hello, this is Ava from Acme.",
            "I'm not an AI assistant.",
            "I'm a real person, not a robot.",
            "We sell automated doors.",
        ] {
            assert!(!discloses(text), "{text}");
        }
        assert!(claims_to_be_human("Don't worry, I am a real person."));
        assert!(claims_to_be_human("This is not a recording."));
        assert!(!claims_to_be_human("We help real people with their taxes."));
    }
}
