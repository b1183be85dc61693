//! Why something that was noticed is not said to the reader. Looks at words alone, and rather keeps silent than says too much.

use super::kind::Kind;

/// Why it is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsaid {
    /// Somebody tries to steer the writer.
    Instruction,
    /// A note for the seller.
    Note,
    /// What a tracker saw.
    Tracked,
    /// Heard, not known.
    Hearsay,
    /// Private or delicate.
    Delicate,
    /// Bad news or a sore spot.
    BadNews,
    /// It is in another language than the text.
    Foreign,
    /// Its grammar is not certain.
    Unclear,
}

impl Unsaid {
    /// In words, for the seller.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Instruction => "it reads as an instruction and not as a fact",
            Self::Note => "a note for you",
            Self::Tracked => "people do not like to hear that they were watched",
            Self::Hearsay => "hearsay",
            Self::Delicate => "delicate",
            Self::BadNews => "bad news or a sore spot: let them name it",
            Self::Foreign => "in another language: say it in English",
            Self::Unclear => "its form leaves open who did what",
        }
    }
}

const INSTRUCTIONS: &[&str] = &[
    "ignore ",
    "disregard",
    "system prompt",
    "instructions",
    "you are now",
    "pretend",
    " act as ",
    "</",
    "{{",
    "}}",
    "[[",
    "respond with",
    "reply with",
    "write a poem",
    "jailbreak",
    "prompt:",
    "<script",
    "assistant",
];
/// What a note to oneself begins with.
const ORDERS: &[&str] = &[
    "ask",
    "avoid",
    "be",
    "call",
    "check",
    "do",
    "don't",
    "email",
    "emphasise",
    "emphasize",
    "focus",
    "keep",
    "make",
    "mention",
    "never",
    "note",
    "offer",
    "ping",
    "remember",
    "reminder",
    "say",
    "send",
    "tell",
    "todo",
    "try",
    "use",
    "write",
];
const NOTES: &[&str] = &[
    " i ",
    " i'm ",
    " we ",
    " us ",
    " our ",
    " my ",
    " me ",
    "follow up",
    "follow-up",
    "call back",
    "gatekeeper",
    "decision maker",
    "decision-maker",
    "price sensitive",
    "price-sensitive",
    "referred by",
    "introduced by",
    "intro from",
    "internal",
    "confidential",
    "crm note",
    "lead source",
    "source:",
    "persona",
    "our side",
    "friend of",
    "knows ",
    "budget",
    "interested",
    "prefers ",
    "hates",
    "dislikes",
    "difficult",
    "likes ",
    "likely",
    "contract",
    "procurement cycle",
];
const TRACKED: &[&str] = &[
    "visited",
    "viewed",
    "clicked",
    "opened our",
    "opened the email",
    "opened an email",
    "opened my",
    "opened your",
    "downloaded",
    "browsed",
    "page views",
    "on our website",
    "on our site",
    "pricing page",
];
const HEARSAY: &[&str] = &[
    "maybe",
    "perhaps",
    "probably",
    "apparently",
    "rumour",
    "rumor",
    "allegedly",
    "seems",
    "might ",
    "could be",
    "supposedly",
    "heard",
    "not sure",
    "unclear",
    "guess",
    "i think",
    "tbc",
    "?",
];
const DELICATE: &[&str] = &[
    "pregnan",
    "maternity",
    "parental",
    "divorc",
    " sick",
    " ill ",
    "illness",
    "cancer",
    "burnout",
    "burn-out",
    "was fired",
    "got fired",
    "lawsuit",
    "sued",
    "scandal",
    "investigat",
    "breach",
    "hacked",
    "religio",
    "died",
    "death",
    "funeral",
    "politic",
    "fraud",
    "fined",
    "arrest",
    "salary",
    "his wife",
    "her husband",
    "kids",
    "children",
];

/// Why a clause is not said, as far as its words tell; `of_person` for what the person themselves did in public.
pub(super) fn by_words(text: &str, kind: Kind, of_person: bool) -> Option<Unsaid> {
    let text = format!(" {} ", text.to_lowercase().replace('’', "'"));
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let first = text.split_whitespace().next().unwrap_or_default().trim_end_matches([':', ',']);
    if has(INSTRUCTIONS) {
        return Some(Unsaid::Instruction);
    }
    if has(TRACKED) {
        return Some(Unsaid::Tracked);
    }
    if has(HEARSAY) {
        return Some(Unsaid::Hearsay);
    }
    if has(DELICATE) {
        return Some(Unsaid::Delicate);
    }
    // What they said or did in public is theirs, whatever it was about.
    if of_person {
        return None;
    }
    if ORDERS.contains(&first) || has(NOTES) || text.contains(": ") {
        return Some(Unsaid::Note);
    }
    match kind {
        Kind::Contraction | Kind::Pain => Some(Unsaid::BadNews),
        kind if kind.is_for_seller() => Some(Unsaid::Note),
        _ => None,
    }
}
