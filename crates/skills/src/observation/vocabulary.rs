//! The words that clauses are read by: verbs by who does what they say, adverbs, small words. Judges no clause.

/// Past of what companies do and people in their names do not: without a subject, the company is meant.
pub(super) const COMPANY_PAST: &[&str] = &[
    "acquired",
    "added",
    "adopted",
    "announced",
    "appointed",
    "closed",
    "doubled",
    "entered",
    "expanded",
    "grew",
    "hired",
    "implemented",
    "introduced",
    "launched",
    "merged",
    "migrated",
    "opened",
    "partnered",
    "quadrupled",
    "raised",
    "rebranded",
    "recruited",
    "released",
    "relocated",
    "rolled",
    "secured",
    "shipped",
    "tripled",
    "unveiled",
];
/// Past of what one person does in public or towards the seller.
pub(super) const PERSON_PAST: &[&str] = &[
    "asked",
    "attended",
    "blogged",
    "commented",
    "joined",
    "posted",
    "presented",
    "recommended",
    "registered",
    "replied",
    "requested",
    "spoke",
    "starred",
    "subscribed",
    "talked",
    "tweeted",
    "wrote",
];
/// Those of them that say something to the public.
pub(super) const VOICE: &[&str] =
    &["blogged", "commented", "posted", "presented", "spoke", "talked", "tweeted", "wrote"];
/// Past of what both do: only a stated subject tells who.
pub(super) const EITHER_PAST: &[&str] = &[
    "bought",
    "built",
    "changed",
    "chose",
    "completed",
    "created",
    "earned",
    "ended",
    "finished",
    "founded",
    "led",
    "left",
    "made",
    "moved",
    "promoted",
    "published",
    "received",
    "replaced",
    "reported",
    "signed",
    "sold",
    "started",
    "switched",
    "went",
    "won",
];
/// What companies do, in the third person.
pub(super) const COMPANY_PRESENT: &[&str] = &[
    "builds",
    "employs",
    "makes",
    "manufactures",
    "offers",
    "operates",
    "provides",
    "sells",
    "serves",
    "ships",
    "uses",
];
/// What both do, in the third person.
pub(super) const EITHER_PRESENT: &[&str] =
    &["has", "is", "manages", "needs", "owns", "plans", "runs", "wants", "will", "works"];
/// What companies are at, in -ing.
pub(super) const COMPANY_GERUNDS: &[&str] = &[
    "adding",
    "adopting",
    "automating",
    "building",
    "centralising",
    "centralizing",
    "consolidating",
    "developing",
    "doubling",
    "entering",
    "expanding",
    "growing",
    "hiring",
    "implementing",
    "integrating",
    "introducing",
    "investing",
    "launching",
    "migrating",
    "modernising",
    "modernizing",
    "moving",
    "opening",
    "piloting",
    "planning",
    "preparing",
    "raising",
    "ramping",
    "rebranding",
    "recruiting",
    "relocating",
    "replacing",
    "rolling",
    "scaling",
    "searching",
    "switching",
    "testing",
    "unifying",
    "using",
];
/// What a person is about to do in public.
pub(super) const PERSON_GERUNDS: &[&str] = &["presenting", "speaking"];
/// Systems: a move from or to one of them is a company's.
pub(super) const SYSTEMS: &[&str] = &[
    "aws",
    "azure",
    "gcp",
    "google cloud",
    "hubspot",
    "jira",
    "kafka",
    "kubernetes",
    "marketo",
    "netsuite",
    "oracle",
    "pipedrive",
    "salesforce",
    "sap",
    "servicenow",
    "shopify",
    "snowflake",
    "workday",
    "zendesk",
];
/// Words that may stand before a verb.
pub(super) const ADVERBS: &[&str] =
    &["recently", "just", "now", "currently", "already", "actively", "newly", "lately", "also", "rapidly", "quickly"];
/// Endings of a clause that say what a company is.
pub(super) const PARTICIPLES: &[&str] =
    &["funded", "backed", "owned", "based", "led", "listed", "certified", "bootstrapped"];
/// Where the object of a verb ends.
pub(super) const OBJECT_ENDS: &[&str] = &[
    "in", "for", "to", "from", "at", "and", "since", "this", "last", "over", "on", "within", "after", "as", "who",
    "with", "across", "next", "during", "before", "by", "near",
];
/// Words that end in -ing and name a thing.
const NOUNS_IN_ING: &[&str] = &[
    "marketing",
    "engineering",
    "manufacturing",
    "banking",
    "consulting",
    "accounting",
    "advertising",
    "training",
    "pricing",
    "housing",
    "onboarding",
    "staffing",
    "branding",
    "meeting",
    "funding",
    "spring",
    "string",
    "billing",
    "clothing",
    "catering",
    "mining",
    "lending",
    "gaming",
    "publishing",
    "outsourcing",
    "wiring",
    "ongoing",
    "existing",
    "leading",
    "strong",
    "during",
    "according",
];

/// Whether a word is a verb in -ing.
#[must_use]
pub fn is_gerund(word: &str) -> bool {
    word.len() > 5 && word.ends_with("ing") && !NOUNS_IN_ING.contains(&word) || word == "using"
}

/// Whether a word is a verb that a clause without a subject may begin with.
#[must_use]
pub fn is_verb(word: &str) -> bool {
    [COMPANY_PAST, PERSON_PAST, EITHER_PAST, COMPANY_PRESENT, EITHER_PRESENT].iter().any(|verbs| verbs.contains(&word))
        || is_gerund(word)
}
