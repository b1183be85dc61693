//! Reads what was noticed about a company and a person into clauses that can stand in a sentence: `Hiring 12 SDRs` as
//! `is hiring 12 SDRs`. What it can't read with certainty, and what is for the seller alone, it keeps word for word and says why it is not said.

mod clauses;
mod kind;
mod predicate;
mod topic;
mod unsaid;
mod vocabulary;

use crate::background::given;
use crate::fit::industry;
use crate::tongue::is_foreign;
use crate::wording::{first_name, spoken_company};

pub use kind::Kind;
pub use unsaid::Unsaid;
pub use vocabulary::{is_gerund, is_verb};

use clauses::{head_of, is_domain, is_role, pieces, plain, sentences};
use kind::kind_of;
use topic::topic_of;

/// Whom a clause is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The company; its name stands before the predicate.
    Company,
    /// The reader; `you` does.
    Person,
    /// Reader and seller; `we` does.
    Both,
    /// It is not certain.
    Unclear,
}

/// One thing that was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// As it was given, on one line.
    pub given: String,
    /// What it is about.
    pub kind: Kind,
    /// Whom it is about.
    pub about: About,
    /// What comes after its subject in a sentence, such as `is hiring 12 SDRs`; absent when the form was not understood.
    pub predicate: Option<String>,
    /// The thing as a phrase to speak to the reader with, such as `hiring 12 SDRs` or `the Series B`; of what a person said or asked,
    /// what it was about.
    pub topic: Option<String>,
    /// Why it is not said to the reader, when it is not.
    pub unsaid: Option<Unsaid>,
}

/// What free words and signals say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// In the order given, each once.
    pub observations: Vec<Observation>,
    /// A role named in passing.
    pub role: Option<String>,
    /// A company named beside the role.
    pub company: Option<String>,
    /// A domain named in passing.
    pub domain: Option<String>,
    /// An industry named in passing.
    pub industry: Option<String>,
    /// Places of what can be said, in order.
    said: Vec<usize>,
}

impl Notes {
    /// Reads what is known of somebody.
    #[must_use]
    pub fn read(company: &str, person: &str, context: Option<&str>, signals: &[String]) -> Self {
        let mut notes = Self::default();
        for signal in signals.iter().filter_map(|signal| given(Some(signal))) {
            notes.take(company, person, &signal, is_foreign(&signal));
        }
        // A piece of a sentence may lack the small words that tell.
        let foreign = is_foreign(context.unwrap_or_default());
        for (place, sentence) in sentences(context.unwrap_or_default()).into_iter().enumerate() {
            let foreign = foreign || is_foreign(&sentence);
            let mut rest = sentence;
            if place == 0 {
                let head = head_of(&plain(&rest));
                if head.role.is_some() {
                    (notes.role, notes.company, rest) = (head.role, head.company, head.rest);
                }
            }
            let named = notes.company.clone().filter(|_| company.is_empty());
            for piece in pieces(&rest) {
                notes.take(named.as_deref().unwrap_or(company), person, &piece, foreign);
            }
        }
        notes.settle();
        notes
    }

    fn take(&mut self, company: &str, person: &str, clause: &str, foreign: bool) {
        let bare = plain(clause);
        if !bare.chars().any(char::is_alphanumeric) {
            return;
        }
        if is_domain(&bare) {
            self.domain.get_or_insert(bare.to_lowercase());
        } else if is_role(&bare) && self.role.is_none() {
            self.role = Some(bare);
        } else if industry::is_name(&bare) {
            self.industry.get_or_insert(bare);
        } else if ![company, person].iter().any(|name| name.eq_ignore_ascii_case(&bare))
            && !self.observations.iter().any(|seen| seen.given.eq_ignore_ascii_case(&bare))
        {
            self.observations.push(Observation::read(company, person, &bare, foreign));
        }
    }

    /// Those that can be said, at most so many; what the person did themselves first, then by how much it tells of timing.
    #[must_use]
    pub fn speakable(&self, most: usize) -> Vec<&Observation> {
        self.said.iter().take(most).filter_map(|place| self.observations.get(*place)).collect()
    }

    /// Works out what can be said.
    fn settle(&mut self) {
        let mut found = distinct(self.observations.iter().enumerate().filter(|(_, each)| each.unsaid.is_none()));
        found.sort_by_key(|(_, each)| each.kind);
        self.said = found.into_iter().map(|(place, _)| place).collect();
    }

    /// Those that tell something of person or company, each news once: without instructions and notes of the seller to themselves.
    #[must_use]
    pub fn signals(&self) -> Vec<&Observation> {
        let tells = |each: &Observation| {
            each.unsaid != Some(Unsaid::Instruction) && !(each.unsaid == Some(Unsaid::Note) && each.kind == Kind::Other)
        };
        let found = distinct(self.observations.iter().enumerate().filter(|(_, each)| tells(each)));
        found.into_iter().map(|(_, each)| each).collect()
    }

    /// Those that are not said, as they were given, each with the reason.
    #[must_use]
    pub fn not_said(&self) -> Vec<String> {
        let reason = |each: &Observation| each.unsaid.map(|why| format!("{} ({})", each.given, why.reason()));
        self.observations.iter().filter_map(reason).collect()
    }

    /// The one a text turns on: the first that has a topic.
    #[must_use]
    pub fn hook(&self) -> Option<&Observation> {
        self.speakable(8).into_iter().find(|each| each.topic.is_some())
    }

    /// Keeps silent about the news of a leader when the reader holds that very role.
    pub(crate) fn keep_from_holder(&mut self, role: &str) {
        let holder = role.to_lowercase();
        for each in &mut self.observations {
            let leader = each.topic.as_deref().and_then(|topic| topic.strip_prefix("the new ")).map(str::to_lowercase);
            let same = leader.is_some_and(|leader| holder.contains(&leader) || leader.contains(&holder));
            if each.kind == Kind::Leadership && same {
                each.unsaid = Some(Unsaid::Unclear);
            }
        }
        self.settle();
    }
}

impl Observation {
    fn read(company: &str, person: &str, text: &str, foreign: bool) -> Self {
        let mut kind = kind_of(text);
        let (rest, stated) = without_subject(company, person, text);
        let read = predicate::read(kind, rest, stated);
        let about = read.as_ref().map_or(stated.unwrap_or(About::Unclear), |(about, _)| *about);
        let of_person = read.is_some() && matches!(about, About::Person | About::Both);
        if of_person {
            kind = match (about, kind) {
                (About::Both, _) => Kind::Met,
                _ if [" with us", " to us", " with me", " to me"]
                    .iter()
                    .any(|met| text.to_lowercase().contains(met)) =>
                {
                    Kind::Met
                }
                (_, Kind::Engaged | Kind::Intent | Kind::Hiring | Kind::Leadership) => kind,
                _ => Kind::Voice,
            };
        }
        let unsaid = match unsaid::by_words(text, kind, of_person) {
            Some(Unsaid::Instruction) => Some(Unsaid::Instruction),
            _ if foreign => Some(Unsaid::Foreign),
            other => other.or(read.is_none().then_some(Unsaid::Unclear)),
        };
        let topic = if unsaid.is_none() { topic_of(kind, about, rest) } else { None };
        Self { given: text.to_owned(), kind, about, predicate: read.map(|(_, said)| said), topic, unsaid }
    }
}

/// Each news once, where a signal and a note tell the same; the longer one stays, at the place of the first.
fn distinct<'a>(all: impl Iterator<Item = (usize, &'a Observation)>) -> Vec<(usize, &'a Observation)> {
    let mut found: Vec<(usize, &Observation)> = Vec::new();
    for each in all {
        match found.iter_mut().find(|other| tells_the_same(other.1, each.1)) {
            Some(other) if each.1.given.chars().count() > other.1.given.chars().count() => *other = each,
            Some(_) => {}
            None => found.push(each),
        }
    }
    found
}

fn tells_the_same(one: &Observation, other: &Observation) -> bool {
    const SMALL: &[&str] =
        &["the", "and", "from", "for", "with", "last", "this", "has", "just", "recently", "our", "its", "about"];
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        words.filter(|word| word.len() > 2 && !SMALL.contains(&word.as_str())).collect()
    };
    if one.kind != other.kind || one.about != other.about {
        return false;
    }
    let (mine, theirs) = (words(&one.given), words(&other.given));
    let shared = mine.iter().filter(|word| theirs.contains(word)).count();
    // Six in ten of the shorter one's words.
    one.topic.is_some() && one.topic == other.topic || shared * 10 >= mine.len().min(theirs.len()).max(1) * 6
}

/// A clause without the company, the person or a pronoun at its beginning, and whom that names.
fn without_subject<'a>(company: &str, person: &str, text: &'a str) -> (&'a str, Option<About>) {
    let (first, spoken) = (first_name(person), spoken_company(company));
    let last = person.split_whitespace().last().unwrap_or_default();
    for (subject, about) in [
        (company, About::Company),
        (spoken.as_str(), About::Company),
        (person, About::Person),
        (first.as_str(), About::Person),
        (last, About::Person),
        ("the company", About::Company),
        ("they", About::Company),
        ("it", About::Company),
        ("she", About::Person),
        ("he", About::Person),
        ("we", About::Both),
        ("i", About::Both),
    ] {
        let Some(head) = text.get(..subject.len()) else { continue };
        if subject.is_empty() || !head.eq_ignore_ascii_case(subject) {
            continue;
        }
        let rest = &text[subject.len()..];
        if let Some(rest) =
            rest.strip_prefix("'s ").or_else(|| rest.strip_prefix("’s ")).filter(|_| about == About::Company)
        {
            // `Acme's new COO` is what `new COO` is.
            return (rest.trim_start(), None);
        }
        if rest.starts_with(char::is_whitespace) {
            return (rest.trim_start(), Some(about));
        }
    }
    (text, None)
}

#[cfg(test)]
mod tests;
