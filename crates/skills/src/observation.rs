//! Reads what was noticed about a company into clauses that can stand in a sentence: `Hiring 12 SDRs` as `is hiring 12 SDRs`. Judges
//! form and kind only; what it can't read it keeps word for word and never rephrases.

use crate::background::given;
use crate::fit::industry;
use crate::fit::seniority::Seniority;
use crate::wording::small;

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

const PAST: &[&str] = &[
    "acquired",
    "added",
    "adopted",
    "announced",
    "appointed",
    "bought",
    "built",
    "changed",
    "closed",
    "completed",
    "created",
    "cut",
    "doubled",
    "earned",
    "ended",
    "entered",
    "expanded",
    "finished",
    "founded",
    "froze",
    "grew",
    "hired",
    "implemented",
    "introduced",
    "joined",
    "launched",
    "left",
    "lost",
    "made",
    "merged",
    "migrated",
    "missed",
    "moved",
    "opened",
    "partnered",
    "posted",
    "promoted",
    "published",
    "raised",
    "rebranded",
    "received",
    "released",
    "relocated",
    "replaced",
    "reported",
    "restructured",
    "rolled",
    "sold",
    "secured",
    "shipped",
    "signed",
    "spoke",
    "started",
    "switched",
    "tripled",
    "unveiled",
    "wanted",
    "went",
    "won",
    "wrote",
];
const PRESENT: &[&str] = &[
    "builds",
    "buys",
    "does",
    "employs",
    "faces",
    "focuses",
    "has",
    "helps",
    "is",
    "makes",
    "manages",
    "needs",
    "offers",
    "operates",
    "owns",
    "plans",
    "provides",
    "relies",
    "runs",
    "sells",
    "serves",
    "ships",
    "spends",
    "struggles",
    "targets",
    "uses",
    "wants",
    "works",
];
const ADVERBS: &[&str] = &[
    "recently",
    "just",
    "now",
    "currently",
    "already",
    "actively",
    "still",
    "newly",
    "lately",
    "also",
    "rapidly",
    "quickly",
];
/// Endings of a clause that say what a company is.
const PARTICIPLES: &[&str] = &["funded", "backed", "owned", "based", "led", "listed", "certified", "bootstrapped"];
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
    "king",
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
    "building",
    "ongoing",
    "existing",
    "leading",
    "strong",
    "during",
    "according",
];

/// One thing that was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// As it was given, on one line.
    pub given: String,
    /// What it is about.
    pub kind: Kind,
    /// What comes after the company's name in a sentence, such as `is hiring 12 SDRs`; absent when the form was not understood.
    pub predicate: Option<String>,
    /// The thing as a phrase to speak to the reader with, such as `hiring 12 SDRs` or `the Series B`.
    pub topic: Option<String>,
    /// Whether it is about the person and not the company; the predicate then follows `you`.
    pub of_person: bool,
}

/// What free words and signals say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// In the order given, each once.
    pub observations: Vec<Observation>,
    /// A role named in passing.
    pub role: Option<String>,
    /// A domain named in passing.
    pub domain: Option<String>,
    /// An industry named in passing.
    pub industry: Option<String>,
}

impl Notes {
    /// Reads what is known of somebody.
    #[must_use]
    pub fn read(company: &str, person: &str, context: Option<&str>, signals: &[String]) -> Self {
        let mut notes = Self::default();
        let mut clauses: Vec<String> = signals.iter().filter_map(|signal| given(Some(signal))).collect();
        if let Some(context) = context {
            clauses.extend(clauses_of(context));
        }
        for clause in clauses {
            notes.take(company, person, &clause);
        }
        notes
    }

    fn take(&mut self, company: &str, person: &str, clause: &str) {
        let bare = clause.trim().trim_end_matches(['.', ';', ',']).trim();
        if bare.is_empty() {
            return;
        }
        if self.domain.is_none() && is_domain(bare) {
            self.domain = Some(bare.to_lowercase());
        } else if self.role.is_none() && is_role(bare) {
            self.role = Some(bare.to_owned());
        } else if self.industry.is_none() && industry::is_name(bare) {
            self.industry = Some(bare.to_owned());
        } else if !self.observations.iter().any(|seen| seen.given.eq_ignore_ascii_case(bare)) {
            self.observations.push(Observation::read(company, person, bare));
        }
    }

    /// Those that can be said, at most so many; what is bad news is not thrown at the reader.
    #[must_use]
    pub fn speakable(&self, most: usize) -> Vec<&Observation> {
        let sayable = |each: &&Observation| {
            !matches!(each.kind, Kind::Contraction | Kind::Pain)
                && (each.predicate.is_some() || each.given.chars().count() <= 120)
        };
        let mut found: Vec<&Observation> = self.observations.iter().filter(sayable).collect();
        // Stable: understood ones first, in their order.
        found.sort_by_key(|each| each.predicate.is_none());
        found.truncate(most);
        found
    }

    /// The one a text turns on: the first that has a topic, by how much it says about timing.
    #[must_use]
    pub fn hook(&self) -> Option<&Observation> {
        self.speakable(8).into_iter().filter(|each| each.topic.is_some()).min_by_key(|each| each.kind)
    }
}

/// Takes free words apart where a new thing begins: at line ends, sentence ends and semicolons, and at commas before something that
/// reads like a clause, a role, a domain or an industry of its own.
fn clauses_of(text: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for line in text.split(['\n', ';', '•', '|']) {
        for part in line.split(". ").flat_map(|part| part.split("! ")) {
            let mut first = true;
            for piece in part.split(", ") {
                let piece = piece.trim().trim_start_matches("and ").trim();
                match clauses.last_mut().filter(|_| !first && !begins_anew(piece)) {
                    Some(last) => {
                        last.push_str(", ");
                        last.push_str(piece);
                    }
                    None => clauses.extend(given(Some(piece))),
                }
                first = false;
            }
        }
    }
    clauses
}

fn begins_anew(piece: &str) -> bool {
    is_domain(piece)
        || is_role(piece)
        || industry::is_name(piece)
        || predicate_of(piece).is_some()
        || kind_of(piece) != Kind::Other
        // `…, Texas` and `…, designers and writers` go on; a longer phrase in small letters is a thing of its own.
        || (piece.starts_with(char::is_lowercase) && piece.split_whitespace().count() > 3)
}

fn kind_of(text: &str) -> Kind {
    let text = format!("{} ", text.to_lowercase());
    KINDS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word))).map_or(Kind::Other, |(kind, _)| *kind)
}

fn is_domain(text: &str) -> bool {
    let text = text
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("www.")
        .trim_end_matches('/');
    let labels: Vec<&str> = text.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        && labels.last().is_some_and(|last| last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic()))
}

/// Whether a few words are a role and nothing else.
fn is_role(text: &str) -> bool {
    let words = text.split_whitespace().count();
    let lower = text.to_lowercase();
    let starts_as_clause =
        ["new ", "the ", "hir", "looking", "recruit", "appoint", "promot"].iter().any(|start| lower.starts_with(start));
    (1..=6).contains(&words)
        && !starts_as_clause
        && predicate_of(text).is_none()
        && Seniority::of(text) > Seniority::Unknown
}

impl Observation {
    fn read(company: &str, person: &str, text: &str) -> Self {
        let kind = kind_of(text);
        let (rest, of_person) = without_subject(company, person, text);
        let predicate = predicate_of(rest).filter(|predicate| {
            !of_person || PAST.iter().any(|verb| predicate.split_whitespace().any(|word| word == *verb))
        });
        let predicate =
            predicate.or_else(|| funding_of(rest)).or_else(|| leader_of(kind, rest)).map(|text| mended(&text));
        let topic = if of_person { None } else { topic_of(kind, rest) };
        Self { given: text.to_owned(), kind, predicate, topic, of_person }
    }
}

/// A clause without the company, the person or a pronoun at its beginning, and whether it is about the person.
fn without_subject<'a>(company: &str, person: &str, text: &'a str) -> (&'a str, bool) {
    let first = crate::wording::first_name(person);
    for (subject, of_person) in [
        (company, false),
        (person, true),
        (first.as_str(), true),
        ("the company", false),
        ("they", false),
        ("she", true),
        ("he", true),
    ] {
        let Some(head) = text.get(..subject.len()) else { continue };
        if !subject.is_empty() && head.eq_ignore_ascii_case(subject) {
            let rest = &text[subject.len()..];
            if rest.starts_with(char::is_whitespace) {
                return (rest.trim_start(), of_person);
            }
        }
    }
    (text, false)
}

/// What follows the company's name.
fn predicate_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase().trim_matches(',').to_owned()).collect();
    let skipped = lower.iter().take_while(|word| ADVERBS.contains(&word.as_str())).count();
    let verb = lower.get(skipped)?.as_str();
    let said = small(text);
    if verb == "are" || verb == "have" {
        let singular = if verb == "are" { "is" } else { "has" };
        let rest = words.get(skipped + 1..)?.join(" ");
        let adverbs = lower.get(..skipped)?.join(" ");
        return Some(
            [adverbs.as_str(), singular, rest.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    if is_gerund(verb) && words.len() > skipped + 1 {
        return Some(format!("is {said}"));
    }
    if PAST.contains(&verb) && words.len() > skipped + 1 {
        // `Series B raised` is past, `raised by X` is passive.
        return (lower.get(skipped + 1).map(String::as_str) != Some("by")).then_some(said);
    }
    if (PRESENT.contains(&verb) && words.len() > skipped + 1) || verb == "will" {
        return Some(said);
    }
    let last = lower.last()?.trim_end_matches('.');
    if PARTICIPLES.contains(&last) && words.len() <= 5 && !lower[0].starts_with("series") && lower[0] != "seed" {
        return Some(format!("is {said}"));
    }
    None
}

/// Whether a word is a verb in -ing.
#[must_use]
pub fn is_gerund(word: &str) -> bool {
    word.len() > 5 && word.ends_with("ing") && !NOUNS_IN_ING.contains(&word) || word == "using"
}

/// `Series B funded` and its like, which have no verb of their own.
fn funding_of(text: &str) -> Option<String> {
    let round = round_of(text)?;
    let words = text.split_whitespace().count();
    let bare = text.to_lowercase();
    let only =
        ["funded", "funding", "round", "closed", "raised", "company", "startup", "stage", "recent", "recently", "just"];
    let rest =
        bare.split_whitespace().filter(|word| !round.to_lowercase().contains(*word) && !only.contains(word)).count();
    (words <= 5 && rest == 0).then(|| format!("has raised a {round}"))
}

/// `New COO` and its like.
fn leader_of(kind: Kind, text: &str) -> Option<String> {
    let words = text.split_whitespace().count();
    let leader = kind == Kind::Leadership && (2..=6).contains(&words) && text.to_lowercase().starts_with("new ");
    leader.then(|| format!("has a {}", small(text)))
}

/// `Series B` or `seed round`, as it stands in a text.
fn round_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let series = words.windows(2).find(|pair| pair[0].eq_ignore_ascii_case("series") && pair[1].len() == 1);
    if let Some(pair) = series {
        return Some(format!("Series {}", pair[1].to_uppercase()));
    }
    words.iter().any(|word| word.eq_ignore_ascii_case("seed")).then(|| "seed round".to_owned())
}

/// `raised Series B` as people say it.
fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    for verb in ["raised", "closed", "secured", "announced"] {
        text = text
            .replace(&format!("{verb} Series "), &format!("{verb} a Series "))
            .replace(&format!("{verb} series "), &format!("{verb} a Series "));
    }
    text.replace(" their ", " its ")
}

/// The thing as a phrase, spoken to the reader: `their` becomes `your`.
fn topic_of(kind: Kind, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let skipped = words.iter().take_while(|word| ADVERBS.contains(&word.to_lowercase().as_str())).count();
    let rest = words.get(skipped..)?.join(" ");
    let verb = rest.split_whitespace().next().unwrap_or_default().to_lowercase();
    let spoken =
        |text: &str| small(text).replace(" their ", " your ").replace(" its ", " your ").replace(" our ", " your ");
    if is_gerund(&verb) && rest.chars().count() <= 60 {
        return Some(spoken(&rest));
    }
    if verb == "is" || verb == "are" {
        let after = rest.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        if after.split_whitespace().next().is_some_and(|word| is_gerund(&word.to_lowercase()))
            && after.chars().count() <= 60
        {
            return Some(spoken(&after));
        }
    }
    match kind {
        Kind::Funding => {
            Some(round_of(text).map_or_else(|| "the new funding".to_owned(), |round| format!("the {round}")))
        }
        Kind::Hiring if verb == "hired" => {
            let hired = object_of(&rest)?;
            Some(if hired.starts_with(char::is_numeric) {
                let (number, who) = hired.split_once(' ')?;
                format!("the {number} new {who}")
            } else {
                format!(
                    "the new {}",
                    hired.trim_start_matches("new ").trim_start_matches("a ").trim_start_matches("an ")
                )
            })
        }
        Kind::Hiring => Some("the hiring".to_owned()),
        Kind::Leadership if lower.starts_with("new ") => Some(format!("the {}", small(&rest))),
        Kind::Leadership => Some("the change in leadership".to_owned()),
        Kind::Launch => Some("the launch".to_owned()),
        Kind::Expansion => Some("the expansion".to_owned()),
        Kind::Growth | Kind::Contraction | Kind::Pain | Kind::Technology | Kind::Other => None,
    }
}

/// What a verb is done to, up to the next small word: `hired 10 SDRs in Austin` gives `10 SDRs`.
fn object_of(text: &str) -> Option<String> {
    const ENDS: &[&str] = &[
        "in", "for", "to", "from", "at", "and", "since", "this", "last", "over", "on", "within", "after", "as", "who",
        "with",
    ];
    let object: Vec<&str> =
        text.split_whitespace().skip(1).take_while(|word| !ENDS.contains(&word.to_lowercase().as_str())).collect();
    let object = object.join(" ").trim_end_matches([',', '.']).to_owned();
    (!object.is_empty() && object.chars().count() <= 40).then_some(object)
}

#[cfg(test)]
mod tests {
    use super::{Kind, Notes};

    fn read(context: &str) -> Notes {
        Notes::read("Acme Corp", "Jane Smith", Some(context), &[])
    }

    #[test]
    fn clauses_become_predicates_and_topics() {
        for (text, kind, predicate, topic) in [
            ("Hiring 12 SDRs", Kind::Hiring, Some("is hiring 12 SDRs"), Some("hiring 12 SDRs")),
            ("Recently hired 10 SDRs", Kind::Hiring, Some("recently hired 10 SDRs"), Some("the 10 new SDRs")),
            ("just raised Series B", Kind::Funding, Some("just raised a Series B"), Some("the Series B")),
            ("Series B funded", Kind::Funding, Some("has raised a Series B"), Some("the Series B")),
            (
                "Scaling their outbound team post-Series-B",
                Kind::Growth,
                Some("is scaling its outbound team post-Series-B"),
                Some("scaling your outbound team post-Series-B"),
            ),
            (
                "Acme Corp opened an office in Austin",
                Kind::Expansion,
                Some("opened an office in Austin"),
                Some("the expansion"),
            ),
            (
                "They are migrating to HubSpot",
                Kind::Technology,
                Some("is migrating to HubSpot"),
                Some("migrating to HubSpot"),
            ),
            ("uses Salesforce", Kind::Technology, Some("uses Salesforce"), None),
            ("venture backed", Kind::Funding, Some("is venture backed"), Some("the new funding")),
            ("Strong partner ecosystem", Kind::Other, None, None),
            ("Layoffs in March", Kind::Contraction, None, None),
        ] {
            let notes = read(text);
            let one = notes.observations.first().unwrap_or_else(|| panic!("{text}: {notes:?}"));
            assert_eq!((one.kind, one.predicate.as_deref(), one.topic.as_deref()), (kind, predicate, topic), "{text}");
        }
    }

    #[test]
    fn roles_domains_and_industries_are_taken_apart_and_lists_are_not() {
        let notes = read("VP of Sales, acmecorp.com, B2B SaaS");
        assert_eq!(
            (notes.role.as_deref(), notes.domain.as_deref(), notes.industry.as_deref(), notes.observations.len()),
            (Some("VP of Sales"), Some("acmecorp.com"), Some("B2B SaaS"), 0)
        );
        let notes = read("Recently hired 10 SDRs in Austin, Texas, just raised Series B");
        let given: Vec<&str> = notes.observations.iter().map(|each| each.given.as_str()).collect();
        assert_eq!(given, ["Recently hired 10 SDRs in Austin, Texas", "just raised Series B"]);
    }

    #[test]
    fn what_is_about_the_person_speaks_to_them() {
        let notes = read("She spoke at SaaStr in May");
        let one = &notes.observations[0];
        assert!(one.of_person);
        assert_eq!(one.predicate.as_deref(), Some("spoke at SaaStr in May"));
    }

    #[test]
    fn bad_news_is_kept_but_not_said() {
        let notes = read("Layoffs in March. Hiring 2 engineers");
        assert_eq!(notes.observations.len(), 2);
        assert!(notes.speakable(5).iter().all(|each| each.kind != Kind::Contraction));
    }
}
