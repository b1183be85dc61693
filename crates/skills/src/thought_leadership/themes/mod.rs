//! What there is to say on a subject without knowing anything of the author's customers: opinions, questions and first steps. Holds no
//! figure, no name and no event.

mod people;
mod work;

use people::PEOPLE;
use work::WORK;

/// One thing to say, in three forms; none has a contraction, so that it stands in every tone.
#[derive(Debug)]
pub(super) struct Point {
    /// As an opinion.
    pub(super) claim: &'static str,
    /// As a question to the reader.
    pub(super) ask: &'static str,
    /// As a first step.
    pub(super) act: &'static str,
}

/// A subject.
#[derive(Debug)]
pub(super) struct Theme {
    /// Words that tell it, in small letters.
    pub(super) words: &'static [&'static str],
    /// What one may think of it.
    pub(super) stances: &'static [&'static str],
    /// What to say of it.
    pub(super) points: &'static [Point],
}

const fn point(claim: &'static str, ask: &'static str, act: &'static str) -> Point {
    Point { claim, ask, act }
}

fn all() -> impl Iterator<Item = &'static Theme> {
    PEOPLE.iter().chain(WORK)
}

/// The subject that a text names first.
pub(super) fn find(text: &str) -> Option<&'static Theme> {
    let words = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    let text = format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    let place = |theme: &Theme| theme.words.iter().filter_map(|word| text.find(&format!(" {word} "))).min();
    all().filter_map(|theme| Some((place(theme)?, theme))).min_by_key(|(place, _)| *place).map(|(_, theme)| theme)
}

/// What can be said of anything.
pub(super) static ANYTHING: Theme = Theme {
    words: &[],
    stances: &[
        "Most discussions of it begin with the answer, and the question never gets written down.",
        "It is rarely a lack of ideas that slows it down; it is the missing decision about who owns it.",
        "The useful part is small, and it is mostly the part nobody enjoys doing.",
        "It gets easier the moment somebody says what it is not for.",
    ],
    points: &[
        point(
            "If it has no owner, it has no end.",
            "Who would notice first if nobody worked on it for a month?",
            "Put one name on it.",
        ),
        point(
            "A goal that fits every outcome is not a goal.",
            "What result would make you say that it did not work?",
            "Write down what failure looks like.",
        ),
        point(
            "The exceptions tell more than the rule.",
            "Which case does your present way handle badly?",
            "Take the last case that went wrong and follow it from the beginning.",
        ),
        point(
            "What is done by habit is rarely looked at.",
            "Which step is there because it was always there?",
            "Leave one step out for two weeks and see who complains.",
        ),
        point(
            "People closest to the work usually know the answer.",
            "Whom have you not asked yet?",
            "Ask the person who does it every day, and do not explain.",
        ),
        point(
            "Starting small is not the same as starting vaguely.",
            "What is the smallest piece that would already be useful?",
            "Finish one small piece before you plan the second.",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::{ANYTHING, all, find};

    #[test]
    fn topics_find_their_subject() {
        for (topic, told_by) in [
            ("Why outbound is changing in 2025", Some("outbound")),
            ("Kafka costs", Some("costs")),
            ("SOC 2 without the pain", Some("soc 2")),
            ("AI in procurement", Some("ai")),
            ("Why store managers leave", Some("leave")),
            ("closing the books faster", Some("books")),
            ("Basket weaving", None),
        ] {
            let found = find(topic);
            assert_eq!(found.is_some(), told_by.is_some(), "{topic}");
            if let (Some(theme), Some(word)) = (found, told_by) {
                assert!(theme.words.contains(&word), "{topic}: {:?}", theme.words);
            }
        }
    }

    #[test]
    fn nothing_is_claimed_in_figures_and_no_word_is_contracted() {
        for theme in all().chain([&ANYTHING]) {
            assert!(theme.points.len() >= 4 && theme.stances.len() >= 3, "{:?}", theme.words);
            let points = theme.points.iter().flat_map(|point| [point.claim, point.ask, point.act]);
            for text in theme.stances.iter().copied().chain(points) {
                assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
                assert!(
                    !["n't", "'re", "'ll", "'ve", "it's", "It's"].iter().any(|short| text.contains(short)),
                    "{text}"
                );
                assert!(text.starts_with(char::is_uppercase) && text.ends_with(['.', '?']), "{text}");
            }
            assert!(theme.points.iter().all(|point| point.ask.ends_with('?') && point.act.ends_with('.')));
        }
    }
}
