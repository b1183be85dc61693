//! What was noticed, in a sentence that tells why the message comes. Says nothing that is not certain.

use crate::observation::{About, Kind, Observation};
use crate::prospect::{Brief, Tone};
use crate::wording::{capital, list};

/// A sentence, and how many observations it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// Observations in it.
    pub count: usize,
}

/// What can be said, the most telling first. That a company sells to hotels is no reason to write where there is another.
#[must_use]
pub fn sayable(brief: &Brief) -> Vec<&Observation> {
    let all = brief.notes.speakable(8);
    let telling: Vec<&Observation> = all.iter().copied().filter(|each| each.kind != Kind::Other).collect();
    if telling.is_empty() { all } else { telling }
}

/// The clause of some observations about the same subject: `Acme is hiring 12 SDRs and just raised a Series B`, `you spoke at SaaStr`.
#[must_use]
pub fn clause(brief: &Brief, observations: &[&Observation]) -> Option<(String, usize)> {
    let first = observations.first()?;
    let subject = match first.about {
        // What can't be named has no sentence.
        About::Company if brief.company.is_empty() => return None,
        About::Company => brief.company.as_str(),
        About::Person => "you",
        About::Both => "we",
        About::Unclear => return None,
    };
    let same = observations.iter().take_while(|each| each.about == first.about);
    // A clause that couples two things itself takes no third.
    let most = if first.about == About::Company && !first.given.contains(" and ") { 2 } else { 1 };
    let said: Vec<String> = same.take(most).filter_map(|each| each.predicate.clone()).collect();
    (!said.is_empty()).then(|| (format!("{subject} {}", list(&said)), said.len()))
}

/// What was noticed from a place on, at most so many things, as one sentence; `None` when nothing was.
#[must_use]
pub fn noticed(brief: &Brief, from: usize, most: usize) -> Option<Said> {
    let all = sayable(brief);
    let observations: Vec<&Observation> = all.into_iter().skip(from).take(most).collect();
    let first = observations.first()?;
    let Some((clause, count)) = clause(brief, &observations) else { return unnamed(first) };
    let place = format!("noticed {from}");
    let among = match first.about {
        About::Person => of_person(first, &clause),
        About::Both => vec![
            format!("{}.", capital(&clause)),
            format!("{}, so I'll be brief.", capital(&clause)),
            format!("{}, and I'd like to pick up from there.", capital(&clause)),
        ],
        About::Company | About::Unclear => of_company(brief, first, &clause, count, from > 0),
    };
    Some(Said { text: among[brief.choice.number(&place, among.len())].clone(), count })
}

/// Good news of a company whose name is not known.
fn unnamed(first: &Observation) -> Option<Said> {
    let topic = first.topic.as_deref().filter(|topic| is_news(first.kind) && topic.starts_with("the "))?;
    Some(Said { text: format!("Congratulations on {topic}."), count: 1 })
}

fn is_news(kind: Kind) -> bool {
    matches!(kind, Kind::Funding | Kind::Launch | Kind::Expansion | Kind::Acquisition)
}

fn of_company(brief: &Brief, first: &Observation, clause: &str, count: usize, again: bool) -> Vec<String> {
    let mut among = match (brief.tone, again) {
        (_, true) => vec![
            format!("I also saw that {clause}."),
            format!("I noticed as well that {clause}."),
            format!("One more thing I noticed: {clause}."),
        ],
        (Tone::Direct, _) => {
            vec![
                format!("Saw that {clause}."),
                format!("Noticed that {clause}."),
                format!("{clause}: that's why I'm writing."),
            ]
        }
        (Tone::Friendly, _) => vec![
            format!("I saw that {clause}."),
            format!("I just noticed that {clause}."),
            format!("It caught my eye that {clause}."),
            format!("{clause}, so I thought I'd say hello."),
        ],
        (Tone::Professional, _) => vec![
            format!("I saw that {clause}."),
            format!("I noticed that {clause}."),
            format!("I understand that {clause}."),
            format!("It caught my attention that {clause}."),
            format!("{clause}, which is why I'm writing to you."),
            format!("What brings me to you: {clause}."),
        ],
    };
    if let Some(topic) =
        first.topic.as_deref().filter(|topic| is_news(first.kind) && !again && count == 1 && topic.starts_with("the "))
    {
        among.push(format!("Congratulations on {topic}."));
    }
    among
}

fn of_person(first: &Observation, clause: &str) -> Vec<String> {
    match first.kind {
        Kind::Leadership => {
            vec![format!("I saw that {clause}: congratulations."), format!("I noticed that {clause}. Congratulations.")]
        }
        Kind::Engaged | Kind::Intent => vec![
            format!("I saw that {clause}."),
            format!("{}, so I'm getting in touch.", capital(clause)),
            format!("{}, and I'd like to answer in person.", capital(clause)),
        ],
        _ => vec![
            format!("I saw that {clause}."),
            format!("I noticed that {clause}."),
            format!("{}, and I'd like to pick that up.", capital(clause)),
            format!("It caught my attention that {clause}."),
        ],
    }
}

/// Why this person, where nothing was noticed: their role, or else the company alone.
#[must_use]
pub fn addressed(brief: &Brief) -> String {
    let company = &brief.company;
    let mut among = Vec::new();
    match (&brief.role, super::field(brief)) {
        (Some(role), _) if company.is_empty() => among.extend([
            format!("I'm writing to you because of your work as {role}."),
            format!("I have one question for you as {role}."),
        ]),
        (None, _) if company.is_empty() => {
            among.extend(["May I ask you one thing?".to_owned(), "I have one question for you.".to_owned()]);
        }
        (Some(role), field) => {
            among.extend([
                format!("I'm writing to you because you are {role} at {company}."),
                format!("As {role} at {company}, you are the person I'd like to ask this."),
                format!("I have one question for you as {role} at {company}."),
                format!("Your work as {role} at {company} is why this reaches you."),
                format!("I'd value the view of the {role} at {company} on one thing."),
            ]);
            among.extend(field.map(|field| format!("A question about {field} at {company}, if I may.")));
        }
        (None, _) => among.extend([
            format!("I'd like to ask you one thing about {company}."),
            format!("One question about {company}, if I may."),
            format!("I'd like to understand one thing about how {company} works."),
            format!("There is one thing about {company} that I'd like to ask you."),
        ]),
    }
    among[brief.choice.number("addressed", among.len())].clone()
}
