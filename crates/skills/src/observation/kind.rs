//! What a clause is about, told by its words. Reads no sentence.

/// What a clause is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Layoffs, freezes, losses.
    Contraction,
    /// Money raised.
    Funding,
    /// People hired or sought.
    Hiring,
    /// Growing, scaling.
    Growth,
    /// New places or markets.
    Expansion,
    /// New leaders.
    Leadership,
    /// New products.
    Launch,
    /// What they struggle with.
    Pain,
    /// Systems they use or change.
    Technology,
    /// Anything else.
    Other,
}

/// Words that tell a kind, by their beginnings; the first kind that has one wins.
const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Contraction,
        &[
            "layoff",
            "laid off",
            "hiring freeze",
            "froze hiring",
            "budget cut",
            "downsiz",
            "bankrupt",
            "insolven",
            "closing down",
        ],
    ),
    (
        Kind::Pain,
        &[
            "struggl",
            "churn",
            "missed target",
            "losing",
            "slow ",
            "bottleneck",
            "problem",
            "complain",
            "manual",
            "behind plan",
            "pain",
        ],
    ),
    (
        Kind::Funding,
        &[
            "series a", "series b", "series c", "series d", "series e", "seed", "raised", "funded", "funding",
            "venture", "ipo",
        ],
    ),
    (
        Kind::Leadership,
        &[
            "new ceo",
            "new cro",
            "new cfo",
            "new cto",
            "new cmo",
            "new coo",
            "new vp",
            "new head",
            "new chief",
            "appointed",
            "promoted",
            "named ",
            "joined as",
        ],
    ),
    (Kind::Hiring, &["hiring", "hired", "recruit", "headcount", "open role", "job post", "job opening", "new hire"]),
    (
        Kind::Expansion,
        &[
            "expand",
            "expansion",
            "opened",
            "opening",
            "new office",
            "new market",
            "entering",
            "entered",
            "internationali",
        ],
    ),
    (Kind::Launch, &["launch", "released", "announced", "unveil", "new product", "shipped"]),
    (
        Kind::Growth,
        &["scaling", "growing", "growth", "doubled", "tripled", "grew", "building out", "ramping", "record "],
    ),
    (
        Kind::Technology,
        &[
            "uses ",
            "using ",
            "migrat",
            "moved to",
            "switched",
            "adopt",
            "rolled out",
            "implement",
            "salesforce",
            "hubspot",
            "integrat",
        ],
    ),
];

/// The first kind that a clause has a word of.
pub(super) fn kind_of(text: &str) -> Kind {
    let text = format!("{} ", text.to_lowercase());
    KINDS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word))).map_or(Kind::Other, |(kind, _)| *kind)
}
