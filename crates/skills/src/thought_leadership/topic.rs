//! A topic as it stands in a heading and inside a sentence. Has no opinion on it.

use crate::wording::{capital, shortened, small, without_emoji};

/// Most letters of a topic that is repeated inside a sentence.
const SPOKEN: usize = 110;

/// A topic, read.
pub(super) struct Topic {
    /// As a heading.
    pub(super) heading: String,
    /// After `about`.
    pub(super) spoken: String,
    /// Whether it is a question in itself: `why …`, `how to …`.
    pub(super) asks: bool,
}

impl Topic {
    /// Reads it.
    pub(super) fn read(text: &str) -> Self {
        let asked = text.trim().ends_with('?');
        let text = without_emoji(text);
        let text = quiet(text.trim_end_matches(['.', '?', '!', ':', ' ']).trim_matches('"'));
        let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
        let asks = ["why", "how", "what", "when", "where", "who", "which", "whether"].contains(&first.as_str());
        // A question such as `Is outbound dead` can't follow `about`.
        let direct = ["is", "are", "do", "does", "can", "should", "will", "did"].contains(&first.as_str());
        let spoken = match text.chars().count() > SPOKEN || direct && asked || text.contains(". ") {
            true => "this".to_owned(),
            false => small(&text),
        };
        let mark = if direct && asked { "?" } else { "" };
        Self { heading: format!("{}{mark}", capital(&shortened(&text, 200))), spoken, asks }
    }
}

/// What was written in capitals throughout, as a sentence: short words that are no small words stay, as abbreviations do.
fn quiet(text: &str) -> String {
    const SMALL: &[&str] = &[
        "A", "AN", "AND", "ARE", "AT", "FOR", "HOW", "IN", "IS", "NOT", "OF", "ON", "OR", "THE", "TO", "WHY", "YOU",
        "YOUR", "WITH",
    ];
    if text.chars().any(char::is_lowercase) || text.split_whitespace().count() < 2 {
        return text.to_owned();
    }
    let word = |word: &str| match SMALL.contains(&word) || word.chars().count() > 3 {
        true => word.to_lowercase(),
        false => word.to_owned(),
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Topic;

    #[test]
    fn topics_stand_in_headings_and_in_sentences() {
        for (text, heading, spoken) in [
            (
                "Why outbound is changing in 2025",
                "Why outbound is changing in 2025",
                "why outbound is changing in 2025",
            ),
            ("AI IN PROCUREMENT", "AI in procurement", "AI in procurement"),
            ("Kafka costs", "Kafka costs", "Kafka costs"),
            ("closing the books faster.", "Closing the books faster", "closing the books faster"),
            ("Is outbound dead?", "Is outbound dead?", "this"),
            ("🚀 Email that travellers read", "Email that travellers read", "email that travellers read"),
        ] {
            let topic = Topic::read(text);
            assert_eq!((topic.heading.as_str(), topic.spoken.as_str()), (heading, spoken), "{text}");
        }
    }
}
