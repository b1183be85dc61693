//! What a clause is about, told by its words. Reads no sentence.

use super::vocabulary::SYSTEMS;

/// What a clause is about; of several in one text, those that stand first say most about timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Layoffs, freezes, losses.
    Contraction,
    /// A no, or a not yet.
    Delay,
    /// Bound to somebody else for some time.
    Bound,
    /// Asks to buy, or compares.
    Intent,
    /// A contract with somebody else ends.
    Window,
    /// The person said something in public.
    Voice,
    /// The person took something up that the seller offers.
    Engaged,
    /// The two have met.
    Met,
    /// Money raised.
    Funding,
    /// People hired or sought.
    Hiring,
    /// Another company bought, or one's own sold.
    Acquisition,
    /// New places or markets.
    Expansion,
    /// Growing, scaling.
    Growth,
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

impl Kind {
    /// Whether it speaks against now.
    #[must_use]
    pub const fn is_against(self) -> bool {
        matches!(self, Self::Contraction | Self::Delay | Self::Bound)
    }

    /// Whether it is a fact for the seller alone: bad news, a state of the deal, a sore spot.
    #[must_use]
    pub const fn is_for_seller(self) -> bool {
        matches!(self, Self::Contraction | Self::Delay | Self::Bound | Self::Intent | Self::Window | Self::Pain)
    }
}

/// Words that tell a kind; the first kind that has one wins. A blank is a word's end.
const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Contraction,
        &[
            "layoff",
            "laid off",
            "laying off",
            "job cuts",
            "hiring freeze",
            "froze hiring",
            "freezing hiring",
            "budget cut",
            "cost cutting",
            "cost-cutting",
            "downsiz",
            "redundanc",
            "bankrupt",
            "insolven",
            "closing down",
            "shut down",
            "shutting down",
            "closed its",
            "closing its",
            "closed their",
        ],
    ),
    (
        Kind::Delay,
        &[
            "no budget",
            "budget is frozen",
            "budget frozen",
            "budget freeze",
            "not interested",
            "not now",
            "not before",
            "not a priority",
            "no decision",
            " on hold",
            "postponed",
            "bad timing",
            "do not contact",
            "don't contact",
            "asked us to wait",
            "asked not to",
            "unsubscribed",
            "next year at the earliest",
        ],
    ),
    (
        Kind::Intent,
        &[
            " demo ",
            " demos ",
            "pricing page",
            "visited pricing",
            "asked for prices",
            "asked for a quote",
            "asked for pricing",
            "free trial",
            " trial ",
            " rfp",
            " rfi ",
            " tender ",
            "evaluating",
            "comparing vendors",
            "shortlist",
            "budget approved",
            "approved budget",
            "has budget",
            "contact sales",
            "in-market",
            "looking for a vendor",
            "looking for an alternative",
        ],
    ),
    (
        Kind::Acquisition,
        &[" acquired ", " acquires ", " acquiring ", "acquisition", "merger", " merged ", " merging ", "takeover"],
    ),
    (
        Kind::Pain,
        &[
            "struggl",
            "churn",
            "turnover",
            "attrition",
            "missed target",
            "missed its",
            " lost ",
            "losing",
            "slow ",
            " still ",
            "bottleneck",
            "problem",
            "complain",
            "manual",
            "by hand",
            "spreadsheet",
            "shortage",
            "backlog",
            "outage",
            "delays",
            "late deliver",
            "behind plan",
            " pain",
        ],
    ),
    (
        Kind::Funding,
        &[
            "series a ",
            "series b ",
            "series c ",
            "series d ",
            "series e ",
            " seed ",
            "raised",
            "raising",
            "funded",
            "funding",
            "venture",
            " ipo ",
        ],
    ),
    (
        Kind::Leadership,
        &[
            " new ceo",
            " new cro",
            " new cfo",
            " new cto",
            " new cmo",
            " new coo",
            " new cio",
            " new vp",
            " new head",
            " new chief",
            " new managing",
            " new director",
            "appointed",
            "promoted",
            " named ",
            "joined as",
        ],
    ),
    (
        Kind::Hiring,
        &[
            "hiring",
            " hired",
            "recruit",
            "headcount",
            "open role",
            "open position",
            "job post",
            "job opening",
            "job ad",
            " jobs ",
            "vacanc",
            "new hire",
        ],
    ),
    (
        Kind::Expansion,
        &[
            "expand",
            "expansion",
            " opened ",
            " opening ",
            "new office",
            "new market",
            "new plant",
            "new warehouse",
            "new store",
            "entering",
            "entered",
            "internationali",
        ],
    ),
    (Kind::Launch, &["launch", "released", "announced", "unveil", "new product", "shipped", "introduced"]),
    (
        Kind::Technology,
        &[
            " uses ",
            " using ",
            "migrat",
            "moved to",
            "switched",
            "adopt",
            "rolled out",
            "rolling out",
            "rollout",
            "roll-out",
            "implement",
            "integrat",
            " erp",
            " crm",
            "moderni",
            "replacing",
            "replaced",
        ],
    ),
    (Kind::Growth, &["scaling", "growing", "growth", "doubl", "tripl", " grew", "building out", "ramping", "record "]),
    (
        Kind::Engaged,
        &[
            "starred",
            " our ",
            "webinar",
            "whitepaper",
            "white paper",
            "downloaded",
            "signed up",
            "subscribed",
            "clicked",
            "visited",
            "replied",
            "viewed",
            "followed us",
        ],
    ),
    (Kind::Met, &[" met ", "referred by", "introduced by", "referral", "intro from"]),
];

/// Words for others who sell the same.
const RIVALS: &[&str] =
    &["competitor", "rival", "incumbent", "other vendor", "another vendor", "current vendor", "other provider"];
/// Words for a bond that begins or stands.
const BINDS: &[&str] =
    &["signed", "renewed", "chose", "picked", "selected", "bought", "happy with", "went with", "contract with"];
/// Words for one that ends.
const ENDS: &[&str] = &[
    " end ",
    " ends",
    "ending",
    "expire",
    "expiring",
    "up for renewal",
    "runs out",
    "terminat",
    "cancel",
    "renewal in",
    "renewal due",
];
const BONDS: &[&str] = &["contract", "licence", "license", "agreement", "subscription", "renewal"];

/// The first kind that a clause has a word of.
pub(super) fn kind_of(text: &str) -> Kind {
    let bare = text.to_lowercase().replace([',', '.', ':', ';', '!', '(', ')', '"'], " ");
    let text = format!(" {} ", bare.split_whitespace().collect::<Vec<_>>().join(" "));
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(BONDS) && has(ENDS) {
        return Kind::Window;
    }
    if has(RIVALS) && has(BINDS) || has(&["just renewed", "multi-year contract"]) {
        return Kind::Bound;
    }
    let found = KINDS.iter().find(|(_, words)| has(words)).map_or(Kind::Other, |(kind, _)| *kind);
    match found {
        // To raise a price or a question is no round of funding.
        Kind::Funding if has(&["raised concern", "raised question", "raised price", "raised the price"]) => Kind::Other,
        Kind::Other | Kind::Growth if SYSTEMS.iter().any(|system| text.contains(&format!(" {system} "))) => {
            Kind::Technology
        }
        found => found,
    }
}
