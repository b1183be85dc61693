//! Yes, no, or neither, in the many forms people give it. Judges the first clear word; reads nothing else.

use std::sync::LazyLock;

use outrider_domain::words::{Pattern, patterns, words};

/// What an answer to a yes-or-no question comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It agrees.
    Yes,
    /// It does not.
    No,
    /// It says that it can't say.
    Unsure,
}

const UNSURE: &[&str] = &[
    "dont know",
    "i|we dont know",
    "i|we dont really|actually|honestly know",
    "im|i|were|we not|am|are * sure|certain",
    "i|we cant|couldnt * say",
    "i|we dont have * idea",
    "not * sure",
    "no idea",
    "maybe",
    "perhaps",
    "possibly",
    "it|that depends",
    "depends on",
    "hard to say",
    "cant say",
    "couldnt say",
    "who knows",
    "have to check|think|ask|look",
    "need to check|think|ask|look",
    "not certain",
    "undecided",
];

const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "ya",
    "yea",
    "aye",
    "sure",
    "of course",
    "certainly",
    "absolutely",
    "definitely",
    "indeed",
    "ok",
    "okay",
    "k $",
    "alright",
    "all right",
    "right|correct|true|fine|good|great|perfect|wonderful|excellent|exactly $",
    "fine|good|great|perfect|okay with|by|for me|us",
    "good|great|fine idea|thanks|thank",
    "perfect|great|fine|right|correct|exactly thanks|thank|thats",
    "go ahead",
    "go on",
    "go for it",
    "please do",
    "do that",
    "lets do",
    "sounds good|great|fine|nice|perfect|interesting",
    "works for me|us",
    "that|it|this works|suits|helps",
    "would be good|great|fine|nice|perfect|lovely|wonderful|helpful|useful",
    "gladly",
    "happy to",
    "with pleasure",
    "id love|like to|that|it",
    "i would love|like",
    "i|we would|do|am|can|will|did|have|are $",
    "am|are interested|keen|coming|ready",
    "i|we use|need|want|love|like it|that|this|one",
    "it|that|this does|is|was|did $",
    "they do|are|did $",
    "thats me|right|fine|ok|okay|good|correct|it|great|true",
    "speaking $",
    "this is she|he|her|him",
    "why not",
    "i guess|suppose|think so",
    "by all means",
    "mhm",
    "mm hmm",
    "uh huh",
    "no problem|worries|objection|objections",
    "i dont mind",
    "dont mind",
    "affirmative",
    "totally",
    "ill be there",
    "count me in",
    "im in|coming|interested",
    "confirmed",
    "i confirm",
];

const NO: &[&str] = &[
    "no",
    "nope",
    "nah",
    "na",
    "not really",
    "not at all",
    "not at the moment",
    "not right now",
    "not now",
    "not yet",
    "not today",
    "not for me|us",
    "not necessary|needed|interested|possible|correct|right|true|good|convenient|great|ideal|this",
    "never",
    "dont think so",
    "dont believe so",
    "i|we dont|didnt|cant|wont|havent|wouldnt|couldnt|arent|isnt|wasnt|werent|never",
    "it|that|this doesnt|isnt|wasnt|wont|didnt",
    "im|were not",
    "am|are|is not",
    "id rather not|pass",
    "rather not",
    "prefer not",
    "i|ill pass",
    "no way",
    "negative",
    "unfortunately",
    "im afraid not",
    "wrong",
    "incorrect",
    "none",
    "neither",
    "skip",
];

/// After a bare "no" these turn it round: "no, that's fine".
const AFTER_ALL: &[&str] = &[
    "thats|its|that|it|this is fine|ok|okay|good|great|alright",
    "thats|its fine|ok|okay|good|great|alright",
    "go ahead|on",
    "yeah",
    "yes",
    "wait|sorry|actually|well yes|yeah",
];

/// Said of the line or the question, not in answer to it.
const NO_ANSWER: &[&str] = &["dont|didnt|cant|couldnt|not understand|hear|follow|catch|get", "didnt say|mean"];

static NO_ANSWER_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(NO_ANSWER));
static UNSURE_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(UNSURE));
static YES_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(YES));
static NO_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(NO));
static AFTER_ALL_PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| patterns(AFTER_ALL));

/// What a text comes to; none when it is neither. The first of its clauses that is either decides.
pub(crate) fn verdict(text: &str) -> Option<Verdict> {
    let mut clauses = text.split([',', '.', ';', '!', '?', '–', '—']).map(words).filter(|clause| !clause.is_empty());
    let (found, clause) = clauses.by_ref().find_map(|clause| Some((in_clause(&clause)?, clause)))?;
    let (verdict, end) = found;
    let rest: Vec<String> = clause[end..].iter().cloned().chain(clauses.flatten()).collect();
    match verdict {
        // "Yeah, no." and "Well yes, I'm not sure."
        Verdict::Yes if rest.first().is_some_and(|word| matches!(word.as_str(), "no" | "nope" | "nah" | "not")) => {
            Some(Verdict::No)
        }
        Verdict::Yes if rest.len() <= 4 && first(&UNSURE_PATTERNS, &rest).is_some() => Some(Verdict::Unsure),
        Verdict::No if end == 1 && first(&AFTER_ALL_PATTERNS, &rest).is_some_and(|(from, _)| from == 0) => {
            Some(Verdict::Yes)
        }
        other => Some(other),
    }
}

/// What a clause comes to, and the place after the words that say so.
fn in_clause(words: &[String]) -> Option<(Verdict, usize)> {
    // "I don't understand" is no answer at all.
    if first(&NO_ANSWER_PATTERNS, words).is_some() {
        return None;
    }
    let tables = [(&*YES_PATTERNS, Verdict::Yes), (&*NO_PATTERNS, Verdict::No), (&*UNSURE_PATTERNS, Verdict::Unsure)];
    tables
        .into_iter()
        .filter_map(|(patterns, verdict)| first(patterns, words).map(|(from, to)| (from, verdict, to)))
        // The earliest, and of those the longest: "no problem" over "no".
        .min_by_key(|(from, _, to)| (*from, usize::MAX - to))
        .map(|(_, verdict, to)| (verdict, to))
}

/// Whether a text is a yes or no and nothing more.
pub(crate) fn is_bare(text: &str) -> bool {
    words(text).len() <= 3 && verdict(text).is_some()
}

/// The earliest and then longest match: its first word and the word after it.
fn first(patterns: &[Pattern], words: &[String]) -> Option<(usize, usize)> {
    patterns
        .iter()
        .filter_map(|pattern| pattern.find(words))
        .map(|found| (found.from, found.to))
        .min_by_key(|(from, to)| (*from, usize::MAX - to))
}

#[cfg(test)]
mod tests {
    use super::{Verdict, verdict};

    #[test]
    fn yes_and_no_have_many_forms() {
        let mut wrong = Vec::new();
        for (expected, texts) in [
            (
                Some(Verdict::Yes),
                &[
                    "Yes",
                    "yeah sure",
                    "Of course!",
                    "OK",
                    "why not",
                    "go ahead",
                    "No problem",
                    "no, that's fine",
                    "I guess so",
                    "That works for me",
                    "I'd love to",
                    "mm-hmm",
                    "Sounds good",
                    "I do",
                    "Yes, but I'm not at home on Monday",
                    "speaking",
                    "I don't mind",
                    "Well, yes",
                    "Right",
                    "Perfect, thanks",
                    "No wait, yes, Friday",
                ][..],
            ),
            (
                Some(Verdict::No),
                &[
                    "No",
                    "nope",
                    "No, thank you",
                    "not really",
                    "I don't think so",
                    "yeah, no",
                    "not yet",
                    "I'd rather not",
                    "We don't",
                    "It doesn't",
                    "I'm not",
                    "No way",
                    "Unfortunately we can't",
                    "not today",
                    "Not a chance, no",
                ],
            ),
            (
                Some(Verdict::Unsure),
                &["I don't know", "maybe", "I'm not sure", "It depends", "I'd have to check", "No idea"],
            ),
            (
                None,
                &[
                    "I don't understand",
                    "I didn't say that",
                    "It is easy to use, but the search could be better",
                    "Tuesday",
                    "eleven",
                    "",
                    "What?",
                    "The blue one",
                ],
            ),
        ] {
            for text in texts {
                let found = verdict(text);
                if found != expected {
                    wrong.push(format!("{text}: {found:?}, not {expected:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
