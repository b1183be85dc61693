//! Reads what was noticed about a company into clauses that can stand in a sentence: `Hiring 12 SDRs` as `is hiring 12 SDRs`. Judges
//! form and kind only; what it can't read it keeps word for word and never rephrases.

mod kind;
mod predicate;
mod topic;
mod vocabulary;

use crate::background::given;
use crate::fit::industry;
use crate::fit::seniority::Seniority;
use crate::wording::first_name;

pub use kind::Kind;
pub use vocabulary::is_gerund;

use kind::kind_of;
use predicate::predicate_of;
use topic::topic_of;

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
        let topic = if of_person { None } else { topic_of(kind, rest) };
        Self { given: text.to_owned(), kind, predicate: predicate::read(kind, rest, of_person), topic, of_person }
    }
}

/// A clause without the company, the person or a pronoun at its beginning, and whether it is about the person.
fn without_subject<'a>(company: &str, person: &str, text: &'a str) -> (&'a str, bool) {
    let first = first_name(person);
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
